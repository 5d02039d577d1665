"""Searches that end before their time: killed, interrupted or out of time, they keep a best model and go on."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import KFold, ShuffleSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from sklearn_ann.callbacks import Callback
from tests.estimators.problems import LABELS, WEIGHTS, X, assert_same_weights, classifier
from tests.model_selection.test_searches import Counts, assert_same_tables, halving

NETWORK = classifier(batch_size=16, tol=0, n_iter_no_change=99)
ALL_EPOCHS = 2 * (9 * 1 + 3 * 2 + 1 * 6)  # of the folds of a search by `halving`


@pytest.fixture(autouse=True)
def ctrl_c_is_heard():
    """A process that was started in the background may have been told to ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


class Interrupts(Callback):
    """A Ctrl-C while some epoch of a search is on its way; counts the epochs."""

    def __init__(self, at):
        self.at, self.n_epochs = at, 0

    def epoch_end(self, context):
        self.n_epochs += 1
        if self.n_epochs == self.at:
            os.kill(os.getpid(), signal.SIGINT)


class Sleeps(Callback):
    def epoch_end(self, context):
        time.sleep(0.05)


def watched(callback):
    return clone(NETWORK).set_callbacks(callback)


@pytest.mark.filterwarnings("ignore:Training interrupted by user")  # it is, on purpose
def test_ctrl_c_leaves_the_best_so_far_and_the_log_goes_on(tmp_path):
    whole = halving(NETWORK).fit(X, LABELS)
    interrupts = Interrupts(at=21)  # in the second rung
    with pytest.warns(UserWarning, match="Search interrupted by user; the best candidate so far is used"):
        search = halving(watched(interrupts), log=tmp_path).fit(X, LABELS)
    assert search.stop_reason_ == "Ctrl-C"
    n_rows = len(search.cv_results_["params"])
    assert 9 <= n_rows < 13
    for name in ("mean_test_score", "n_resources", "candidate"):
        np.testing.assert_array_equal(search.cv_results_[name], whole.cv_results_[name][:n_rows])
    assert search.predict(X).shape == LABELS.shape
    counts = Counts()
    gone_on = halving(watched(counts), log=tmp_path).fit(X, LABELS)
    assert counts.n_epochs < ALL_EPOCHS - 18 + 9
    assert_same_tables(gone_on.cv_results_, whole.cv_results_)
    assert_same_weights(gone_on.best_estimator_, whole.best_estimator_)


@pytest.mark.filterwarnings("ignore:Training interrupted by user")  # it is, on purpose
def test_ctrl_c_before_the_first_score_is_one():
    with pytest.raises(KeyboardInterrupt):
        halving(watched(Interrupts(at=1))).fit(X, LABELS)


def test_a_search_that_was_out_of_time_goes_on_with_more(tmp_path):
    search = halving(watched(Sleeps()), log=tmp_path, time_budget=1.0, refit=False).fit(X, LABELS)
    assert search.stop_reason_ == "time_budget=1.0 s were over"
    assert 0 < len(search.cv_results_["params"]) < 13
    again = halving(NETWORK, log=tmp_path, time_budget=1.0, refit=False).fit(X, LABELS)  # its seconds are used up
    assert len(again.cv_results_["params"]) <= len(search.cv_results_["params"]) + 2
    gone_on = halving(NETWORK, log=tmp_path).fit(X, LABELS)
    assert_same_tables(gone_on.cv_results_, halving(NETWORK).fit(X, LABELS).cv_results_)


def test_a_search_that_has_ended_trains_the_best_only(tmp_path):
    first, counts = halving(NETWORK, log=tmp_path).fit(X, LABELS), Counts()
    again = halving(watched(counts), log=tmp_path).fit(X, LABELS)
    assert counts.n_epochs == first.cv_results_["n_resources"][first.best_index_]
    assert all(np.array_equal(again.cv_results_[name], first.cv_results_[name]) for name in first.cv_results_)
    assert again.history_ == first.history_


# the first of the searches is, on purpose
@pytest.mark.filterwarnings("ignore:Training interrupted by user", "ignore:Search interrupted by user")
def test_what_is_drawn_from_entropy_is_drawn_once(tmp_path):
    def search(estimator):
        return halving(estimator, log=tmp_path, random_state=None, cv=ShuffleSplit(2)).fit(X, LABELS)

    free = classifier(batch_size=16, tol=0, n_iter_no_change=99, random_state=None)
    search(clone(free).set_callbacks(Interrupts(at=30)))
    first, again = search(free), search(free)
    assert_same_tables(again.cv_results_, first.cv_results_)


def test_a_damaged_trial_begins_anew(tmp_path):
    whole = halving(NETWORK, log=tmp_path).fit(X, LABELS)
    path = sorted(tmp_path.glob("candidate-*.zip"))[3]
    path.write_bytes(path.read_bytes()[:200])
    assert_same_tables(halving(NETWORK, log=tmp_path).fit(X, LABELS).cv_results_, whole.cv_results_)


@pytest.mark.parametrize(
    ("other", "data", "match"),
    [
        ({"eta": 2}, (X, LABELS), "a search with another eta"),
        ({"estimator": classifier(alpha=0.5)}, (X, LABELS), "a search with another estimator"),
        ({"cv": KFold(3)}, (X, LABELS), "a search with another cv"),
        ({}, (X + 1, LABELS), "a search with another data"),
        ({"space": {"alpha": [0, 1], "tol": [0, 1]}}, (X, LABELS), "a search with another param_distributions"),
    ],
)
def test_the_log_of_another_search_is_refused(other, data, match, tmp_path):
    halving(log=tmp_path, n_iter=3, max_iter=3).fit(X, LABELS)
    with pytest.raises(ValueError, match=f"log must be the folder of this search or a new one, got .*{match}"):
        halving(**{"log": tmp_path, "n_iter": 3, "max_iter": 3, **other}).fit(*data)


def test_what_a_printed_pipeline_leaves_out_is_compared_too(tmp_path):
    def search(largest):
        scalers = [MinMaxScaler(feature_range=(0, largest if step == 15 else 1 + step)) for step in range(30)]
        space = {"mlpclassifiertf__alpha": [0, 1]}
        return halving(make_pipeline(*scalers, NETWORK), space, n_iter=2, max_iter=1, log=tmp_path)

    assert repr(search(8).estimator) == repr(search(9).estimator)
    search(8).fit(X, LABELS)
    with pytest.raises(ValueError, match="a search with another estimator__minmaxscaler-16"):
        search(9).fit(X, LABELS)


def long_search(folder, n_jobs=None, promotion="synchronous"):
    """A search of a second or so; what it finds is written beside the log."""
    estimator = make_pipeline(StandardScaler(), clone(NETWORK))
    space = {"mlpclassifiertf__learning_rate_init": [0.001, 0.003, 0.01, 0.03, 0.1], "mlpclassifiertf__alpha": [0, 1]}
    search = halving(estimator, space, n_iter=9, max_iter=90, log=folder, n_jobs=n_jobs, promotion=promotion)
    search.fit(X, LABELS, mlpclassifiertf__sample_weight=WEIGHTS)
    if folder is not None:
        table = {name: values for name, values in search.cv_results_.items() if name.startswith("split")}
        np.savez(Path(folder) / "found.npz", *search.best_estimator_[-1].coefs_, **table)
    return search


def start(*arguments):
    code = f"from tests.model_selection.test_trial_log import long_search; long_search(*{arguments!r})"
    root = Path(__file__).resolve().parents[2]
    return subprocess.Popen([sys.executable, "-c", code], cwd=root, start_new_session=True)


@pytest.mark.parametrize(
    ("promotion", "n_jobs", "kills"),  # killed when so many trials have a file
    [("synchronous", None, (3, 15)), ("synchronous", 2, (9,)), ("asynchronous", None, (13,))],
)
def test_a_search_that_is_killed_goes_on_where_it_was(promotion, n_jobs, kills, tmp_path):
    arguments = str(tmp_path), n_jobs, promotion
    killed = []
    for n_trials in kills:
        killed.append(start(*arguments))
        while len(list(tmp_path.glob("candidate-*.zip"))) < n_trials and killed[-1].poll() is None:
            time.sleep(0.001)
        killed[-1].kill()
        assert killed[-1].wait() == -signal.SIGKILL
    assert start(*arguments).wait() == 0
    for run in killed:  # whose workers wait for more
        with contextlib.suppress(ProcessLookupError):
            os.killpg(run.pid, signal.SIGKILL)
    whole = long_search(None, None, promotion)
    with np.load(tmp_path / "found.npz") as found:
        for name in found:
            number = name.removeprefix("arr_")
            values = whole.best_estimator_[-1].coefs_[int(number)] if number != name else whole.cv_results_[name]
            np.testing.assert_array_equal(found[name], values)
