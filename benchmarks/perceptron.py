"""PerceptronClassifier, as it is and by each engine, against scikit-learn's Perceptron: same epochs, seed and dtype.

    python -m benchmarks.perceptron [--repeats 3] [--fashion-epochs 5]

Prints the median of fits that are taken in turns in one process, the first fit of each system by itself (the first of
TensorFlow's includes its import, all include the compilation), and what ``backend="auto"`` is trained by. The weights
must agree, or the benchmark fails. Data sets that are not there are left out.
"""

import argparse
import statistics
import time
import warnings

import numpy as np
from sklearn.linear_model import Perceptron, SGDClassifier

from examples.datasets import load
from sklearn_ann import PerceptronClassifier

TOLERANCE = {"float32": 1e-3, "float64": 1e-9}  # of the largest weight: a decision may flip in float32's last digit
VARIANTS = {"": {}, "l2": {"penalty": "l2"}, "l1": {"penalty": "l1"}, "average": {"average": True}}
SMALL = {"iris": None, "digits": None, "breast_cancer": None, "adult": 10_000}  # rows


def seconds(model, X, y):
    start = time.perf_counter()
    model.fit(X, y)
    return time.perf_counter() - start


def peer(settings):
    """scikit-learn's estimator with these settings; its Perceptron does not average."""
    if "average" not in settings:
        return Perceptron(**settings)
    return SGDClassifier(loss="perceptron", learning_rate="constant", eta0=1, penalty=None, random_state=0, **settings)


def compare(name, X, y, repeats, **settings):
    """One line of the table."""
    models = [peer(settings)]
    models += [PerceptronClassifier(backend=backend, **settings) for backend in ("auto", "numpy", "tensorflow")]
    first = [seconds(model, X, y) for model in models]
    turns = [[seconds(model, X, y) for model in models] for _ in range(repeats)]
    warm = [statistics.median(side) for side in zip(*turns, strict=True)]
    theirs, *ours = models
    for model in ours:
        difference = np.abs(model.coef_ - theirs.coef_).max() / np.abs(theirs.coef_).max()
        if difference > TOLERANCE[str(X.dtype)] or model.n_iter_ != theirs.n_iter_:
            raise SystemExit(f"{name}, {model.backend_}: weights differ by {difference:.1e}")
    print(
        f"| {name} | {X.dtype} | {theirs.n_iter_} | "
        + " | ".join(f"{number * 1e3:.1f}" for number in (*warm, *first))
        + f" | {ours[0].backend_} |",
        flush=True,
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--fashion-epochs", type=int, default=5)
    args = parser.parse_args()
    warnings.simplefilter("ignore")  # scikit-learn's ConvergenceWarning where epochs are few
    print(
        "| data | dtype | epochs | scikit-learn, ms | auto, ms | NumPy, ms | TensorFlow, ms "
        "| first fit: scikit-learn, ms | auto, ms | NumPy, ms | TensorFlow, ms | trained by |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|---|---|")
    for name, n_rows in SMALL.items():
        for variant, settings in VARIANTS.items():
            try:
                X, y = load(name)
            except OSError as error:
                print(f"| {name}: left out, {error} |")
                break
            compare(f"{name} {variant}", X[:n_rows], y[:n_rows], args.repeats, **settings)
    try:
        X, y = load("fashion_60k")
    except OSError as error:
        print(f"| fashion_60k: left out, {error} |")
        return
    for dtype in ("float32", "float64"):
        compare("fashion_60k", X.astype(dtype), y, args.repeats, max_iter=args.fashion_epochs, tol=None)


if __name__ == "__main__":
    main()
