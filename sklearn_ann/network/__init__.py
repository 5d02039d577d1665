"""What is computed: the shape of a network, its activations, outputs and losses, and the forward pass.

Two sides of one table: NumPy functions for predicting without TensorFlow, and tensor functions for training. Only
``backend`` imports TensorFlow. The files of the compiled side (``graph``, ``programs``, ``compiled``, ``devices`` and
others) import ``backend``, and are themselves imported only inside functions that train or make a large prediction.
"""
