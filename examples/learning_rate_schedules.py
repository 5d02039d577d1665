"""
Learning-rate schedules
=======================

Begin with large steps and end with small ones. This example plots the schedules and compares them on the same network.
"""

# %%
# The schedules
# -------------
import warnings

import matplotlib.pyplot as plt
import numpy as np
from datasets import load
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split

from sklearn_ann import MLPClassifierTF
from sklearn_ann.schedules import Cosine, Exponential, OneCycle, Piecewise, Power, ReduceOnPlateau, WarmUp

warnings.simplefilter("ignore", ConvergenceWarning)  # every network gets the same number of epochs
try:
    X, y = load("fashion_10k", np.float32)
except FileNotFoundError as reason:
    print(reason, "Using the digits instead.")
    X, y = load("digits", np.float32)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)

n_epochs = 20
schedules = {
    "constant": "constant",
    "power": Power(epochs=5),
    "exponential": Exponential(epochs=10, factor=0.1),
    "piecewise": Piecewise(boundaries=(8, 15), rates=(0.05, 0.02, 0.005)),
    "plateau": ReduceOnPlateau(factor=0.5, patience=2),
    "cosine": Cosine(),
    "cosine with restarts": Cosine(period=5, growth=2),
    "warm-up, then cosine": WarmUp(epochs=3, then=Cosine()),
    "1cycle": OneCycle(peak=0.1),
}
fitted = {
    name: MLPClassifierTF(
        (100, 50),
        solver="sgd",
        learning_rate=schedule,
        learning_rate_init=0.05,
        max_iter=n_epochs,
        n_iter_no_change=n_epochs,
        tol=0.02,  # a smaller improvement of the training loss is a plateau
        random_state=0,
    ).fit(X_train, y_train, X_val=X_test, y_val=y_test)
    for name, schedule in schedules.items()
}

figure, axes = plt.subplots(3, 3, figsize=(11, 7), sharex=True, sharey=True, layout="constrained")
for ax, (name, model) in zip(axes.flat, fitted.items(), strict=True):
    ax.plot(np.arange(1, model.n_iter_ + 1), model.learning_rate_curve_)
    ax.set_title(name)
figure.supxlabel("epoch")
figure.supylabel("learning rate at the end of the epoch")

# %%
# Validation losses
# -----------------
# If the rate stays high, the validation loss is noisy and rises, since the network overfits; if the rate falls, the
# loss settles.
_, ax = plt.subplots(figsize=(8, 5), layout="constrained")
for name, model in fitted.items():
    label = f"{name}: accuracy {model.validation_scores_[-1]:.3f}"
    ax.plot(np.arange(1, model.n_iter_ + 1), model.validation_loss_curve_, label=label)
ax.set(xlabel="epoch", xticks=range(0, n_epochs + 1, 5), ylabel="validation loss")
ax.legend(fontsize="small")
plt.show()
