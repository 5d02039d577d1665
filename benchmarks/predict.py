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
    from sklearn_ann.network.forward_numpy import forward, is_large
    from sklearn_ann.network.predict_compiled import compiled_forward
    from sklearn_ann.network.spec import Network, Output
    from sklearn_ann.network.weights import Weights

    random = np.random.default_rng(0)
    coefs = tuple(random.normal(0, size[0] ** -0.5, size).astype(np.float32) for size in itertools.pairwise(units))
    weights = Weights(coefs, tuple(np.zeros(width, dtype=np.float32) for width in units[1:]))
    X = random.random((n_rows, units[0]), dtype=np.float32)
    output = Output("log_loss" if units[-1] > 1 else "squared_error", (units[-1],))
    hidden = units[1:-1]
    network = Network(units[0], tuple(hidden), ("relu",) * len(hidden), output, "float32")
    passes = {
        "numpy": lambda: forward(X, network, weights, {}),
        "compiled": lambda: compiled_forward(X, network, weights, {}, "cpu"),
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
        "operations": 2.0 * n_rows * sum(coef.size for coef in coefs),
        "is_large": is_large(n_rows, coefs),
        **{name: statistics.median(values) for name, values in times.items()},
    }


if __name__ == "__main__":
    main()
