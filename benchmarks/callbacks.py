"""What callbacks cost per epoch: ``python -m benchmarks.callbacks``.

Warm fits of the same network on the same data, taking turns, in float32: milliseconds of an epoch without
callbacks, and what each callback adds to it. The weights are compared first: no callback may change them.
"""

import io
import statistics
import tempfile
import time
import warnings

import numpy as np

from examples.datasets import load

from . import machine, report

TASKS = {
    "iris": ("iris", (100,), 100),
    "digits": ("digits", (100,), 30),
    "Fashion-MNIST 10,000": ("fashion_10k", (300, 100), 3),
}
ROUNDS = 7


def callbacks():
    """Return a maker of each callback by its title; a checkpoint wants a folder of its own for each fit."""
    from sklearn_ann import callbacks

    return {
        "a callback that does nothing": callbacks.Callback,
        "EarlyStopping": lambda: callbacks.EarlyStopping("loss", patience=1000),
        "ProgressLine": lambda: callbacks.ProgressLine(io.StringIO()),
        "Scores, accuracy on the training rows": lambda: callbacks.Scores("accuracy"),
        "VitalSigns": callbacks.VitalSigns,
        "Checkpoint": lambda: callbacks.Checkpoint(tempfile.mkdtemp(dir=folder.name)),
        "TensorBoard, scalars": lambda: callbacks.TensorBoard(folder.name),
    }


folder = tempfile.TemporaryDirectory()


def main():
    results = {"machine": machine.describe(), "tasks": {}}
    for title, task in TASKS.items():
        try:
            results["tasks"][title] = measure(*task)
        except FileNotFoundError as reason:
            print(f"{title}: skipped. {reason}", flush=True)
    measured = results["tasks"]
    rows = [["no callbacks", *(f"{times['none']:.2f}" for times in measured.values())]]
    rows += [
        [f"+ {name}", *(f"{times[name] - times['none']:.2f}" for times in measured.values())] for name in callbacks()
    ]
    text = report.as_table(["ms per epoch", *measured], rows) + "\n\n" + report.machine_line(results["machine"])
    print(text)
    report.write_section("callbacks", text)
    report.save_json("callbacks", results)


def measure(data, hidden, epochs):
    """Return the median milliseconds of an epoch by callback."""
    from sklearn_ann import MLPClassifierTF

    warnings.simplefilter("ignore")  # so few epochs are not to converge
    X, y = load(data, "float32")
    model = MLPClassifierTF(hidden, max_iter=epochs, n_iter_no_change=np.inf, random_state=0).fit(X, y)
    expected = model.coefs_[0]
    times = {name: [] for name in ["none", *callbacks()]}
    for _ in range(ROUNDS):
        for name, watchers in {"none": [], **{name: [make] for name, make in callbacks().items()}}.items():
            model.set_callbacks(*(make() for make in watchers))
            start = time.perf_counter()
            model.fit(X, y)
            times[name].append(1e3 * (time.perf_counter() - start) / epochs)
            np.testing.assert_array_equal(model.coefs_[0], expected)
    return {name: statistics.median(values) for name, values in times.items()}


if __name__ == "__main__":
    main()
