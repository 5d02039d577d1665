"""X, y and weights in; encoded arrays, splits, orders and blocks of rows out. NumPy and SciPy only."""
