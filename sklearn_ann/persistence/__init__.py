"""Documents, arrays and the values made of them to and from disk; knows no estimator."""
