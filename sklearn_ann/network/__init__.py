"""The network itself: its static facts, layers, output, weights and predictions, once for every array namespace.

Files whose names contain ``tensorflow`` or ``compiled`` import TensorFlow; they are imported only inside functions that
train or make a large prediction.
"""
