"""
Prediction intervals
====================

How far may the true value be from the prediction? Compare quantiles, a normal distribution for each row, and an
ensemble.
"""

# %%
# One feature
# -----------
# The noise grows with x, and there are no data beyond 1.
import warnings

import matplotlib.pyplot as plt
import numpy as np
from datasets import load
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split

from sklearn_ann import MLPRegressorTF
from sklearn_ann.losses import Quantile

warnings.simplefilter("ignore", ConvergenceWarning)  # max_iter is a choice here
rng = np.random.default_rng(0)
x = np.sort(rng.uniform(-1, 1, size=600))
y = np.sin(3 * x) + rng.normal(scale=0.05 + 0.2 * (x + 1) / 2)
grid = np.linspace(-1.2, 2, 300)[:, None]


def network(**settings):
    return MLPRegressorTF(
        (50,), activation="tanh", learning_rate_init=0.01, max_iter=300, standardize=True, random_state=0, **settings
    )


quantiles = network(loss=Quantile([0.05, 0.5, 0.95])).fit(x[:, None], y)
gaussian = network(loss="gaussian").fit(x[:, None], y)
ensemble = network(loss="gaussian", n_estimators=10).fit(x[:, None], y)

figure, axes = plt.subplots(1, 3, figsize=(13, 4), sharey=True, layout="constrained")
bands = {"quantiles 0.05 and 0.95": quantiles.predict(grid).T}
for name, model in (("normal distribution, 1.64 std", gaussian), ("ensemble of ten of them", ensemble)):
    mean, std = model.predict(grid, return_std=True)
    bands[name] = mean - 1.64 * std, mean, mean + 1.64 * std
for ax, (name, (low, middle, high)) in zip(axes, bands.items(), strict=True):
    ax.scatter(x, y, s=3, color="0.6")
    ax.plot(grid, middle)
    ax.fill_between(grid.ravel(), low, high, alpha=0.3)
    ax.set(title=name, ylim=(-2.5, 2.5))

# %%
# California housing
# ------------------
# The fraction of test rows inside intervals that should contain 90 % of them, and the median width of the intervals:
try:
    X, y = load("california", np.float32)
except FileNotFoundError as reason:
    print(reason, "Using the diabetes data instead.")
    X, y = load("diabetes", np.float32)
    y = y / 100
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
settings = {"standardize": True, "early_stopping": True, "max_iter": 40, "random_state": 0}
intervals = {}
model = MLPRegressorTF((64, 64), loss=Quantile([0.05, 0.95]), **settings).fit(X_train, y_train)
intervals["quantiles"] = model.predict(X_test).T
for name, n_estimators in (("normal distribution", 1), ("ensemble of five", 5)):
    model = MLPRegressorTF((64, 64), loss="gaussian", n_estimators=n_estimators, **settings).fit(X_train, y_train)
    mean, std = model.predict(X_test, return_std=True)
    intervals[name] = mean - 1.64 * std, mean + 1.64 * std
for name, (low, high) in intervals.items():
    inside = (low <= y_test) & (y_test <= high)
    print(f"{name:20} {inside.mean():.1%} inside, median width {np.median(high - low):.2f}")

# %%
# Errors by the width of the interval
# -----------------------------------
# Errors are larger in districts with wider intervals.
width = intervals["ensemble of five"][1] - intervals["ensemble of five"][0]
error = abs(y_test - np.mean(intervals["ensemble of five"], axis=0))
groups = np.array_split(width.argsort(), 10)
_, ax = plt.subplots(figsize=(7, 4), layout="constrained")
ax.plot([width[group].mean() for group in groups], [error[group].mean() for group in groups], marker="o")
ax.set(xlabel="mean width of the interval, by tenths of the districts", ylabel="mean absolute error")
plt.show()
