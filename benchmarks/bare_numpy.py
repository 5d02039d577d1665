"""A plain loop in NumPy that does what a fit does and nothing else: how near our engine is to what NumPy can do.

    python -m benchmarks.bare_numpy             three minutes on two cores

The loop knows one network only: relu, softmax, Adam, an L2 penalty, batches of 200. It has no options, checks, stopping
rule or callbacks, writes to arrays that it made before, and updates all weights as one vector, in blocks that stay in
the cache. It draws scikit-learn's numbers; the last loss must equal scikit-learn's. Later fits are timed, in turns.
Results go to ``benchmarks/results/bare_numpy.json`` and ``docs/benchmarks.md``.
"""

import argparse
import itertools
import statistics
import time
import warnings

import numpy as np
from sklearn.neural_network import MLPClassifier
from sklearn.utils import shuffle

from examples.datasets import load
from sklearn_ann import MLPClassifierTF

from . import machine, report

CASES = {"digits": ((100,), 60), "mnist_10k": ((100,), 6), "fashion_10k": ((300, 100), 4)}  # hidden layers, epochs
BATCH, ALPHA, RATE, BETA_1, BETA_2 = 200, 1e-4, 1e-3, 0.9, 0.999
BLOCK_BYTES = 1 << 16
TOLERANCE = {"float64": 1e-12, "float32": 1e-4}


class Bare:
    """The network, as views of one vector for all weights and one for the gradient."""

    def __init__(self, sizes, dtype, generator):
        self.shapes = list(itertools.pairwise(sizes))
        self.n_coefs = sum(a * b for a, b in self.shapes)
        n = self.n_coefs + sum(sizes[1:])
        self.weights, self.gradient, self.work = (np.empty(n, dtype) for _ in range(3))
        self.m, self.v = np.zeros(n, dtype), np.zeros(n, dtype)
        self.coefs, self.intercepts = self.views(self.weights)
        self.coef_gradients, self.intercept_gradients = self.views(self.gradient)
        for coef, intercept in zip(self.coefs, self.intercepts, strict=True):
            bound = np.sqrt(6 / sum(coef.shape))
            coef[...] = generator.uniform(-bound, bound, coef.shape)
            intercept[...] = generator.uniform(-bound, bound, intercept.shape)
        self.buffers, self.n_steps = {}, 0

    def views(self, vector):
        """The arrays of a vector: coefficients first."""
        shapes = [*self.shapes, *((b,) for _, b in self.shapes)]
        ends = np.cumsum([np.prod(shape) for shape in shapes])
        parts = [part.reshape(shape) for part, shape in zip(np.split(vector, ends[:-1]), shapes, strict=True)]
        return parts[: len(self.shapes)], parts[len(self.shapes) :]

    def step(self, X, Y, rows):
        """One update; the loss of the batch times its rows."""
        n, dtype = len(rows), self.weights.dtype
        if n not in self.buffers:
            widths = [X.shape[1], *(b for _, b in self.shapes)]
            make = [np.empty((n, width), dtype) for width in widths]
            deltas = [np.empty((n, width), dtype) for width in widths[1:]]
            self.buffers[n] = make, deltas, np.empty((n, Y.shape[1]), dtype), np.ones(n, dtype)
        values, deltas, y, ones = self.buffers[n]
        X.take(rows, 0, values[0], "clip")
        Y.take(rows, 0, y, "clip")
        last = len(self.shapes) - 1
        for i, (coef, intercept) in enumerate(zip(self.coefs, self.intercepts, strict=True)):
            z = np.dot(values[i], coef, values[i + 1])
            np.add(z, intercept, z)
            if i < last:
                z.clip(0, np.inf, z)
        proba = values[-1]
        proba -= proba.max(axis=1, keepdims=True)
        np.exp(proba, proba)
        proba /= proba.sum(axis=1, keepdims=True)
        loss = -np.log(np.vecdot(proba, y)).sum()
        loss += 0.5 * ALPHA * np.dot(self.weights[: self.n_coefs], self.weights[: self.n_coefs])
        np.subtract(proba, y, deltas[-1])
        deltas[-1] *= 1 / n
        for i in range(last, -1, -1):
            np.dot(values[i].T, deltas[i], self.coef_gradients[i])
            np.dot(ones, deltas[i], self.intercept_gradients[i])
            if i:
                np.dot(deltas[i], self.coefs[i].T, deltas[i - 1])
                np.multiply(deltas[i - 1], values[i] > 0, deltas[i - 1])
        self.update(ALPHA / n)
        return loss

    def update(self, penalty):
        """Adam, block by block."""
        self.n_steps += 1
        rate = RATE * np.sqrt(1 - BETA_2**self.n_steps) / (1 - BETA_1**self.n_steps)
        size = BLOCK_BYTES // self.weights.itemsize
        for start in range(0, len(self.weights), size):
            block = slice(start, start + size)
            w, g, m, v, work = (each[block] for each in (self.weights, self.gradient, self.m, self.v, self.work))
            k = max(0, min(size, self.n_coefs - start))
            np.multiply(w[:k], penalty, work[:k])
            g[:k] += work[:k]
            m *= BETA_1
            np.multiply(g, 1 - BETA_1, work)
            m += work
            v *= BETA_2
            np.multiply(g, g, work)
            work *= 1 - BETA_2
            v += work
            np.sqrt(v, work)
            work += 1e-8
            np.divide(m, work, work)
            work *= rate
            w -= work


def bare_fit(X, y, hidden, epochs):
    """The loss of the last epoch."""
    generator = np.random.RandomState(0)
    Y = np.eye(y.max() + 1, dtype=X.dtype)[y]
    network = Bare([X.shape[1], *hidden, Y.shape[1]], X.dtype, generator)
    order = np.arange(len(X))
    for _ in range(epochs):
        order = shuffle(order, random_state=generator)
        loss = sum(network.step(X, Y, order[start : start + BATCH]) for start in range(0, len(X), BATCH)) / len(X)
    return loss


def estimator_fit(kind, X, y, hidden, epochs):
    """The loss of the last epoch."""
    model = kind(hidden_layer_sizes=hidden, max_iter=epochs, random_state=0, tol=0, n_iter_no_change=epochs)
    return model.fit(X, y).loss_curve_[-1]


def measure(name, dtype, rounds):
    """Medians of seconds by system, after one fit of each."""
    X, y = load(name, dtype)
    X, y = np.ascontiguousarray(X, dtype), y.astype(int)
    hidden, epochs = CASES[name]
    systems = {
        "sklearn": lambda: estimator_fit(MLPClassifier, X, y, hidden, epochs),
        "ours": lambda: estimator_fit(MLPClassifierTF, X, y, hidden, epochs),
        "bare": lambda: bare_fit(X, y, hidden, epochs),
    }
    losses = {system: fit() for system, fit in systems.items()}
    for loss in losses.values():
        assert abs(loss - losses["sklearn"]) <= TOLERANCE[dtype] * abs(loss), losses
    seconds = {system: [] for system in systems}
    for _ in range(rounds):
        for system, fit in systems.items():
            start = time.perf_counter()
            fit()
            seconds[system].append(time.perf_counter() - start)
    return {system: statistics.median(each) for system, each in seconds.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    warnings.simplefilter("ignore")  # that a few epochs are no convergence
    results = {"machine": machine.describe(), "cases": []}
    for dtype in ("float64", "float32"):
        for name in CASES:
            results["cases"].append({"data": name, "dtype": dtype, "seconds": measure(name, dtype, options.rounds)})
            print(table(results["cases"][-1:]), flush=True)
    text = f"{table(results['cases'])}\n\n{report.machine_line(results['machine'])}"
    print(text)
    report.write_section("bare-numpy", text)
    report.save_json("bare_numpy", results)


def table(cases):
    """Markdown: a row for each case."""
    rows = []
    for case in cases:
        theirs, ours, bare = (case["seconds"][system] for system in ("sklearn", "ours", "bare"))
        times = [f"{each:.3g}" for each in (theirs, ours, bare)]
        rows.append([case["data"], case["dtype"], *times, f"{theirs / ours:.2f}", f"{theirs / bare:.2f}"])
    header = ["data", "dtype", "sklearn s", "ours s", "plain loop s", "sklearn / ours", "sklearn / plain loop"]
    return report.as_table(header, rows)


if __name__ == "__main__":
    main()
