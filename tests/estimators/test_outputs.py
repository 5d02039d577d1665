"""The output side of the estimators: hinge, probabilities as y, spreads, several quantiles, functions, weights."""

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_diabetes, load_iris
from sklearn.metrics import r2_score

from sklearn_ann import MLPClassifierTF, MLPRegressorTF
from sklearn_ann.losses import Gaussian, Quantile
from sklearn_ann.runtime.backend import tf
from sklearn_ann.runtime.programs import compilation_count

# Fits are cut short on purpose.
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

IRIS, LABELS = load_iris(return_X_y=True)
IRIS = (IRIS - IRIS.mean(axis=0)) / IRIS.std(axis=0)
KINDS = {
    "multiclass": LABELS,
    "binary": LABELS > 0,
    "multilabel": np.column_stack([LABELS > 0, LABELS > 1]).astype(int),
    "heads": np.column_stack([LABELS, LABELS % 2]),
}
X, Y = load_diabetes(return_X_y=True)
X, Y = X / X.std(axis=0), (Y - Y.mean()) / Y.std()
YY = np.column_stack([Y, 2 - 2 * Y])
QUICK = {"learning_rate_init": 0.02, "random_state": 0}


def classifier(**parameters):
    return MLPClassifierTF(**{"hidden_layer_sizes": (8,), "max_iter": 60, **QUICK, **parameters})


def regressor(**parameters):
    return MLPRegressorTF(**{"hidden_layer_sizes": (8,), "max_iter": 60, "alpha": 0.1, **QUICK, **parameters})


def pickled(model):
    return pickle.loads(pickle.dumps(model))


def half_square(y_true, y_pred):
    """The squared error as a function of the user's own."""
    return tf.reduce_mean(tf.square(y_true - y_pred), axis=-1) / 2


def relative_error(y_true, y_pred):
    return tf.reduce_mean(tf.abs(y_pred - y_true) / y_true, axis=-1)


# ------------------------------------------------------------------------------------------------ hinge


@pytest.mark.parametrize("kind", KINDS)
def test_a_hinge_decides_without_probabilities(kind):
    y = KINDS[kind]
    model = classifier(loss="hinge", early_stopping=kind == "multiclass", n_iter_no_change=60).fit(IRIS, y)
    assert model.score(IRIS, y) > 0.9
    assert model.out_activation_ == "identity"
    margins, predicted = model.decision_function(IRIS), model.predict(IRIS)
    if kind == "heads":
        assert [each.shape for each in margins] == [(150, 3), (150, 2)]
        np.testing.assert_array_equal(predicted[:, 0], margins[0].argmax(axis=1))
    else:
        assert margins.shape == {"multiclass": (150, 3), "binary": (150,), "multilabel": (150, 2)}[kind]
        np.testing.assert_array_equal(predicted, margins.argmax(axis=1) if kind == "multiclass" else margins > 0)
    np.testing.assert_array_equal(pickled(model).predict(IRIS), predicted)


def test_a_hinge_asks_for_a_margin_of_one():
    y = KINDS["binary"]
    model = classifier(hidden_layer_sizes=(), loss="hinge", alpha=0, max_iter=300, learning_rate_init=0.1).fit(IRIS, y)
    assert np.min((2 * y - 1) * model.decision_function(IRIS)) > 0.9
    assert model.loss_ < 1e-2


def test_probabilities_and_margins_are_offered_for_their_losses():
    for loss, others in (("hinge", ["predict_proba", "predict_log_proba"]), ("log_loss", ["decision_function"])):
        for name in others:
            assert not hasattr(classifier(loss=loss), name)
    assert hasattr(classifier(loss="hinge"), "decision_function")
    with pytest.raises(AttributeError, match="use decision_function, or loss='log_loss'"):
        classifier(loss="hinge").predict_proba(IRIS)
    with pytest.raises(AttributeError, match="only available with loss='hinge'; use predict_proba"):
        classifier().decision_function(IRIS)


def test_a_hinge_trains_with_lbfgs_weights_and_an_area_under_the_curve():
    model = classifier(loss="hinge", solver="lbfgs", alpha=1.0).fit(IRIS, LABELS, np.ones(150))
    assert model.score(IRIS, LABELS) > 0.95
    model = classifier(loss="hinge", early_stopping=True, scoring="roc_auc", class_weight="balanced", max_iter=5)
    assert model.fit(IRIS, KINDS["binary"]).best_validation_score_ > 0.9


# ------------------------------------------------------------------------------------------------ class probabilities


SHARES = np.eye(3)[LABELS] * 0.7 + 0.1  # labels, smoothed by 0.3


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_smoothed_labels_given_as_probabilities_are_label_smoothing(solver):
    settings = {"solver": solver, "max_iter": 15}
    soft = classifier(**settings).fit(IRIS, SHARES)
    labels = classifier(label_smoothing=0.3, **settings).fit(IRIS, LABELS)
    # L-BFGS' line search magnifies rounding
    np.testing.assert_allclose(soft.coefs_[0], labels.coefs_[0], rtol=1e-8 if solver == "adam" else 1e-4)
    np.testing.assert_array_equal(soft.classes_, [0, 1, 2])
    np.testing.assert_array_equal(soft.predict(IRIS), labels.predict(IRIS))
    assert soft.predict_proba(IRIS).shape == (150, 3)
    assert soft.score(IRIS, SHARES) == soft.score(IRIS, LABELS) > 0.8
    np.testing.assert_array_equal(pickled(soft).predict_proba(IRIS), soft.predict_proba(IRIS))


def test_probabilities_are_smoothed_validated_and_learned_in_parts():
    halves = np.full((150, 3), 1 / 3)
    half = classifier(max_iter=10).fit(IRIS, (SHARES + halves) / 2)
    smoothed = classifier(max_iter=10, label_smoothing=0.5).fit(IRIS, SHARES)
    np.testing.assert_allclose(half.coefs_[0], smoothed.coefs_[0], rtol=1e-8)

    model = classifier(early_stopping=True).fit(IRIS, SHARES.astype(np.float32), X_val=IRIS, y_val=np.eye(3)[LABELS])
    assert model.best_validation_score_ == pytest.approx(model.score(IRIS, LABELS))
    by_host = classifier(early_stopping=True, scoring="accuracy").fit(IRIS, SHARES, X_val=IRIS, y_val=SHARES)
    assert by_host.best_validation_score_ == pytest.approx(by_host.score(IRIS, LABELS))

    part = classifier().partial_fit(IRIS, SHARES, classes=range(3))
    one = classifier(max_iter=1).fit(IRIS, SHARES)
    np.testing.assert_allclose(part.coefs_[0], one.coefs_[0], rtol=1e-12)
    part.partial_fit(IRIS, np.eye(3)[LABELS])  # rows without doubt are distributions too
    with pytest.raises(ValueError, match="sum to 1"):
        part.partial_fit(IRIS, SHARES * 1.1)


# ------------------------------------------------------------------------------------------------ spreads


def test_a_gaussian_loss_recovers_a_spread_that_changes():
    dtype = "float32"  # the other tests are in float64
    rng = np.random.RandomState(0)
    features = rng.uniform(-1, 1, size=(2000, 1)).astype(dtype)
    std = 0.05 + 0.2 * (features[:, 0] + 1)
    y = np.sin(3 * features[:, 0]) + std * rng.normal(size=2000)
    model = regressor(hidden_layer_sizes=(20,), activation="tanh", loss="gaussian", early_stopping=True, alpha=0)
    model.fit(features, y, np.ones(2000))
    grid = np.linspace(-0.9, 0.9, 50, dtype=dtype)[:, None]
    mean, spread = model.predict(grid, return_std=True)
    assert mean.shape == spread.shape == (50,)
    np.testing.assert_array_equal(mean, model.predict(grid))
    np.testing.assert_allclose(mean, np.sin(3 * grid[:, 0]), atol=0.15)
    np.testing.assert_allclose(spread, 0.05 + 0.2 * (grid[:, 0] + 1), rtol=0.25, atol=0.03)
    np.testing.assert_array_equal(np.negative(model.validation_loss_curve_), model.validation_scores_)
    np.testing.assert_array_equal(pickled(model).predict(grid, return_std=True), (mean, spread))


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_every_target_has_a_spread(solver):
    model = regressor(loss=Gaussian(min_std=0.01), solver=solver, max_iter=100).fit(X, YY)
    mean, spread = model.predict(X, return_std=True)
    assert mean.shape == spread.shape == YY.shape
    assert model.score(X, YY) > 0.4
    residual = (YY - mean) / spread
    np.testing.assert_allclose(np.sqrt(np.mean(residual**2, axis=0)), 1, atol=0.15)
    assert model.n_outputs_ == 4


def test_a_spread_is_asked_for_in_vain_without_a_likelihood():
    with pytest.raises(ValueError, match="got one network with loss='squared_error' without dropout; use"):
        regressor(max_iter=1).fit(X, Y).predict(X, return_std=True)


# ------------------------------------------------------------------------------------------------ several quantiles


def test_several_quantiles_cover_what_they_say():
    model = regressor(loss=Quantile([0.1, 0.5, 0.9]), learning_rate_init=0.005, max_iter=150, alpha=1.0)
    model.fit(X, Y)
    predicted = model.predict(X)
    assert predicted.shape == (442, 3)
    np.testing.assert_allclose((Y[:, None] < predicted).mean(axis=0), [0.1, 0.5, 0.9], atol=0.05)
    assert model.score(X, Y) == r2_score(Y, predicted[:, 1])
    np.testing.assert_array_equal(pickled(model).predict(X), predicted)
    before = compilation_count()
    other = clone(model).set_params(loss__quantile=np.array([0.2, 0.4, 0.6])).fit(X, Y)
    assert compilation_count() == before
    assert not np.array_equal(other.coefs_[0], model.coefs_[0])


def test_quantiles_of_several_targets_have_an_axis_of_their_own():
    model = regressor(loss=Quantile([0.3, 0.6]), max_iter=150, early_stopping=True).fit(X, YY)
    assert model.predict(X).shape == (442, 2, 2)
    assert model.score(X, YY) == r2_score(YY, model.predict(X)[..., 1])
    assert model.score(X, YY) > 0.3
    np.testing.assert_array_equal(np.negative(model.validation_loss_curve_), model.validation_scores_)


def test_one_quantile_in_a_list_keeps_its_axis():
    one, listed = (regressor(loss=Quantile(each), max_iter=3).fit(X, Y) for each in (0.5, [0.5]))
    np.testing.assert_array_equal(listed.predict(X), one.predict(X)[:, None])


# ------------------------------------------------------------------------------------------------ functions


@pytest.mark.parametrize("settings", [{"early_stopping": True}, {"solver": "lbfgs"}], ids=["adam", "lbfgs"])
def test_a_function_is_a_loss(settings):
    own = regressor(loss=half_square, scoring=None, **settings).fit(X, Y)
    named = regressor(scoring="loss" if "early_stopping" in settings else None, **settings).fit(X, Y)
    np.testing.assert_allclose(own.predict(X), named.predict(X), rtol=1e-6, atol=1e-8)
    before = compilation_count()
    np.testing.assert_array_equal(clone(own).fit(X, Y).coefs_[0], own.coefs_[0])
    assert compilation_count() == before  # the same function is the same program
    np.testing.assert_array_equal(pickled(own).predict(X), own.predict(X))


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_a_function_may_be_infinite_where_there_are_no_rows(solver):
    """As a relative error is at padding, whose y is 0, and at rows of weight zero."""
    y = np.where(np.arange(442) == 3, 0.0, Y + 5)
    model = regressor(loss=relative_error, solver=solver, batch_size=442, max_iter=300).fit(X, y, (y > 0) * 1.0)
    assert np.mean(np.abs(model.predict(X)[y > 0] / y[y > 0] - 1)) < 0.13


def test_functions_of_keras_are_losses():
    from tensorflow import keras

    theirs = regressor(loss=keras.losses.logcosh, max_iter=4, dtype="float32").fit(X, YY, np.ones(442))
    ours = regressor(loss="log_cosh", max_iter=4, dtype="float32").fit(X, YY, np.ones(442))
    np.testing.assert_allclose(theirs.coefs_[0], ours.coefs_[0], rtol=1e-3, atol=1e-5)  # single precision


@pytest.mark.parametrize(
    ("function", "sentence"),
    [
        (lambda y, p: tf.square(y - p), r"got shape \(3, 1\) and dtype float64; take for example the mean"),
        (lambda y, p: tf.reduce_mean(tf.square(y - p)), r"got shape \(\) and dtype float64"),
        (
            lambda y, p: tf.cast(tf.square(y - p)[:, 0], "float32"),
            "the network's dtype, float64, got float32",
        ),
        (lambda y, p: 0.0, "got no tensor"),
        (lambda y, p: np.square(y - p)[:, 0].tolist(), "in TensorFlow's operations, got .* from it"),
        (lambda y: y, "got TypeError from it: .* takes 1 positional argument"),
        (lambda y, p: y[:, 0], "loss must have a derivative by y_pred"),
        (Quantile, "got the class Quantile; pass an object of it"),
    ],
)
def test_functions_that_are_no_losses_are_refused_in_one_sentence(function, sentence):
    before = compilation_count()
    with pytest.raises(ValueError, match=sentence):
        regressor(loss=function).fit(X, Y)
    assert compilation_count() == before


# ------------------------------------------------------------------------------------------------ output activations


# One without a range and one with; tests/network/test_outputs.py looks at each.
@pytest.mark.parametrize("activation", ["softplus", "tanh"])
def test_an_activated_output_learns_what_it_can_reach(activation):
    counts = np.exp(Y)
    model = regressor(output_activation=activation, loss="absolute_error", max_iter=80).fit(X, counts)
    predicted = model.predict(X)
    assert predicted.min() >= 0
    assert np.mean(np.abs(predicted - counts)) < 0.8 * np.mean(np.abs(np.median(counts) - counts))
    assert model.out_activation_ == activation
    if activation == "tanh":
        assert counts.min() <= predicted.min() and predicted.max() <= counts.max()
    np.testing.assert_array_equal(pickled(model).predict(X), predicted)


def test_an_activated_output_trains_as_in_keras():
    from tensorflow import keras

    y = (Y - Y.min()) / (Y.max() - Y.min())
    settings = {"solver": "sgd", "momentum": 0.0, "alpha": 0.0, "batch_size": 442, "loss": "absolute_error"}
    start, ours = (
        regressor(output_activation="logistic", output_range=(0, 1), max_iter=n, learning_rate_init=rate, **settings)
        for n, rate in ((1, 1e-300), (5, 0.5))
    )
    start.fit(X, y)
    theirs = keras.Sequential(
        [
            keras.layers.Input((10,)),
            keras.layers.Dense(8, "relu", dtype="float64"),
            keras.layers.Dense(1, "sigmoid", dtype="float64"),
        ]
    )
    theirs.set_weights([each for pair in zip(start.coefs_, start.intercepts_, strict=True) for each in pair])
    theirs.compile(keras.optimizers.SGD(0.5), keras.losses.MeanAbsoluteError(dtype="float64"))
    theirs.fit(X, y, batch_size=442, epochs=5, shuffle=False, verbose=0)
    # Keras keeps its learning rate in single precision
    np.testing.assert_allclose(ours.fit(X, y).coefs_[0], theirs.get_weights()[0], rtol=1e-5, atol=1e-8)


def test_a_range_is_a_number_and_that_of_the_first_call_stays():
    model = regressor(output_activation="tanh", early_stopping=True, max_iter=5).fit(X, YY)
    np.testing.assert_allclose(model.predict(1e6 * X).max(axis=0), YY.max(axis=0))
    np.testing.assert_allclose(model.predict(1e6 * X).min(axis=0), YY.min(axis=0))
    assert model.best_validation_score_ <= 1
    before = compilation_count()
    wide = clone(model).set_params(output_range=(-50.0, 60.0)).fit(X, YY)
    assert compilation_count() == before
    assert wide.predict(1e6 * X).max() == pytest.approx(60)
    part = regressor(output_activation="tanh").partial_fit(X, Y).partial_fit(X, 100 * Y)
    assert part.predict(1e6 * X).max() <= Y.max() + 1e-9


def test_large_predictions_are_compiled_with_the_same_numbers(monkeypatch):
    models = [
        regressor(output_activation="logistic", max_iter=2).fit(X, YY),
        regressor(loss=Gaussian(0.5), max_iter=2).fit(X, YY),
    ]
    expected = [model.predict(X) for model in models]
    monkeypatch.setattr("sklearn_ann.estimators.fitted.is_large", lambda *_: True)
    for model, small in zip(models, expected, strict=True):
        np.testing.assert_allclose(model.predict(X), small, rtol=1e-12)


# ------------------------------------------------------------------------------------------------ loss weights


def test_loss_weights_decide_between_outputs():
    even = regressor(loss="absolute_error", loss_weights=[1, 1], max_iter=20).fit(X, YY)
    plain = regressor(loss="absolute_error", max_iter=20).fit(X, YY)
    np.testing.assert_allclose(even.coefs_[0], plain.coefs_[0], rtol=1e-10)
    before = compilation_count()
    first = clone(even).set_params(loss_weights=np.array([2.0, 0.0])).fit(X, YY)
    assert compilation_count() == before
    alone = regressor(loss="absolute_error", max_iter=20).fit(X, Y)
    assert first.loss_ == pytest.approx(alone.loss_, rel=0.3)  # other initial weights
    assert np.mean(np.abs(first.predict(X)[:, 1] - YY[:, 1])) > 1.5 > np.mean(np.abs(first.predict(X)[:, 0] - Y))


def test_loss_weights_of_heads_and_labels():
    heads = KINDS["heads"]
    model = classifier(loss_weights=[0.0, 1.0]).fit(IRIS, heads)
    right = (model.predict(IRIS) == heads).mean(axis=0)
    assert right[1] > 0.9 > right[0]
    for solver in ("adam", "lbfgs"):
        labels = classifier(loss_weights=[1.0, 0.0], solver=solver).fit(IRIS, KINDS["multilabel"])
        right = (labels.predict(IRIS) == KINDS["multilabel"]).mean(axis=0)
        assert right[0] > 0.95 > right[1]


# ------------------------------------------------------------------------------------------------ in parts


@pytest.mark.parametrize(
    "parameters",
    [{"loss": "gaussian"}, {"loss": Quantile([0.2, 0.8])}, {"loss": half_square}, {"output_activation": "logistic"}],
    ids=["gaussian", "quantiles", "function", "range"],
)
def test_a_part_is_an_epoch_of_a_fit_and_a_warm_start_goes_on(parameters):
    part = regressor(**parameters).partial_fit(X, Y)
    once = regressor(max_iter=1, warm_start=True, **parameters).fit(X, Y)
    np.testing.assert_array_equal(part.coefs_[0], once.coefs_[0])
    predicted = once.predict(X)
    once.fit(X, Y)
    assert once.predict(X).shape == predicted.shape and not np.array_equal(once.predict(X), predicted)


@pytest.mark.parametrize("kind", ["binary", "heads"])
def test_a_part_with_a_hinge_is_an_epoch_of_a_fit(kind):
    y = KINDS[kind]
    classes = [np.unique(column) for column in y.T] if kind == "heads" else np.unique(y)
    part = classifier(loss="hinge").partial_fit(IRIS, y, classes=classes)
    np.testing.assert_array_equal(part.coefs_[0], classifier(loss="hinge", max_iter=1).fit(IRIS, y).coefs_[0])
