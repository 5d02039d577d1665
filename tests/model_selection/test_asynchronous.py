"""Asynchronous promotion: the rule beside the paper's, workers that do not wait, conventions of the searches."""

import heapq
import threading

import numpy as np
import pytest
from joblib import parallel_config
from sklearn.base import clone
from sklearn.callback import ProgressBar
from sklearn.model_selection import ShuffleSplit, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.parallel import delayed

from sklearn_ann.callbacks import Callback
from sklearn_ann.model_selection import HyperbandSearchCV
from sklearn_ann.model_selection.asynchronous import climb_asynchronously, next_job, states_so_far
from sklearn_ann.model_selection.brackets import Bracket, bracket_of
from sklearn_ann.model_selection.rungs import rows_of
from sklearn_ann.model_selection.trial import NEW_TRIAL, Trial, UpToEpoch
from sklearn_ann.model_selection.workers import OnDemandParallel
from tests.estimators.problems import LABELS, WEIGHTS, X, assert_same_weights, classifier
from tests.model_selection.test_searches import CV, RATES, assert_same_tables, halving

NETWORK = classifier(batch_size=16, tol=0, n_iter_no_change=99)


def asha(**settings):
    return halving(**{"estimator": NETWORK, "promotion": "asynchronous", **settings})


# ---------------------------------------------------------------------------------------- the rule


def jobs_of_the_paper(scores, durations, n_rungs, eta, n_workers):
    """Jobs in order of time, by algorithm 2 of Li et al. (2020)."""
    rungs, promoted = [{} for _ in range(n_rungs)], [set() for _ in range(n_rungs)]
    new, running, jobs = list(range(len(scores))), [], []

    def get_job():
        for k in reversed(range(n_rungs - 1)):
            ranked = sorted(rungs[k], key=rungs[k].get, reverse=True)
            promotable = [c for c in ranked[: len(rungs[k]) // eta] if c not in promoted[k]]
            if promotable:
                promoted[k].add(promotable[0])
                return promotable[0], k + 1
        return (new.pop(0), 0) if new else None

    now = 0.0
    while True:
        while len(running) < n_workers and (job := get_job()) is not None:
            jobs.append(job)
            heapq.heappush(running, (now + durations[job], job))
        if not running:
            return jobs
        now, (candidate, rung) = heapq.heappop(running)
        rungs[rung][candidate] = scores[candidate, rung]


def climbed(brackets, scores, durations, n_workers, eta=3, n_fits=np.inf, trials=None, n_folds=1):
    """Trials of :func:`climb_asynchronously` with workers by the clock, its jobs in order, and whether it was done."""
    if trials is None:
        trials = {c: [NEW_TRIAL] * n_folds for c in range(sum(bracket.n_candidates[0] for bracket in brackets))}
    jobs, begun = [], []

    def train(next_fit):
        running, now = [], 0.0
        while True:
            while len(running) < n_workers and (fit := next_fit()) is not None:
                before = trials[fit.candidate][fit.fold]
                assert len(before.results) == fit.rung
                assert (before.snapshot is None) == (fit.rung == 0)  # a state to go on from
                begun.append(fit)
                if (fit.candidate, fit.rung) not in jobs:
                    jobs.append((fit.candidate, fit.rung))
                heapq.heappush(running, (now + durations[fit.candidate, fit.rung], fit))
            if not running:
                return
            now, fit = heapq.heappop(running)
            before = trials[fit.candidate][fit.fold]
            if len(begun) > n_fits:
                yield fit, before  # time is up
                continue
            result = {"score": scores[fit.candidate, fit.rung], "fit_time": 1.0, "score_time": 1.0, "fit_error": None}
            yield fit, Trial((*before.results, result), "state", False)

    is_done = climb_asynchronously(brackets, trials, train, lambda result: result["score"], eta)
    return trials, jobs, is_done


def random_case(seed, n, n_rungs, n_workers):
    generator = np.random.RandomState(seed)
    scores = generator.rand(n, 1) + 0.3 * generator.randn(n, n_rungs)
    durations = generator.exponential(size=(n, n_rungs)) * 3.0 ** np.arange(n_rungs)
    return scores, durations, n_workers


@pytest.mark.parametrize("n_workers", [1, 2, 7])
@pytest.mark.parametrize("seed", range(5))
def test_jobs_are_those_of_the_paper(seed, n_workers):
    scores, durations, n_workers = random_case(seed, 27, 4, n_workers)
    bracket = bracket_of(27, 4, 27, 3)
    trials, jobs, is_done = climbed([bracket], scores, durations, n_workers)
    assert jobs == jobs_of_the_paper(scores, durations, 4, 3, n_workers)
    assert is_done
    kept = [len(of_folds[0].results) for of_folds in trials.values() if of_folds[0].snapshot is not None]
    assert max(kept.count(n_rungs) for n_rungs in (1, 2, 3)) <= 9  # as many as may be promoted from a rung
    assert kept.count(4) == 0
    rungs = [row.rung for row in rows_of([bracket], trials)]
    assert all(rungs.count(rung) >= n for rung, n in enumerate(bracket.n_candidates))


def test_at_least_as_many_are_promoted_as_rung_by_rung():
    bracket = Bracket((4, 1, 1), (1, 3, 9))  # the paper's rule would leave the one of the second rung there
    scores, durations, _ = random_case(0, 4, 3, 1)
    trials, jobs, _ = climbed([bracket], scores, durations, 2)
    assert jobs[-1][1] == 2
    assert max(len(of_folds[0].results) for of_folds in trials.values()) == 3


def test_of_several_that_are_due_the_best_on_the_highest_rung_comes_first():
    """As when a search goes on from a log: nothing is under way."""
    scores = {0: [0.6, 0.8], 1: [0.7, 0.7], 2: [0.8, 0.9], 3: [0.85], 4: [0.5], 5: [0.4], 6: [0.9], 7: [0.2], 8: [0.3]}
    trials = {c: [Trial(tuple({"score": each} for each in of_rungs), "state", False)] for c, of_rungs in scores.items()}
    trials |= {c: [NEW_TRIAL] for c in range(9, 18)}
    begun = {c: len(of_folds[0].results) for c, of_folds in trials.items()}

    def job():
        return next_job([Bracket((18, 6, 2), (1, 3, 9))], trials, begun, 2.0, lambda result: result["score"])

    assert job() == (2, 2)  # the best of three that have finished the second rung
    begun[2] = 3
    assert job() == (6, 1)  # the best of nine that have finished the first
    begun[6] = 2
    assert job() == (3, 1)
    begun[3] = 2
    assert job() == (9, 0)


def test_the_next_bracket_begins_while_this_one_waits():
    brackets = [Bracket((3, 1), (1, 3)), Bracket((2, 1), (1, 3))]
    durations = np.ones((5, 2))
    durations[0] = 100  # slow
    _, jobs, _ = climbed(brackets, np.arange(10.0).reshape(5, 2), durations, n_workers=2)
    assert jobs == [(0, 0), (1, 0), (2, 0), (3, 0), (4, 0), (4, 1), (2, 1)]


@pytest.mark.parametrize("n_fits", [1, 5, 20, 40])
def test_one_worker_goes_on_as_if_there_had_been_no_interruption(n_fits):
    scores, durations, _ = random_case(3, 27, 3, 1)
    brackets = [bracket_of(18, 3, 9, 3), bracket_of(9, 2, 9, 3)]
    whole, jobs, _ = climbed(brackets, scores, durations, 1, n_folds=2)
    trials, first, is_done = climbed(brackets, scores, durations, 1, n_fits=n_fits, n_folds=2)
    assert not is_done
    assert set(states_so_far(brackets, trials, is_done)) <= {"interrupted", "completed"}
    kept = {c: [t._replace(snapshot="state" if t.results else None) for t in row] for c, row in trials.items()}
    gone_on, rest, is_done = climbed(brackets, scores, durations, 1, trials=kept, n_folds=2)
    assert is_done
    assert rows_of(brackets, gone_on) == rows_of(brackets, whole)
    assert first + rest[first[-1] == rest[0] :] == jobs
    assert set(states_so_far(brackets, gone_on, is_done)) == {"stopped", "completed"}


# ---------------------------------------------------------------------------------------- workers


def test_no_worker_waits_for_a_slow_candidate():
    """The first candidate gets its score when the others have done all that there is to do without it."""
    others_are_done, lock, scored, waited = threading.Event(), threading.Lock(), [], []

    def score(model, X, y):
        with lock:
            scored.append(model.n_iter_)
            is_first = len(scored) == 1
            if sorted(scored[1:]) == [1] * 8 + [3] * 2:
                others_are_done.set()
        if is_first:
            waited.append(others_are_done.wait(60))
        return model.score(X, y)

    with parallel_config("threading"):
        search = asha(cv=ShuffleSplit(1, random_state=0), scoring=score, n_jobs=2).fit(X, LABELS)
    assert waited == [True]
    assert search.stop_reason_ == "all brackets were made"
    assert search.cv_results_["n_resources"].max() == 9


@pytest.mark.parametrize("backend", ["threading", "loky"])
def test_each_candidate_trains_as_without_interruption(backend):
    estimator = make_pipeline(StandardScaler(), NETWORK)
    space = {f"mlpclassifiertf__{name}": values for name, values in RATES.items()}
    with parallel_config(backend):
        search = asha(estimator=estimator, space=space, n_jobs=2).fit(X, LABELS, mlpclassifiertf__sample_weight=WEIGHTS)
    table = search.cv_results_
    rungs = table["iter"].tolist()
    assert rungs.count(0) == 9
    assert rungs.count(1) >= 3
    assert rungs.count(2) >= 1
    for row in range(len(rungs)):
        model = clone(estimator).set_params(mlpclassifiertf__max_iter=9, **table["params"][row])
        model[-1].set_callbacks(UpToEpoch(table["n_resources"][row]))
        params = {"mlpclassifiertf__sample_weight": WEIGHTS}
        scores = cross_val_score(model, X, LABELS, cv=CV, params=params)
        np.testing.assert_array_equal(scores, [table["split0_test_score"][row], table["split1_test_score"][row]])
    best = clone(estimator).set_params(mlpclassifiertf__max_iter=9, **search.best_params_)
    best[-1].set_callbacks(UpToEpoch(table["n_resources"][search.best_index_]))
    best.fit(X, LABELS, mlpclassifiertf__sample_weight=WEIGHTS)
    assert_same_weights(search.best_estimator_[-1], best[-1])


def test_results_come_as_they_are_ready_and_tasks_may_depend_on_them():
    started, got, slow = [], [], threading.Event()

    def task(number):
        return number, number > 0 or slow.wait(60)

    def choose():
        number = len(started)
        if number == 6 or (number == 2 and 1 not in got):
            return None
        started.append(number)
        return delayed(task)(number)

    with parallel_config("threading"), OnDemandParallel(n_jobs=2) as parallel:
        for number, is_right in parallel.as_completed(choose):
            assert is_right
            got.append(number)
            if number == 5:
                slow.set()
    assert got == [1, 2, 3, 4, 5, 0]


# ---------------------------------------------------------------------------------------- conventions


def test_the_table_has_the_form_of_the_synchronous_one():
    search, synchronous = asha().fit(X, LABELS), halving(NETWORK).fit(X, LABELS)
    assert search.cv_results_.keys() == synchronous.cv_results_.keys()
    for name, values in search.cv_results_.items():
        assert np.asarray(values).dtype == np.asarray(synchronous.cv_results_[name]).dtype, name
    assert search.trials_.columns.tolist() == synchronous.trials_.columns.tolist()
    assert search.history_[0].keys() == synchronous.history_[0].keys()
    assert search.brackets_ == synchronous.brackets_
    assert search.forecast_ == synchronous.forecast_
    assert_same_tables(clone(search).fit(X, LABELS).cv_results_, search.cv_results_)  # one worker, one seed
    rows = {(row["candidate"], row["n_resources"], row["split"]): row["test_scores"] for row in search.history_}
    same = [row for row in synchronous.history_ if (row["candidate"], row["n_resources"], row["split"]) in rows]
    assert len(same) >= 2 * (9 + 1)
    assert all(rows[row["candidate"], row["n_resources"], row["split"]] == row["test_scores"] for row in same)


def test_hyperband_too_with_several_scores():
    settings = {"scoring": ["accuracy", "neg_log_loss"], "refit": "neg_log_loss", "cv": CV, "random_state": 0}
    with parallel_config("threading"):
        search = HyperbandSearchCV(NETWORK, RATES, max_iter=9, promotion="asynchronous", n_jobs=2, **settings)
        search.fit(X, LABELS)
    table = search.cv_results_
    for number, bracket in enumerate(search.brackets_):
        for rung, n in enumerate(bracket.n_candidates):
            assert ((table["bracket"] == number) & (table["iter"] == rung)).sum() >= n
    assert search.best_score_ == table["mean_test_neg_log_loss"].max()
    assert set(search.trials_["state"]) == {"stopped", "completed"}


@pytest.mark.filterwarnings("ignore:One or more of the test scores:UserWarning")  # that is what is asked for
def test_fits_that_fail_are_not_promoted():
    space = {"learning_rate_init": [0.01, 0.03], "solver": ["adam", "sgd", "lbfgs"]}
    with pytest.warns(Warning, match="4 fits failed out of a total of"), parallel_config("threading"):
        search = asha(space=space, n_iter=6, max_iter=3, n_jobs=2).fit(X, LABELS)
    table = search.cv_results_
    failed = np.array([params["solver"] == "lbfgs" for params in table["params"]])
    assert np.isnan(table["mean_test_score"][failed]).all()
    assert not failed[table["iter"] == 1].any()
    assert (search.trials_["state"] == "failed").sum() == 2
    with pytest.raises(ValueError, match="can be resumed"), parallel_config("threading"):
        asha(space=space, n_iter=6, max_iter=3, error_score="raise", n_jobs=2).fit(X, LABELS)


def test_backends_that_give_all_results_at_the_end_are_refused():
    with (
        parallel_config("multiprocessing"),
        pytest.raises(ValueError, match=r"promotion='asynchronous' needs a backend of joblib.*got Multiprocessing"),
    ):
        asha(n_jobs=2).fit(X, LABELS)


def test_lines_ensemble_progress_and_tensorboard(capsys, tmp_path):
    pytest.importorskip("tensorboard")
    pytest.importorskip("rich")
    search = asha(verbose=1, ensemble_size=3, tensorboard=tmp_path).set_callbacks(ProgressBar()).fit(X, LABELS)
    lines = [line for line in capsys.readouterr().out.splitlines() if "up to epoch" in line]
    assert len(lines) == len(search.cv_results_["params"])
    assert "s left] candidate" in lines[0]
    assert search.ensemble_score_ >= search.best_score_ - 1e-12 or search.trials_["score_epoch"].max() < 9
    assert len(list(tmp_path.iterdir())) == 9


class Raises(Callback):
    """Counts the epochs, with a Ctrl-C in some of them, in the thread of the fit; by its text always the same."""

    def __init__(self, at=None):
        self.at, self.n_epochs = at, 0

    def __repr__(self):
        return "Raises()"

    def epoch_end(self, context):
        self.n_epochs += 1
        if self.n_epochs == self.at:
            raise KeyboardInterrupt


def watched(at=None):
    return clone(NETWORK).set_callbacks(Raises(at))


@pytest.mark.filterwarnings("ignore:Search interrupted by user", "ignore:Training interrupted by user")  # it is
@pytest.mark.parametrize("at", [3, 20, 30])
def test_a_search_that_was_interrupted_goes_on(at, tmp_path):
    whole = asha().fit(X, LABELS)
    search = asha(estimator=watched(at), log=tmp_path).fit(X, LABELS)
    assert search.stop_reason_ == "Ctrl-C"
    assert set(search.trials_["state"]) <= {"interrupted", "completed"}
    assert_same_tables(asha(estimator=watched(), log=tmp_path).fit(X, LABELS).cv_results_, whole.cv_results_)
    with pytest.raises(ValueError, match="a search that differs in promotion"):
        halving(watched(), log=tmp_path).fit(X, LABELS)


@pytest.mark.filterwarnings("ignore:Search interrupted by user", "ignore:Training interrupted by user")  # it is
def test_several_workers_go_on_with_what_the_log_has(tmp_path):
    with parallel_config("threading"):
        asha(estimator=watched(25), log=tmp_path, n_jobs=2).fit(X, LABELS)
        counts = Raises()
        search = asha(estimator=clone(NETWORK).set_callbacks(counts), log=tmp_path, n_jobs=2, refit=False)
        search.fit(X, LABELS)
    table = search.cv_results_
    assert counts.n_epochs <= 2 * (table["n_resources"] == 1).sum() + 4 * (table["iter"] == 1).sum() + 12 - 20
    alone = asha(estimator=watched(), log=tmp_path, refit=False).fit(X, LABELS)  # nothing is left to do
    assert_same_tables(alone.cv_results_, table)
