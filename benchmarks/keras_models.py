"""Keras models of one's own: ``python -m benchmarks.keras_models``, or with ``--quick`` for few epochs and rounds.

The same network with the same initial weights in four systems, taking turns in one process: the estimators of
``sklearn_ann.keras``, Keras' ``fit`` as it is, Keras' ``fit`` at its best (XLA, all batches of an epoch in one
execution), and scikeras. Timed are a fit, with the model that is built for it, further epochs of a model that has been
fitted, and the prediction of one row. A first fit without shuffling shows that all systems do the same: their losses
must agree.
"""

import argparse
import math
import statistics
import time
import warnings
from typing import NamedTuple

import numpy as np

from examples.datasets import load

from . import machine, report

SYSTEMS = ("ours", "keras", "keras, best", "scikeras")
ROUNDS, PREDICTIONS = 5, 50
TIMED = {"first": "s", "fit": "s", "further epochs": "s", "predict one row": "ms"}


class Case(NamedTuple):
    """A data set, the function that builds its network, and how long it is trained."""

    data: str
    build: object
    epochs: int
    batch_size: int = 32
    is_classifier: bool = True


def dense(sizes, n_features, n_units, activation, **compiling):
    """Build and compile a sequential network, with the same weights at every call."""
    import keras

    seeds = iter(range(100))
    model = keras.Sequential([keras.Input((n_features,))])
    for size in sizes:
        model.add(keras.layers.Dense(size, "relu", kernel_initializer=keras.initializers.GlorotUniform(next(seeds))))
    initializer = keras.initializers.GlorotUniform(next(seeds))
    model.add(keras.layers.Dense(n_units, activation, kernel_initializer=initializer))
    return compiled(model, **compiling)


def compiled(model, optimizer, loss, metrics=(), n_batches=None):
    """Compile, at Keras' best if the number of batches is given."""
    best = {} if n_batches is None else {"jit_compile": True, "steps_per_execution": n_batches}
    model.compile(optimizer=optimizer, loss=loss, metrics=list(metrics), **best)
    return model


def fashion(n_batches=None):
    """Build the network of 300 and 100 units for images of clothes."""
    return dense(
        (300, 100),
        784,
        10,
        "softmax",
        optimizer="sgd",
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
        n_batches=n_batches,
    )


def digits(n_batches=None):
    """Build a network with one hidden layer."""
    loss = "sparse_categorical_crossentropy"
    return dense((50,), 64, 10, "softmax", optimizer="adam", loss=loss, n_batches=n_batches)


def adult(n_batches=None):
    """Build a network for two classes."""
    return dense((64, 32), 108, 1, "sigmoid", optimizer="adam", loss="binary_crossentropy", n_batches=n_batches)


def wide_and_deep(n_batches=None):
    """Build a functional network whose inputs reach the output on two ways."""
    import keras

    initial = [keras.initializers.GlorotUniform(seed) for seed in range(3)]
    inputs = keras.Input((8,))
    hidden = keras.layers.Dense(30, "relu", kernel_initializer=initial[0])(inputs)
    hidden = keras.layers.Dense(30, "relu", kernel_initializer=initial[1])(hidden)
    both = keras.layers.concatenate([inputs, hidden])
    model = keras.Model(inputs, keras.layers.Dense(1, kernel_initializer=initial[2])(both))
    return compiled(model, keras.optimizers.SGD(1e-2, clipnorm=1.0), "mse", n_batches=n_batches)


CASES = {
    "Fashion-MNIST 10,000, 300-100": Case("fashion_10k", fashion, epochs=10),
    "California, Wide & Deep": Case("california", wide_and_deep, epochs=20, is_classifier=False),
    "digits, 50": Case("digits", digits, epochs=30),
    "Adult, 64-32": Case("adult", adult, epochs=5),
}


class Keras:
    """``Model.fit`` behind ``fit(X, y)`` and ``go_on(X, y)``."""

    def __init__(self, case, is_best):
        self.case, self.is_best, self.model = case, is_best, None

    def fit(self, X, y, shuffle=True):
        n_batches = math.ceil(len(X) / self.case.batch_size) if self.is_best else None
        self.model = self.case.build(n_batches)
        return self.go_on(X, y, shuffle)

    def go_on(self, X, y, shuffle=True):
        settings = {"epochs": self.case.epochs, "batch_size": self.case.batch_size, "shuffle": shuffle}
        return self.model.fit(X, y, verbose=0, **settings).history["loss"][-1]

    def predict(self, X):
        return self.model.predict(X, verbose=0)


class Wrapper:
    """An estimator of scikeras or of ours behind ``fit(X, y)`` and ``go_on(X, y)``."""

    def __init__(self, case, module):
        settings = {"epochs": case.epochs, "batch_size": case.batch_size, "verbose": 0}
        kind = module.KerasClassifier if case.is_classifier else module.KerasRegressor
        self.estimator = kind(case.build, **settings)

    def fit(self, X, y, shuffle=True):
        self.estimator.set_params(warm_start=False).fit(X, y, shuffle=shuffle)
        return self.estimator.history_["loss"][-1]

    def go_on(self, X, y):
        self.estimator.set_params(warm_start=True).fit(X, y)

    def predict(self, X):
        return self.estimator.predict(X)


def make_systems(case):
    """Return the systems by name."""
    import scikeras.wrappers

    import sklearn_ann.keras

    return {
        "ours": Wrapper(case, sklearn_ann.keras),
        "keras": Keras(case, is_best=False),
        "keras, best": Keras(case, is_best=True),
        "scikeras": Wrapper(case, scikeras.wrappers),
    }


def measure(case, rounds):
    """Return the times by system, in the units of TIMED: of the first fit, and the medians of all others."""
    X, y = load(case.data, "float32")
    if case.data == "california":
        X = (X - X.mean(axis=0)) / X.std(axis=0)
    X, y = np.ascontiguousarray(X, dtype=np.float32), y if case.is_classifier else y.astype(np.float32)
    systems = make_systems(case)
    times, losses = {name: {what: [] for what in TIMED} for name in systems}, {}

    def clock(name, what, run, *arguments, **settings):
        start = time.perf_counter()
        result = run(*arguments, **settings)
        times[name][what].append((time.perf_counter() - start) * (1e3 if TIMED[what] == "ms" else 1.0))
        return result

    for name, system in systems.items():
        losses[name] = clock(name, "first", system.fit, X, y, shuffle=False)
    for name, loss in losses.items():
        if not math.isclose(loss, losses["keras"], rel_tol=0.01):
            raise SystemExit(f"{case.data}: the loss of {name} is {loss}, that of keras {losses['keras']}")
    for _ in range(rounds):
        for name, system in systems.items():
            clock(name, "fit", system.fit, X, y)
            clock(name, "further epochs", system.go_on, X, y)
            system.predict(X[:1])  # traced
            for i in range(PREDICTIONS):
                clock(name, "predict one row", system.predict, X[i : i + 1])
    return {name: {what: statistics.median(each) for what, each in kinds.items()} for name, kinds in times.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="few epochs, two rounds; nothing is written")
    parser.add_argument("--only", default=",".join(case.data for case in CASES.values()), help="data sets")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    results = {"machine": machine.describe(), "cases": {}}
    for title, case in CASES.items():
        if case.data not in options.only.split(","):
            continue
        if options.quick:
            case = case._replace(epochs=max(2, case.epochs // 4))
        try:
            results["cases"][title] = measure(case, 2 if options.quick else ROUNDS)
        except FileNotFoundError as reason:
            print(f"{title}: skipped. {reason}", flush=True)
            continue
        print(title, results["cases"][title], flush=True)
    text = table(results)
    print(text)
    if not options.quick:
        report.write_section("keras-models", text)
        report.save_json("keras-models", results)


def table(results):
    """Return the results as Markdown: times, and how many times as long the others take."""
    rows = []
    for title, times in results["cases"].items():
        for what, unit in TIMED.items():
            ours = times["ours"][what]
            cells = (f"{times[name][what]:.2f} {unit} ({times[name][what] / ours:.1f})" for name in SYSTEMS)
            rows.append([f"{title}: {what}", *cells])
    for what in TIMED:
        means = []
        for name in SYSTEMS:
            ratios = [case[name][what] / case["ours"][what] for case in results["cases"].values()]
            means.append(math.exp(statistics.mean(map(math.log, ratios))))
        rows.append([f"geometric mean: {what}", *(f"({mean:.1f})" for mean in means)])
    return report.as_table(["", *SYSTEMS], rows) + "\n\n" + report.machine_line(results["machine"])


if __name__ == "__main__":
    main()
