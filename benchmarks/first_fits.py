"""First fits: what somebody waits for who fits one network in a fresh process.

    python -m benchmarks.first_fits            a few minutes on two cores

Each run is a process of its own: the library is imported (not timed, its seconds stand beside), one network is fitted
and predicts its training rows (timed), and the peak of memory is read. scikit-learn's runs and ours take turns; the
figures are medians. A time counts only where the scores agree. The matrix products of the same training alone stand
beside them: the time that no network on NumPy can go below. Results go to ``benchmarks/results/first-fits.json`` and
``docs/benchmarks.md``.
"""

import argparse
import dataclasses
import json
import math
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from . import machine, report
from .fits import load_task, score_difference
from .systems import Task

TASKS = (
    Task("iris", "iris", hidden=(100,), epochs=200),
    Task("breast cancer", "breast_cancer", hidden=(100,), epochs=200),
    Task("digits", "digits", hidden=(100,), epochs=100, standardize=False),
    Task("California", "california", hidden=(50, 50, 50), epochs=30, kind="regressor"),
    Task("Adult", "adult", hidden=(128, 64), epochs=5, standardize=False),
    Task("Fashion-MNIST 10,000", "fashion_10k", hidden=(300, 100), epochs=3, standardize=False),
)
WORKER = """
import json, sys, time, warnings
warnings.simplefilter("ignore")
import numpy as np
from benchmarks import machine
from benchmarks.systems import SYSTEMS, Products, Task
from benchmarks.worker import score
with np.load(sys.argv[3]) as data:
    X, y = data["X"], data["y"]
task = Task(**json.loads(sys.argv[2]))
start = time.perf_counter()
model = (SYSTEMS | {"products": Products})[sys.argv[1]](task)
imported = time.perf_counter()
predicted = model.fit(X, y).predict(X)
print(json.dumps({
    "seconds": time.perf_counter() - imported, "import": imported - start, "peak": machine.peak_memory(),
    "score": None if predicted is None else score(task, y, predicted), "tensorflow": "tensorflow" in sys.modules,
}))
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--dtype", choices=("float32", "float64"), default="float64")
    options = parser.parse_args()
    results = {"machine": machine.describe(), "dtype": options.dtype, "tasks": {}}
    for task in TASKS:
        try:
            X, y = load_task(task, options.dtype)
        except FileNotFoundError as reason:
            print(f"{task.name}: skipped. {reason}", flush=True)
            continue
        results["tasks"][task.name] = measure(task, X, y, options.rounds)
        print(table({task.name: results["tasks"][task.name]}), flush=True)
    text = f"{table(results['tasks'])}\n\n{report.machine_line(results['machine'])}"
    print(text)
    name = "first-fits" if options.dtype == "float64" else f"first-fits-{options.dtype}"
    report.write_section(name, text)
    report.save_json(name, results)


def measure(task, X, y, rounds):
    """Return the medians of each system; the scores must agree."""
    runs = {"sklearn": [], "ours": [], "products": []}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "data.npz"
        np.savez(path, X=X, y=y)
        for _ in range(rounds):
            for system, done in runs.items():
                command = [sys.executable, "-c", WORKER, system, json.dumps(dataclasses.asdict(task)), str(path)]
                finished = subprocess.run(command, capture_output=True, text=True, check=True, cwd=machine.REPOSITORY)
                done.append(json.loads(finished.stdout))
    medians = {
        system: {
            name: statistics.median(run[name] for run in done) for name, first in done[0].items() if first is not None
        }
        for system, done in runs.items()
    }
    difference = score_difference(task, medians["ours"]["score"], medians["sklearn"]["score"])
    assert difference is None, difference
    return medians


def table(tasks):
    """Markdown: a row for each task, and the geometric mean."""
    header = ["first fit and predict", "sklearn s", "ours s", "products s", "sklearn / ours", "sklearn / products"]
    header += ["sklearn MB", "ours MB", "TensorFlow"]
    rows, ratios, limits = [], [], []
    for name, medians in tasks.items():
        theirs, ours = medians["sklearn"], medians["ours"]
        ratios.append(theirs["seconds"] / ours["seconds"])
        memory = [f"{each['peak'] / 2**20:.0f}" for each in (theirs, ours)]
        limits.append(theirs["seconds"] / medians["products"]["seconds"])
        times = [f"{each['seconds']:.3g}" for each in (theirs, ours, medians["products"])]
        factors = [f"{ratios[-1]:.2f}", f"{limits[-1]:.2f}"]
        rows.append([name, *times, *factors, *memory, "imported" if ours["tensorflow"] else "no"])
    if len(tasks) > 1:
        means = [f"{math.exp(statistics.fmean(map(math.log, each))):.2f}" for each in (ratios, limits)]
        rows.append(["geometric mean", "", "", "", *means, "", "", ""])
    return report.as_table(header, rows)


if __name__ == "__main__":
    main()
