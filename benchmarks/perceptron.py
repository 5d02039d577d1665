"""PerceptronClassifier against scikit-learn's Perceptron, in the same process, alternating, median of the runs.

    python benchmarks/perceptron.py [--epochs 5] [--repeats 3] [--data /usr/share/datasets/fashion-mnist]

Fashion-MNIST (60,000 images of 784 pixels, ten classes) is read from the folder given (Debian: the package
dataset-fashion-mnist) and left out where there is none; the small sets come with scikit-learn. Every fit has the same
number of epochs, the same seed and the same dtype on both sides. The weights must agree, or the benchmark fails.
The first fit of ours, which compiles, is timed by itself.
"""

import argparse
import gzip
import statistics
import time
import warnings
from pathlib import Path

import numpy as np
from sklearn.datasets import load_breast_cancer, load_digits, load_iris
from sklearn.linear_model import Perceptron

from sklearn_ann import PerceptronClassifier

TOLERANCE = {"float32": 1e-3, "float64": 1e-9}  # of the largest weight: a decision may flip in float32's last digit


def fashion_mnist(folder):
    images = gzip.decompress((folder / "train-images-idx3-ubyte.gz").read_bytes())
    labels = gzip.decompress((folder / "train-labels-idx1-ubyte.gz").read_bytes())
    X = np.frombuffer(images, np.uint8, offset=16).reshape(-1, 784)
    return X / np.float32(255), np.frombuffer(labels, np.uint8, offset=8)


def seconds(model, X, y):
    start = time.perf_counter()
    model.fit(X, y)
    return time.perf_counter() - start


def compare(name, X, y, repeats, **settings):
    """One line of the table."""
    ours, theirs = PerceptronClassifier(**settings), Perceptron(**settings)
    first = seconds(ours, X, y)
    times = [(seconds(ours, X, y), seconds(theirs, X, y)) for _ in range(repeats)]
    own, other = (statistics.median(side) for side in zip(*times, strict=True))
    difference = np.abs(ours.coef_ - theirs.coef_).max() / np.abs(theirs.coef_).max()
    scores = ours.score(X, y), theirs.score(X, y)
    if difference > TOLERANCE[str(X.dtype)] or ours.n_iter_ != theirs.n_iter_:
        raise SystemExit(f"{name}: weights differ by {difference:.1e}, scores {scores}")
    print(
        f"| {name} | {X.dtype} | {settings.get('n_jobs')} | {ours.n_iter_} | {own * 1e3:.1f} | {other * 1e3:.1f} "
        f"| {other / own:.2f} | {first:.1f} | {difference:.0e} | {scores[0]:.4f} | {scores[1]:.4f} |",
        flush=True,
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--data", type=Path, default=Path("/usr/share/datasets/fashion-mnist"))
    args = parser.parse_args()
    warnings.simplefilter("ignore")  # scikit-learn's ConvergenceWarning where epochs are few
    print(
        "| data | dtype | n_jobs | epochs | ours, ms | scikit-learn, ms | ratio | first fit, s "
        "| weights differ by | score | scikit-learn's |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    for load in (load_iris, load_breast_cancer, load_digits):
        X, y = load(return_X_y=True)
        compare(load.__name__.removeprefix("load_"), X, y, 5 * args.repeats)
    if not args.data.is_dir():
        print(f"\nNo Fashion-MNIST in {args.data}: left out.")
        return
    X, y = fashion_mnist(args.data)
    for dtype in ("float32", "float64"):
        for n_jobs in (None, 1, 2):
            compare("Fashion-MNIST", X.astype(dtype), y, args.repeats, max_iter=args.epochs, tol=None, n_jobs=n_jobs)


if __name__ == "__main__":
    main()
