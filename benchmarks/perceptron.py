"""PerceptronClassifier, as it is and by each engine, against scikit-learn's Perceptron: same epochs, seed and dtype.

    python -m benchmarks.perceptron [--repeats 3] [--fashion-epochs 5]

Prints the median of fits that are taken in turns in one process, the first fit of each system by itself (the first of
TensorFlow's includes its import, all include the compilation), and what ``backend="auto"`` is trained by. The weights
must agree, or the benchmark fails. Data sets that are not there are left out. A second table is of ``partial_fit``.
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
STREAMS = {"digits": 1_700, "adult": 40_000}  # rows
CHUNKS = (10, 100, 1_000, 10_000)
MOST_CALLS = 150


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


def stream_seconds(model, X, y, chunk):
    """Of one pass over the rows, for each call of ``partial_fit``."""
    classes, starts = np.unique(y), range(0, len(X) - chunk + 1, chunk)
    start = time.perf_counter()
    for first in starts:
        model.partial_fit(X[first : first + chunk], y[first : first + chunk], classes=classes)
    return (time.perf_counter() - start) / len(starts)


def compare_streams(name, X, y, chunk, repeats, **settings):
    """One line of the table of ``partial_fit``."""
    X, y = X[: chunk * MOST_CALLS], y[: chunk * MOST_CALLS]
    turns = []
    for _ in range(repeats):
        models = [peer(settings), *(PerceptronClassifier(backend=backend, **settings) for backend in ("auto", "numpy"))]
        turns.append([stream_seconds(model, X, y, chunk) for model in models])
        for model in models[1:]:
            np.testing.assert_allclose(model.coef_, models[0].coef_, rtol=1e-9, atol=1e-9 * np.abs(model.coef_).max())
    theirs, auto, numpys = (statistics.median(side) * 1e3 for side in zip(*turns, strict=True))
    print(f"| {name} | {chunk} | {theirs:.2f} | {auto:.2f} | {numpys:.2f} | {auto / theirs:.2f} |", flush=True)


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
    for name, X, y in loaded(SMALL):
        for variant, settings in VARIANTS.items():
            compare(f"{name} {variant}", X, y, args.repeats, **settings)
    for name, X, y in loaded({"fashion_60k": None}):
        for dtype in ("float32", "float64"):
            compare(name, X.astype(dtype), y, args.repeats, max_iter=args.fashion_epochs, tol=None)
    print_streams(args.repeats)


def loaded(n_rows):
    """Name, X and y of the data sets that are there, up to so many rows of each."""
    for name, n in n_rows.items():
        try:
            X, y = load(name)
        except OSError as error:
            print(f"| {name}: left out, {error} |")
        else:
            yield name, X[:n], y[:n]


def print_streams(repeats):
    print("\n| partial_fit | rows a call | scikit-learn, ms a call | auto, ms | NumPy, ms | auto / scikit-learn |")
    print("|---|---|---|---|---|---|")
    for name, X, y in loaded(STREAMS):
        for variant, settings in VARIANTS.items():
            if "average" in settings:  # scikit-learn's goes on from the average, ours from the last weights
                continue
            for chunk in (each for each in CHUNKS if each <= len(X)):
                compare_streams(f"{name} {variant}", X, y, chunk, repeats, **settings)


if __name__ == "__main__":
    main()
