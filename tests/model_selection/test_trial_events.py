"""Runs of TensorBoard and the lines of a search, read back by TensorBoard's own reader."""

import re
import sys

import numpy as np
import pytest
from sklearn.callback import ProgressBar
from sklearn.model_selection import KFold

from sklearn_ann.model_selection import SuccessiveHalvingSearchCV
from tests.estimators.problems import LABELS, X, classifier

CV = KFold(2, shuffle=True, random_state=0)
SPACE = {"learning_rate_init": [0.01, 0.03, 0.1], "hidden_layer_sizes": [(), (7,)], "class_weight": [None]}


def halving(**settings):
    settings = {"n_iter": 3, "max_iter": 9, "min_iter": 3, "cv": CV, "random_state": 0, **settings}
    return SuccessiveHalvingSearchCV(classifier(), SPACE, **settings)


def read(folder):
    """By candidate: parameters, scalars by tag and step, and the status at the end."""
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    from tensorboard.plugins.hparams import metadata
    from tensorboard.util.tensor_util import make_ndarray

    found = {}
    for run in sorted(folder.iterdir()):
        events = accumulator.EventAccumulator(str(run), size_guidance={"tensors": 0})
        events.Reload()
        plugin = events.PluginTagToContent("hparams")
        start = metadata.parse_session_start_info_plugin_data(plugin["_hparams_/session_start_info"])
        end = metadata.parse_session_end_info_plugin_data(plugin["_hparams_/session_end_info"])
        parameters = {name: getattr(value, value.WhichOneof("kind")) for name, value in start.hparams.items()}
        scalars = {
            tag: {event.step: make_ndarray(event.tensor_proto).item() for event in events.Tensors(tag)}
            for tag in events.Tags()["tensors"]
            if not tag.startswith("_hparams_")
        }
        found[int(run.name.split("-")[-1])] = (parameters, scalars, end.status)
    return found


def test_each_trial_is_a_run_with_its_parameters_and_scores(tmp_path):
    search = halving(tensorboard=tmp_path, scoring=["accuracy", "neg_log_loss"], refit="accuracy").fit(X, LABELS)
    runs, table = read(tmp_path), search.cv_results_
    assert sorted(runs) == [0, 1, 2]
    for candidate, (parameters, scalars, status) in runs.items():
        rows = np.flatnonzero(table["candidate"] == candidate)
        params = table["params"][rows[0]]
        assert parameters == {
            "learning_rate_init": params["learning_rate_init"],
            "hidden_layer_sizes": str(params["hidden_layer_sizes"]),
            "class_weight": "None",
            "bracket": 0,
        }
        assert scalars.keys() == {"mean_test_accuracy", "mean_test_neg_log_loss", "mean_fit_time"}
        for name, values in scalars.items():
            assert list(values) == table["n_resources"][rows].tolist()
            np.testing.assert_allclose([*values.values()], table[name][rows], rtol=1e-6)  # TensorBoard has float32
        assert status == 1  # success


@pytest.mark.filterwarnings("ignore:One or more of the test scores:UserWarning")  # that is what is asked for
def test_failed_trials_say_so_and_a_search_that_goes_on_writes_all_rungs(tmp_path):
    space = {"solver": ["lbfgs", "adam", "sgd"]}

    def fit(**settings):
        search = SuccessiveHalvingSearchCV(
            classifier(), space, n_iter=3, max_iter=3, cv=CV, random_state=0, log=tmp_path / "log", **settings
        )
        with pytest.warns(Warning, match="2 fits failed"):
            return search.fit(X, LABELS)

    fit()
    search = fit(tensorboard=tmp_path / "runs")  # nothing is trained any more
    runs = read(tmp_path / "runs")
    for candidate, (parameters, scalars, status) in runs.items():
        assert status == (2 if parameters["solver"] == "lbfgs" else 1)
        rows = np.flatnonzero(search.cv_results_["candidate"] == candidate)
        assert len(scalars["mean_fit_time"]) == len(rows)
        assert ("mean_test_score" in scalars) == (parameters["solver"] != "lbfgs")


def test_tensorboard_has_to_be_there(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    with pytest.raises(ImportError, match=r"tensorboard=folder needs the package tensorboard.*pip install"):
        halving(tensorboard=tmp_path).fit(X, LABELS)


def test_lines_tell_the_time_left(capsys):
    halving(verbose=1).fit(X, LABELS)
    lines = capsys.readouterr().out.splitlines()
    expected = [r"\[\d+\.\d s, \d+\.\d s left at most\] 6 fits up to epoch 3", r".*\] 2 fits up to epoch 9"]
    assert len(lines) == 2 and all(re.fullmatch(*each) for each in zip(expected, lines, strict=True))
    budget = halving(verbose=1, time_budget=1000.0).fit(X, LABELS)
    assert all(float(line.split()[2]) <= budget.time_budget for line in capsys.readouterr().out.splitlines())


def test_the_progress_bar_of_scikit_learn_goes_by_rungs(capsys):
    pytest.importorskip("rich")
    halving().set_callbacks(ProgressBar()).fit(X, LABELS)
    assert "100%" in capsys.readouterr().out
