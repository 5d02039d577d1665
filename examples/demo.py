"""Three grid searches on real data, once with scikit-learn's estimators and once with those of this package.

Prints a table of scores and times, and writes a plot of a loss curve and a decision boundary; takes about a minute.
Only the import changes: Pipeline and GridSearchCV stay the same.
"""

import sys
import time
import warnings
from pathlib import Path

import matplotlib

matplotlib.use("Agg")  # a file is written, no window opened

import matplotlib.pyplot as plt
import numpy as np
from datasets import load
from sklearn.exceptions import ConvergenceWarning
from sklearn.inspection import DecisionBoundaryDisplay
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler, scale

from sklearn_ann import MLPClassifierTF, MLPRegressorTF

OUTPUT = Path(__file__).parent / "output"
# Searches: a data set (and a substitute if it cannot be loaded), the estimators, their parameters, the grid.
SEARCHES = (
    (
        "digits",
        None,
        (MLPClassifier, MLPClassifierTF),
        {"hidden_layer_sizes": (100, 50), "max_iter": 200, "random_state": 0},
        {"alpha": [1e-4, 1e-3, 1e-2, 1e-1], "learning_rate_init": [1e-3, 2e-3, 5e-3, 1e-2]},
    ),
    (
        "california",
        "diabetes",
        (MLPRegressor, MLPRegressorTF),
        {"hidden_layer_sizes": (50, 50, 50), "max_iter": 25, "random_state": 42},
        {"alpha": [1e-4, 1e-2], "learning_rate_init": [1e-3, 3e-3]},
    ),
    (
        "breast_cancer",
        None,
        (MLPClassifier, MLPClassifierTF),
        {"hidden_layer_sizes": (50,), "max_iter": 200, "random_state": 0},
        {"alpha": [1e-4, 1e-2, 1], "activation": ["relu", "tanh"]},
    ),
)


def main():
    # The searches train every candidate for the same few epochs, so they need not converge.
    warnings.simplefilter("ignore", ConvergenceWarning)
    start = time.perf_counter()
    classifiers = draw(OUTPUT / "demo.png")
    print(f"\nFirst fit of this process: {classifiers:.2f} s; TensorFlow imported: {'tensorflow' in sys.modules}\n")

    print(f"{'Pipeline in GridSearchCV':<34}{'data':<12}{'fits':>5}{'CV score':>10}{'test score':>12}{'seconds':>9}")
    for name, substitute, classes, parameters, grid in SEARCHES:
        name, X, y = load_or(name, substitute)
        seconds = []
        for estimator in classes:
            scores, elapsed, n_fits = search(estimator(**parameters), grid, X, y)
            seconds.append(elapsed)
            line = f"{estimator.__name__:<34}{name:<12}{n_fits:>5}{scores[0]:>10.4f}{scores[1]:>12.4f}{elapsed:>9.1f}"
            print(
                line, end="\n" if len(seconds) == 1 else f"   {seconds[0] / seconds[1]:.1f} times as fast\n", flush=True
            )
    print(f"\nPicture: {OUTPUT / 'demo.png'}")
    print(f"All of it took {time.perf_counter() - start:.0f} s.")


def load_or(name, substitute):
    """Return the data set ``name``, or its substitute if it cannot be loaded."""
    try:
        X, y = load(name, np.float32)
    except FileNotFoundError as reason:
        print(f"{reason} Using {substitute} instead.")
        name = substitute
        X, y = load(name, np.float32)
    return name, X, scale(y) if y.dtype.kind == "f" else y  # networks learn targets with a standard deviation of 1 best


def search(estimator, grid, X, y):
    """Return the best cross-validated score and the test score of a search, its seconds, and the number of fits."""
    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=0)
    pipeline = make_pipeline(StandardScaler(), estimator)
    step = pipeline.steps[-1][0]
    start = time.perf_counter()
    found = GridSearchCV(pipeline, {f"{step}__{key}": values for key, values in grid.items()}, cv=3)
    found.fit(X_train, y_train)
    elapsed = time.perf_counter() - start
    return (found.best_score_, found.score(X_test, y_test)), elapsed, 3 * len(found.cv_results_["params"]) + 1


def draw(path):
    """Plot loss curves and decision boundaries of both classifiers on two columns of iris; return our seconds."""
    X, y = load("iris")
    X = StandardScaler().fit_transform(X[:, 2:])
    parameters = {"hidden_layer_sizes": (20, 20), "max_iter": 400, "learning_rate_init": 5e-3, "random_state": 0}
    start = time.perf_counter()
    ours = MLPClassifierTF(**parameters).fit(X, y)
    elapsed = time.perf_counter() - start
    theirs = MLPClassifier(**parameters).fit(X, y)

    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.2), layout="constrained")
    left.plot(theirs.loss_curve_, color="0.7", linewidth=5, label="MLPClassifier")
    left.plot(ours.loss_curve_, color="tab:blue", label="MLPClassifierTF")
    left.set(xlabel="epoch", ylabel="loss", title="Loss curve, same seed", yscale="log")
    left.legend()
    DecisionBoundaryDisplay.from_estimator(
        ours,
        X,
        response_method="predict",
        plot_method="pcolormesh",
        grid_resolution=300,
        multiclass_colors="Pastel1",
        ax=right,
    )
    right.scatter(*X.T, c=y, cmap="Set1", edgecolors="black", s=22)
    right.set(xlabel="petal length, standardised", ylabel="petal width, standardised", title="Iris: decision boundary")
    path.parent.mkdir(exist_ok=True)
    figure.savefig(path, dpi=120)
    difference = max(np.abs(a - b).max() for a, b in zip(ours.coefs_, theirs.coefs_, strict=True))
    print(f"Iris, same seed: largest difference between the weights of both classifiers {difference:.1e}")
    return elapsed


if __name__ == "__main__":
    main()
