"""What all tests share: an order for two processes, and no worker processes that are about to end by themselves."""

import time

import pytest
from joblib.externals.loky import reusable_executor

# Searches with two processes of joblib, which import the package, and some of them TensorFlow.
WITH_WORKERS = {
    "test_asynchronous.py",
    "test_ensemble.py",
    "test_meta_estimators.py",
    "test_population.py",
    "test_searches.py",
    "test_tensorboard.py",
    "test_watching.py",
    "test_wrapper_state.py",
}


def pytest_collection_modifyitems(items):
    """The pages first: they are few and take long, so that one process would be left with them at the end.

    Then what has worker processes, so that these files use the same ones.
    """
    items.sort(key=lambda item: (item.path.name != "test_docs.py", item.path.name not in WITH_WORKERS))


class Workers:
    """Joblib's worker processes, and when they have last been given work."""

    n_tasks, since = (None, 0), 0.0

    def look(self):
        executor = reusable_executor._executor
        n_tasks = executor, executor._queue_count if executor is not None else 0
        if n_tasks != self.n_tasks:
            self.n_tasks, self.since = n_tasks, time.monotonic()

    def end_if_idle(self):
        executor = reusable_executor._executor
        if executor is not None and time.monotonic() - self.since > 60:
            executor.shutdown(wait=True, kill_workers=True)


WORKERS = Workers()


@pytest.fixture(autouse=True)
def end_idle_workers():
    """End joblib's workers when they have been idle for a minute.

    They end by themselves after five, and a search that begins at that moment may wait for them without end.
    """
    WORKERS.end_if_idle()
    yield
    WORKERS.look()
