"""What all tests share: an order for two processes."""

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
