"""The table of trials and its text, beside ``cv_results_``."""

import pickle
import sys

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import KFold

from sklearn_ann.model_selection import HyperbandSearchCV, SuccessiveHalvingSearchCV
from sklearn_ann.model_selection.brackets import Bracket
from sklearn_ann.model_selection.rungs import states_of
from sklearn_ann.model_selection.trial import NEW_TRIAL
from sklearn_ann.model_selection.trial_table import summary_of
from tests.estimators.problems import LABELS, X, classifier

CV = KFold(2, shuffle=True, random_state=0)
RATES = {"learning_rate_init": [0.001, 0.01, 0.03, 0.1, 0.3], "batch_size": [8, 16, 30]}


@pytest.fixture(scope="module")
def search():
    return HyperbandSearchCV(classifier(), RATES, max_iter=9, cv=CV, random_state=0).fit(X, LABELS)


def test_a_row_for_each_trial(search):
    trials, table = search.trials_, search.cv_results_
    assert trials["candidate"].tolist() == list(range(17))
    for trial in trials.to_dict("records"):
        rows = np.flatnonzero(table["candidate"] == trial["candidate"])
        assert trial["n_epochs"] == table["n_resources"][rows].max()
        assert trial["score"] == table["mean_test_score"][rows].max()
        best = rows[table["mean_test_score"][rows] == trial["score"]]
        assert trial["score_epoch"] == table["n_resources"][best].max()
        assert trial["bracket"] == table["bracket"][rows[0]]
        seconds = 2 * (table["mean_fit_time"][rows] + table["mean_score_time"][rows]).sum()
        assert trial["seconds"] == pytest.approx(seconds)
        for name in RATES:
            assert trial[f"param_{name}"] == table["params"][rows[0]][name]
    completed = trials["n_epochs"] == 9
    assert trials["state"].tolist() == ["completed" if each else "stopped" for each in completed]
    assert trials["score"].max() == search.best_score_


def test_the_summary_has_the_best_first(search):
    head, _, *lines = search.summary(4).splitlines()
    assert head.split()[:5] == ["candidate", "bracket", "state", "n_epochs", "score"]
    best = search.trials_.sort_values("score", ascending=False, kind="stable")["candidate"][:4]
    assert [int(line.split()[0]) for line in lines] == best.tolist()
    assert len(search.summary().splitlines()) == 2 + 10
    assert pickle.loads(pickle.dumps(search)).summary() == search.summary()


def test_the_summary_leaves_out_the_steps_of_a_pipeline_where_names_differ():
    columns = {"candidate": [0], "score": [0.5], "param_step__alpha": [1e-4], "param_step__solver__rho": [0.9]}
    assert summary_of(columns, 1).split()[:4] == ["candidate", "score", "alpha", "rho"]
    columns["param_other__alpha"] = [1]
    assert summary_of(columns, 1).split()[2] == "step__alpha"


def test_states_of_a_search_that_was_interrupted():
    brackets = [Bracket((3, 1), (1, 3)), Bracket((2,), (3,))]

    def trial(*scores, error=None):
        return [NEW_TRIAL._replace(results=tuple({"test_scores": s, "fit_error": error} for s in scores))]

    trials = {0: trial(0.1), 1: trial(0.3), 2: trial(np.nan, error="boom"), 3: trial(0.2), 4: trial()}
    states = states_of(brackets, trials, lambda result: result["test_scores"])
    assert states == ["stopped", "interrupted", "failed", "interrupted", "interrupted"]


@pytest.mark.filterwarnings("ignore:One or more of the test scores:UserWarning")  # that is what is asked for
def test_failed_trials_are_last():
    space = {"solver": ["lbfgs", "adam", "sgd"]}
    with pytest.warns(Warning, match="2 fits failed"):
        search = SuccessiveHalvingSearchCV(classifier(), space, n_iter=3, max_iter=3, cv=CV, random_state=0)
        search.fit(X, LABELS)
    trials = search.trials_.set_index("param_solver")
    assert trials.loc["lbfgs", "state"] == "failed" and np.isnan(trials.loc["lbfgs", "score"])
    assert search.summary().splitlines()[-1].split()[-1] == "lbfgs"


def test_what_cannot_be_shown_is_said(search, monkeypatch):
    unfitted = SuccessiveHalvingSearchCV(classifier(), RATES)
    with pytest.raises(NotFittedError):
        unfitted.summary()
    assert not hasattr(unfitted, "trials_")
    with pytest.raises(ValueError, match="n must be a number of trials, 1 or more, got 0"):
        search.summary(0)
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match="trials_ needs the package pandas"):
        _ = search.trials_
    assert search.summary()
