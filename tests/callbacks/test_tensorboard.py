"""What the callback TensorBoard writes, read back by TensorBoard's own reader, and by its server in a browser."""

import io
import pickle
import re
import shutil
import subprocess
import sys
import threading
import time
import urllib.request
import wave

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix
from sklearn.model_selection import GridSearchCV

from sklearn_ann import MLPClassifierTF, MLPRegressorTF, PerceptronClassifier
from sklearn_ann.callbacks import Callback, Scores, TensorBoard
from tests.test_light import run_python

pytest.importorskip("tensorboard", reason="the package tensorboard is not installed")
from tensorboard.backend.event_processing.data_provider import MultiplexerDataProvider
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.backend.event_processing.plugin_event_multiplexer import EventMultiplexer
from tensorboard.plugins.audio import metadata as audio_metadata
from tensorboard.plugins.base_plugin import TBContext
from tensorboard.plugins.hparams import metadata as hparams_metadata
from tensorboard.plugins.projector.projector_plugin import ProjectorPlugin
from tensorboard.util.tensor_util import make_ndarray
from werkzeug.test import Client

# most fits are a few epochs long: what is written is there before they converge
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

_rng = np.random.RandomState(0)
X = _rng.normal(size=(40, 36))  # images of 6 x 6, 4 x 9, or 3 x 4 in three colours
Y = (X[:, 0] > 0).astype(int) + (X[:, 1] > 0)
X_VAL, Y_VAL = X[:10], Y[:10]


def network(*callbacks, **parameters):
    model = MLPClassifierTF(**{"hidden_layer_sizes": (5,), "max_iter": 3, "random_state": 0, **parameters})
    return model.set_callbacks(*callbacks)


def run_folders(folder):
    return sorted(path for path in folder.iterdir() if path.is_dir())


def only_run(folder):
    (run,) = run_folders(folder)
    return run


def read(run):
    events = EventAccumulator(str(run), size_guidance={"tensors": 0})
    events.Reload()
    return events


def tensors(run):
    """All that a run holds: by tag, arrays by step."""
    events = read(run)
    return {
        tag: {e.step: make_ndarray(e.tensor_proto) for e in events.Tensors(tag)} for tag in events.Tags()["tensors"]
    }


def assert_is_column(written, column):
    """Scalars are float32; epochs count from 1; NaN is not written."""
    expected = {epoch: np.float32(value) for epoch, value in enumerate(column, start=1) if not np.isnan(value)}
    assert {step: value.item() for step, value in written.items()} == expected


def assert_is_histogram(written, array):
    left, right, counts = written.T
    assert counts.sum() == array.size
    np.testing.assert_allclose([left[0], right[-1]], [array.min(), array.max()])
    np.testing.assert_array_equal(counts, np.histogram(array, np.append(left, right[-1]))[0])


def picture(written):
    from PIL import Image

    width, height, png = written.tolist()
    image = Image.open(io.BytesIO(png))
    assert image.size == (int(width), int(height))
    return np.asarray(image)


class Keeping(Callback):
    """Keeps the weights of each epoch, and records a quantity."""

    def __init__(self):
        self.weights, self.layer_diagnostics = [], []

    def epoch_end(self, context):
        context.record(norm=np.linalg.norm(context.weights.coefs[0]), validation_norm=context.epoch)
        self.weights.append(context.weights)
        if context.has_layer_diagnostics:
            self.layer_diagnostics.append(context.layer_diagnostics())


class Failing(Callback):
    def epoch_end(self, context):
        if context.epoch == 2:
            raise RuntimeError("enough")


# ---------------------------------------------------------------- scalars


@pytest.mark.parametrize("board_first", [True, False])
def test_scalars_are_the_history(tmp_path, board_first):
    board, keeping = TensorBoard(tmp_path), Keeping()
    model = network(*([board, keeping] if board_first else [keeping, board])).fit(X, Y, X_val=X_VAL, y_val=Y_VAL)
    run = only_run(tmp_path)
    training, validation = tensors(run), tensors(run / "validation")
    for name in ("loss", "learning_rate", "norm"):
        assert_is_column(training.pop(name), model.history_[name])
    for name in ("loss", "score", "norm"):
        assert_is_column(validation.pop(name), model.history_[f"validation_{name}"])
    assert validation == {}
    assert {tag.partition("/")[0] for tag in training} == {"summary", "stop_reason", "_hparams_"}


def test_training_and_validation_scores_are_in_one_chart(tmp_path):
    model = network(TensorBoard(tmp_path), Scores(on="train")).fit(X, Y, X_val=X_VAL, y_val=Y_VAL)
    run = only_run(tmp_path)
    assert_is_column(tensors(run / "train")["score"], model.history_["train_score"])
    assert_is_column(tensors(run / "validation")["score"], model.history_["validation_score"])


def test_a_warm_start_writes_the_epochs_before_it_too(tmp_path):
    model = network(warm_start=True).fit(X, Y)
    model.set_callbacks(TensorBoard(tmp_path)).fit(X, Y)
    assert len(model.history_["loss"]) == 6
    assert_is_column(tensors(only_run(tmp_path))["loss"], model.history_["loss"])


@pytest.mark.parametrize(
    "model", [PerceptronClassifier(max_iter=3, tol=None), network(solver="lbfgs"), network(n_estimators=2)], ids=str
)
def test_fits_that_cannot_be_looked_into_show_what_they_have(model, tmp_path):
    model.set_callbacks(TensorBoard(tmp_path, histograms=1, images=2), keeping := Keeping()).fit(X, Y)
    written = tensors(only_run(tmp_path))
    assert len(written["loss"]) == model.n_iter_
    for step, weights in enumerate(keeping.weights, start=1):
        assert_is_histogram(written["weights/coefs_1"][step], weights.coefs[0])
    assert ("activations/layer_1" in written) == bool(keeping.layer_diagnostics)
    assert {"first_layer", "confusion_matrix"} < set(written)


# ---------------------------------------------------------------- histograms, images, text, parameters


def test_histograms_are_of_weights_activations_and_gradients(tmp_path):
    network(TensorBoard(tmp_path, histograms=2), keeping := Keeping(), max_iter=4).fit(X, Y)
    written = tensors(only_run(tmp_path))
    for step in (2, 4):
        weights, inside = keeping.weights[step - 1], keeping.layer_diagnostics[step - 1]
        for layer in (0, 1):
            assert_is_histogram(written[f"weights/coefs_{layer + 1}"][step], weights.coefs[layer])
            assert_is_histogram(written[f"weights/intercepts_{layer + 1}"][step], weights.intercepts[layer])
            assert_is_histogram(written[f"activations/layer_{layer + 1}"][step], inside.values[layer])
            assert_is_histogram(written[f"gradients/coefs_{layer + 1}"][step], inside.gradients.coefs[layer])
    assert {tuple(steps) for tag, steps in written.items() if tag.startswith(("weights", "gradients"))} == {(2, 4)}


def test_other_weights_go_by_their_names(tmp_path):
    board = TensorBoard(tmp_path, histograms=3)
    model = network(board, normalization="batch", wide="all", auxiliary_loss_weight=0.5).fit(X, Y)
    written = tensors(only_run(tmp_path))
    assert len(model.extra_weights_) == 7
    for name, array in model.extra_weights_.items():
        assert_is_histogram(written[f"weights/{name}"][3], array)
    gradients = {tag.partition("/")[2] for tag in written if tag.startswith("gradients/")}
    assert gradients & set(model.extra_weights_) == set(model.extra_weights_) - {"mean_1", "variance_1"}


@pytest.mark.parametrize(("shape", "deep"), [(None, None), ((4, 9), None), (None, [7, 0, 35])])
def test_images_of_the_first_layer_are_its_weights(tmp_path, shape, deep):
    from matplotlib import colormaps

    board = TensorBoard(tmp_path, images=2, image_shape=shape)
    model = network(board, deep=deep).fit(X, Y)
    written = tensors(only_run(tmp_path))
    assert list(written["first_layer"]) == list(written["confusion_matrix"]) == [2, 3]  # the last at the end
    pixels = picture(written["first_layer"][3])
    height, width = shape or (6, 6)
    zoom = (pixels.shape[1] + 1) // 3 // width  # five units stand in two rows of up to three
    coef = np.zeros((36, 5))
    coef[slice(None) if deep is None else deep] = model.coefs_[0]  # zero for a pixel that the layer does not see
    expected = colormaps["RdBu_r"](coef / (2 * abs(coef).max()) + 0.5, bytes=True)
    for unit in range(5):
        top, left = unit // 3 * (height * zoom + 1), unit % 3 * (width * zoom + 1)
        tile = pixels[top : top + height * zoom : zoom, left : left + width * zoom : zoom]
        np.testing.assert_array_equal(tile.reshape(-1, 4), expected[:, unit])


def test_colours_are_seen_where_pixels_have_them(tmp_path):
    model = network(TensorBoard(tmp_path, images=3, image_shape=(3, 4, 3))).fit(X, Y)
    pixels = picture(tensors(only_run(tmp_path))["first_layer"][3])
    expected = 255 * (model.coefs_[0][:, 0] / (2 * abs(model.coefs_[0]).max()) + 0.5)
    zoom = (pixels.shape[1] + 1) // 3 // 4
    assert abs(pixels[: 3 * zoom : zoom, : 4 * zoom : zoom, :3].ravel() - expected).max() <= 1  # a level of 255


@pytest.mark.parametrize("held_out", [True, False])
def test_the_confusion_matrix_is_that_of_the_validation_rows(tmp_path, held_out, monkeypatch):
    shown = []
    monkeypatch.setattr(
        "sklearn_ann.callbacks.tensorboard.picture_of_confusion",
        lambda y, predicted: shown.append(confusion_matrix(y, predicted)) or _SMALLEST_PNG,
    )
    validation = {"X_val": X_VAL, "y_val": Y_VAL} if held_out else {}
    model = network(TensorBoard(tmp_path, images=3)).fit(X, Y, **validation)
    rows = (X_VAL, Y_VAL) if held_out else (X, Y)
    np.testing.assert_array_equal(shown[-1], confusion_matrix(rows[1], model.predict(rows[0])))
    metadata = read(only_run(tmp_path)).SummaryMetadata("confusion_matrix")
    assert metadata.summary_description == f"Of the {'validation' if held_out else 'training'} rows."


_SMALLEST_PNG = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + b"\0\0\0\1" * 2  # as far as its size


def test_there_is_no_picture_of_what_is_no_image_or_no_class(tmp_path):
    network(TensorBoard(tmp_path, images=1)).fit(X[:, :35], np.column_stack([Y, Y]))
    assert not {"first_layer", "confusion_matrix"} & set(tensors(only_run(tmp_path)))


def test_text_tells_the_estimator_its_shapes_and_why_it_ended(tmp_path):
    model = network(TensorBoard(tmp_path)).fit(X, Y)
    written = tensors(only_run(tmp_path))
    summary = written["summary"][model.n_iter_].item().decode()
    assert "MLPClassifierTF(hidden_layer_sizes=(5,)" in summary
    assert all(line in summary for line in model.summary().splitlines())
    assert written["stop_reason"][3].item().decode() == model.stop_reason_


def test_hyperparameters_are_those_of_the_estimator(tmp_path):
    model = network(TensorBoard(tmp_path), activation=["relu"], n_iter_no_change=np.inf).fit(X, Y)
    plugin = read(only_run(tmp_path)).PluginTagToContent("hparams")
    start = hparams_metadata.parse_session_start_info_plugin_data(plugin["_hparams_/session_start_info"])
    found = {name: getattr(value, value.WhichOneof("kind")) for name, value in start.hparams.items()}
    assert found.keys() == model.get_params().keys()
    expected = {
        "alpha": 1e-4, "hidden_layer_sizes": "(5,)", "activation": "['relu']", "shuffle": True, "max_iter": 3,
        "solver": "adam", "n_iter_no_change": "inf", "dtype": "None",
    }  # fmt: skip
    assert {name: found[name] for name in expected} == expected
    end = hparams_metadata.parse_session_end_info_plugin_data(plugin["_hparams_/session_end_info"])
    assert end.status == 1  # success


# ---------------------------------------------------------------- graph


def nodes_of(run):
    """Operation, inputs and shape of each node, by name."""
    return {
        node.name: (node.op, list(node.input), [dim.size for dim in node.attr["_output_shapes"].list.shape[0].dim])
        for node in read(run).Graph().node
    }


def test_the_graph_is_the_network(tmp_path):
    network(TensorBoard(tmp_path)).fit(X, Y)
    assert nodes_of(only_run(tmp_path)) == {
        "input": ("Placeholder", [], [-1, 36]),
        "hidden_1/coef": ("VariableV2", [], [36, 5]),
        "hidden_1/MatMul": ("MatMul", ["input", "hidden_1/coef"], [-1, 5]),
        "hidden_1/intercept": ("VariableV2", [], [5]),
        "hidden_1/BiasAdd": ("BiasAdd", ["hidden_1/MatMul", "hidden_1/intercept"], [-1, 5]),
        "hidden_1/relu": ("relu", ["hidden_1/BiasAdd"], [-1, 5]),
        "output/coef": ("VariableV2", [], [5, 3]),
        "output/MatMul": ("MatMul", ["hidden_1/relu", "output/coef"], [-1, 3]),
        "output/intercept": ("VariableV2", [], [3]),
        "output/BiasAdd": ("BiasAdd", ["output/MatMul", "output/intercept"], [-1, 3]),
        "output/softmax": ("softmax", ["output/BiasAdd"], [-1, 3]),
    }


def test_the_graph_has_all_that_a_network_may_have(tmp_path):
    model = network(
        TensorBoard(tmp_path), hidden_layer_sizes=(5, 5), activation=["selu", lambda x: x], normalization="layer",
        skip_connections=True, wide=[0, 3], auxiliary_loss_weight=0.5, dropout=0.2, gaussian_noise=0.1,
    ).fit(X, Y)  # fmt: skip
    nodes = nodes_of(only_run(tmp_path))
    shapes = {name: shape for name, (op, _, shape) in nodes.items() if op == "VariableV2"}
    learned = {name: list(array.shape) for name, array in model.extra_weights_.items() if not name[-1].isdigit()}
    assert shapes.pop("wide/coef") == learned["wide_coef"]
    assert [shapes.pop("auxiliary/coef"), shapes.pop("auxiliary/intercept")] == [
        learned["auxiliary_coef"], learned["auxiliary_intercept"],
    ]  # fmt: skip
    pairs = zip(model.coefs_, model.intercepts_, strict=True)
    assert list(shapes.values()) == [list(array.shape) for pair in pairs for array in pair]

    def way(name):
        """The names on the way from the input, by the first input of each."""
        return [*way(nodes[name][1][0]), name] if nodes[name][1] else [name]

    inside = [name for name in way("output/softmax") if not name.endswith(("MatMul", "BiasAdd"))]
    assert inside == [
        "input", "input_gaussian", "hidden_1/layer_normalization", "hidden_1/selu", "hidden_1/alpha_dropout",
        "hidden_2/layer_normalization", "hidden_2/_lambda_", "hidden_2/dropout", "hidden_2/add_skipped",
        "output/add_wide", "output/softmax",
    ]  # fmt: skip
    assert nodes["hidden_2/add_skipped"][1][1] == "hidden_1/alpha_dropout"
    assert nodes["output/add_wide"][1][1] == "wide/MatMul" and nodes["wide/columns"][1] == ["input_gaussian"]
    assert nodes["auxiliary/MatMul"][1][0] == "hidden_1/alpha_dropout" and "auxiliary/softmax" in nodes


def test_a_perceptron_has_no_graph(tmp_path):
    PerceptronClassifier(max_iter=2, tol=None).set_callbacks(TensorBoard(tmp_path, embeddings=5)).fit(X, Y)
    assert not read(only_run(tmp_path)).Tags()["graph"]
    assert not list(tmp_path.rglob("projector_config.pbtxt"))


# ---------------------------------------------------------------- embedding projector


def projected(folder):
    """What the projector's server gives to its page: name, points, and the lines of the labels."""
    runs = EventMultiplexer().AddRunsFromDirectory(str(folder)).Reload()
    plugin = ProjectorPlugin(TBContext(logdir=str(folder), data_provider=MultiplexerDataProvider(runs, str(folder))))

    def get(route, **query):
        answer = Client(plugin.get_plugin_apps()[route]).get("/", query_string=query)
        assert answer.status_code == 200, answer.text
        return answer

    (run,) = get("/runs").json
    (embedding,) = get("/info", run=run).json["embeddings"]
    name = embedding["tensorName"]
    points = np.frombuffer(get("/tensor", run=run, name=name).data, np.float32).reshape(embedding["tensorShape"])
    return name, points, get("/metadata", run=run, name=name).text.splitlines()


@pytest.mark.parametrize(
    "parameters", [{}, {"early_stopping": True}, {"n_estimators": 2}, {"standardize": True}], ids=str
)
def test_the_projector_shows_the_last_hidden_layer_with_labels(tmp_path, parameters):
    labels = np.array(["a\tb", "c", "d"])[Y]
    board = TensorBoard(tmp_path, embeddings=7)
    model = network(board, hidden_layer_sizes=(6, 5), **parameters).fit(X, labels, X_val=X_VAL, y_val=labels[:10])
    name, points, lines = projected(tmp_path)
    index = [0, 1, 3, 4, 6, 7, 9]
    values = X_VAL[index]
    if "standardize" in parameters:
        values = (values - X.mean(axis=0)) / X.std(axis=0)
    for coef, intercept in zip(model.coefs_[:-1], model.intercepts_[:-1], strict=True):
        first = (0,) if coef.ndim == 3 else ()
        values = np.maximum(values @ coef[first] + intercept[first], 0)
    np.testing.assert_allclose(points, values, rtol=1e-6, atol=1e-6)  # float32
    assert name == "hidden_2" and lines == [label.replace("\t", " ") for label in labels[index]]


def test_several_outputs_are_columns_of_labels(tmp_path):
    y = np.column_stack([X[:, 0], Y])
    MLPRegressorTF((5,), solver="lbfgs", max_iter=2).set_callbacks(TensorBoard(tmp_path, embeddings=100)).fit(X, y)
    _, points, lines = projected(tmp_path)
    assert points.shape == (40, 5) and lines[0] == "output_1\toutput_2"
    np.testing.assert_array_equal([[float(cell) for cell in line.split("\t")] for line in lines[1:]], y)


def test_rows_set_aside_are_no_training_rows(tmp_path):
    network(TensorBoard(tmp_path, embeddings=100), early_stopping=True, validation_fraction=0.25).fit(X, Y)
    assert projected(tmp_path)[1].shape == (30, 5)


def test_without_a_hidden_layer_there_is_nothing_to_project(tmp_path):
    network(TensorBoard(tmp_path, embeddings=5), hidden_layer_sizes=()).fit(X, Y)
    assert not list(tmp_path.rglob("projector_config.pbtxt"))
    assert "output/softmax" in nodes_of(only_run(tmp_path))


# ---------------------------------------------------------------- audio


def sounds(context):
    if context.epoch == 2:
        return None
    tone = np.sin(np.arange(80) / 9) * context.epoch
    return {"tone": (tone, 8000), "both": (np.column_stack([tone, -tone]), 44100)}


def test_sounds_are_those_of_the_function(tmp_path):
    network(TensorBoard(tmp_path, audio=sounds)).fit(X, Y)
    written = tensors(only_run(tmp_path))
    metadata = read(only_run(tmp_path)).SummaryMetadata("tone").plugin_data
    assert metadata.plugin_name == "audio"
    assert audio_metadata.parse_plugin_metadata(metadata.content).encoding == audio_metadata.Encoding.Value("WAV")
    assert list(written["tone"]) == list(written["both"]) == [1, 3]
    for step in (1, 3):
        expected = np.clip(np.sin(np.arange(80) / 9) * step, -1, 1)
        for tag, rate, channels in (("tone", 8000, [expected]), ("both", 44100, [expected, -expected])):
            ((wav, _),) = written[tag][step].tolist()
            with wave.open(io.BytesIO(wav)) as file:
                assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (rate, len(channels), 2)
                heard = np.frombuffer(file.readframes(80), "<i2").reshape(80, -1)
            np.testing.assert_allclose(heard.T / 32767, channels, atol=0.51 / 32767)  # half a level


@pytest.mark.parametrize(
    ("sound", "sentence"),
    [
        ((np.zeros((2, 2, 2)), 8000), r"must be finite numbers of shape .*, got shape \(2, 2, 2\); pass"),
        (([0.1, np.nan], 8000), "must be finite numbers"),
        (([0.1], 0.5), "rate of a sound must be a whole number of samples per second, got 0.5; pass 44100"),
    ],
)
def test_what_is_no_sound_is_said(tmp_path, sound, sentence):
    with pytest.raises(ValueError, match=sentence):
        network(TensorBoard(tmp_path, audio=lambda context: {"tone": sound})).fit(X, Y)


# ---------------------------------------------------------------- runs


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.filterwarnings("ignore")  # two processes: theirs are not under this file's filters
def test_a_search_makes_a_run_of_each_fit(tmp_path, n_jobs):
    search = GridSearchCV(network(TensorBoard(tmp_path)), {"alpha": [1e-4, 1.0]}, cv=2, n_jobs=n_jobs).fit(X, Y)
    runs = run_folders(tmp_path)
    assert len(runs) == 5  # two folds of two values, and the best on all rows
    assert all(re.fullmatch(r"\d{8}-\d{6}-MLPClassifierTF(-\d)?", run.name) for run in runs)
    assert all(len(tensors(run)["loss"]) == 3 for run in runs)
    assert np.float32(search.best_estimator_.loss_) in [tensors(run)["loss"][3].item() for run in runs]


def test_fits_in_threads_share_a_callback(tmp_path):
    board, models = TensorBoard(tmp_path, images=2, histograms=2), {}

    def fit(seed):
        models[seed] = network(board, random_state=seed).fit(X, Y)

    threads = [threading.Thread(target=fit, args=(seed,)) for seed in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    written = sorted(tensors(run)["loss"][3].item() for run in run_folders(tmp_path))
    assert written == sorted(np.float32(model.loss_) for model in models.values())


def test_it_is_pickled_with_its_settings():
    board = pickle.loads(pickle.dumps(TensorBoard("runs", images=3, profile=(1, 2))))
    assert repr(board) == (
        "TensorBoard(folder='runs', histograms=0, images=3, embeddings=0, audio=None, profile=(1, 2), image_shape=None)"
    )


@pytest.mark.parametrize("board_first", [True, False])
def test_what_fails_leaves_files_that_can_be_read(tmp_path, board_first):
    board = TensorBoard(tmp_path, histograms=1, images=1)
    model = network(*([board, Failing()] if board_first else [Failing(), board]))
    with pytest.raises(RuntimeError, match="enough"):
        model.fit(X, Y)
    events = read(only_run(tmp_path))
    assert [event.step for event in events.Tensors("loss")] == [1, 2]
    content = events.PluginTagToContent("hparams")["_hparams_/session_end_info"]
    assert hparams_metadata.parse_session_end_info_plugin_data(content).status == 2  # failure


def test_a_profile_is_a_file_of_the_run(tmp_path):
    network(TensorBoard(tmp_path, profile=(2, 3))).fit(X, Y)
    (trace,) = only_run(tmp_path).glob("plugins/profile/*/*.xplane.pb")
    assert trace.stat().st_size


def test_a_profile_ends_with_the_fit(tmp_path):
    with pytest.raises(RuntimeError, match="enough"):
        network(TensorBoard(tmp_path, profile=(1, 30)), Failing()).fit(X, Y)
    assert list(only_run(tmp_path).glob("plugins/profile/*/*.xplane.pb"))


def test_a_second_profile_at_a_time_is_left_out(tmp_path):
    board, other = TensorBoard(tmp_path / "a", profile=(1, 3)), TensorBoard(tmp_path / "b", profile=(1, 3))
    with pytest.warns(UserWarning, match="has no profile, since TensorFlow's profiler was in use"):
        network(board, other).fit(X, Y)
    assert len(list(tmp_path.rglob("*.xplane.pb"))) == 1


# ---------------------------------------------------------------- bad input, and what is not imported


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"folder": ""}, "folder must be the path of a folder, got '', which is empty"),
        ({"histograms": -1}, "histograms must be a number of epochs, 0 or more, got -1; write histograms=0 for none."),
        ({"images": True}, "images must be a number of epochs, 0 or more, got True; write images=0 for none."),
        ({"embeddings": -3}, "embeddings must be a number of rows, 0 or more, got -3; write embeddings=0 for none."),
        ({"audio": {}}, r"audio must be a function of a context that gives sounds by name, got \{\}; pass for example"),
        ({"profile": (3, 2)}, r"profile must be two epochs, .*, got \(3, 2\); write profile=\(2, 4\), or None"),
        ({"profile": 3}, "profile must be two epochs, the first and the last, counted from 1, got 3"),
        ({"image_shape": (4, 4, 2)}, r"image_shape must be \(height, width\) or .*, got \(4, 4, 2\); write \(28, 28\)"),
    ],
)
def test_wrong_settings_are_named(parameters, sentence):
    with pytest.raises(ValueError, match=sentence):
        TensorBoard(**{"folder": "runs", **parameters})


def test_images_of_another_size_are_refused_before_training(tmp_path):
    with pytest.raises(ValueError, match=r"of the 36 features of X, got \(3, 5\), which are 15; pass the height"):
        network(TensorBoard(tmp_path, image_shape=(3, 5))).fit(X, Y)
    assert not run_folders(tmp_path)


@pytest.mark.parametrize("package", ["tensorboard", "matplotlib"])
def test_a_missing_package_is_named_before_training(tmp_path, monkeypatch, package):
    monkeypatch.setitem(sys.modules, package, None)
    model = network(TensorBoard(tmp_path, images=1))
    with pytest.raises(
        ImportError, match=rf"needs the package {package}, .* pip install 'sklearn-ann-tf\[tensorboard\]'"
    ):
        model.fit(X, Y)
    assert not hasattr(model, "coefs_") and not run_folders(tmp_path)


def test_packages_are_imported_for_what_is_written_and_tensorflow_is_not(tmp_path):
    code = """
import sys, warnings
import numpy as np
from sklearn_ann import MLPClassifierTF
from sklearn_ann.callbacks import TensorBoard
warnings.simplefilter("ignore")
for callbacks in ((), (TensorBoard(sys.argv[1], embeddings=2),), (TensorBoard(sys.argv[1], images=1),)):
    MLPClassifierTF((5,), max_iter=2).set_callbacks(*callbacks).fit(np.eye(4), [0, 1, 0, 1])
    print([name for name in ("tensorboard", "matplotlib", "tensorflow", "keras") if name in sys.modules])
"""
    assert run_python(code, tmp_path).splitlines() == ["[]", "['tensorboard']", "['tensorboard', 'matplotlib']"]
    assert len(run_folders(tmp_path)) == 2


# ---------------------------------------------------------------- in a browser


@pytest.mark.filterwarnings("ignore:html5lib's sanitizer is deprecated")  # a package within TensorBoard's server
def test_the_pages_show_the_runs(tmp_path):
    from tensorboard.program import TensorBoard as Server

    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("neither chromium nor google-chrome is installed")
    network(TensorBoard(tmp_path / "runs"), Keeping()).fit(X, Y, X_val=X_VAL, y_val=Y_VAL)
    server = Server()  # in this process, which has imported what it needs
    server.configure(logdir=str(tmp_path / "runs"), port=0, load_fast="false", reload_interval=0)  # read once
    page = server.launch()
    wait_for(page + "data/runs", only_run(tmp_path / "runs").name)
    options = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'browser'}"]
    seen = subprocess.run(
        [browser, *options, "--virtual-time-budget=5000", "--dump-dom", page + "#timeseries"],
        capture_output=True, text=True, timeout=60,
    ).stdout  # fmt: skip
    for text in (only_run(tmp_path / "runs").name, "learning_rate", "loss", "norm", "score"):
        assert text in seen


def wait_for(address, text, seconds=30):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if text in urllib.request.urlopen(address, timeout=5).read().decode():
                return
        except OSError:  # the server is not up yet
            pass
        time.sleep(0.2)
    raise AssertionError(f"{address} does not show {text} within {seconds} s")
