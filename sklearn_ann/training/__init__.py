"""The compiled engine: optimizers, epochs, stopping, L-BFGS. Arrays in, NumPy results out; it knows no estimator.

Importing a module of this room imports TensorFlow, so estimators do it inside ``fit``.
"""
