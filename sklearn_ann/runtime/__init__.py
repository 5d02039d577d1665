"""What formulas are computed with: one set of functions by NumPy's names, for NumPy arrays and for tensors."""
