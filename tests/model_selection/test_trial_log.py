"""Searches that end before their time: killed, interrupted or out of time, they keep a best model and go on."""

import contextlib
import functools
import io
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import KFold, ShuffleSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from sklearn_ann import MLPClassifierTF
from sklearn_ann.callbacks import Callback, ProgressLine
from sklearn_ann.model_selection.trial import NEW_TRIAL
from sklearn_ann.model_selection.trial_log import open_log
from tests.estimators.problems import LABELS, WEIGHTS, X, assert_same_weights, classifier
from tests.model_selection.test_searches import CV, assert_same_tables, halving
from tests.processes import start_process

NETWORK = classifier(batch_size=16, tol=0, n_iter_no_change=99)
ALL_EPOCHS = 2 * (9 * 1 + 3 * 2 + 1 * 6)  # of the folds of a search by `halving`


@pytest.fixture(autouse=True)
def ctrl_c_is_heard():
    """A process that was started in the background may have been told to ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


class Looks(Callback):
    """Counts the epochs of a search, and may send a Ctrl-C in one of them.

    By its ``__repr__`` it is the same whatever it does.
    """

    def __init__(self, interrupt_at=None):
        self.interrupt_at, self.n_epochs = interrupt_at, 0

    def __repr__(self):
        return "Looks()"

    def epoch_end(self, context):
        self.n_epochs += 1
        if self.n_epochs == self.interrupt_at:
            os.kill(os.getpid(), signal.SIGINT)


def count_time_by_epochs(looks, monkeypatch):
    """Let each epoch take the twentieth part of a second, and nothing else any time, however busy the machine is."""
    start = time.time()
    monkeypatch.setattr(time, "time", lambda: start + looks.n_epochs / 20)


def watched(callback):
    return clone(NETWORK).set_callbacks(callback)


@pytest.mark.filterwarnings("ignore:Training interrupted by user")  # it is, on purpose
def test_ctrl_c_leaves_the_best_so_far_and_the_log_goes_on(tmp_path):
    whole = halving(NETWORK).fit(X, LABELS)
    interrupts = Looks(interrupt_at=21)  # in the second rung
    with pytest.warns(UserWarning, match="Search interrupted by user; the best candidate so far is used"):
        search = halving(watched(interrupts), log=tmp_path).fit(X, LABELS)
    assert search.stop_reason_ == "Ctrl-C"
    n_rows = len(search.cv_results_["params"])
    assert 9 <= n_rows < 13
    for name in ("mean_test_score", "n_resources", "candidate"):
        np.testing.assert_array_equal(search.cv_results_[name], whole.cv_results_[name][:n_rows])
    assert search.predict(X).shape == LABELS.shape
    counts = Looks()
    gone_on = halving(watched(counts), log=tmp_path).fit(X, LABELS)
    assert counts.n_epochs < ALL_EPOCHS - 18 + 9
    assert_same_tables(gone_on.cv_results_, whole.cv_results_)
    assert_same_weights(gone_on.best_estimator_, whole.best_estimator_)


@pytest.mark.filterwarnings("ignore:Training interrupted by user")  # it is, on purpose
def test_ctrl_c_before_the_first_score_is_one():
    with pytest.raises(KeyboardInterrupt):
        halving(watched(Looks(interrupt_at=1))).fit(X, LABELS)


def test_a_search_that_was_out_of_time_goes_on_with_more(tmp_path, monkeypatch):
    looks = Looks()
    count_time_by_epochs(looks, monkeypatch)
    search = halving(watched(looks), log=tmp_path, time_budget=0.95, refit=False).fit(X, LABELS)
    assert search.stop_reason_ == "time_budget=0.95 s were over"
    assert looks.n_epochs == 19  # within the first fit of two epochs
    assert 0 < len(search.cv_results_["params"]) < 13
    again = halving(watched(looks), log=tmp_path, time_budget=0.95, refit=False).fit(X, LABELS)
    assert looks.n_epochs == 20  # its seconds are used up, but for those of the fit that did not end
    assert_same_tables(again.cv_results_, search.cv_results_)
    gone_on = halving(watched(looks), log=tmp_path).fit(X, LABELS)
    assert_same_tables(gone_on.cv_results_, halving(NETWORK).fit(X, LABELS).cv_results_)


def test_a_search_that_has_ended_trains_the_best_only(tmp_path):
    first, counts = halving(watched(Looks()), log=tmp_path).fit(X, LABELS), Looks()
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
    search(clone(free).set_callbacks(Looks(interrupt_at=30)))
    first, again = (search(clone(free).set_callbacks(Looks())) for _ in range(2))
    assert_same_tables(again.cv_results_, first.cv_results_)


def test_a_damaged_trial_begins_anew(tmp_path):
    whole = halving(NETWORK, log=tmp_path).fit(X, LABELS)
    path = sorted(tmp_path.glob("candidate-*.zip"))[3]
    path.write_bytes(path.read_bytes()[:200])
    assert_same_tables(halving(NETWORK, log=tmp_path).fit(X, LABELS).cv_results_, whole.cv_results_)


def scoring_by(sign, names=frozenset({"b", "a", "c"})):
    """A scorer whose text says nothing of the sign."""

    def score(model, rows, labels):
        return sign * model.score(rows, labels) if "a" in {*names} else np.nan

    return score


class Split:
    """A splitter without a text of its own."""

    def __init__(self, seed):
        self.seed = seed

    def split(self, rows, labels=None, groups=None):
        return KFold(2, shuffle=True, random_state=self.seed).split(rows)

    def get_n_splits(self, *arguments):
        return 2


class Stops(Callback):
    def __init__(self, at):
        self._at = at

    def epoch_end(self, context):
        return context.epoch >= self._at


def stopping(at):
    return classifier().set_callbacks(Stops(at))


def drawing(seed):
    return classifier(random_state=np.random.RandomState(seed))


SCORERS = {"a": scoring_by(1), "b": scoring_by(-1)}


@pytest.mark.parametrize(
    ("first", "other", "match"),
    [
        ({}, {"eta": 2}, r"eta \(3, not 2\)"),
        ({}, {"max_iter": 4}, r"max_iter \(3, not 4\)"),
        ({}, {"random_state": 1}, r"random_state \(0, not 1\)"),
        ({}, {"estimator": classifier(alpha=0.5)}, r"estimator \(alpha: 0.0001, not 0.5\)"),
        ({}, {"estimator": type("MLPClassifierTF", (MLPClassifierTF,), {})()}, r"estimator \(class"),
        ({}, {"space": {"alpha": [0, 1]}}, "number of candidates"),
        ({"space": {"alpha": [1, 2, 3]}}, {"space": {"alpha": [1, 2, 4]}}, "where candidate . is {'alpha': 3}, not"),
        ({}, {"cv": KFold(3)}, "the folds of cv"),
        ({"cv": Split(0)}, {"cv": Split(1)}, "the folds of cv"),
        ({"cv": KFold(2).split(X)}, {"cv": KFold(2, shuffle=True, random_state=1).split(X)}, "the folds of cv"),
        ({"cv": ShuffleSplit(2)}, {"cv": ShuffleSplit(2, test_size=0.5)}, "the folds of cv"),
        ({"scoring": scoring_by(1)}, {"scoring": scoring_by(-1)}, r"scoring \(closure sign: 1, not -1\)"),
        ({"scoring": SCORERS, "refit": "a"}, {"scoring": SCORERS, "refit": "b"}, r"refit \('a', not 'b'\)"),
        ({"estimator": stopping(1)}, {"estimator": stopping(2)}, r"callbacks \(estimator \[0\] _at: 1, not 2\)"),
        ({"estimator": stopping(1)}, {"estimator": classifier()}, "callbacks"),
        ({"estimator": drawing(0)}, {"estimator": drawing(1)}, "estimator .state of random_state"),
    ],
)
def test_the_log_of_another_search_is_refused(first, other, match, tmp_path):
    settings = {"log": tmp_path, "n_iter": 3, "max_iter": 3, "refit": False}
    halving(**settings | first).fit(X, LABELS)
    with pytest.raises(ValueError, match=f"log must be the folder of this search or a new one, got .*{match}"):
        halving(**settings | first | other).fit(X, LABELS)


def test_the_log_of_other_data_is_refused(tmp_path):
    search = halving(log=tmp_path, n_iter=2, max_iter=1)
    search.fit(X, LABELS, sample_weight=WEIGHTS)
    for data, weights, match in [
        ((X + 1, LABELS), WEIGHTS, "differs in X"),
        ((X, LABELS[::-1]), WEIGHTS, "differs in y"),
        ((X, LABELS), WEIGHTS + 1, r"differs in fit parameters \(sample_weight"),
    ]:
        with pytest.raises(ValueError, match=match):
            search.fit(*data, sample_weight=weights)


def test_a_frame_is_compared_by_its_values(tmp_path):
    """Not by how pandas keeps them, which may change while a search reads them."""
    pandas = pytest.importorskip("pandas")
    column_by_column, words = pandas.DataFrame(index=range(len(X))), pandas.Series(LABELS.astype(str), name="word")
    for number, column in enumerate(X.T):
        column_by_column[f"x{number}"] = column
    search = halving(log=tmp_path, n_iter=2, max_iter=1, refit=False)
    first = search.fit(column_by_column, words).history_
    assert search.fit(column_by_column.copy(), words.copy()).history_ == first
    for frame, match in [
        (column_by_column.rename(columns={"x0": "other"}), "differs in X"),
        (column_by_column.astype(np.float32), "differs in X"),
        (column_by_column + 1, "differs in X"),
    ]:
        with pytest.raises(ValueError, match=match):
            search.fit(frame, words)
    with pytest.raises(ValueError, match="differs in y"):
        search.fit(column_by_column, words[::-1])


def test_the_file_of_a_base_is_compared_too(tmp_path):
    search = halving(classifier(base=tmp_path / "base"), n_iter=2, max_iter=1, refit=False, log=tmp_path / "log")
    for seed in (0, 0, 1):
        classifier(random_state=seed, tol=9, n_iter_no_change=1).fit(X, LABELS).save(tmp_path / "base")
        with pytest.raises(ValueError, match="differs in file of base") if seed else contextlib.nullcontext():
            search.fit(X, LABELS)


def test_what_a_printed_pipeline_leaves_out_is_compared_too(tmp_path):
    def search(largest):
        scalers = [MinMaxScaler(feature_range=(0, largest if step == 15 else 1 + step)) for step in range(30)]
        space = {"mlpclassifiertf__alpha": [0, 1]}
        return halving(make_pipeline(*scalers, NETWORK), space, n_iter=2, max_iter=1, log=tmp_path)

    assert repr(search(8).estimator) == repr(search(9).estimator)
    search(8).fit(X, LABELS)
    with pytest.raises(ValueError, match=r"differs in estimator \(steps \[15\] \[1\] feature_range \[1\]: 8, not 9"):
        search(9).fit(X, LABELS)


def test_what_makes_no_difference_is_not_compared(tmp_path):
    def search(**settings):
        estimator = classifier(random_state=np.random.RandomState(0))
        return halving(estimator, n_iter=2, max_iter=3, log=tmp_path, scoring=scoring_by(1), **settings)

    first = search(min_iter=1).fit(X, LABELS)
    seen = ProgressLine(file=io.StringIO())
    again = search(min_iter=np.int64(1), cv=list(CV.split(X)), refit=False)  # the same folds
    again.estimator.set_callbacks(seen)
    assert again.fit(X, LABELS).history_ == first.history_


class Breaks(MLPClassifierTF):
    """A fit of one candidate fails."""

    def fit(self, X, y, **params):
        if self.alpha == 1:
            raise ValueError("this fit fails")
        return super().fit(X, y, **params)


# of fits that fail on purpose
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning", "ignore:One or more of the test scores")
def test_fits_that_have_failed_are_repeated_for_another_error_score(tmp_path):
    def scores(error_score, log=tmp_path):
        search = halving(Breaks((3,), random_state=0), {"alpha": [0, 1]}, n_iter=2, max_iter=1, log=log, refit=False)
        return search.set_params(error_score=error_score).fit(X, LABELS).cv_results_["mean_test_score"]

    scores(np.nan)
    np.testing.assert_array_equal(scores(-1.0), scores(-1.0, log=None))
    with pytest.raises(ValueError, match="this fit fails"):
        scores("raise")


def test_trials_of_another_search_are_refused_where_its_own_file_is_lost(tmp_path):
    search = halving(log=tmp_path, n_iter=2, max_iter=1, refit=False).fit(X, LABELS)
    path = tmp_path / "search.zip"
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(ValueError, match=r"whose search.zip cannot be read: it is damaged"):
        search.fit(X, LABELS)
    path.unlink()
    with pytest.raises(ValueError, match="where candidate 0 is of another search"):
        search.fit(X + 1, LABELS)


def test_a_folder_is_of_one_search_at_a_time(tmp_path):
    code = (
        "import fcntl, sys; file = open(sys.argv[1], 'a'); fcntl.lockf(file, fcntl.LOCK_EX); print('open', flush=True)"
    )
    code += "; sys.stdin.read()"
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", code, tmp_path / "search.lock"], **pipes) as other:
        assert other.stdout.readline() == b"open\n"
        with pytest.raises(ValueError, match="log must be the folder of one search at a time"):
            halving(log=tmp_path).fit(X, LABELS)
        other.kill()
    halving(log=tmp_path, n_iter=2, max_iter=1, refit=False).fit(X, LABELS)


def test_a_folder_is_of_one_thread_at_a_time(tmp_path):
    def fit():
        with pytest.raises(ValueError, match="one is running in another thread; wait for its end"):
            halving(log=tmp_path).fit(X, LABELS)

    with ThreadPoolExecutor() as threads, open_log(tmp_path, {}, 0.0):
        threads.submit(fit).result()
    halving(log=tmp_path, n_iter=2, max_iter=1, refit=False).fit(X, LABELS)


def test_a_trial_that_a_worker_has_trained_meanwhile_is_not_trained_again(tmp_path):
    """After a Ctrl-C workers end what they do, while the next search may have begun."""
    step = functools.partial(_one_more, epochs=(epochs := []))
    with open_log(tmp_path, {}, 0.0) as log:
        log.start(0, [], None, list)
        for trial in [NEW_TRIAL, NEW_TRIAL._replace(results=(result(1),))]:
            log.keeping(step, (0, 0), "")(trial, parameters={})
        late = log.keeping(step, (0, 0), "")(NEW_TRIAL, parameters={})
    assert (late.results, late.ended, len(epochs)) == ((result(1),), False, 2)


def result(number):
    return {"fit_error": None, "number": number}


def _one_more(trial, parameters, epochs):
    epochs.append(1)
    return trial._replace(results=(*trial.results, result(1 + len(trial.results))), ended=len(trial.results) == 1)


class WaitsToBeKilled(Callback):
    """Waits where so many trials have a file, until it is killed, or the process whose worker it is.

    A search then does not end before a blow that is late. By its ``__repr__`` it is the same whatever it does.
    """

    def __init__(self, folder=None, n_trials=None):
        self.folder, self.n_trials = folder, n_trials

    def __repr__(self):
        return "WaitsToBeKilled()"

    def epoch_end(self, context):
        parent = os.getppid()
        while self.n_trials is not None and n_trials_in(self.folder) >= self.n_trials and os.getppid() == parent:
            time.sleep(0.005)


def n_trials_in(folder):
    return len(list(folder.glob("candidate-*.zip")))


def search_to_be_killed(folder, promotion, n_jobs=None, n_trials=None):
    estimator = make_pipeline(StandardScaler(), clone(NETWORK).set_callbacks(WaitsToBeKilled(folder, n_trials)))
    space = {"mlpclassifiertf__learning_rate_init": [0.001, 0.003, 0.01, 0.03, 0.1], "mlpclassifiertf__alpha": [0, 1]}
    settings = {"n_jobs": n_jobs, "promotion": promotion, "scoring": scoring_by(-1), "cv": Split(3)}
    search = halving(estimator, space, log=folder, **settings)
    return search.fit(X, LABELS, mlpclassifiertf__sample_weight=WEIGHTS)


def search_in_a_group(*arguments):
    os.setsid()  # with the workers
    search_to_be_killed(*arguments)


@pytest.mark.parametrize(
    ("promotion", "kills"),  # with so many jobs, when so many trials have a file
    [("synchronous", [(None, 3), (2, 9), (None, 15)]), ("asynchronous", [(None, 13)])],
)
def test_a_search_that_is_killed_goes_on_where_it_was(promotion, kills, tmp_path):
    """And in this process, where sets have another order."""
    killed = []
    for n_jobs, n_trials in kills:
        killed.append(run := start_process(search_in_a_group, tmp_path, promotion, n_jobs, n_trials))
        while n_trials_in(tmp_path) < n_trials and run.is_alive():
            time.sleep(0.005)
        run.kill()
        run.join()
        assert run.exitcode == -signal.SIGKILL
    gone_on, whole = search_to_be_killed(tmp_path, promotion), search_to_be_killed(None, promotion)
    for run in killed:  # whose workers wait for more
        with contextlib.suppress(ProcessLookupError):
            os.killpg(run.pid, signal.SIGKILL)
    for name in whole.cv_results_:
        if name.startswith("split"):
            np.testing.assert_array_equal(gone_on.cv_results_[name], whole.cv_results_[name])
    assert_same_weights(gone_on.best_estimator_[-1], whole.best_estimator_[-1])
