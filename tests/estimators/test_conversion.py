"""To scikit-learn's estimators and back: equal predictions, and training that goes on."""

import copy
import pickle
import warnings

import joblib
import keras
import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import Perceptron
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline

from sklearn_ann import MLPClassifierTF, MLPRegressorTF, PerceptronClassifier, load
from sklearn_ann.losses import Quantile
from sklearn_ann.optimizers import AdamW
from sklearn_ann.schedules import Cosine
from tests.estimators.problems import (
    BINARY,
    CLOSE,
    LABELS,
    MULTILABEL,
    MULTIOUTPUT,
    REAL,
    REALS,
    X,
    assert_same_weights,
    classifier,
    regressor,
)

# most fits are a few epochs long: what is compared is there before they converge
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

NAMES = np.array(["ab", "cde", "f"])


def dense(y):
    return y.toarray() if sparse.issparse(y) else y


def assert_same_predictions(first, second, rows=X, **tolerance):
    for method in ("predict_proba", "decision_function"):
        if hasattr(first, method) and hasattr(second, method):
            np.testing.assert_allclose(
                getattr(first, method)(rows), getattr(second, method)(rows), **tolerance or CLOSE
            )
    predictions = dense(first.predict(rows)), dense(second.predict(rows))
    if hasattr(first, "classes_"):
        np.testing.assert_array_equal(*predictions)
    else:
        np.testing.assert_allclose(*predictions, **tolerance or CLOSE)


TO_SKLEARN = {
    "classes": (classifier(), LABELS),
    "classes of text": (classifier(activation="tanh", solver="lbfgs"), NAMES[LABELS]),
    "text as objects": (classifier(hidden_layer_sizes=[4, 3]), NAMES.astype(object)[BINARY]),
    "bools": (classifier(activation="logistic"), BINARY.astype(bool)),
    "an indicator": (classifier(solver="sgd", early_stopping=True), MULTILABEL),
    "an indicator of bools": (classifier(), MULTILABEL.astype(bool)),
    "a sparse indicator": (classifier(), sparse.csr_matrix(MULTILABEL)),
    "probabilities": (classifier(), np.eye(3)[LABELS] * 0.7 + 0.1),
    "without hidden layers": (classifier(hidden_layer_sizes=()), LABELS),
    "what only training knows": (
        classifier(loss="focal", solver=AdamW(), learning_rate=Cosine(), dropout=0.2, auxiliary_loss_weight=0.1),
        LABELS,
    ),
    "an average": (classifier(averaging=0.5, class_weight="balanced"), LABELS),
    "scaled columns": (classifier(standardize=True), LABELS),
    "some of the columns": (classifier(deep=[3, 0], standardize=True), LABELS),
    "real numbers": (regressor(activation="identity"), REAL),
    "columns of real numbers": (regressor(loss="huber"), REALS),
    "counts": (regressor(loss="poisson"), np.abs(REAL).round()),
    "an exponential output": (regressor(output_activation="exp", standardize=True), np.abs(REALS)),
    "a quantile": (regressor(loss=Quantile(0.9)), REAL),
}


@pytest.mark.parametrize(("model", "y"), TO_SKLEARN.values(), ids=TO_SKLEARN)
def test_scikit_learns_network_predicts_the_same_and_can_be_used_as_one(model, y):
    model = copy.deepcopy(model).fit(X, y)
    theirs = model.to_sklearn()
    assert type(theirs) is (MLPRegressor if isinstance(model, MLPRegressorTF) else MLPClassifier)
    assert_same_predictions(model, theirs)
    assert_same_predictions(model, pickle.loads(pickle.dumps(theirs)))
    if theirs.solver != "lbfgs":
        assert theirs.loss_curve_ == model.loss_curve_
    theirs.coefs_[0][:] = 0  # it has weights of its own
    assert np.any(model.coefs_[0] != 0)
    labels = y.argmax(axis=1) if isinstance(y, np.ndarray) and y.dtype == float and "predict_proba" in dir(model) else y
    if not (isinstance(labels, np.ndarray) and labels.dtype == bool and labels.ndim == 2):
        clone(theirs).set_params(max_iter=1).fit(X, labels)  # parameters that scikit-learn accepts


def test_a_network_of_float32_stays_one():
    model = classifier().fit(X.astype(np.float32), LABELS)
    theirs = model.to_sklearn()
    assert theirs.coefs_[0].dtype == np.float32
    assert_same_predictions(model, theirs, X.astype(np.float32), rtol=1e-5, atol=1e-6)


def test_large_means_lose_no_digits_of_float32_weights():
    """Taken into the intercepts in float32, a mean of 10,000 would leave three digits of them."""
    rows = (X + 1e4).astype(np.float32)
    model = regressor(standardize=True).fit(rows, REAL)
    assert_same_predictions(model, model.to_sklearn(), rows, rtol=1e-4, atol=1e-4)


def test_names_of_columns_go_along():
    frame = pd.DataFrame(X, columns=list("abcde"))
    model = classifier().fit(frame, LABELS)
    assert_same_predictions(model, model.to_sklearn(), frame)
    back = MLPClassifierTF.from_sklearn(model.to_sklearn())
    assert back.feature_names_in_.tolist() == list("abcde")
    assert_same_predictions(model, back, frame)


NOT_IN_SKLEARN = {
    "an activation": (classifier(activation="elu"), LABELS, "activation 'elu'"),
    "activations": (classifier(activation=["relu", "tanh"], hidden_layer_sizes=(3, 3)), LABELS, "several activations"),
    "a function": (classifier(activation="prelu"), LABELS, "activation 'prelu'"),
    "normalization": (classifier(normalization="layer"), LABELS, "normalization"),
    "skips": (classifier(hidden_layer_sizes=(5,), skip_connections=True), LABELS, "skip connections"),
    "wide columns": (classifier(wide=[0]), LABELS, "wide columns"),
    "an ensemble": (classifier(n_estimators=2), LABELS, "n_estimators=2"),
    "margins": (classifier(loss="hinge"), LABELS, "output 'identity'"),
    "columns of labels": (classifier(), MULTIOUTPUT, "several columns of labels"),
    "two probabilities": (classifier(), np.full((60, 2), 0.5), "a softmax of two outputs"),
    "quantiles": (regressor(loss=Quantile([0.1, 0.9])), REAL, "several outputs for each target"),
    "a spread": (regressor(loss="gaussian"), REAL, "several outputs for each target"),
    "a range": (regressor(output_activation="logistic"), REAL, "output 'logistic_between'"),
}


@pytest.mark.parametrize(("model", "y", "reason"), NOT_IN_SKLEARN.values(), ids=NOT_IN_SKLEARN)
def test_what_scikit_learn_does_not_have_is_refused_in_one_sentence(model, y, reason):
    with pytest.raises(ValueError, match=f"needs a network that scikit-learn has too, got one with .*{reason}.*; use"):
        model.fit(X, y).to_sklearn()


FROM_SKLEARN = {
    "classes": (MLPClassifier(), NAMES[LABELS]),
    "two classes": (MLPClassifier(solver="sgd", learning_rate="invscaling"), BINARY),
    "one class": (MLPClassifier(), np.zeros(60, dtype=int)),
    "an indicator": (MLPClassifier(activation="tanh"), MULTILABEL),
    "a sparse indicator": (MLPClassifier(), sparse.csr_matrix(MULTILABEL)),
    "a rate that adapts": (MLPRegressor(solver="sgd", learning_rate="adaptive", tol=10, n_iter_no_change=1), REAL),
    "a momentum": (MLPRegressor(solver="sgd", momentum=0.5, nesterovs_momentum=False), REALS),
    "counts": (MLPRegressor(loss="poisson"), np.abs(REAL).round()),
    "a generator": (MLPRegressor(random_state=np.random.RandomState(0)), REAL),
    "lbfgs": (MLPRegressor(solver="lbfgs", hidden_layer_sizes=(3, 2)), REAL),
}


def ours_of(model):
    return (MLPClassifierTF if isinstance(model, MLPClassifier) else MLPRegressorTF).from_sklearn(model)


def fitted(model, y):
    given = {"hidden_layer_sizes": (7,), "random_state": 3}
    own = {name: value for name, value in given.items() if getattr(model, name) in (None, (100,))}
    return clone(model).set_params(max_iter=6, batch_size=20, **own).fit(X, y)


@pytest.mark.parametrize(("model", "y"), FROM_SKLEARN.values(), ids=FROM_SKLEARN)
def test_our_network_predicts_the_same_and_training_goes_on_as_there(tmp_path, model, y):
    theirs = fitted(model, y)
    ours = ours_of(theirs)
    assert_same_predictions(theirs, ours)
    ours.summary()
    ours.save(tmp_path / "model.zip")
    assert_same_predictions(theirs, load(tmp_path / "model.zip"))
    if theirs.solver != "lbfgs":
        assert {len(curve) for curve in ours.history_.values()} == {theirs.n_iter_}
        for each in (theirs, ours):
            each.partial_fit(X, y).partial_fit(X, y)
        assert_same_predictions(theirs, ours)
        np.testing.assert_allclose(theirs.loss_curve_, ours.loss_curve_, **CLOSE)
    for each in (theirs, ours):
        each.set_params(warm_start=True).fit(X, y)
    assert_same_predictions(theirs, ours, rtol=1e-6, atol=1e-9)  # L-BFGS multiplies what rounding differs by
    assert ours.backend_ == "numpy"


def test_early_stopping_goes_on_from_the_best_score_so_far():
    """As it does after a fit of our own; scikit-learn's warm start trains in the arrays that it keeps as the best."""
    parameters = {"hidden_layer_sizes": (7,), "random_state": 3, "max_iter": 6, "early_stopping": True}
    models = [MLPClassifierTF(**parameters).fit(X, LABELS), ours_of(MLPClassifier(**parameters).fit(X, LABELS))]
    for _ in range(2):
        assert_same_predictions(*models)
        assert models[0].validation_scores_ == models[1].validation_scores_
        for each in models:
            each.set_params(warm_start=True).fit(X, LABELS)


def test_there_and_back_is_the_same_model():
    model = classifier().fit(X, LABELS)
    back = MLPClassifierTF.from_sklearn(model.to_sklearn())
    for a, b in zip([*model.coefs_, *model.intercepts_], [*back.coefs_, *back.intercepts_], strict=True):
        np.testing.assert_array_equal(a, b)
    assert back.get_params() == model.get_params()


def test_what_is_no_fitted_network_of_scikit_learn_is_refused_in_one_sentence():
    regression = MLPRegressor(hidden_layer_sizes=(3,), max_iter=2).fit(X, REAL)
    for cls, model in [
        (MLPClassifierTF, regression),
        (MLPRegressorTF, make_pipeline(regression)),
        (PerceptronClassifier, 1),
    ]:
        with pytest.raises(TypeError, match=rf"{cls.__name__}.from_sklearn takes a fitted .* of scikit-learn, got"):
            cls.from_sklearn(model)
    for cls, model in [(MLPRegressorTF, MLPRegressor()), (PerceptronClassifier, Perceptron())]:
        with pytest.raises(NotFittedError):
            cls.from_sklearn(model)
        with pytest.raises(NotFittedError):
            cls().to_sklearn()
    with pytest.raises(
        ValueError, match=r"layers are those that its parameters say, \[\(5, 4\), .*set hidden_layer_sizes"
    ):
        MLPRegressorTF.from_sklearn(regression.set_params(hidden_layer_sizes=(4,)))


PERCEPTRONS = {"two classes": NAMES[BINARY], "three classes": LABELS}


@pytest.mark.parametrize("y", PERCEPTRONS.values(), ids=PERCEPTRONS)
@pytest.mark.parametrize(
    "parameters", [{}, {"penalty": "elasticnet", "class_weight": "balanced"}, {"fit_intercept": False}]
)
def test_perceptrons_go_there_and_back_and_are_trained_on(tmp_path, y, parameters):
    theirs = Perceptron(**parameters).fit(X, y)
    ours = PerceptronClassifier.from_sklearn(theirs)
    assert_same_predictions(theirs, ours)
    again = ours.to_sklearn()
    assert again.get_params() == theirs.get_params()
    assert_same_predictions(theirs, again)
    ours.save(tmp_path / "model.zip")
    loaded = load(tmp_path / "model.zip")
    assert ours.summary() == loaded.summary()
    models = [theirs, ours, again, loaded]
    for model in models:
        if "class_weight" not in parameters:
            model.partial_fit(X, y)
        model.set_params(warm_start=True).fit(X, y)
        assert_same_predictions(theirs, model)


def test_a_sparsified_perceptron_of_scikit_learn_becomes_ours():
    theirs = Perceptron().fit(X, LABELS).sparsify()
    assert_same_predictions(theirs, PerceptronClassifier.from_sklearn(theirs))


def test_a_multilabel_perceptron_is_refused_by_to_sklearn_in_one_sentence():
    with pytest.raises(ValueError, match="target that scikit-learn's Perceptron has too, got a multilabel one; use"):
        PerceptronClassifier().fit(X, MULTILABEL).to_sklearn()


# ------------------------------------------------------------------------------- others' files


def through_joblib(model, path):
    joblib.dump(model, path)
    return joblib.load(path)


def through_compressed_joblib(model, path):
    joblib.dump(model, path, compress=("xz", 3))
    return joblib.load(path)


def through_a_memory_map(model, path):
    """Whose arrays cannot be written to."""
    joblib.dump(model, path)
    return joblib.load(path, mmap_mode="r")


def through_skops(model, path):
    io = pytest.importorskip("skops.io", reason="skops is not installed")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        io.dump(model, path)
        return io.load(path, trusted=io.get_untrusted_types(file=path))


FILED = {
    "classes": (classifier(), NAMES[LABELS]),
    "margins": (classifier(loss="hinge"), MULTIOUTPUT),
    "real numbers": (regressor(activation="elu"), REALS),
    "a perceptron": (PerceptronClassifier(), LABELS),
}


@pytest.mark.parametrize("through", [through_joblib, through_compressed_joblib, through_a_memory_map, through_skops])
@pytest.mark.parametrize(("model", "y"), FILED.values(), ids=FILED)
def test_models_come_back_from_the_files_of_others_and_go_on(tmp_path, through, model, y):
    model = copy.deepcopy(model).fit(X, y)
    other = through(model, tmp_path / "model")
    np.testing.assert_array_equal(model.predict(X), other.predict(X))
    np.testing.assert_array_equal(model.partial_fit(X, y).predict(X), other.partial_fit(X, y).predict(X))


def test_skops_reads_scikit_learns_network_and_trusts_all_of_it(tmp_path):
    io = pytest.importorskip("skops.io", reason="skops is not installed")
    model = classifier().fit(X, LABELS)
    io.dump(model.to_sklearn(), tmp_path / "model.skops")
    assert io.get_untrusted_types(file=tmp_path / "model.skops") == []
    assert_same_predictions(model, io.load(tmp_path / "model.skops"))


ONNX = {
    "classes": (classifier(standardize=True), LABELS),
    "two classes of text": (classifier(activation="tanh", hidden_layer_sizes=(5, 4)), NAMES[BINARY]),
    "an indicator": (classifier(activation="logistic"), MULTILABEL),
    "real numbers": (regressor(activation="identity"), REAL),
    "columns of real numbers": (regressor(deep=[0, 2, 3]), REALS),
    "without hidden layers": (regressor(hidden_layer_sizes=()), REAL),
    "a perceptron": (PerceptronClassifier(), LABELS),
}


@pytest.mark.parametrize(("model", "y"), ONNX.values(), ids=ONNX)
def test_onnx_runs_what_to_sklearn_makes(model, y):
    skl2onnx = pytest.importorskip("skl2onnx", reason="skl2onnx is not installed")
    onnxruntime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    model, rows = copy.deepcopy(model).fit(X, y), X.astype(np.float32)
    options = {"zipmap": False} if isinstance(model, MLPClassifierTF) else None  # probabilities as an array
    program = skl2onnx.to_onnx(model.to_sklearn(), rows[:1], options=options).SerializeToString()
    predictions, *others = onnxruntime.InferenceSession(program).run(None, {"X": rows})
    if isinstance(model, MLPRegressorTF):
        np.testing.assert_allclose(predictions.reshape(y.shape), model.predict(rows), rtol=1e-5, atol=1e-5)  # float32
        return
    np.testing.assert_array_equal(predictions, model.predict(rows))
    if isinstance(model, MLPClassifierTF):
        np.testing.assert_allclose(others[0], model.predict_proba(rows), rtol=1e-5, atol=1e-5)


@pytest.mark.filterwarnings("ignore:.*Any type hint is inferred as AnyType:UserWarning")  # MLflow's, about itself
def test_mlflow_saves_and_loads_models_without_a_server(tmp_path, monkeypatch):
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")  # which importing it would otherwise start
    monkeypatch.chdir(tmp_path)
    mlflow = pytest.importorskip("mlflow.sklearn", reason="mlflow-skinny is not installed")
    skops = pytest.importorskip("skops.io", reason="skops is not installed")
    model = classifier(activation="elu").fit(X, NAMES[LABELS])
    given = {"pip_requirements": ["sklearn-ann-tf"]}  # or MLflow looks for them, in another process
    mlflow.save_model(model, "pickled", serialization_format="cloudpickle", **given)
    mlflow.save_model(model, "typed", skops_trusted_types=skops.get_untrusted_types(data=skops.dumps(model)), **given)
    for folder in ("pickled", "typed"):
        other, expected = mlflow.load_model(folder), copy.deepcopy(model)
        np.testing.assert_array_equal(other.predict_proba(X), model.predict_proba(X))
        for each in (other, expected):
            each.partial_fit(X, NAMES[LABELS])
        assert_same_weights(other, expected)
    mlflow.save_model(model.set_params(activation="relu").fit(X, LABELS).to_sklearn(), "theirs", **given)
    assert_same_predictions(model, mlflow.load_model("theirs"))
    assert {path.name for path in tmp_path.iterdir()} == {"pickled", "typed", "theirs"}


# ---------------------------------------------------------------- from Keras


def layers_of(n_units, activation, dtype="float32"):
    hidden = [keras.layers.Dense(5, "elu", dtype=dtype), keras.layers.Dropout(0.5), keras.layers.Dense(4, dtype=dtype)]
    output = [keras.layers.Activation("gelu", dtype=dtype), keras.layers.Dense(n_units, activation, dtype=dtype)]
    return keras.Sequential([keras.Input((5,), dtype=dtype), *hidden, *output])


@pytest.mark.parametrize(
    ("n_units", "activation", "classes", "columns"),
    [
        (3, "softmax", NAMES, [0, 1, 2]),
        (3, "softmax", NAMES[[2, 0, 1]], [1, 2, 0]),
        (2, "softmax", ["b", "a"], [1, 0]),
        (1, "sigmoid", None, None),
        (3, "sigmoid", None, [0, 1, 2]),
    ],
)
def test_a_classifier_of_a_keras_model_predicts_the_same(n_units, activation, classes, columns, tmp_path):
    theirs, rows = layers_of(n_units, activation), X.astype(np.float32)
    model = MLPClassifierTF.from_keras(theirs, classes=classes)
    expected = np.asarray(theirs(rows))
    expected = np.hstack([1 - expected, expected]) if n_units == 1 else expected[:, columns]
    np.testing.assert_allclose(model.predict_proba(rows), expected, rtol=1e-5, atol=1e-6)
    assert model.classes_.tolist() == sorted(range(max(n_units, 2)) if classes is None else classes)
    assert model.coefs_[0].dtype == np.float32 and model.backend_ == "keras"
    model.summary()
    model.save(tmp_path / "model.zip")
    np.testing.assert_array_equal(load(tmp_path / "model.zip").predict_proba(rows), model.predict_proba(rows))
    assert model.partial_fit(rows, model.predict(rows)).n_iter_ == 1


class WithItsOwnStep(keras.Model):
    def train_step(self, data):
        raise NotImplementedError


class Doubled(keras.Model):
    def call(self, inputs, training=None, mask=None):
        return 2 * super().call(inputs)


class MonteCarloDropout(keras.layers.Dropout):
    def call(self, inputs, training=None):
        return super().call(inputs, training=True)


def identity(x):
    return 2 * x


def softmax(x):
    return keras.ops.softmax(2 * x)


def derived(kind):
    inputs = keras.Input((5,))
    return kind(inputs, keras.layers.Dense(3, "softmax")(keras.layers.Dense(4, "relu")(inputs)))


def test_a_derived_class_that_trains_in_its_own_way_predicts_as_keras_does():
    theirs, rows = derived(WithItsOwnStep), X.astype(np.float32)
    model = MLPClassifierTF.from_keras(theirs)
    np.testing.assert_allclose(model.predict_proba(rows), np.asarray(theirs(rows)), rtol=1e-5, atol=1e-6)


def of_layers(*layers):
    return keras.Sequential([keras.Input((5,)), *layers])


@pytest.mark.parametrize(
    ("layer", "name"),
    [
        (keras.layers.ReLU(), "relu"),
        (keras.layers.ReLU(max_value=6), "relu6"),
        (keras.layers.ReLU(negative_slope=0.1), "leaky_relu"),
        (keras.layers.ReLU(max_value=0.5, threshold=0.1), None),
        (keras.layers.LeakyReLU(0.3), "leaky_relu"),
        (keras.layers.LeakyReLU(1.5), None),
        (keras.layers.ELU(0.7), "elu"),
        (keras.layers.Softmax(), None),
    ],
)
def test_activation_layers_are_taken_with_their_settings(layer, name):
    """Behind a Dense layer, or within; those without a name here are computed by Keras."""
    rows = X.astype(np.float32)
    inside, behind = [keras.layers.Dense(4, layer)], [keras.layers.Dense(4), layer]
    for hidden in (inside, behind):
        theirs = of_layers(*hidden, keras.layers.Dense(3), keras.layers.Softmax())
        model = MLPClassifierTF.from_keras(theirs)
        np.testing.assert_allclose(model.predict_proba(rows), np.asarray(theirs(rows)), rtol=1e-5, atol=1e-6)
        assert name is None or model.activation[0].name == name


@pytest.mark.parametrize("y", [REAL, REALS])
def test_a_regressor_goes_to_keras_and_back(y):
    model = regressor(hidden_layer_sizes=(6, 5), activation=["silu", "tanh"]).fit(X, y)
    back = MLPRegressorTF.from_keras(model.to_keras())
    assert_same_predictions(model, back)
    assert back.n_features_in_ == X.shape[1] and back.coefs_[0].dtype == np.float64


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (
            lambda: MLPClassifierTF.from_keras(layers_of(3, None)),
            "softmax or sigmoid, got 'linear' with n_units=3",
        ),
        (lambda: MLPClassifierTF.from_keras(layers_of(1, "softmax")), "got 'softmax' with n_units=1"),
        (lambda: MLPRegressorTF.from_keras(layers_of(1, "sigmoid")), "activation is Keras' own linear, got 'sigmoid'"),
        (lambda: MLPClassifierTF.from_keras(layers_of(3, "softmax"), classes=[1, 2]), "each of the 3 classes"),
        (lambda: MLPClassifierTF.from_keras(layers_of(3, "softmax"), classes=[1, 2, 1]), "each of the 3 classes"),
        (lambda: MLPClassifierTF.from_keras(layers_of(3, "sigmoid"), classes=NAMES), "of one label a row"),
        (lambda: MLPRegressorTF.from_keras(layers_of(1, None), classes=[1]), "of one label a row"),
        (lambda: MLPClassifierTF.from_keras(classifier()), "takes a Keras model"),
        (lambda: MLPClassifierTF.from_keras(derived(Doubled)), "a subclassed one"),
        (
            lambda: MLPRegressorTF.from_keras(
                of_layers(keras.layers.Dense(3, keras.layers.PReLU()), keras.layers.Dense(1))
            ),
            "activations without weights of their own, got <PReLU",
        ),
        (
            lambda: MLPClassifierTF.from_keras(layers_of(3, softmax)),
            "Keras' own softmax or sigmoid, got <function soft",
        ),
        (
            lambda: MLPRegressorTF.from_keras(of_layers(MonteCarloDropout(0.1), keras.layers.Dense(1))),
            "of class MonteCarloDropout",
        ),
        (
            lambda: MLPRegressorTF.from_keras(
                of_layers(keras.layers.Dense(3, identity), keras.layers.Activation("relu"), keras.layers.Dense(1))
            ),
            "one activation for each Dense layer, got .* of class Activation",
        ),
    ],
)
def test_a_keras_model_of_another_kind_is_refused_in_one_sentence(make, sentence):
    with pytest.raises((TypeError, ValueError), match=sentence):
        make()
