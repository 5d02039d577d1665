"""What TensorFlow's programs cost before they train: ``python -m benchmarks.compilation PATH``.

The default classifier with ``backend="tensorflow"`` is traced and compiled for digits with 64 columns, 63, 62 and so
on, each of which needs a program of its own: the first fit of one epoch less a second one of the same shape. This
checkout and the one at PATH, usually of an older commit, take turns, each in processes of its own; without a path, this
one runs alone. Processor seconds count, since compiling uses all cores; the figures are medians. Results go to
``benchmarks/results/compilation.json`` and ``docs/benchmarks.md``.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

from . import machine, report

WORKER = """
import inspect, json, sys, time, warnings
warnings.simplefilter("ignore")
from sklearn.datasets import load_digits
from sklearn_ann import MLPClassifierTF
X, y = load_digits(return_X_y=True)
has_backend = "backend" in inspect.signature(MLPClassifierTF).parameters
choice = {"backend": "tensorflow"} if has_backend else {}

def seconds(n_columns):
    start = time.process_time()
    MLPClassifierTF(max_iter=1, random_state=0, **choice).fit(X[:, :n_columns] / 16, y)
    return time.process_time() - start

seconds(8)  # starts TensorFlow and XLA
print(json.dumps([seconds(n) - seconds(n) for n in range(64, 64 - int(sys.argv[1]), -1)]))
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("other", nargs="?", type=Path, help="another checkout to compare with")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--programs", type=int, default=5, help="programs of a process")
    options = parser.parse_args()
    checkouts = {"this": machine.REPOSITORY} | ({"other": options.other.resolve()} if options.other else {})
    times = {name: [] for name in checkouts}
    for _ in range(options.rounds):
        for name, path in checkouts.items():
            times[name] += measure(path, options.programs)
    results = {"machine": machine.describe(), "commits": {name: commit(path) for name, path in checkouts.items()}}
    results["seconds"] = {name: statistics.median(each) for name, each in times.items()}
    text = f"{table(results)}\n\n{report.machine_line(results['machine'])}"
    print(text)
    report.write_section("compilation", text)
    report.save_json("compilation", results)


def measure(path, n_programs):
    """Return the processor seconds that each program of one process takes, for the checkout at ``path``."""
    finished = subprocess.run(
        [sys.executable, "-c", WORKER, str(n_programs)],
        capture_output=True,
        text=True,
        check=True,
        cwd=path,
        env=os.environ | {"PYTHONPATH": str(path)},
    )
    return json.loads(finished.stdout)


def commit(path):
    """Return the short name of the commit at ``path``."""
    command = ["git", "rev-parse", "--short", "HEAD"]
    return subprocess.run(command, capture_output=True, text=True, check=True, cwd=path).stdout.strip()


def table(results):
    """Markdown: a row for each checkout."""
    seconds = results["seconds"]
    base = seconds.get("other", seconds["this"])
    rows = [[results["commits"][name], f"{each:.2f}", f"{each / base:.2f}"] for name, each in seconds.items()]
    return report.as_table(["commit", "processor s", "share"], rows[::-1])


if __name__ == "__main__":
    main()
