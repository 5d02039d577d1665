"""The NumPy engine: eager, in place where it counts, no TensorFlow anywhere."""
