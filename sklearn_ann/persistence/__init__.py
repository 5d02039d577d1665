"""Documents and arrays to and from disk; knows no estimator."""
