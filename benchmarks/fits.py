"""Fit and predict times beside other systems: the same network, batch size, epochs and seed in all of them.

    python -m benchmarks.fits                              everything, 15 to 25 minutes on two cores
    python -m benchmarks.fits --quick                      a few epochs of small sets, to see that it works
    python -m benchmarks.fits --only iris,digits --systems ours,sklearn --dtype float64

Every system runs in a process of its own. Cold is its first fit with the import and the compilation; warm is the median
of later fits in the same process. The processes stay alive and take turns, a fit or some tenths of a second each, so
that a machine that gets slower or faster meanwhile does so for all. Beside each time stands the score on the training
data, by one formula for all systems: a time counts only where the scores agree, and where ours and scikit-learn's do
not, the run fails.
Results go to ``benchmarks/results/fits-<dtype>.json``; a full run also writes the table into ``docs/benchmarks.md``.
"""

import argparse
import dataclasses
import importlib.util
import itertools
import json
import math
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from examples.datasets import load

from . import machine, report
from .systems import PERCEPTRON_SYSTEMS, SYSTEMS, Task, n_outputs

TASKS = (
    Task("iris", "iris", hidden=(100,), epochs=200, batch=150),
    Task("wine", "wine", hidden=(100,), epochs=200),
    Task("diabetes", "diabetes", hidden=(100,), epochs=200, kind="regressor"),
    Task("breast cancer", "breast_cancer", hidden=(100,), epochs=200),
    Task("digits", "digits", hidden=(100,), epochs=100, standardize=False),
    Task("California", "california", hidden=(50, 50, 50), epochs=20, kind="regressor"),
    Task("Adult", "adult", hidden=(100,), epochs=10, standardize=False),
    Task("MNIST 10,000", "mnist_10k", hidden=(100,), epochs=10, standardize=False),
    Task("Fashion-MNIST 10,000", "fashion_10k", hidden=(300, 100), epochs=10, standardize=False),
    Task("Fashion-MNIST 60,000", "fashion_60k", hidden=(300, 100), epochs=3, standardize=False),
    Task("Perceptron, Fashion-MNIST 60,000", "fashion_60k", (), epochs=5, kind="perceptron", standardize=False),
)
QUICK = ("iris", "digits", "California")
# A turn of a system is one fit, or several short ones: a median of three times of 20 ms is not worth much.
SECONDS_PER_TURN, MOST_FITS_PER_TURN = 0.3, 15
REQUIRES = {"skorch": ("skorch", "torch")}  # the others are what this package itself depends on
# Ours and scikit-learn's draw the same numbers, so what may differ is rounding, which float32 training magnifies. A
# perceptron's last few updates move its score more than that.
TOLERANCE = {"classifier": 0.01, "regressor": 0.01, "perceptron": 0.03}
# The others start from weights of their own: a difference as large as this would mean another network.
TOLERANCE_OTHERS = 0.05


def main():
    options = parse_options()
    results = {"machine": machine.describe(), "dtype": options.dtype, "tasks": []}
    results["matmul_peak"] = machine.matmul_peak(options.dtype)
    print(machine_sentence(results), flush=True)
    for task in options.tasks:
        try:
            X, y = load_task(task, options.dtype)
        except FileNotFoundError as reason:
            print(f"{task.name}: skipped. {reason}", flush=True)
            continue
        systems = [name for name in options.systems if task.kind != "perceptron" or name in PERCEPTRON_SYSTEMS]
        measured = measure(task, X, y, systems, options.rounds)
        facts = {**dataclasses.asdict(task), "shape": X.shape, "n_outputs": n_outputs(task, y)}
        results["tasks"].append({**facts, "systems": measured})
        results["matmul_peak"] = max(results["matmul_peak"], machine.matmul_peak(options.dtype))
        print(table([results["tasks"][-1]], results["matmul_peak"]), "\n", flush=True)

    tables = [summary(results["tasks"]), table(results["tasks"], results["matmul_peak"])]
    text = "\n\n".join([*tables, machine_sentence(results)])
    print(text)
    if options.complete:
        report.write_section(f"fits-{options.dtype}", text)
    print("\nwritten:", report.save_json(f"fits-{options.dtype}" + ("" if options.complete else "-part"), results))
    disagreements = [line for task in results["tasks"] for line in check_scores(task)]
    print("\n".join(disagreements))
    sys.exit(1 if any(line.startswith("FAILED") for line in disagreements) else 0)


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="five epochs of small data sets, one round")
    parser.add_argument("--only", help="comma-separated names of data sets, as in examples/datasets.py")
    parser.add_argument("--systems", help=f"comma-separated, of {', '.join(SYSTEMS)}")
    parser.add_argument("--dtype", choices=("float32", "float64"), default="float32")
    parser.add_argument("--rounds", type=int, default=3, help="turns of each system")
    parser.add_argument("--write", action="store_true", help="write the table into the page though not all was run")
    options = parser.parse_args()
    options.complete = options.write or not (options.quick or options.only or options.systems)
    only = options.only.split(",") if options.only else [task.data for task in TASKS]
    options.tasks = [task for task in TASKS if task.data in only]
    if options.quick:
        options.rounds = 1
        options.tasks = [
            dataclasses.replace(task, epochs=min(task.epochs, 5)) for task in options.tasks if task.name in QUICK
        ]
    in_that_dtype = list(SYSTEMS) if options.dtype == "float32" else ["ours", "sklearn"]  # the others train in float32
    options.systems = options.systems.split(",") if options.systems else in_that_dtype
    return options


def load_task(task, dtype):
    """Return the task's data, of one dtype for all systems, labels as class indices."""
    X, y = load(task.data, dtype)
    if task.standardize:
        X = (X - X.mean(axis=0)) / X.std(axis=0)
    return X, y.astype(dtype if task.kind == "regressor" else np.int64)


def measure(task, X, y, systems, rounds):
    """Return for each system its cold and warm times, score, prediction times and memory, or why there are none."""
    measured, processes = {}, {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "data.npz"
        np.savez(path, X=X, y=y)
        try:
            for name in systems:
                missing = [need for need in REQUIRES.get(name, ()) if importlib.util.find_spec(need) is None]
                if missing:
                    measured[name] = {"skipped": f"{' and '.join(missing)} not installed"}
                    continue
                errors = Path(folder) / f"{name}.txt"  # TensorFlow says a lot there also when all is well
                process = start_worker(name, task, path, errors)
                first = ask(process, "fit")
                if first is None:
                    print(f"{name} failed on {task.name}:\n{errors.read_text()[-3000:]}", file=sys.stderr)
                    measured[name] = {"skipped": "failed"}
                    continue
                processes[name] = process
                measured[name] = {"cold": first["seconds"], "warm_times": [], "score": first["score"]}
            for _ in range(rounds):
                for name, process in processes.items():
                    turn = []
                    while sum(turn) < SECONDS_PER_TURN and len(turn) < MOST_FITS_PER_TURN:
                        reply = ask(process, "fit")
                        turn.append(reply["seconds"])
                    measured[name]["warm_times"] += turn
                    measured[name]["score"] = reply["score"]
            predictions = {name: [] for name in processes}
            for _ in range(rounds):
                for name, process in processes.items():
                    predictions[name].append(ask(process, "predict"))
            for name, replies in predictions.items():
                measured[name]["warm"] = statistics.median(measured[name]["warm_times"])
                measured[name].update({key: statistics.median(reply[key] for reply in replies) for key in replies[0]})
        finally:
            for process in processes.values():
                process.stdin.close()
                process.wait()
    return measured


def start_worker(name, task, path, errors):
    command = [sys.executable, "-m", "benchmarks.worker", name, json.dumps(dataclasses.asdict(task)), str(path)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with errors.open("w") as file:
        return subprocess.Popen(command, stderr=file, cwd=machine.REPOSITORY, **pipes)


def ask(process, request):
    """Send a request to a worker and return its reply, or None when the worker has died."""
    try:
        process.stdin.write(request + "\n")
        process.stdin.flush()
    except BrokenPipeError:
        return None
    reply = process.stdout.readline()
    return json.loads(reply) if reply else None


# What the results say.


def ratios_to_ours(tasks, name):
    """Return how many times longer than ours a system's warm fits took, for each network both have trained."""
    return [
        task["systems"][name]["warm"] / task["systems"]["ours"]["warm"]
        for task in tasks
        if task["kind"] != "perceptron" and all("warm" in task["systems"].get(key, {}) for key in ("ours", name))
    ]


def summary(tasks):
    """Return a table of the geometric mean and the minimum of the ratios, a line for each other system."""
    rows = []
    for name in SYSTEMS:
        ratios = ratios_to_ours(tasks, name)
        if name != "ours" and ratios:
            mean = math.exp(statistics.fmean(map(math.log, ratios)))
            rows.append([name, f"{mean:.1f}", f"{min(ratios):.1f}", f"{max(ratios):.1f}", len(ratios)])
    return report.as_table(["warm fit, time / ours", "geometric mean", "minimum", "maximum", "networks"], rows)


def table(tasks, matmul_peak):
    """Return one line for each task and system."""
    header = ["task", "system", "warm fit s", "/ ours", "cold fit s", "training score", "one row ms", "all rows ms"]
    rows = []
    for task in tasks:
        n, n_features = task["shape"]
        label = f"{task['name']}: {n} x {n_features}, {task['epochs']} epochs"
        if task["hidden"]:
            label += f", hidden {'-'.join(map(str, task['hidden']))}"
        for name, found in task["systems"].items():
            if "warm" not in found:
                rows.append([label, name, found["skipped"], *[""] * 7])
                continue
            ours = task["systems"].get("ours", {}).get("warm")
            rows.append(
                [
                    label,
                    name,
                    f"{found['warm']:.3g}",
                    f"{found['warm'] / ours:.1f}" if ours else "",
                    f"{found['cold']:.3g}",
                    f"{found['score']:.4f}",
                    f"{1e3 * found['predict_one']:.3g}",
                    f"{1e3 * found['predict_all']:.3g}",
                    f"{found['peak_memory'] / 1e6:.0f}",
                    f"{100 * work(task) / found['warm'] / matmul_peak:.0f} %" if task["hidden"] else "",
                ]
            )
    return report.as_table([*header, "peak MB", "of peak"], rows)


def work(task):
    """Return the floating-point operations of the matrix products in one fit.

    Three products a layer: the outputs, the weights' gradient, the inputs' gradient; the first layer needs no third.
    """
    n, n_features = task["shape"]
    products = [a * b for a, b in itertools.pairwise([n_features, *task["hidden"], task["n_outputs"]])]
    return task["epochs"] * n * (6 * sum(products) - 2 * products[0])


def machine_sentence(results):
    return (
        f"{results['dtype']} data, Adam, learning rate 1e-3. {report.machine_line(results['machine'])} "
        f"Peak: NumPy's matrix products of that dtype, {results['matmul_peak'] / 1e9:.0f} GFLOP/s here."
    )


def score_difference(task, score, reference):
    """Return in words that our training score is not scikit-learn's; None where it is."""
    if abs(score - reference) <= TOLERANCE[task.kind]:
        return None
    return f"FAILED: {task.name}: ours scores {score:.4f}, scikit-learn {reference:.4f}"


def check_scores(task):
    """Return a line for each system whose training score is not that of scikit-learn: a time to be disregarded."""
    reference = task["systems"].get("sklearn", {}).get("score")
    lines = []
    for name, found in task["systems"].items():
        if reference is None or "score" not in found:
            continue
        difference = abs(found["score"] - reference)
        if name == "ours" and difference > TOLERANCE[task["kind"]]:
            lines.append(f"FAILED: {task['name']}: ours scores {found['score']:.4f}, scikit-learn {reference:.4f}")
        elif difference > TOLERANCE_OTHERS:
            lines.append(f"note: {task['name']}: {name} scores {found['score']:.4f}, scikit-learn {reference:.4f}")
    return lines


if __name__ == "__main__":
    main()
