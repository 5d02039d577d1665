"""What all tests share: an order for two processes, and no worker processes left behind by a file."""

import pytest
from joblib.externals.loky import reusable_executor


def pytest_collection_modifyitems(items):
    """The pages first: they are few and take long, so that one process would be left with them at the end."""
    items.sort(key=lambda item: item.path.name != "test_docs.py")


@pytest.fixture(autouse=True, scope="module")
def end_workers():
    """End joblib's idle workers after each file.

    They end by themselves after five minutes, and a search that begins at that moment may wait for them without end.
    """
    yield
    if reusable_executor._executor is not None:
        reusable_executor._executor.shutdown(wait=True, kill_workers=True)
