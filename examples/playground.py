"""
A playground
============

Change the data, the layers, the activation or the learning rate, and see how the decision boundary and the hidden units
change.
"""

# %%
import warnings

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import make_circles
from sklearn.exceptions import ConvergenceWarning

from sklearn_ann import MLPClassifierTF
from sklearn_ann.inspection import BoundaryDisplay

warnings.simplefilter("ignore", ConvergenceWarning)  # every network gets the same number of epochs


def circles(n_rows, rng):
    return make_circles(n_rows, noise=0.1, factor=0.4, random_state=0)


def xor(n_rows, rng):
    X = rng.uniform(-1, 1, size=(n_rows, 2))
    return X, (X[:, 0] * X[:, 1] > 0).astype(int)


def spiral(n_rows, rng):
    y = np.arange(n_rows) % 2
    angle = np.linspace(0.3, 2 * np.pi, n_rows)
    radius = angle / (2 * np.pi)
    X = np.column_stack([radius * np.cos(angle + np.pi * y), radius * np.sin(angle + np.pi * y)])
    return X + rng.normal(scale=0.03, size=X.shape), y


DATA = {"circles": circles, "XOR": xor, "spiral": spiral}
NETWORKS = {
    "1 hidden unit": {"hidden_layer_sizes": (1,)},
    "4 tanh units": {"hidden_layer_sizes": (4,), "activation": "tanh"},
    "16 + 16 tanh units": {"hidden_layer_sizes": (16, 16), "activation": "tanh"},
    "16 + 16, rate 0.3": {"hidden_layer_sizes": (16, 16), "activation": "tanh", "learning_rate_init": 0.3},
}


def network(**settings):
    return MLPClassifierTF(**{"learning_rate_init": 0.02, "max_iter": 400, "random_state": 0, "tol": 0, **settings})


figure, axes = plt.subplots(len(DATA), len(NETWORKS), figsize=(14, 10), layout="constrained")
for row, (data_name, make) in zip(axes, DATA.items(), strict=True):
    X, y = make(300, np.random.default_rng(0))
    for ax, (name, settings) in zip(row, NETWORKS.items(), strict=True):
        model = network(**settings).fit(X, y)
        BoundaryDisplay.from_estimator(model, X, y, ax=ax, grid_resolution=150)
        ax.set(title=f"{data_name}, {name}\naccuracy {model.score(X, y):.2f}", xlabel="", ylabel="")

# %%
# Hidden units
# ------------
# Plot the outputs of the four units of the first hidden layer at every point of the plane. The output layer computes a
# weighted sum of them.
X, y = circles(300, None)
model = network(hidden_layer_sizes=(4,), activation="tanh").fit(X, y)
grid = np.linspace(-1.5, 1.5, 100)
plane = np.stack(np.meshgrid(grid, grid), axis=-1)
units = np.tanh(plane @ model.coefs_[0] + model.intercepts_[0])

figure, axes = plt.subplots(1, 5, figsize=(14, 3.2), layout="constrained")
for number, ax in enumerate(axes[:4]):
    ax.contourf(grid, grid, units[..., number], levels=20, cmap="RdBu_r", vmin=-1, vmax=1)
    ax.scatter(*X.T, c=y, s=8, cmap="binary", edgecolors="0.4", linewidths=0.3)
    ax.set(title=f"unit {number + 1}, weight {model.coefs_[1][number, 0]:+.1f}", xticks=[], yticks=[])
BoundaryDisplay.from_estimator(model, X, y, ax=axes[4], grid_resolution=150)
axes[4].set(title="all four", xlabel="", ylabel="", xticks=[], yticks=[])
plt.show()
