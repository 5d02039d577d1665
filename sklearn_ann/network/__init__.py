"""What is computed: the shape of a network, its activations, outputs and losses, and the forward pass.

Two sides of one table: NumPy functions for predicting without TensorFlow, and tensor functions for training. Only
``backend`` imports TensorFlow, and only ``graph`` imports ``backend``; whoever wants the compiled side imports
``graph`` when it needs it.
"""
