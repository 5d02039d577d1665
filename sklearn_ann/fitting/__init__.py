"""One fit: from checked parameters and data to a trained network, and its results back as attributes."""
