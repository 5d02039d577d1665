"""
Optimizers compared
===================

Train the same network on the same rows with every solver, each with its default settings and the best of five learning
rates.
"""

# %%
import warnings

import matplotlib.pyplot as plt
from datasets import load
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split

from sklearn_ann import MLPClassifierTF
from sklearn_ann.inspection import TrainingCurveDisplay

warnings.simplefilter("ignore", ConvergenceWarning)  # every solver gets the same number of epochs
X, y = load("digits")
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
solvers = ["sgd", "adagrad", "adadelta", "rmsprop", "adam", "amsgrad", "adamw", "adamax", "nadam", "lion"]
rates = [1e-4, 1e-3, 1e-2, 1e-1, 1.0]


def network(solver, rate):
    return MLPClassifierTF((50, 50), solver=solver, learning_rate_init=rate, max_iter=20, tol=0, random_state=0)


fitted = {(solver, rate): network(solver, rate).fit(X_train, y_train) for solver in solvers for rate in rates}

# %%
# Test accuracy after twenty epochs
# ---------------------------------
# No rate is good for all of them.
figure, ax = plt.subplots(figsize=(7, 5), layout="constrained")
scores = [[fitted[solver, rate].score(X_test, y_test) for rate in rates] for solver in solvers]
ax.imshow(scores, cmap="viridis", aspect="auto")
ax.set(xticks=range(len(rates)), xticklabels=rates, yticks=range(len(solvers)), yticklabels=solvers)
ax.set_xlabel("learning_rate_init")
for row, line in enumerate(scores):
    for column, score in enumerate(line):
        ax.text(column, row, f"{score:.2f}", ha="center", va="center", color="white" if score < 0.6 else "black")

# %%
# Training loss with the best rate of each solver
# -----------------------------------------------
_, ax = plt.subplots(figsize=(8, 5), layout="constrained")
for solver, line in zip(solvers, scores, strict=True):
    rate = rates[line.index(max(line))]
    TrainingCurveDisplay.from_estimator(fitted[solver, rate], name=f"{solver}, {rate}", ax=ax)
ax.set_yscale("log")

# %%
# All rows at once
# ----------------
# L-BFGS has no learning rate and no batches. For up to a few thousand rows, it is often the fastest way to a low loss.
model = MLPClassifierTF((50, 50), solver="lbfgs", max_iter=300, random_state=0).fit(X_train, y_train)
print(f"lbfgs: {model.n_iter_} iterations, loss {model.loss_:.4f}, test accuracy {model.score(X_test, y_test):.3f}")
plt.show()
