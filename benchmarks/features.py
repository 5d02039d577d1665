"""What each feature costs beside the plain fit: ``python -m benchmarks.features``.

Warm fits of the same network on the same data, taking turns, in float32; the time of each over that of the plain one.
"""

import statistics
import time
import warnings

import numpy as np

from examples.datasets import load

from . import machine, report

FEATURES = {
    "plain": {},
    "dropout 0.5": {"dropout": 0.5},
    "dropout 0.5, inputs 0.1": {"dropout": 0.5, "input_dropout": 0.1},
    "Gaussian noise": {"gaussian_noise": 0.1},
    "L1": {"regularizer": "L1"},
    "max-norm": {"regularizer": "MaxNorm"},
    "clipped norm": {"global_clipnorm": 1.0},
    "cosine schedule": {"learning_rate": "cosine"},
    "AdamW": {"solver": "adamw"},
    "batch normalization": {"normalization": "batch"},
    "layer normalization": {"normalization": "layer"},
    "PReLU": {"activation": "prelu"},
    "wide": {"wide": "all"},
    "averaged weights": {"averaging": 0.5},
}
TASKS = {"digits": ("digits", (100,), 40), "Fashion-MNIST 10,000": ("fashion_10k", (300, 100), 3)}
ROUNDS = 9


def main():
    results = {"machine": machine.describe(), "tasks": {}}
    for title, task in TASKS.items():
        try:
            results["tasks"][title] = measure(*task)
        except FileNotFoundError as reason:
            print(f"{title}: skipped. {reason}", flush=True)
    header = ["time / plain", *results["tasks"]]
    rows = [
        [name, *(f"{times[name] / times['plain']:.2f}" for times in results["tasks"].values())] for name in FEATURES
    ]
    text = report.as_table(header, rows) + "\n\n" + report.machine_line(results["machine"])
    print(text)
    report.write_section("features", text)
    report.save_json("features", results)


def measure(data, hidden, epochs):
    """Return the median time of a warm fit with each feature."""
    from sklearn_ann import MLPClassifierTF, regularizers

    warnings.simplefilter("ignore")  # so few epochs are not to converge
    X, y = load(data, "float32")
    times = {name: [] for name in FEATURES}
    models = {}
    for name, settings in FEATURES.items():
        settings = dict(settings)
        if "regularizer" in settings:
            settings["regularizer"] = getattr(regularizers, settings["regularizer"])()
        models[name] = MLPClassifierTF(hidden, max_iter=epochs, n_iter_no_change=np.inf, random_state=0, **settings)
        models[name].fit(X, y)
    for _ in range(ROUNDS):
        for name, model in models.items():
            start = time.perf_counter()
            model.fit(X, y)
            times[name].append(time.perf_counter() - start)
    return {name: statistics.median(values) for name, values in times.items()}


if __name__ == "__main__":
    main()
