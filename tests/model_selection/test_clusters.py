"""Searches on clusters of Dask and Ray, with worker processes, beside the same searches in this process."""

import gc
import os
import signal
from pathlib import Path

import numpy as np
import pytest
from joblib import parallel_config
from scipy.stats import loguniform
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_ann.model_selection import HyperbandSearchCV, OptunaSearchCV, PopulationSearchCV, SuccessiveHalvingSearchCV
from tests.estimators.problems import LABELS, WEIGHTS, X, classifier

CV = KFold(2, shuffle=True, random_state=0)
SPACE = {"learning_rate_init": loguniform(1e-3, 1e-1), "batch_size": [8, 16]}
CLOCK = {f"{each}_{kind}_time" for each in ("mean", "std") for kind in ("fit", "score")}


@pytest.fixture(scope="module")
def dask_cluster():
    from dask.distributed import Client, LocalCluster

    with (
        LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def ray_cluster():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_AUTH_MODE", "disabled")  # else a token is written to the home directory
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.setenv("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")  # else Ray warns of a coming change
        import ray
        from ray.util.joblib import register_ray

        try:
            ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
        except Exception as error:
            pytest.skip(f"Ray does not start here: {error}")
        register_ray()
        yield
        ray.shutdown()


def halving(**settings):
    settings = {"n_iter": 9, "max_iter": 9, "cv": CV, "random_state": 0, **settings}
    return SuccessiveHalvingSearchCV(classifier(), SPACE, **settings)


PIPELINE = make_pipeline(StandardScaler(), classifier())
SEARCHES = {
    "hyperband": HyperbandSearchCV(
        PIPELINE, {f"mlpclassifiertf__{k}": v for k, v in SPACE.items()}, max_iter=3, cv=CV, random_state=0
    ),
    "optuna": OptunaSearchCV(classifier(), SPACE, n_trials=4, n_trials_at_once=2, max_iter=3, cv=CV, random_state=0),
    "population": PopulationSearchCV(  # whose fits train one by one
        classifier(solver="lbfgs", tol=9), {"alpha": [0.1, 1.0]}, cv=CV
    ),
    "grid": GridSearchCV(classifier(max_iter=3, tol=9, n_iter_no_change=1), {"alpha": [0.1, 1.0]}, cv=CV),
}


def assert_same_search(search, expected):
    table = search.cv_results_
    assert table["params"] == expected.cv_results_["params"]
    for name in table.keys() - CLOCK - {"params"}:
        np.testing.assert_array_equal(table[name], expected.cv_results_[name], err_msg=name)
    np.testing.assert_array_equal(search.predict_proba(X), expected.predict_proba(X))


class KillsItsWorker:
    """The estimator's score; the first process that computes one is killed instead."""

    def __init__(self, folder):
        self.marker = Path(folder, "killed")

    def __call__(self, model, X, y):
        try:
            self.marker.touch(exist_ok=False)
        except FileExistsError:
            return model.score(X, y)
        os.kill(os.getpid(), signal.SIGKILL)


class CountedRows:
    """Rows that count how often they are pickled in this process."""

    def __init__(self, rows):
        self.rows, self.shape, self.n_pickled = rows, rows.shape, 0

    def __reduce__(self):
        self.n_pickled += 1
        return CountedRows, (self.rows,)

    def __dask_tokenize__(self):
        return "rows"

    def __sizeof__(self):
        return self.rows.nbytes

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, index):
        return self.rows[index]


# ---------------------------------------------------------------------------------------- Dask


@pytest.mark.parametrize("name", SEARCHES)
def test_a_search_on_dask_equals_the_local_one(name, dask_cluster):
    with parallel_config("dask"):
        search = clone(SEARCHES[name]).fit(X, LABELS)
    assert_same_search(search, clone(SEARCHES[name]).fit(X, LABELS))


def test_dask_promotes_without_waiting(dask_cluster):
    with parallel_config("dask"):
        search = halving(promotion="asynchronous").fit(X, LABELS)
    scores = {(each["candidate"], each["n_resources"], each["split"]): each["test_scores"] for each in search.history_}
    expected = halving().fit(X, LABELS).history_
    same = [each for each in expected if (each["candidate"], each["n_resources"], each["split"]) in scores]
    assert len(same) >= 2 * (9 + 1)
    assert all(scores[each["candidate"], each["n_resources"], each["split"]] == each["test_scores"] for each in same)
    assert search.cv_results_["n_resources"].max() == 9


def test_dask_gets_the_rows_once(dask_cluster):
    rows = CountedRows(X)
    with parallel_config("dask", scatter=[rows]):
        halving(refit=False).fit(rows, LABELS, sample_weight=WEIGHTS)
    assert rows.n_pickled == 1


def test_a_killed_worker_of_dask_loses_no_trial(dask_cluster, tmp_path):
    dask_cluster.amm.stop()  # which drops all copies but one of what is on several workers
    with parallel_config("dask", scatter=[X, LABELS]):
        search = halving(scoring=KillsItsWorker(tmp_path)).fit(X, LABELS)
    assert (tmp_path / "killed").exists()
    assert_same_search(search, halving().fit(X, LABELS))


# ---------------------------------------------------------------------------------------- Ray


def assert_same_search_that_puts_the_rows_into_rays_store_once(name, n_jobs):
    import ray

    references = ray._private.worker.global_worker.core_worker.get_all_reference_counts
    before, rows = set(references()), CountedRows(X)
    with parallel_config("ray", n_jobs=n_jobs):
        search = clone(SEARCHES[name]).fit(rows, LABELS)
    assert rows.n_pickled == 1
    assert_same_search(search, clone(SEARCHES[name]).fit(X, LABELS))
    gc.collect()
    assert set(references()) <= before


def test_a_search_on_ray_equals_the_local_one(ray_cluster):
    assert_same_search_that_puts_the_rows_into_rays_store_once("hyperband", n_jobs=2)


@pytest.mark.parametrize("name", ["optuna", "population"])
def test_fits_that_the_ray_backend_leaves_to_this_process_get_their_rows(name, ray_cluster):
    """As workers would, which take seconds to start."""
    assert_same_search_that_puts_the_rows_into_rays_store_once(name, n_jobs=1)


def test_rows_of_populations_alone_are_not_put_into_rays_store(ray_cluster):
    rows, model = CountedRows(X), classifier(max_iter=3, tol=9, n_iter_no_change=1)
    with parallel_config("ray", n_jobs=2):
        PopulationSearchCV(model, {"alpha": [0.1, 1.0]}, cv=CV, refit=False).fit(rows, LABELS)
    assert rows.n_pickled == 0


def test_a_search_with_a_log_goes_on_after_a_worker_of_ray_was_killed(ray_cluster, tmp_path):
    from ray.exceptions import ActorDiedError

    search = halving(scoring=KillsItsWorker(tmp_path), log=tmp_path / "log")
    with parallel_config("ray", n_jobs=2), pytest.raises(ActorDiedError):
        search.fit(X, LABELS)
    assert_same_search(search.fit(X, LABELS), halving().fit(X, LABELS))
