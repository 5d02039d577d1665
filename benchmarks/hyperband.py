"""Hyperband beside random search and Keras Tuner's Hyperband, on 10,000 images of Fashion-MNIST.

    python -m benchmarks.hyperband            about ten minutes on two cores

The space is the textbook's, as in ``examples/search_fashion_mnist.py``: zero to eight hidden layers of 16 to 256 units,
learning rate from 1e-4 to 1e-2 on a logarithmic scale, SGD with momentum or Adam. 8,000 rows to train on and 2,000 for
validation, batches of 200 rows (the default), no penalty, at most 27 epochs as in that example, ``eta=3``. No fit stops
early, so that epochs are counted exactly. Each search is a process of its own; imports are not timed.

Against random search: scikit-learn's ``RandomizedSearchCV`` trains as many candidates for 27 epochs as three times the
epochs of Hyperband are enough for. Its best validation score after one, one and a half, two and three times the epochs
of Hyperband, that of its first candidates, stands beside Hyperband's, for five seeds. ``--max-iter 81``, the default of
the search, takes four times as long and is more in favour of Hyperband, which then tries more candidates for the same
number of whole trainings.

Against Keras Tuner: ``keras_tuner.Hyperband`` is given our candidates in place of its own random ones, so that both
halve the same brackets. It rounds the size of a rung up, where Li et al. (2018) round down, and so trains some epochs
more: the table has the epochs of both. It scores a trial by its best epoch, ours by its last, and initial weights
differ. What is checked first: the candidates of the last bracket, which both train to the end without any selection,
have the same median score within two points.

Results go to ``benchmarks/results/hyperband.json`` and ``docs/benchmarks.md``.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
import warnings

import numpy as np
from scipy.stats import loguniform
from sklearn.model_selection import PredefinedSplit, RandomizedSearchCV

from examples.datasets import load

from . import machine, report

ETA, SEEDS, FACTORS = 3, range(5), (1, 1.5, 2, 3)
CLOSE = 0.02  # 2.5 standard errors of an accuracy of 0.85 on 2,000 rows


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--system", choices=SYSTEMS, help="run one search, as told on standard input, and print JSON")
    parser.add_argument("--max-iter", type=int, default=27, help="epochs of a whole training")
    options = parser.parse_args()
    if options.system:
        warnings.simplefilter("ignore")
        print(json.dumps(SYSTEMS[options.system](**json.load(sys.stdin))))
        return
    results = {"machine": machine.describe(), "max_iter": options.max_iter}
    results |= {"tuners": tuners(options.max_iter), "random": []}
    print(table_of_tuners(results["tuners"]), flush=True)
    for seed in SEEDS:
        results["random"].append(beside_random_search(seed, options.max_iter))
        print(table_of_random_search(results["random"]), flush=True)
    tables = [table_of_random_search(results["random"]), table_of_tuners(results["tuners"])]
    text = "\n\n".join([*tables, report.machine_line(results["machine"])])
    report.write_section("hyperband", text)
    report.save_json("hyperband", results)


def beside_random_search(seed, max_iter):
    """Hyperband, and the best of a random search after so many times its epochs."""
    ours = run("ours", seed=seed, max_iter=max_iter, n_jobs=2)
    n_candidates = {factor: round(factor * ours["epochs"] / max_iter) for factor in FACTORS}
    scores = run("random", seed=seed, max_iter=max_iter, n_candidates=max(n_candidates.values()))["scores"]
    beside = [{"epochs": n * max_iter, "score": max(scores[:n])} for n in n_candidates.values()]
    return {"seed": seed, "hyperband": {key: ours[key] for key in ("epochs", "score")}, "random": beside}


def tuners(max_iter):
    """Our search with one job and with two, and Keras Tuner's, of the same candidates."""
    ours = run("ours", seed=0, max_iter=max_iter, n_jobs=1)
    theirs = run("keras_tuner", max_iter=max_iter, candidates=ours["candidates"])
    medians = [statistics.median(each["last_bracket"]) for each in (ours, theirs)]
    assert abs(medians[0] - medians[1]) < CLOSE, f"The median scores of the last bracket differ: {medians}."
    assert abs(theirs["epochs"] / ours["epochs"] - 1) < 0.1, (ours["epochs"], theirs["epochs"])
    found = {"HyperbandSearchCV": ours, "HyperbandSearchCV, n_jobs=2": run("ours", seed=0, max_iter=max_iter, n_jobs=2)}
    return {
        name: {key: each[key] for key in ("seconds", "epochs", "trials", "score")}
        for name, each in (found | {"keras_tuner.Hyperband": theirs}).items()
    }


def run(system, **settings):
    """What a search in a fresh process prints."""
    command = [sys.executable, "-m", "benchmarks.hyperband", "--system", system]
    finished = subprocess.run(
        command, input=json.dumps(settings), capture_output=True, text=True, check=True, cwd=machine.REPOSITORY
    )
    return json.loads(finished.stdout.splitlines()[-1])


# ---------------------------------------------------------------- in a process of its own


def data():
    """Rows, labels, and which rows are for validation."""
    X, y = load("fashion_10k", np.float32)
    return X, y, np.arange(len(X)) % 5 == 0


def space_and_settings(max_iter):
    """The estimator, its space and the settings of both searches with scikit-learn's interface."""
    from sklearn_ann import MLPClassifierTF
    from sklearn_ann.model_selection import HiddenLayerSizes

    network = MLPClassifierTF(max_iter=max_iter, alpha=0, n_iter_no_change=max_iter, random_state=0)
    space = {
        "hidden_layer_sizes": HiddenLayerSizes((0, 8), (16, 256)),
        "learning_rate_init": loguniform(1e-4, 1e-2),
        "solver": ["sgd", "adam"],
    }
    X, y, is_validation = data()
    return (network, space), (X, y), {"cv": PredefinedSplit(np.where(is_validation, 0, -1)), "refit": False}


def ours(seed, max_iter, n_jobs):
    """``HyperbandSearchCV``."""
    from sklearn_ann.model_selection import HyperbandSearchCV

    arguments, rows, settings = space_and_settings(max_iter)
    search = HyperbandSearchCV(
        *arguments, max_iter=max_iter, eta=ETA, n_jobs=n_jobs, random_state=seed, **settings
    )  # fmt: skip
    start = time.perf_counter()
    search.fit(*rows)
    seconds = time.perf_counter() - start
    trials = search.trials_
    candidates = [
        {"n_hidden": len(sizes), "n_neurons": max(sizes, default=16), "learning_rate": rate, "optimizer": solver}
        for sizes, rate, solver in trials[[f"param_{name}" for name in arguments[1]]].itertuples(index=False)
    ]
    return {
        "seconds": seconds,
        "epochs": int(trials["n_epochs"].sum()),
        "trials": len(trials),
        "score": search.best_score_,
        "last_bracket": trials["score"][trials["bracket"] == trials["bracket"].max()].tolist(),
        "candidates": candidates,
    }


def random(seed, max_iter, n_candidates):
    """scikit-learn's random search; the scores of all candidates, in the order of sampling."""
    arguments, rows, settings = space_and_settings(max_iter)
    search = RandomizedSearchCV(*arguments, n_iter=n_candidates, n_jobs=2, random_state=seed, **settings)
    return {"scores": search.fit(*rows).cv_results_["mean_test_score"].tolist()}


def keras_tuner(max_iter, candidates):
    """Keras Tuner's Hyperband over these candidates."""
    import keras
    import keras_tuner

    def build(hp):
        n_hidden, n_neurons = hp.Int("n_hidden", 0, 8), hp.Int("n_neurons", 16, 256)
        learning_rate = hp.Float("learning_rate", 1e-4, 1e-2, sampling="log")
        if hp.Choice("optimizer", ["sgd", "adam"]) == "sgd":
            optimizer = keras.optimizers.SGD(learning_rate, momentum=0.9, nesterov=True)
        else:
            optimizer = keras.optimizers.Adam(learning_rate)
        layers = [keras.layers.Dense(n_neurons, "relu") for _ in range(n_hidden)]
        model = keras.Sequential([keras.Input((784,)), *layers, keras.layers.Dense(10, "softmax")])
        model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
        return model

    X, y, is_validation = data()
    validation, remaining = (X[is_validation], y[is_validation]), iter(candidates)
    keras.utils.set_random_seed(0)
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        tuner = keras_tuner.Hyperband(build, "val_accuracy", max_epochs=max_iter, factor=ETA, directory=folder)
        tuner.oracle._random_values = lambda: next(remaining)
        tuner.search(X[~is_validation], y[~is_validation], validation_data=validation, batch_size=200, verbose=0)
        seconds = time.perf_counter() - start
    trials = list(tuner.oracle.trials.values())
    values = [trial.hyperparameters.values for trial in trials]
    return {
        "seconds": seconds,
        "epochs": sum(each["tuner/epochs"] - each["tuner/initial_epoch"] for each in values),
        "trials": sum(each["tuner/round"] == 0 for each in values),
        "score": max(trial.score for trial in trials),
        "last_bracket": [trial.score for trial in trials if trial.hyperparameters.values["tuner/bracket"] == 0],
    }


SYSTEMS = {"ours": ours, "random": random, "keras_tuner": keras_tuner}


# ---------------------------------------------------------------- tables


def table_of_random_search(found):
    """Markdown: a row for each seed, and the means."""
    factors = [f"random search, {factor:g} x epochs" for factor in FACTORS]
    header = ["best validation score, seed", "Hyperband's epochs", "Hyperband", *factors]
    numbers = [
        [each["hyperband"]["epochs"], each["hyperband"]["score"], *(beside["score"] for beside in each["random"])]
        for each in found
    ]
    rows = [
        [each["seed"], n, *(f"{score:.4f}" for score in scores)]
        for each, (n, *scores) in zip(found, numbers, strict=True)
    ]
    n, *means = map(statistics.fmean, zip(*numbers, strict=True))
    return report.as_table(header, [*rows, ["mean", f"{n:.0f}", *(f"{mean:.4f}" for mean in means)]])


def table_of_tuners(found):
    """Markdown: a row for each search; the time of Keras Tuner over that of ours."""
    theirs = found["keras_tuner.Hyperband"]
    header = ["search", "candidates", "epochs", "best score", "s", "s an epoch", "Keras Tuner's s / these", "by epoch"]
    rows = []
    for name, each in found.items():
        speed, their_speed = each["seconds"] / each["epochs"], theirs["seconds"] / theirs["epochs"]
        ratios = [f"{theirs['seconds'] / each['seconds']:.2f}", f"{their_speed / speed:.2f}"]
        cells = [each["trials"], each["epochs"], f"{each['score']:.4f}", f"{each['seconds']:.3g}", f"{speed:.3g}"]
        rows.append([name, *cells, *ratios])
    return report.as_table(header, rows)


if __name__ == "__main__":
    main()
