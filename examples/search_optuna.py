"""
Bayesian search with Optuna
===========================

An Optuna sampler proposes settings based on the scores so far, and a pruner stops candidates that are not promising.
Both use cross-validated scores.
"""

# %%
# The search
# ----------
# Search depth, width, learning rate, penalty and activation together. After 3, 9 and 27 epochs, the pruner compares the
# mean score over the folds with the median of earlier trials. A candidate that is not below it continues.
import warnings

import matplotlib.pyplot as plt
import numpy as np
import optuna
from datasets import load
from scipy.stats import loguniform
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_ann import MLPClassifierTF
from sklearn_ann.model_selection import HiddenLayerSizes, OptunaSearchCV

warnings.simplefilter("ignore", ConvergenceWarning)  # candidates get the same few epochs
X, y = load("digits", np.float32)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
pipeline = make_pipeline(StandardScaler(), MLPClassifierTF(tol=0, random_state=0))
space = {
    "mlpclassifiertf__hidden_layer_sizes": HiddenLayerSizes((0, 3), loguniform(16, 128)),
    "mlpclassifiertf__learning_rate_init": loguniform(1e-4, 1e-1),
    "mlpclassifiertf__alpha": loguniform(1e-6, 1e-1),
    "mlpclassifiertf__activation": ["relu", "tanh", "silu"],
}
pruner = optuna.pruners.MedianPruner(n_startup_trials=6)
search = OptunaSearchCV(pipeline, space, n_trials=40, max_iter=27, min_iter=3, pruner=pruner, cv=3, random_state=0).fit(
    X_train, y_train
)
print({name.split("__", 1)[1]: value for name, value in search.best_params_.items()})
print(f"cross-validated accuracy {search.best_score_:.3f}, test accuracy {search.score(X_test, y_test):.3f}")
states = [trial.state.name for trial in search.study_.trials]
print(f"{states.count('PRUNED')} of {len(states)} trials were pruned")

# %%
# Which settings mattered
# -----------------------
# ``study_`` is an Optuna study, so Optuna's tools work with it.
importances = optuna.importance.get_param_importances(
    search.study_, evaluator=optuna.importance.PedAnovaImportanceEvaluator()
)
for name, importance in importances.items():
    print(f"{name.split('__', 1)[1]:28} {importance:.2f}")

# %%
# Scores over the trials
# ----------------------
figure, axes = plt.subplots(1, 2, figsize=(12, 4.5), layout="constrained")
for state, marker in (("COMPLETE", "o"), ("PRUNED", "x")):
    trials = [trial for trial in search.study_.trials if trial.state.name == state]
    axes[0].plot([t.number for t in trials], [t.value for t in trials], marker, label=state.lower())
axes[0].set(xlabel="trial", ylabel="cross-validated accuracy when it ended")
axes[0].legend()
names = list(importances)
axes[1].barh([name.split("__", 1)[1] for name in names], [importances[name] for name in names])
axes[1].invert_yaxis()
axes[1].set_xlabel("importance")
plt.show()
