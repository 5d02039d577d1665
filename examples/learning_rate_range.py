"""
Find a learning rate
====================

Train briefly while the learning rate rises, and observe at which rate the loss stops falling (Smith, 2017). A tenth of
this rate is a safe choice.
"""

# %%
# Different solvers need different rates. Each curve is one short fit in which every point has another rate.
import warnings

import matplotlib.pyplot as plt
from datasets import load
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split

from sklearn_ann import MLPClassifierTF
from sklearn_ann.inspection import LearningRateDisplay
from sklearn_ann.model_selection import LearningRateFinder

warnings.simplefilter("ignore", ConvergenceWarning)  # fits are short on purpose
X, y = load("digits")
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)


def network(solver, **settings):
    return MLPClassifierTF((100, 50), solver=solver, max_iter=30, random_state=0, **settings)


finders = {solver: LearningRateFinder(network(solver)).fit(X_train, y_train) for solver in ("adam", "sgd")}
_, axes = plt.subplots(1, 2, figsize=(12, 4.5), sharey=True, layout="constrained")
for ax, (solver, finder) in zip(axes, finders.items(), strict=True):
    LearningRateDisplay.from_estimator(finder, ax=ax)
    ax.set_title(solver)

# %%
# Fits with rates around it
# -------------------------
for solver, finder in finders.items():
    for factor in (0.01, 0.1, 1, 10, 100):
        rate = factor * finder.suggested_learning_rate_
        model = network(solver, learning_rate_init=rate).fit(X_train, y_train)
        print(f"{solver:4} rate {rate:.5f}: loss {model.loss_:.4f}, test accuracy {model.score(X_test, y_test):.3f}")
plt.show()
