"""
Searching layer sizes and other settings
========================================

Parameters of the estimator and settings of its objects are searched as those of any scikit-learn estimator.
"""

# %%
# A random search
# ---------------
# In a Pipeline a parameter has the name of the step in front; a setting of an object comes after another two
# underscores.
import warnings

import matplotlib.pyplot as plt
import numpy as np
from datasets import load
from scipy.stats import loguniform
from sklearn.exceptions import ConvergenceWarning
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import HalvingRandomSearchCV, RandomizedSearchCV, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_ann import MLPClassifierTF
from sklearn_ann.optimizers import AdamW

warnings.simplefilter("ignore", ConvergenceWarning)  # candidates get the same few epochs
X, y = load("digits", np.float32)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
pipeline = make_pipeline(
    StandardScaler(), MLPClassifierTF(solver=AdamW(), alpha=0, max_iter=40, tol=1e-3, random_state=0)
)
space = {
    "mlpclassifiertf__hidden_layer_sizes": [(), (16,), (64,), (16, 16), (64, 64)],
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
figure, axes = plt.subplots(1, 2, figsize=(12, 4.5), sharey=True, layout="constrained")
points = axes[0].scatter(results["param_mlpclassifiertf__learning_rate_init"], scores, c=results["mean_fit_time"])
axes[0].set(xscale="log", xlabel="learning_rate_init", ylabel="cross-validated accuracy")
figure.colorbar(points, ax=axes[0], label="seconds of a fit")
sizes = [str(size) for size in results["param_mlpclassifiertf__hidden_layer_sizes"]]
axes[1].scatter(sizes, scores)
axes[1].tick_params(axis="x", rotation=30)
axes[1].set_xlabel("hidden_layer_sizes")

# %%
# Successive halving
# ------------------
# Many candidates with few epochs each; the better third goes on with three times as many.
halving = HalvingRandomSearchCV(
    pipeline.set_params(mlpclassifiertf__max_iter=1),
    space,
    resource="mlpclassifiertf__max_iter",
    n_candidates=27,
    min_resources=5,
    max_resources=45,
    cv=3,
    random_state=0,
).fit(X_train, y_train)
print(f"test accuracy {halving.score(X_test, y_test):.3f}")
for step, (n_epochs, n_candidates) in enumerate(zip(halving.n_resources_, halving.n_candidates_, strict=True)):
    best = halving.cv_results_["mean_test_score"][halving.cv_results_["iter"] == step].max()
    print(f"{n_candidates:3} candidates, {n_epochs:3} epochs: best accuracy {best:.3f}")
plt.show()
