"""
Batch normalization
===================

Batch normalization gives each hidden unit mean 0 and variance 1 over the rows of a batch (Ioffe & Szegedy, 2015). Some
networks do not learn without a normalization, and with it the choice of the learning rate matters less.
"""

# %%
# Train five hidden layers of 100 units for six epochs of stochastic gradient descent on 3,750 images of Fashion-MNIST.
# Predictions use moving averages of means and variances; with ``momentum=0.9`` these adapt within ten steps. A fit
# whose weights become infinite raises an error, and its point is missing.
import warnings

import matplotlib.pyplot as plt
import numpy as np
from datasets import load
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split

from sklearn_ann import MLPClassifierTF
from sklearn_ann.inspection import TrainingCurveDisplay
from sklearn_ann.normalizations import BatchNorm

warnings.simplefilter("ignore", ConvergenceWarning)  # every network gets the same number of epochs
try:
    X, y = load("fashion_10k", np.float32)
except FileNotFoundError as reason:
    print(reason, "Using the digits instead.")
    X, y = load("digits", np.float32)
X_train, X_test, y_train, y_test = train_test_split(X[:5000], y[:5000], random_state=0)
normalizations = {"none": None, "batch": BatchNorm(momentum=0.9), "layer": "layer"}
rates = [0.01, 0.1, 0.3, 1.0]


def network(**settings):
    return MLPClassifierTF((100,) * 5, solver="sgd", batch_size=50, max_iter=6, random_state=0, **settings)


models = {}
figure, axes = plt.subplots(1, 2, figsize=(12, 4.5), sharey=True, layout="constrained")
for ax, activation in zip(axes, ("logistic", "relu"), strict=True):
    for (name, normalization), style in zip(normalizations.items(), ("o-", "s--", "^:"), strict=True):
        scores = []
        for rate in rates:
            model = network(activation=activation, normalization=normalization, learning_rate_init=rate)
            try:
                scores.append(model.fit(X_train, y_train).score(X_test, y_test))
            except ValueError:
                scores.append(np.nan)
            models[name, activation, rate] = model
        ax.plot(rates, scores, style, label=f"normalization: {name}")
    ax.set(xscale="log", xlabel="learning rate", title=activation)
axes[0].set_ylabel("test accuracy")
axes[0].legend()

# %%
# Training loss
# -------------
_, ax = plt.subplots(figsize=(8, 4.5), layout="constrained")
for name in normalizations:
    TrainingCurveDisplay.from_estimator(models[name, "relu", 0.01], name=f"normalization: {name}", ax=ax)
plt.show()
