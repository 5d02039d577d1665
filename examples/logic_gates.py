"""
Logic gates and XOR
===================

One threshold unit learns AND and OR; no single unit can learn XOR (Minsky & Papert, 1969). Two hidden units can.
"""

# %%
# A perceptron has one threshold unit, whose boundary is a line. If a line separates the classes, Rosenblatt's rule
# finds one.
import matplotlib.pyplot as plt
import numpy as np

from sklearn_ann import MLPClassifierTF, PerceptronClassifier
from sklearn_ann.inspection import BoundaryDisplay, NetworkDisplay

corners = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=float)
gates = {"AND": [0, 0, 0, 1], "OR": [0, 1, 1, 1], "XOR": [0, 1, 1, 0]}

figure, axes = plt.subplots(1, 3, figsize=(12, 4), layout="constrained")
for ax, (name, outputs) in zip(axes, gates.items(), strict=True):
    perceptron = PerceptronClassifier(max_iter=50, tol=None).fit(corners, outputs)
    BoundaryDisplay.from_estimator(perceptron, corners, outputs, eps=0.5, ax=ax)
    ax.set_title(f"{name}: {perceptron.score(corners, outputs):.0%} right")

# %%
# XOR with two hidden units
# -------------------------
# XOR is "OR, but not AND": two lines, and a unit that combines them. L-BFGS finds them from most, but not all, random
# weights, so the seed matters for a network as small as this.
network = MLPClassifierTF((2,), activation="tanh", solver="lbfgs", alpha=1e-3, random_state=0)
network.fit(corners, gates["XOR"])

figure, axes = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
BoundaryDisplay.from_estimator(network, corners, gates["XOR"], eps=0.5, ax=axes[0])
NetworkDisplay.from_estimator(network, ax=axes[1])
print(network.predict(corners))

# %%
# The same by hand
# ----------------
# Set the weights of the textbook's network, with step activations: the hidden units are AND and OR.
by_hand = MLPClassifierTF((2,), activation="step", solver="sgd", learning_rate_init=1e-9)  # it need not learn
by_hand.fit(corners, gates["XOR"], coef_init=[[[1, 1], [1, 1]], [[-1], [1]]], intercept_init=[[-1.5, -0.5], [-0.5]])
print(by_hand.predict(corners))
plt.show()
# sphinx_gallery_thumbnail_number = 2
