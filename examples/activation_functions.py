"""
Activations and their derivatives
=================================

Plot the activations of hidden units, and their derivatives, by which the gradient is multiplied in the backward pass.
"""

# %%
# All of them
# -----------
# These are the functions and derivatives that training uses.
import time
import warnings

import matplotlib.pyplot as plt
from datasets import load
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split

from sklearn_ann import MLPClassifierTF
from sklearn_ann.activations import LeakyReLU
from sklearn_ann.inspection import ActivationDisplay, TrainingCurveDisplay

ActivationDisplay.from_activations()

# %%
# The usual choices
# -----------------
# The derivative of the logistic function is at most 1/4, so the gradient shrinks at every layer. That of ReLU is 0 or
# 1.
_, ax = plt.subplots(figsize=(7, 4.5), layout="constrained")
ActivationDisplay.from_activations(["logistic", "tanh", "relu", LeakyReLU(0.1), "elu", "gelu"], ax=ax)

# %%
# The same network with each
# --------------------------
# Train a network with three hidden layers on digits of 8 x 8 pixels, with initial weights that go with the activation
# (``kernel_initializer="auto"``).
warnings.simplefilter("ignore", ConvergenceWarning)  # every network gets the same number of epochs
X, y = load("digits")
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)

_, ax = plt.subplots(figsize=(7, 4.5), layout="constrained")
for activation in ("logistic", "tanh", "relu", "leaky_relu", "elu", "selu", "gelu", "silu"):
    model = MLPClassifierTF(
        (50, 50, 50), activation=activation, kernel_initializer="auto", max_iter=40, tol=0, random_state=0
    )
    start = time.perf_counter()
    model.fit(X_train, y_train)
    seconds = time.perf_counter() - start
    TrainingCurveDisplay.from_estimator(model, name=activation, ax=ax)
    print(f"{activation:10} test accuracy {model.score(X_test, y_test):.3f}, {seconds:.2f} s")
ax.set_yscale("log")
plt.show()
# sphinx_gallery_thumbnail_number = 2
