"""Where compiled prediction overtakes NumPy: ``python -m benchmarks.predict``.

The engine's two forward passes on the same weights, by size of the network and number of rows, both warm, in float32;
their results must agree. Neither the import of TensorFlow nor compilation is in the times, so the size
from which on the engine uses the compiled one ought to lie above the crossover.
"""

import itertools
import statistics
import time

import numpy as np

from . import machine, report

NETWORKS = ((8, 50, 50, 50, 1), (64, 100, 10), (784, 300, 100, 10), (784, 1000, 1000, 10))
ROWS = (1, 100, 1_000, 10_000, 100_000)
REPEATS = 7


def main():
    results = {"machine": machine.describe(), "sizes": [measure(*size) for size in itertools.product(NETWORKS, ROWS)]}
    rows = [
        [
            "-".join(map(str, size["units"])),
            size["rows"],
            f"{size['operations']:.0e}",
            f"{1e3 * size['numpy']:.3g}",
            f"{1e3 * size['compiled']:.3g}",
            f"{size['numpy'] / size['compiled']:.2f}",
            "compiled" if size["is_large"] else "NumPy",
        ]
        for size in results["sizes"]
    ]
    header = ["network", "rows", "operations", "NumPy ms", "compiled ms", "NumPy / compiled", "used by predict"]
    text = report.as_table(header, rows) + "\n\n" + report.machine_line(results["machine"])
    print(text)
    report.write_section("predict", text)
    report.save_json("predict", results)


def measure(units, n_rows):
    """Return the median times of both forward passes of one network on so many rows."""
    from sklearn_ann import MLPClassifierTF, MLPRegressorTF
    from sklearn_ann.network.forward_numpy import forward, is_large
    from sklearn_ann.network.predict_compiled import compiled_forward
    from sklearn_ann.network.weights import as_weights

    X = np.random.default_rng(0).random((max(n_rows, units[-1]), units[0]), dtype=np.float32)
    y = np.arange(len(X)) % units[-1]
    labels = y[: units[-1]]
    estimator, classes = (MLPClassifierTF, {"classes": labels}) if units[-1] > 1 else (MLPRegressorTF, {})
    model = estimator(hidden_layer_sizes=units[1:-1], random_state=0).partial_fit(X[: units[-1]], labels, **classes)
    network, hyper, X = model._net, model._hyper, X[:n_rows]
    weights = as_weights(network, model.coefs_, model.intercepts_, model.extra_weights_)
    passes = {
        "numpy": lambda: forward(X, network, weights, hyper),
        "compiled": lambda: compiled_forward(X, network, weights, hyper, "cpu"),
    }
    # Two orders of summation over at most 1,000 float32 terms of size one.
    np.testing.assert_allclose(passes["numpy"](), passes["compiled"](), atol=1e-4)
    times = {name: [] for name in passes}
    for name, run in passes.items():  # one after the other: threads of the one wait, spinning, into the other's time
        for _ in range(REPEATS):
            start = time.perf_counter()
            run()
            times[name].append(time.perf_counter() - start)
    return {
        "units": units,
        "rows": n_rows,
        "operations": 2.0 * n_rows * sum(coef.size for coef in model.coefs_),
        "is_large": is_large(n_rows, model.coefs_),
        **{name: statistics.median(values) for name, values in times.items()},
    }


if __name__ == "__main__":
    main()
