"""
Searching a network for Fashion-MNIST
=====================================

The textbook's search: over zero to eight hidden layers, 16 to 256 units, the learning rate and the optimizer.
"""

# %%
# The space
# ---------
# To save time, use 10,000 of the 60,000 images: 8,000 for training and 2,000 for validation, which ``PredefinedSplit``
# uses instead of folds. All hidden layers of a network have the same number of units.
import warnings

import matplotlib.pyplot as plt
import numpy as np
from datasets import load
from scipy.stats import loguniform
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import PredefinedSplit, train_test_split

from sklearn_ann import MLPClassifierTF
from sklearn_ann.inspection import ParallelCoordinatesDisplay, ParameterImportanceDisplay, SearchCurveDisplay
from sklearn_ann.model_selection import HiddenLayerSizes, SuccessiveHalvingSearchCV

warnings.simplefilter("ignore", ConvergenceWarning)  # max_iter is a choice here
try:
    (X, y), (X_test, y_test) = load("fashion_10k", np.float32), load("fashion_test", np.float32)
except FileNotFoundError as reason:
    print(reason, "Using the digits instead.")
    X, X_test, y, y_test = train_test_split(*load("digits", np.float32), random_state=0)
is_validation = np.arange(len(X)) % 5 == 0
space = {
    "hidden_layer_sizes": HiddenLayerSizes((0, 8), (16, 256)),
    "learning_rate_init": loguniform(1e-4, 1e-2),
    "solver": ["sgd", "adam"],
}

# %%
# Successive halving
# ------------------
# All candidates train for one epoch, the best third of them for three, and so on. A promoted candidate continues from
# its current state: no epoch is repeated.
search = SuccessiveHalvingSearchCV(
    MLPClassifierTF(random_state=0),
    space,
    n_iter=81,
    max_iter=27,
    cv=PredefinedSplit(np.where(is_validation, 0, -1)),
    ensemble_size=10,
    random_state=0,
)
print(search.forecast(X, y))
search.fit(X, y)
print(search.summary(5))

# %%
# A cross marks a candidate that was not promoted, the star the best one.
SearchCurveDisplay.from_estimator(search)

# %%
# Better than 300-100?
# --------------------
# The textbook's network of 300 and 100 units gets the same rows and epochs, and keeps its best epoch on the same
# validation set. The search refits its best candidate on all rows, including the validation set. All three were chosen
# by their validation accuracy, so compare them on the test set. With 10,000 rows, the standard error is a third of a
# point, and a difference below half a point is not meaningful.
X_train, y_train, X_val, y_val = X[~is_validation], y[~is_validation], X[is_validation], y[is_validation]
plain = MLPClassifierTF((300, 100), max_iter=27, early_stopping=True, n_iter_no_change=27, random_state=0)
plain.fit(X_train, y_train, X_val=X_val, y_val=y_val)
for name, validation, test in (
    ("300-100", plain.best_validation_score_, plain.score(X_test, y_test)),
    ("best candidate", search.best_score_, search.score(X_test, y_test)),
    ("ensemble", search.ensemble_score_, search.ensemble_.score(X_test, y_test)),
):
    print(f"{name:>15}: validation accuracy {validation:.4f}, test accuracy {test:.4f}")

# %%
# The ensemble consists of networks that the search has trained: those whose averaged probabilities are best on the
# validation set.
#
# What mattered
# -------------
# Each line is a candidate with its best score.
ParallelCoordinatesDisplay.from_estimator(search)

# %%
# The importances are those of a random forest that predicts the score from the parameters and the epochs.
ParameterImportanceDisplay.from_estimator(search)
plt.show()
