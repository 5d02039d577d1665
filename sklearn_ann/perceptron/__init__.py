"""Rosenblatt's perceptron: binary problems over shared rows in, trained threshold units out, by NumPy or TensorFlow."""
