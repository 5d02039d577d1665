"""
Searching layer sizes and other settings
========================================

Search parameters of the estimator, and settings of its objects, as for any scikit-learn estimator.
"""

# %%
# A random search
# ---------------
# In a Pipeline, put the name of the step and two underscores in front of a parameter. The setting of an object follows
# after another two underscores.
import warnings

import matplotlib.pyplot as plt
import numpy as np
from datasets import load
from scipy.stats import loguniform
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import RandomizedSearchCV, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_ann import MLPClassifierTF
from sklearn_ann.model_selection import HiddenLayerSizes, SuccessiveHalvingSearchCV
from sklearn_ann.optimizers import AdamW

warnings.simplefilter("ignore", ConvergenceWarning)  # candidates get the same few epochs
X, y = load("digits", np.float32)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
pipeline = make_pipeline(
    StandardScaler(), MLPClassifierTF(solver=AdamW(), alpha=0, max_iter=40, tol=1e-3, random_state=0)
)
space = {
    "mlpclassifiertf__hidden_layer_sizes": HiddenLayerSizes((0, 2), (16, 64)),
    "mlpclassifiertf__learning_rate_init": loguniform(1e-4, 3e-2),
    "mlpclassifiertf__dropout": [0.0, 0.2, 0.4],
    "mlpclassifiertf__solver__weight_decay": loguniform(1e-4, 1e-1),
}
search = RandomizedSearchCV(pipeline, space, n_iter=20, cv=3, random_state=0).fit(X_train, y_train)
print({name.split("__", 1)[1]: value for name, value in search.best_params_.items()})
print(f"cross-validated accuracy {search.best_score_:.3f}, test accuracy {search.score(X_test, y_test):.3f}")

# %%
# What mattered
# -------------
results = search.cv_results_
scores = results["mean_test_score"]
figure, axes = plt.subplots(1, 2, figsize=(12, 4.5), layout="constrained")
points = axes[0].scatter(results["param_mlpclassifiertf__learning_rate_init"], scores, c=results["mean_fit_time"])
axes[0].set(xscale="log", xlabel="learning_rate_init", ylabel="cross-validated accuracy")
figure.colorbar(points, ax=axes[0], label="seconds of a fit")
sizes = results["param_mlpclassifiertf__hidden_layer_sizes"]
units, n_layers = [sum(size[:1]) for size in sizes], [len(size) for size in sizes]
points = axes[1].scatter(units, scores, c=n_layers)
axes[1].set(xlabel="units of each hidden layer, 0 without one", ylabel="cross-validated accuracy")
figure.colorbar(points, ax=axes[1], label="hidden layers", ticks=[0, 1, 2])

# %%
# Successive halving
# ------------------
# Train many candidates for a few epochs. The best third continue from their current state, for three times as many
# epochs.
halving = SuccessiveHalvingSearchCV(pipeline, space, n_iter=27, min_iter=5, max_iter=45, cv=3, random_state=0)
halving.fit(X_train, y_train)
print(f"test accuracy {halving.score(X_test, y_test):.3f}")
(bracket,) = halving.brackets_
for rung, (n_epochs, n_candidates) in enumerate(zip(bracket.n_resources, bracket.n_candidates, strict=True)):
    best = halving.cv_results_["mean_test_score"][halving.cv_results_["iter"] == rung].max()
    print(f"{n_candidates:3} candidates, {n_epochs:3} epochs: best accuracy {best:.3f}")
plt.show()
