"""Files of models: what is saved comes back and goes on exactly, and what is no such file is refused."""

import copy
import functools
import io
import json
import operator
import sys
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.exceptions import NotFittedError

from sklearn_ann import MLPClassifierTF, MLPRegressorTF, PerceptronClassifier, load
from sklearn_ann.activations import ELU, LeakyReLU, Tanh
from sklearn_ann.augmentations import Mixup
from sklearn_ann.callbacks import Callback, Scores
from sklearn_ann.fitting.storage import _TABLE
from sklearn_ann.losses import Huber, Quantile
from sklearn_ann.normalizations import BatchNorm
from sklearn_ann.optimizers import OPTIMIZERS, AdamW
from sklearn_ann.regularizers import L1, MaxNorm
from sklearn_ann.schedules import Piecewise, Power, WarmUp
from tests.estimators.problems import (
    BINARY,
    LABELS,
    MULTILABEL,
    MULTIOUTPUT,
    REAL,
    REALS,
    WEIGHTS,
    X,
    assert_same_weights,
    classifier,
    regressor,
)
from tests.processes import start_process

# most fits are a few epochs long: what is compared is there before they converge
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

NAMES = np.array(["ab", "cde", "f"])


def saved(model, folder):
    model.save(folder / "model.zip")
    return load(folder / "model.zip")


def same(first, second):
    """Whether two values are of one type and equal, at any depth."""
    if type(first) is not type(second):
        return False
    if isinstance(first, np.ndarray):
        if first.dtype != second.dtype or first.shape != second.shape:
            return False
        return same(first.tolist(), second.tolist())
    if isinstance(first, np.random.RandomState):
        return same(first.get_state(legacy=False), second.get_state(legacy=False))
    if isinstance(first, dict):
        return first.keys() == second.keys() and all(same(first[name], second[name]) for name in first)
    if isinstance(first, list | tuple):
        return len(first) == len(second) and all(map(same, first, second))
    if hasattr(first, "__dict__"):
        return same(vars(first), vars(second))
    return first == second or (first != first and second != second)


def assert_same(model, other, rows=X):
    assert vars(model).keys() == vars(other).keys()
    for name, value in vars(model).items():
        assert same(value, vars(other)[name]), name
    predictions = model.predict(rows), other.predict(rows)
    if sparse.issparse(predictions[0]):
        assert sparse.issparse(predictions[1])
        predictions = [each.toarray() for each in predictions]
    assert same(*predictions)
    for method in ("predict_proba", "decision_function"):
        if hasattr(model, method):
            assert same(getattr(model, method)(rows), getattr(other, method)(rows))


# -------------------------------------------------------------------------------------------- what comes back

TARGETS = {
    "integers": LABELS,
    "two integers": BINARY,
    "text": NAMES[LABELS],
    "text as objects": NAMES.astype(object)[LABELS],
    "a column of a frame": pd.Series(NAMES[LABELS]),
    "bools": BINARY.astype(bool),
    "floats": BINARY + 1.0,
    "one class": np.zeros(60, dtype=int),
    "an indicator": MULTILABEL,
    "an indicator of bools": MULTILABEL.astype(bool),
    "a sparse indicator": sparse.csr_matrix(MULTILABEL),
    "columns of labels": MULTIOUTPUT,
    "columns of text": NAMES[MULTIOUTPUT],
    "probabilities": np.full((60, 4), 0.25),
}


@pytest.mark.parametrize("y", TARGETS.values(), ids=TARGETS)
def test_every_kind_of_label_comes_back_and_training_goes_on(tmp_path, y):
    model = classifier().fit(X, y)
    other = saved(model, tmp_path)
    assert_same(model, other)
    for each in (model, other):
        each.partial_fit(X, y).partial_fit(X, y)
    assert_same(model, other)
    for each in (model, other):
        each.set_params(warm_start=True, early_stopping=False).fit(X, y)
    assert_same(model, other)


NETWORKS = {
    "as it comes": regressor(),
    "without hidden layers": regressor(hidden_layer_sizes=()),
    "lbfgs": regressor(solver="lbfgs"),
    "float32": regressor(dtype="float32", hidden_layer_sizes=np.array([3, 4])),
    "early stopping": regressor(early_stopping=True, n_iter_no_change=np.inf, scoring="r2"),
    "several quantiles": regressor(loss=Quantile([0.1, 0.9])),
    "spreads": regressor(loss="gaussian", dropout=0.2, input_dropout=0.1, gaussian_noise=0.1),
    "an ensemble": regressor(n_estimators=2, dropout=0.2, averaging=0.5),
    "a bounded output": regressor(output_activation="tanh", loss=Huber(np.float64(2.0))),
    "a given range": regressor(output_activation="logistic", output_range=[-10, 10]),
    "weights of outputs": regressor(loss_weights=[1.0, 2.0]),
    "all of a structure": regressor(
        activation=["prelu", LeakyReLU(0.3)],
        hidden_layer_sizes=(5, 5),
        normalization=BatchNorm(position="after"),
        skip_connections=True,
        wide=np.array([True, False, False, False, True]),
        deep=[2, 0, 1],
        auxiliary_loss_weight=0.1,
        standardize=True,
    ),
    "members in lists": regressor(
        activation=[ELU(0.5)],
        regularizer=[L1(1e-4), MaxNorm(3.0)],
        augmentation=[Mixup(0.1)],
        solver=AdamW(weight_decay=0.01),
        learning_rate=WarmUp(epochs=1, then=Power(epochs=4)),
    ),
    "a schedule of steps": regressor(learning_rate=Piecewise(boundaries=[1, 2], rates=(0.1, 0.01, 0.001))),
    "a momentum": regressor(solver="sgd", learning_rate="adaptive", kernel_initializer="orthogonal"),
    "randomized leaks": regressor(activation="rrelu"),
}


@pytest.mark.parametrize("model", NETWORKS.values(), ids=NETWORKS)
def test_every_kind_of_network_comes_back_and_training_goes_on(tmp_path, model):
    model = copy.deepcopy(model).fit(X, REALS)
    other = saved(model, tmp_path)
    assert_same(model, other)
    if model.loss == "gaussian" or model.n_estimators > 1:
        assert same(model.predict(X, return_std=True), other.predict(X, return_std=True))
    if model.n_estimators > 1:
        return
    for each in (model, other):
        each.partial_fit(X, REALS) if hasattr(each, "partial_fit") else each.set_params(warm_start=True).fit(X, REALS)
    assert_same(model, other)


@pytest.mark.parametrize("solver", [name for name in OPTIMIZERS])
def test_the_memory_of_every_solver_comes_back(tmp_path, solver):
    model = regressor(solver=solver).fit(X, REAL)
    other = saved(model, tmp_path)
    for each in (model, other):
        each.partial_fit(X, REAL)
    assert_same(model, other)


def test_a_generator_goes_on_where_it_was(tmp_path):
    model = classifier(random_state=np.random.RandomState(5)).fit(X, LABELS)
    other = saved(model, tmp_path)
    for each in (model, other):
        each.fit(X, LABELS)
    assert_same(model, other)


def test_what_was_set_after_the_fit_is_a_parameter_and_not_the_network(tmp_path):
    model = (
        classifier(activation="tanh").fit(X, LABELS).set_params(activation="relu", loss="hinge", alpha=np.float32(1))
    )
    assert_same(model, saved(model, tmp_path))


def test_weights_of_classes_and_columns_of_callbacks_come_back(tmp_path):
    model = classifier(class_weight={0: 1.0, np.int64(1): 2, 2: np.float32(0.5)}).set_callbacks(
        Scores("f1_macro", on="train")
    )
    model.fit(X, LABELS, WEIGHTS).set_callbacks()
    other = saved(model, tmp_path)
    assert_same(model, other)
    assert "f1_macro" in str(other.history_.keys())


def test_names_of_columns_come_back(tmp_path):
    frame = pd.DataFrame(X, columns=list("abcde"))
    model = classifier(wide=["b"], deep=["c", "a"]).fit(frame, LABELS)
    assert_same(model, saved(model, tmp_path), frame)


PERCEPTRONS = {
    "as it comes": (PerceptronClassifier(), LABELS),
    "two classes of text": (PerceptronClassifier(tol=None, max_iter=4), NAMES[BINARY]),
    "averaged": (PerceptronClassifier(average=30, penalty="elasticnet"), LABELS),
    "an indicator of bools": (PerceptronClassifier(dtype="float32"), MULTILABEL.astype(bool)),
    "weighted": (PerceptronClassifier(class_weight={0: 2, 1: 1}, random_state=np.random.RandomState(0)), BINARY),
}


@pytest.mark.parametrize(("model", "y"), PERCEPTRONS.values(), ids=PERCEPTRONS)
def test_perceptrons_come_back_and_training_goes_on(tmp_path, model, y):
    model = copy.deepcopy(model).fit(X, y)
    other = saved(model, tmp_path)
    assert_same(model, other)
    for each in (model, other):
        each.partial_fit(X, y)
    assert_same(model, other)
    for each in (model, other):
        each.set_params(warm_start=True).fit(X, y)
    assert_same(model, other)


def test_a_perceptron_of_given_weights_comes_back(tmp_path):
    model = PerceptronClassifier()
    model.coef_, model.intercept_, model.classes_ = np.ones((1, 5)), np.zeros(1), np.array(["a", "b"])
    assert_same(model, saved(model, tmp_path))


def test_every_member_of_the_tables_comes_back(tmp_path):
    """Members as parameters: what kind of parameter is of no consequence to a file."""
    given = {"Piecewise": {"boundaries": [1], "rates": [0.1, 0.2]}, "_Quantiles": {"outputs_per_target": 2}}
    model, n_members = regressor().fit(X, REAL), 0
    for name, entry in _TABLE.items():
        if "." not in name or name.endswith("Function"):
            continue
        model.activation = entry.kind(**given.get(entry.kind.__name__, {}))
        assert same(saved(model, tmp_path).activation, model.activation), name
        n_members += 1
    assert n_members > 60


def predict_in_a_process(folder):
    predicted = load(folder / "model.zip").predict_proba(X)
    np.savez(folder / "predicted.npz", predicted, [name in sys.modules for name in ("tensorflow", "keras")])


def test_loading_and_predicting_import_no_tensorflow(tmp_path):
    model = classifier(backend="tensorflow").fit(X, LABELS)
    model.save(tmp_path / "model.zip")
    start_process(predict_in_a_process, tmp_path).join()
    with np.load(tmp_path / "predicted.npz") as file:
        np.testing.assert_array_equal(file["arr_0"], model.predict_proba(X))
        assert not file["arr_1"].any()


def test_a_model_of_one_engine_is_trained_on_by_the_other(tmp_path):
    model = classifier(backend="tensorflow").fit(X, LABELS)
    other = saved(model, tmp_path).set_params(backend="numpy")
    assert_same_weights(other.partial_fit(X, LABELS), model.partial_fit(X, LABELS), rtol=1e-9, atol=1e-12)


def test_a_card_tells_of_data_scores_and_versions(tmp_path):
    model = classifier(early_stopping=True).fit(X, LABELS)
    model.save(tmp_path / "model.zip")
    with zipfile.ZipFile(tmp_path / "model.zip") as file:
        document = json.loads(file.read("document.json"))["document"]
    assert (document["protocol"], document["estimator"]) == (1, "MLPClassifierTF")
    assert document["card"]["data_shape"] == [60, 5]
    assert document["card"]["scores"]["best_validation_score"] == model.best_validation_score_
    assert document["card"]["versions"]["numpy"] == np.__version__


# ---------------------------------------------------------------------------------------- what cannot be stored


class Cube(Tanh):
    pass


class Own(MLPRegressorTF):
    pass


UNSTORABLE = {
    "a rate": (
        regressor(learning_rate=lambda epoch: 0.01),
        r"got learning_rate with <function .*set another learning_rate",
    ),
    "a scorer": (regressor(scoring=lambda estimator, X, y: 1.0, early_stopping=True), "no code, got scoring with"),
    "an initializer": (regressor(kernel_initializer=np.zeros), "no code, got kernel_initializer with"),
    "a member of a user's own": (regressor(activation=[Cube()]), r"got activation with Cube\(\) of .*test_saving.Cube"),
    "an estimator of a user's own": (Own((7,), max_iter=5), "got an estimator of your own class Own"),
}


@pytest.mark.parametrize(("model", "message"), UNSTORABLE.values(), ids=UNSTORABLE)
def test_what_needs_code_is_refused_in_one_sentence(tmp_path, model, message):
    (tmp_path / "model.zip").write_text("before")
    with pytest.raises(ValueError, match=message):
        model.fit(X, REAL).save(tmp_path / "model.zip")
    assert [path.name for path in tmp_path.iterdir()] == ["model.zip"]
    assert (tmp_path / "model.zip").read_text() == "before"


def test_functions_of_tensors_are_refused_in_one_sentence(tmp_path):
    import tensorflow as tf

    for name, model in {
        "activation": regressor(activation=tf.sin),
        "loss": regressor(loss=tf.keras.losses.mse),
    }.items():
        with pytest.raises(ValueError, match=f"no code, got {name} with"):
            model.fit(X, REAL).save(tmp_path / "model.zip")


def test_callbacks_are_refused_in_one_sentence(tmp_path):
    model = regressor().set_callbacks(Callback()).fit(X, REAL)
    with pytest.raises(ValueError, match=r"save stores no callbacks, got .*set_callbacks\(\)"):
        model.save(tmp_path / "model.zip")


def test_what_is_not_fitted_or_not_whole_is_refused_in_one_sentence(tmp_path):
    for model in (MLPClassifierTF(), MLPRegressorTF(), PerceptronClassifier()):
        with pytest.raises(NotFittedError):
            model.save(tmp_path / "model.zip")
    model = regressor().fit(X, REAL)
    model.coefs_[0] = np.zeros((2, 2))
    with pytest.raises(ValueError, match="save needs a model as fit leaves it"):
        model.save(tmp_path / "model.zip")
    with pytest.raises(ValueError, match="got coef_ with <Compressed Sparse Row"):
        PerceptronClassifier().fit(X, LABELS).sparsify().save(tmp_path / "model.zip")
    assert list(tmp_path.iterdir()) == []


# --------------------------------------------------------------------------------------------- hostile files


@pytest.fixture(scope="module")
def parts(tmp_path_factory):
    """The members of a file, as JSON and bytes."""
    path = tmp_path_factory.mktemp("files") / "model.zip"
    features = {"wide": [0], "deep": [1, 2], "normalization": "batch", "auxiliary_loss_weight": 0.1, "dropout": 0.1}
    features |= {"solver": "sgd", "max_iter": 2}  # fewer arrays and numbers than with Adam and more epochs
    model = classifier(**features, standardize=True, random_state=np.random.RandomState(0))
    model.fit(pd.DataFrame(X, columns=list("abcde")), NAMES[LABELS]).save(path)
    return read(path)


def read(path):
    with zipfile.ZipFile(path) as file:
        members = {name: file.read(name) for name in file.namelist()}
    return json.loads(members.pop("document.json")), members


def write(path, content, members):
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("document.json", json.dumps(content))
        for name, data in members.items():
            file.writestr(name, data)


def replaced(tree, keys, value):
    """A copy of a JSON tree with another value in one place."""
    if not keys:
        return value
    new = copy.copy(tree)
    new[keys[0]] = replaced(tree[keys[0]], keys[1:], value) if len(keys) > 1 else value
    return new


NETWORK = ["attributes", "_net", "settings"]
HOSTILE = {
    "a later protocol": (["protocol"], 2, "reads protocols up to 1"),
    "no protocol": (["protocol"], "1", "protocol"),
    "an unknown estimator": (["estimator"], "Pipeline", "KeyError"),
    "another estimator": (["estimator"], "PerceptronClassifier", "TypeError"),
    "an unknown parameter": (["parameters", "__class__"], 1, "unexpected keyword"),
    "an unknown attribute": (["attributes", "predict"], 1, "KeyError: 'predict'"),
    "an unknown class": (["parameters", "solver"], {"object": "subprocess.Popen", "settings": {}}, "KeyError"),
    "an unknown kind": (["parameters", "solver"], {"pickle": "x"}, "KeyError"),
    "a setting of no member": (
        ["parameters", "activation"],
        {"object": "activations.ELU", "settings": {"alpha": 1, "value": 2}},
        "ELU has no settings",
    ),
    "a member without a setting": (["parameters", "activation"], {"object": "activations.ELU", "settings": {}}, "ELU"),
    "text for a number": (["attributes", "n_iter_"], "many", "n_iter_ is of <class 'str'>"),
    "text in a curve": (["attributes", "loss_curve_"], [1.0, "x"], "loss_curve_"),
    "an absurd size": ([*NETWORK, "n_features"], 10**12, "do not go together"),
    "absurd layers": ([*NETWORK, "hidden"], {"tuple": [10**12]}, "weights"),
    "layers without activations": ([*NETWORK, "activations"], {"tuple": []}, "activations"),
    "columns that X does not have": ([*NETWORK, "wide"], {"tuple": [5]}, "n_features_in_"),
    "an auxiliary layer that is not there": ([*NETWORK, "auxiliary"], 7, "auxiliary"),
    "unknown noise": ([*NETWORK, "noise"], {"tuple": [{"tuple": [1, "loud"]}]}, "noise"),
    "a dtype that is none": ([*NETWORK, "dtype"], "float8", "dtype"),
    "heads of other widths": ([*NETWORK, "output", "settings", "heads"], {"tuple": [2]}, "target"),
    "an unknown link": ([*NETWORK, "output", "settings", "activation"], "os.system", "KeyError"),
    "a loss that is none": ([*NETWORK, "output", "settings", "loss"], None, "TypeError"),
    "no network": (["attributes", "_net"], None, "TypeError"),
    "layers that are not there": (["attributes", "coefs_"], [], "refused"),
    "another normalization": ([*NETWORK, "normalization"], None, "refused"),
    "hyperparameters of other parts": (["attributes", "_hyper", "settings", "normalization"], {"tuple": []}, "refused"),
    "hyperparameters that are text": (["attributes", "_hyper", "settings", "link"], {"tuple": ["x"]}, "refused"),
    "another target": (["attributes", "_target_kind"], {"object": "ProbabilityTarget", "settings": {}}, "TypeError"),
    "classes that are none": (["attributes", "_target_kind", "settings", "classes"], ["a", "b"], "refused"),
    "a generator that is none": (["parameters", "random_state", "random_state", 1], 10**6, "random state"),
    "a generator before its beginning": (["parameters", "random_state", "random_state", 1], -1, "random state"),
    "an array twice": (["attributes", "coefs_", 0, "array"], "0", "KeyError"),
    "an array that belongs to nothing": (["parameters", "random_state"], 1, "belong to nothing"),
    "a document that is none": ([], 3, "TypeError"),
    "fewer epochs than none": (["attributes", "n_iter_"], -1, r"n_iter_ must be >= 0, got -1\)"),
    "fewer rows seen than none": (["attributes", "t_"], -1, "t_ must be >= 0"),
    "fewer epochs without improvement than none": (["attributes", "_no_improvement_count"], -1, "must be >= 0"),
    "other layers than there are": (["attributes", "n_layers_"], 5, "n_layers_ and the rest"),
    "a seed that is none": (["attributes", "_noise_seed"], -1, "_noise_seed must be a seed"),
    "a rate of dropout that is none": (["attributes", "_noise_amounts", "tuple", 0], 1.0, "noise must be in its range"),
    "fewer steps than none": (["attributes", "_optimizer", "settings", "n_steps"], -1, "n_steps must be >= 0"),
    "a negative learning rate": (["attributes", "_optimizer", "settings", "learning_rate"], -0.1, "learning_rate must"),
}


@pytest.mark.parametrize(("keys", "value", "message"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_document_is_refused_in_one_sentence(tmp_path, parts, keys, value, message):
    content, members = parts
    path = tmp_path / "model.zip"
    write(path, replaced(content, ["document", *keys], value), members)
    message = "" if message == "refused" else message
    tracemalloc.start()
    try:
        with pytest.raises(
            ValueError, match=f"load takes a file that save has written, got '.*model.zip': .*{message}"
        ):
            load(path)
        assert tracemalloc.get_traced_memory()[1] < 2**22
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", ["n_iter_", "stop_reason_", "loss_curve_", "_recorded", "device_"])
def test_a_document_without_an_attribute_is_refused_in_one_sentence(tmp_path, parts, name):
    content, members = parts
    attributes = {key: value for key, value in content["document"]["attributes"].items() if key != name}
    write(tmp_path / "model.zip", replaced(content, ["document", "attributes"], attributes), members)
    with pytest.raises(ValueError, match=f"load takes a file .*{name} and the rest of the model do not"):
        load(tmp_path / "model.zip")


# What earlier versions of the package have not written, and the place of a hyperparameter in a structure: empty.
LATER = {"base", "n_base_layers", "learning_rate_multipliers", "_n_rows", "_monitored", "_is_bool", "frozen"}
NOT_NEEDED = {*LATER, "quantiles"}


@pytest.mark.parametrize(
    ("model", "y"),
    [
        (classifier(dropout=0.2, normalization="batch", wide=[0]), LABELS),
        (classifier(n_estimators=2), BINARY),
        (regressor(loss=Quantile([0.1, 0.9]), loss_weights=[1, 2], standardize=True), REALS),
        (PerceptronClassifier(max_iter=3), LABELS),
    ],
    ids=["classifier", "ensemble", "quantiles", "perceptron"],
)
def test_a_document_without_any_of_its_keys_is_refused_in_one_sentence(tmp_path, model, y):
    path = tmp_path / "model.zip"
    model.fit(X, y).save(path)
    content, members = read(path)
    whole = content["document"]
    for *keys, last in filter(None, places({key: whole[key] for key in whole if key != "card"})):
        parent = functools.reduce(operator.getitem, keys, whole)
        is_in_monitored = "_monitored" in keys and last == "form"  # tells only whether the best score still counts
        if last in NOT_NEEDED or is_in_monitored or not isinstance(parent, dict):
            continue
        rest = {key: part for key, part in parent.items() if key != last}
        write(path, replaced(content, ["document", *keys], rest), members)
        with pytest.raises(ValueError, match=r"\Aload takes a file [^\n]*\Z"):
            load(path)
            pytest.fail(f"loaded without {last} in {keys}")


def test_losses_of_fewer_outputs_than_the_network_has_are_refused(tmp_path):
    regressor(loss=Quantile([0.1, 0.9])).fit(X, REAL).save(tmp_path / "model.zip")
    content, members = read(tmp_path / "model.zip")
    keys = ["document", *NETWORK, "output", "settings", "loss", "settings", "quantile"]
    write(tmp_path / "model.zip", replaced(content, keys, {"tuple": [None]}), members)
    with pytest.raises(ValueError, match="loss and the rest of the model do not go together"):
        load(tmp_path / "model.zip")


def places(tree, *keys):
    """Keys of every place in a JSON tree."""
    yield keys
    parts = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, part in parts:
        yield from places(part, *keys, key)


@pytest.mark.parametrize("value", [10**12, "x", {"array": "0"}], ids=str)
def test_a_document_that_was_altered_anywhere_is_refused_or_harmless(tmp_path, parts, value):
    """Were the number taken for a size, a MemoryError would end the test."""
    content, members = parts
    for keys in places(content["document"]["attributes"]):
        write(tmp_path / "model.zip", replaced(content, ["document", "attributes", *keys], value), members)
        try:
            model = load(tmp_path / "model.zip")
        except ValueError as error:
            assert "load takes a file" in str(error)
        else:
            del model.feature_names_in_
            model.predict(X)


def test_arrays_of_other_shapes_are_refused(tmp_path, parts):
    """Each array of a file in turn, as one of half as many or of text."""
    content, members = parts
    write(tmp_path / "model.zip", content, members)
    load(tmp_path / "model.zip")  # which is whole
    for name, data in members.items():
        array = np.load(io.BytesIO(data))
        for other in (array[: len(array) // 2], np.array(["x"] * len(array))):
            np.save(tmp_path / "array.npy", other)
            write(tmp_path / "model.zip", content, members | {name: (tmp_path / "array.npy").read_bytes()})
            with pytest.raises(ValueError, match="load takes a file"):
                load(tmp_path / "model.zip")


def test_values_that_no_fit_leaves_are_refused_in_one_sentence(tmp_path):
    network = {"normalization": "batch", "standardize": True, "random_state": 0}
    changes = {
        "variance_1 must be >= 0": lambda model: model.extra_weights_["variance_1"].fill(-1),
        "weights must be finite, got nan": lambda model: model.coefs_[0].fill(np.nan),
        "weights and the rest of": lambda model: model.intercepts_.__setitem__(0, np.zeros(7, np.float16)),
        "scale of standardize must be > 0": lambda model: model._scaling.scale.fill(0),
        "mean of standardize must be finite": lambda model: model._scaling.mean.fill(np.nan),
        "normalization and the rest of": lambda model: setattr(model._net.normalization, "position", "beside"),
    }
    for message, change in changes.items():
        model = classifier(**network).fit(X, LABELS)
        change(model)
        with pytest.raises(ValueError, match=rf"\A[^\n]*{message}[^\n]*\Z"):
            model.save(tmp_path / "model.zip")
    units = {
        "weights must be finite": lambda model: model.coef_.fill(np.inf),
        "classes_ must be different labels, got .1 1 1.": lambda model: model.classes_.fill(1),
        "mistakes_curve_ must be >= 0": lambda model: model.mistakes_curve_.append(-1),
    }
    for message, change in units.items():
        model = PerceptronClassifier().fit(X, LABELS)
        change(model)
        with pytest.raises(ValueError, match=message):
            model.save(tmp_path / "model.zip")


def test_shapes_that_no_prediction_sees_are_checked(tmp_path):
    model = classifier(solver="lbfgs", auxiliary_loss_weight=0.1).fit(X, LABELS)
    model.extra_weights_["auxiliary_intercept"] = np.zeros(2)
    with pytest.raises(ValueError, match="weights and the rest of the model do not go together"):
        model.save(tmp_path / "model.zip")


def test_files_of_something_else_are_refused_in_one_sentence(tmp_path):
    path = tmp_path / "model.zip"
    for content in (b"", b"text", b"PK\x05\x06" + bytes(18)):
        path.write_bytes(content)
        with pytest.raises(ValueError, match="load takes a file that save has written"):
            load(path)
    np.savez(tmp_path / "arrays.npz", a=X)
    with pytest.raises(ValueError, match="load takes a file that save has written"):
        load(tmp_path / "arrays.npz")
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "nothing.zip")


# -------------------------------------------------------------------------------------------- older files

FILES = Path(__file__).parent / "saved_models"


@pytest.mark.parametrize("name", ["classifier", "regressor", "perceptron"])
def test_files_of_protocol_1_load(name):
    """Made by this package when the protocol was new; what they predict and how they train on stands beside them."""
    model, stored = load(FILES / f"protocol_1_{name}.zip"), np.load(FILES / f"protocol_1_{name}.npz")
    method = model.predict_proba if hasattr(model, "predict_proba") else model.predict
    np.testing.assert_allclose(method(stored["X"]), stored["predicted"], rtol=1e-9, atol=1e-12)
    if name == "perceptron":
        return
    model.set_params(early_stopping=False).partial_fit(stored["X"], stored["y"])
    np.testing.assert_allclose(model.coefs_[0], stored["trained"], rtol=1e-9, atol=1e-12)
