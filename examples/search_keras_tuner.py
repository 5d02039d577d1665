"""
Keras Tuner and the searches of this package
============================================

Search the estimators with Keras Tuner's three oracles, and compare them with random search, Hyperband and Bayesian
optimization with scikit-learn's interface.
"""

# %%
# Random search, Hyperband and Bayesian optimization by Keras Tuner
# -----------------------------------------------------------------
# ``SklearnTuner`` builds a model for each trial and cross-validates it. With Hyperband, ``"tuner/epochs"`` tells the
# build function for how many epochs to train the model, which starts from scratch each time.
import contextlib
import io
import tempfile
import time
import warnings

import keras_tuner
import matplotlib.pyplot as plt
import numpy as np
from datasets import load
from scipy.stats import loguniform
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import accuracy_score, make_scorer
from sklearn.model_selection import RandomizedSearchCV, StratifiedKFold, train_test_split

from sklearn_ann import MLPClassifierTF
from sklearn_ann.callbacks import Callback
from sklearn_ann.model_selection import HiddenLayerSizes, HyperbandSearchCV, OptunaSearchCV

warnings.simplefilter("ignore", ConvergenceWarning)  # candidates get the same few epochs
X, y = load("digits", np.float32)
X_train, X_test, y_train, y_test = train_test_split(X / 16, y, random_state=0)
cv = StratifiedKFold(3, shuffle=True, random_state=0)
N_TRIALS, N_EPOCHS = 15, 27


class CountEpochs(Callback):
    def __init__(self):
        self.n_epochs = 0

    def epoch_end(self, context):
        self.n_epochs += 1


def network(**parameters):
    """A network that trains for all epochs, which are counted."""
    settings = {"max_iter": N_EPOCHS, "n_iter_no_change": N_EPOCHS, "random_state": 0, **parameters}
    return MLPClassifierTF(**settings).set_callbacks(count)


def build(hp):
    return network(
        hidden_layer_sizes=(hp.Int("n_units", 16, 128),) * hp.Int("n_layers", 0, 3),
        learning_rate_init=hp.Float("learning_rate_init", 1e-4, 1e-1, sampling="log"),
        max_iter=hp.values.get("tuner/epochs", N_EPOCHS),
    )


objective = keras_tuner.Objective("score", "max")
oracles = {
    "random": keras_tuner.oracles.RandomSearchOracle(objective=objective, max_trials=N_TRIALS, seed=0),
    "Hyperband": keras_tuner.oracles.HyperbandOracle(objective=objective, max_epochs=N_EPOCHS, factor=3, seed=0),
    "Bayesian": keras_tuner.oracles.BayesianOptimizationOracle(objective=objective, max_trials=N_TRIALS, seed=0),
}
rows = []
for name, oracle in oracles.items():
    count, start = CountEpochs(), time.perf_counter()
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):  # it prints each trial
        tuner = keras_tuner.SklearnTuner(
            oracle, build, scoring=make_scorer(accuracy_score), cv=cv, directory=folder, project_name=name
        )
        tuner.search(X_train, y_train)
    best = tuner.oracle.get_best_trials()[0]
    model = build(best.hyperparameters).fit(X_train, y_train)
    seconds = time.perf_counter() - start
    rows.append((f"Keras Tuner, {name}", best.score, model.score(X_test, y_test), count.n_epochs, seconds))

# %%
# The same with scikit-learn's interface
# --------------------------------------
# A candidate that Hyperband promotes continues from its exact state, so no epoch is repeated.
space = {
    "hidden_layer_sizes": HiddenLayerSizes((0, 3), (16, 128)),
    "learning_rate_init": loguniform(1e-4, 1e-1),
}
count = CountEpochs()
searches = {
    "RandomizedSearchCV": RandomizedSearchCV(network(), space, n_iter=N_TRIALS, cv=cv, random_state=0),
    "HyperbandSearchCV": HyperbandSearchCV(network(), space, max_iter=N_EPOCHS, cv=cv, random_state=0),
    "OptunaSearchCV": OptunaSearchCV(network(), space, n_trials=N_TRIALS, max_iter=N_EPOCHS, cv=cv, random_state=0),
}
for name, search in searches.items():
    count.n_epochs, start = 0, time.perf_counter()
    search.fit(X_train, y_train)
    seconds = time.perf_counter() - start
    rows.append((name, search.best_score_, search.score(X_test, y_test), count.n_epochs, seconds))

print(f"{'search':23} {'validation':>10} {'test':>6} {'epochs':>7} {'seconds':>8}")
for name, validation, test, n_epochs, seconds in rows:
    print(f"{name:23} {validation:10.3f} {test:6.3f} {n_epochs:7d} {seconds:8.1f}")

# %%
figure, axes = plt.subplots(figsize=(8, 3.5), layout="constrained")
axes.barh([row[0] for row in rows], [row[3] for row in rows], color=["C0"] * 3 + ["C1"] * 3)
axes.invert_yaxis()
axes.set_xlabel("epochs trained, all folds and the refit")
plt.show()
