"""Array namespaces with NumPy's names for NumPy arrays and tensors, and everything that touches TensorFlow itself."""
