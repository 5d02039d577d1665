"""
Dropout and Monte Carlo dropout
===============================

Dropout drops random units in training, which reduces overfitting. Many predictions with dropped units show how certain
a network is (Gal & Ghahramani, 2016).
"""

# %%
# Dropout against overfitting
# ---------------------------
import warnings

import matplotlib.pyplot as plt
import numpy as np
from datasets import load
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split

from sklearn_ann import MLPClassifierTF
from sklearn_ann.inspection import TrainingCurveDisplay

warnings.simplefilter("ignore", ConvergenceWarning)  # every network gets the same number of epochs
try:
    X, y = load("fashion_10k", np.float32)
except FileNotFoundError as reason:
    print(reason, "Using the digits instead.")
    X, y = load("digits", np.float32)
X_train, X_test, y_train, y_test = train_test_split(X[:5000], y[:5000], random_state=0)

models = {}
axes = None
for dropout in (0.0, 0.2, 0.5):
    model = MLPClassifierTF((300, 100), dropout=dropout, max_iter=25, tol=0, random_state=0)
    models[dropout] = model.fit(X_train, y_train, X_val=X_test, y_val=y_test)
    display = TrainingCurveDisplay.from_estimator(model, name=f"dropout={dropout}", ax=axes)
    axes = display.axes_

# %%
# How certain is it?
# ------------------
# With ``return_std=True``, ``predict_proba`` also returns the standard deviation of a hundred predictions with dropped
# units. It is larger where the network is wrong.
model = models[0.2]
proba, std = model.predict_proba(X_test, return_std=True)
predicted = model.predict(X_test)
chosen = (np.arange(len(X_test)), proba.argmax(axis=1))
right = predicted == y_test

_, ax = plt.subplots(figsize=(7, 4), layout="constrained")
bins = np.linspace(0, 0.4, 41)
ax.hist(std[chosen][right], bins, density=True, alpha=0.6, label=f"right, mean {std[chosen][right].mean():.3f}")
ax.hist(std[chosen][~right], bins, density=True, alpha=0.6, label=f"wrong, mean {std[chosen][~right].mean():.3f}")
ax.set(xlabel="standard deviation of the predicted class's probability", ylabel="density")
ax.legend()

# %%
# Keep certain predictions only
# -----------------------------
# The accuracy on the images with the smallest standard deviations:
order = std[chosen].argsort()
shares = np.arange(0.1, 1.01, 0.1)
_, ax = plt.subplots(figsize=(7, 4), layout="constrained")
ax.plot(shares, [right[order[: int(share * len(order))]].mean() for share in shares], marker="o")
ax.set(xlabel="share of the images kept", ylabel="accuracy")
plt.show()
# sphinx_gallery_thumbnail_number = 2
