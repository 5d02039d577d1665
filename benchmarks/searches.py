"""Searches by scikit-learn's own classes, each in a fresh process: the work that people do all day.

    python -m benchmarks.searches             some minutes on two cores

Four searches: the textbook's (layers, units, learning rate, solver; digits; 20 candidates, 3 folds, 20 epochs) over a
Pipeline, a small grid (units, penalty; digits; 6 candidates, 5 folds, 40 epochs), the grid that is often copied
(layers, activation, solver, alpha, schedule; iris), and a grid over numbers of a tiny network (penalty, learning rate;
iris), where ours is PopulationSearchCV. scikit-learn's MLP and ours take turns, with one job and with two processes;
imports are not timed. The best score must be equal.
Results go to ``benchmarks/results/searches.json`` and ``docs/benchmarks.md``.
"""

import argparse
import json
import statistics
import subprocess
import sys

from . import machine, report

WORKER = """
import json, sys, time, warnings
warnings.simplefilter("ignore")
import os
os.environ["PYTHONWARNINGS"] = "ignore"
import numpy as np
from scipy.stats import loguniform, randint
from sklearn.datasets import load_digits, load_iris
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn_ann import MLPClassifierTF
from sklearn_ann.model_selection import PopulationSearchCV
from benchmarks import machine

search, system, n_jobs = sys.argv[1], sys.argv[2], int(sys.argv[3])
kind = {"sklearn": MLPClassifier, "ours": MLPClassifierTF}[system]
if search == "textbook":
    X, y = load_digits(return_X_y=True)
    rng = np.random.RandomState(0)
    sizes = [tuple([int(rng.randint(16, 257))] * int(rng.randint(1, 4))) for _ in range(60)]
    space = {
        "mlp__hidden_layer_sizes": sizes,
        "mlp__learning_rate_init": loguniform(1e-4, 1e-2),
        "mlp__solver": ["sgd", "adam"],
    }
    from sklearn.pipeline import Pipeline
    model = Pipeline([("scale", MinMaxScaler()), ("mlp", kind(max_iter=20, random_state=0))])
    made = RandomizedSearchCV(model, space, n_iter=20, cv=3, random_state=0, n_jobs=n_jobs)
elif search == "digits":
    X, y = load_digits(return_X_y=True)
    X = X / 16
    space = {"hidden_layer_sizes": [(50,), (100,)], "alpha": [1e-4, 1e-2, 1.0]}
    made = GridSearchCV(kind(max_iter=40, random_state=0), space, cv=5, n_jobs=n_jobs)
elif search == "population":
    X, y = load_iris(return_X_y=True)
    X = StandardScaler().fit_transform(X)
    space = {"alpha": [1e-4, 1e-2, 1.0], "learning_rate_init": [1e-3, 3e-3, 1e-2, 3e-2]}
    kind_of_search = {"sklearn": GridSearchCV, "ours": PopulationSearchCV}[system]
    made = kind_of_search(kind((10,), max_iter=200, random_state=0), space, cv=5, n_jobs=n_jobs)
else:
    X, y = load_iris(return_X_y=True)
    X = StandardScaler().fit_transform(X)
    space = {
        "hidden_layer_sizes": [(10,), (50,), (50, 50)],
        "activation": ["tanh", "relu"],
        "solver": ["sgd", "adam"],
        "alpha": [1e-4, 0.05],
        "learning_rate": ["constant", "adaptive"],
    }
    made = GridSearchCV(kind(max_iter=200, random_state=0), space, cv=3, n_jobs=n_jobs)

def loaded(_=None):
    return "tensorflow" in sys.modules

start = time.perf_counter()
made.fit(X, y)
seconds = time.perf_counter() - start
print(json.dumps({"seconds": seconds, "score": made.best_score_, "tensorflow": "tensorflow" in sys.modules}))
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    results = {"machine": machine.describe(), "searches": []}
    for search in NAMES:
        for n_jobs in (1, 2):
            runs = {"sklearn": [], "ours": []}
            for _ in range(options.rounds):
                for system, done in runs.items():
                    done.append(run(search, system, n_jobs))
            medians = {system: statistics.median(each["seconds"] for each in done) for system, done in runs.items()}
            scores = {system: done[0]["score"] for system, done in runs.items()}
            assert abs(scores["ours"] - scores["sklearn"]) < 1e-9, scores
            results["searches"].append({"search": search, "n_jobs": n_jobs, "seconds": medians, "score": scores})
            print(table(results["searches"][-1:]), flush=True)
    text = f"{table(results['searches'])}\n\n{report.machine_line(results['machine'])}"
    print(text)
    report.write_section("searches", text)
    report.save_json("searches", results)


def run(search, system, n_jobs):
    command = [sys.executable, "-c", WORKER, search, system, str(n_jobs)]
    finished = subprocess.run(command, capture_output=True, text=True, check=True, cwd=machine.REPOSITORY)
    return json.loads(finished.stdout.splitlines()[-1])


NAMES = {
    "textbook": "RandomizedSearchCV, Pipeline, digits, 60 fits",
    "digits": "GridSearchCV, digits, 30 fits",
    "grid": "GridSearchCV, iris, 144 fits",
    "population": "GridSearchCV, ours PopulationSearchCV, iris, 60 fits",
}


def table(searches):
    """Markdown: a row for each search."""
    header = ["search, fresh process", "n_jobs", "sklearn s", "ours s", "sklearn / ours", "best score of both"]
    rows = []
    for each in searches:
        theirs, ours = each["seconds"]["sklearn"], each["seconds"]["ours"]
        times = [f"{theirs:.3g}", f"{ours:.3g}", f"{theirs / ours:.2f}"]
        rows.append([NAMES[each["search"]], each["n_jobs"], *times, f"{each['score']['ours']:.4f}"])
    return report.as_table(header, rows)


if __name__ == "__main__":
    main()
