"""Compare the weights that scikit-learn and this package learn from real data with the same seed.

In float64 they differ by rounding only. Exits with an error if they differ by more.
"""

import sys
import warnings

import numpy as np
from datasets import load
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import Perceptron
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.preprocessing import StandardScaler

from sklearn_ann import MLPClassifierTF, MLPRegressorTF, PerceptronClassifier

BOUND = 1e-6
COMPARISONS = (
    ("iris", MLPClassifier, MLPClassifierTF, {"random_state": 0}),
    ("breast_cancer", MLPClassifier, MLPClassifierTF, {"random_state": 1, "early_stopping": True}),
    ("digits", MLPClassifier, MLPClassifierTF, {"random_state": 2, "hidden_layer_sizes": (50, 30), "max_iter": 30}),
    ("digits", MLPClassifier, MLPClassifierTF, {"random_state": 3, "solver": "sgd", "learning_rate_init": 0.05}),
    ("california", MLPRegressor, MLPRegressorTF, {"random_state": 4, "activation": "tanh", "max_iter": 5}),
    ("iris", Perceptron, PerceptronClassifier, {"shuffle": False}),
    ("breast_cancer", Perceptron, PerceptronClassifier, {"shuffle": False}),
)


def main():
    warnings.simplefilter("ignore", ConvergenceWarning)  # max_iter is small to keep the example short
    print(f"{'data':<15}{'scikit-learn':<15}{'parameters':<66}{'epochs':>9}{'difference':>12}")
    worst = 0.0
    for name, theirs, ours, parameters in COMPARISONS:
        try:
            X, y = load(name)
        except FileNotFoundError as reason:
            print(f"{name:<15}skipped. {reason}")
            continue
        X = StandardScaler().fit_transform(X)
        a, b = theirs(**parameters).fit(X, y), ours(**parameters).fit(X, y)
        difference = max(np.abs(p - q).max() for p, q in zip(learned(a), learned(b), strict=True))
        worst = max(worst, difference)
        shown = ", ".join(f"{key}={value!r}" for key, value in parameters.items())
        print(f"{name:<15}{theirs.__name__:<15}{shown:<66}{f'{a.n_iter_} {b.n_iter_}':>9}{difference:>12.1e}")
    if worst > BOUND:
        sys.exit(f"The weights differ by {worst:.1e}, more than rounding explains.")


def learned(estimator):
    """Return the arrays that an estimator has learned."""
    if hasattr(estimator, "coefs_"):
        return [*estimator.coefs_, *estimator.intercepts_]
    return [estimator.coef_, estimator.intercept_]


if __name__ == "__main__":
    main()
