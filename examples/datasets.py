"""The data sets of the examples, the tests and the benchmarks: a name comes in, ``X, y`` as arrays go out.

Real data only. Files are looked for in the folder that the environment variable ``SKLEARN_ANN_DATA`` names, then in the
places where a development machine may have them; otherwise scikit-learn downloads the set. Where neither works, a
FileNotFoundError says so in one sentence, and the caller skips. Nothing is scaled or split here, with two exceptions:
pixels are divided by their maximum, and Adult comes one-hot encoded and standardised.
"""

import csv
import gzip
import os
import warnings
from pathlib import Path

import numpy as np
from sklearn import datasets as sklearn_datasets
from sklearn.preprocessing import OneHotEncoder, StandardScaler

__all__ = ["NAMES", "load"]

_FASHION_FOLDER = Path("/usr/share/datasets/fashion-mnist")  # where Debian's package dataset-fashion-mnist puts it
_ADULT_CATEGORIES = (
    "workclass", "education", "marital-status", "occupation", "relationship", "race", "sex", "native-country",
)  # fmt: skip


def load(name, dtype=np.float64):
    """Return ``X`` (rows x features, of ``dtype``) and ``y`` (rows) of the data set ``name``, one of ``NAMES``.

    Raises FileNotFoundError when the data are neither on this machine nor to be downloaded.
    """
    X, y = _LOADERS[name]()
    return np.ascontiguousarray(X, dtype=dtype), y


def _local(filename):
    """Return the path of a data file on this machine, or None."""
    named = os.environ.get("SKLEARN_ANN_DATA")
    folder = Path(named) if named else Path(__file__).resolve().parents[2] / "shared" / "data"
    path = folder / filename
    return path if path.is_file() else None


def _download(fetch, name):
    """Return ``fetch()``, or say in one sentence that there are no such data here."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # scikit-learn warns of each retry; the sentence below says it once
            return fetch()
    except OSError as error:  # URLError and time-outs are OSErrors
        raise FileNotFoundError(
            f"The data set {name!r} is not on this machine (see SKLEARN_ANN_DATA) and could not be downloaded: {error}"
        ) from error


def _openml(openml_name, version, name):
    options = {"version": version, "as_frame": False, "parser": "liac-arff", "n_retries": 1}
    return _download(lambda: sklearn_datasets.fetch_openml(openml_name, **options), name)


def _california():
    path = _local("california_housing.csv.gz")
    if path is None:
        return _download(lambda: sklearn_datasets.fetch_california_housing(return_X_y=True, n_retries=1), "california")
    table = np.loadtxt(path, delimiter=",", skiprows=1)
    return table[:, :-1], table[:, -1]


def _adult():
    path = _local("adult.tsv.gz")
    if path is None:
        found = _openml("adult", 2, "adult")
        table, names, y = found.data, found.feature_names, (found.target == ">50K").astype(np.int64)
    else:
        with gzip.open(path, "rt", newline="") as file:
            rows = csv.reader(file, delimiter="\t")
            *names, _ = next(rows)
            table = np.array(list(rows), dtype=float)
        table, y = table[:, :-1], table[:, -1].astype(np.int64)
    categorical = np.isin(names, _ADULT_CATEGORIES)
    numeric = StandardScaler().fit_transform(table[:, ~categorical].astype(float))
    return np.hstack([numeric, OneHotEncoder(sparse_output=False).fit_transform(table[:, categorical])]), y


def _mnist_10k():
    path = _local("mnist_10k.csv.gz")
    if path is None:
        found = _openml("mnist_784", 1, "mnist_10k")
        return found.data[60_000:] / 255, found.target[60_000:].astype(np.int64)  # the test images, as in the file
    with gzip.open(path, "rb") as file:
        table = np.loadtxt(file, delimiter=",", dtype=np.uint8)
    return table[:, :-1] / 255, table[:, -1].astype(np.int64)


def _fashion(part, rows=None):
    """Fashion-MNIST's ``part`` ("train" or "test"), 28 x 28 pixels as 784 columns; only the first ``rows``."""
    prefix = {"train": "train", "test": "t10k"}[part]
    images = _FASHION_FOLDER / f"{prefix}-images-idx3-ubyte.gz"
    labels = _FASHION_FOLDER / f"{prefix}-labels-idx1-ubyte.gz"
    if not (images.is_file() and labels.is_file()):
        found = _openml("Fashion-MNIST", 1, "fashion")
        kept = slice(0, 60_000) if part == "train" else slice(60_000, None)
        return found.data[kept][:rows] / 255, found.target[kept][:rows].astype(np.int64)
    return _idx(images, header=16).reshape(-1, 784)[:rows] / 255, _idx(labels, header=8)[:rows].astype(np.int64)


def _idx(path, header):
    """Return the bytes of an IDX file after its header."""
    with gzip.open(path, "rb") as file:
        return np.frombuffer(file.read(), dtype=np.uint8, offset=header)


_LOADERS = {
    "iris": lambda: sklearn_datasets.load_iris(return_X_y=True),
    "wine": lambda: sklearn_datasets.load_wine(return_X_y=True),
    "diabetes": lambda: sklearn_datasets.load_diabetes(return_X_y=True),
    "breast_cancer": lambda: sklearn_datasets.load_breast_cancer(return_X_y=True),
    "digits": lambda: (lambda X, y: (X / 16, y))(*sklearn_datasets.load_digits(return_X_y=True)),
    "california": _california,
    "adult": _adult,
    "mnist_10k": _mnist_10k,
    "fashion_10k": lambda: _fashion("train", 10_000),
    "fashion_60k": lambda: _fashion("train"),
    "fashion_test": lambda: _fashion("test"),
}
NAMES = tuple(_LOADERS)
