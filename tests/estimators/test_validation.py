"""Validation rows of the caller's own and the scores that stop a fit, recomputed in NumPy or by scikit-learn."""

import copy
import warnings

import numpy as np
import pytest
from scipy import sparse
from scipy.special import expit
from sklearn import config_context
from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.metrics import accuracy_score, f1_score, log_loss, r2_score
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.class_weight import compute_sample_weight

from sklearn_ann import MLPClassifierTF, MLPRegressorTF, PerceptronClassifier
from tests.estimators.problems import (
    BINARY,
    CLOSE,
    LABELS,
    MULTILABEL,
    MULTIOUTPUT,
    REAL,
    REAL_VAL,
    REALS,
    WEIGHTS,
    WEIGHTS_VAL,
    X_VAL,
    Y_VAL,
    X,
    assert_same_weights,
    classifier,
    cross_entropy,
    raw,
    regressor,
)

# most fits are a few epochs long: what is compared is there before they converge
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def epoch_by_epoch(model, y, n_epochs, *args):
    """The model after each of its first epochs, trained anew for each of them."""
    for n in range(1, n_epochs + 1):
        yield clone(model).set_params(max_iter=n, early_stopping=False).fit(X, y, *args)


@pytest.mark.parametrize("weights_val", [None, WEIGHTS_VAL], ids=["unweighted", "weighted"])
@pytest.mark.parametrize("early_stopping", [False, True])
def test_own_validation_rows_of_a_classifier_are_scored_after_every_epoch(early_stopping, weights_val):
    model = classifier(early_stopping=early_stopping)
    model.fit(X, LABELS, X_val=X_VAL, y_val=Y_VAL, sample_weight_val=weights_val)
    steps = list(epoch_by_epoch(model, LABELS, 5))
    scores = [accuracy_score(Y_VAL, step.predict(X_VAL), sample_weight=weights_val) for step in steps]
    losses = [np.average(cross_entropy(raw(step, X_VAL), Y_VAL), weights=weights_val) for step in steps]
    np.testing.assert_allclose(model.validation_scores_, scores, **CLOSE)
    np.testing.assert_allclose(model.validation_loss_curve_, losses, **CLOSE)
    assert model.best_validation_score_ == max(model.validation_scores_)
    # All rows were trained on, and the weights that come back are the last ones, or those of the first best score.
    np.testing.assert_allclose(model.loss_curve_, steps[-1].loss_curve_, **CLOSE)
    assert_same_weights(model, steps[int(np.argmax(scores)) if early_stopping else -1], **CLOSE)


@pytest.mark.parametrize("weights_val", [None, WEIGHTS_VAL], ids=["unweighted", "weighted"])
@pytest.mark.parametrize("early_stopping", [False, True])
def test_own_validation_rows_of_a_regressor_are_scored_after_every_epoch(early_stopping, weights_val):
    model = regressor(early_stopping=early_stopping)
    model.fit(X, REALS, X_val=X_VAL, y_val=REALS[40:], sample_weight_val=weights_val)
    steps = list(epoch_by_epoch(model, REALS, 5))
    scores = [r2_score(REALS[40:], step.predict(X_VAL), sample_weight=weights_val) for step in steps]
    squares = [np.mean((raw(step, X_VAL) - REALS[40:]) ** 2, axis=1) / 2 for step in steps]
    np.testing.assert_allclose(model.validation_scores_, scores, **CLOSE)
    np.testing.assert_allclose(
        model.validation_loss_curve_, [np.average(row, weights=weights_val) for row in squares], **CLOSE
    )
    assert_same_weights(model, steps[int(np.argmax(scores)) if early_stopping else -1], **CLOSE)


def test_validation_loss_of_other_losses_is_numpys():
    binary = classifier().fit(X, BINARY, X_val=X_VAL, y_val=BINARY[40:])
    assert binary.validation_loss_curve_[-1] == pytest.approx(log_loss(BINARY[40:], binary.predict_proba(X_VAL)))

    multilabel = classifier().fit(X, MULTILABEL, X_val=X_VAL, y_val=MULTILABEL[40:])
    proba = expit(raw(multilabel, X_VAL))
    losses = -np.sum(np.log(np.where(MULTILABEL[40:] == 1, proba, 1 - proba)), axis=1)
    assert multilabel.validation_loss_curve_[-1] == pytest.approx(losses.mean())
    assert multilabel.validation_scores_[-1] == multilabel.score(X_VAL, MULTILABEL[40:])

    counts = np.round(np.exp(REAL))
    poisson = regressor(loss="poisson").fit(X, counts, X_val=X_VAL, y_val=counts[40:])
    mean, y = np.exp(raw(poisson, X_VAL))[:, 0], counts[40:]
    deviances = np.where(y > 0, y * np.log(np.where(y > 0, y, 1) / mean), 0) - y + mean
    assert poisson.validation_loss_curve_[-1] == pytest.approx(deviances.mean())


def test_without_rows_of_ones_own_the_scores_are_about_those_that_scikit_learn_sets_aside():
    ours, theirs = (
        make(hidden_layer_sizes=(7,), max_iter=5, random_state=3, early_stopping=True, validation_fraction=0.3)
        for make in (MLPClassifierTF, MLPClassifier)
    )
    ours.fit(X, LABELS)
    theirs.fit(X, LABELS)
    np.testing.assert_allclose(ours.validation_scores_, theirs.validation_scores_, **CLOSE)
    assert len(ours.validation_loss_curve_) == 5


def test_validation_rows_go_through_a_pipelines_steps():
    scaler = StandardScaler().fit(100 * X + 7)
    alone = classifier(early_stopping=True).fit(
        scaler.transform(100 * X + 7), LABELS, X_val=scaler.transform(100 * X_VAL + 7), y_val=Y_VAL,
        sample_weight_val=WEIGHTS_VAL,
    )  # fmt: skip
    with config_context(enable_metadata_routing=True):
        network = classifier(early_stopping=True).set_fit_request(X_val=True, y_val=True, sample_weight_val=True)
        pipeline = Pipeline([("scaler", StandardScaler()), ("network", network)], transform_input=["X_val"])
        pipeline.fit(100 * X + 7, LABELS, X_val=100 * X_VAL + 7, y_val=Y_VAL, sample_weight_val=WEIGHTS_VAL)
    assert pipeline[-1].validation_scores_ == alone.validation_scores_
    assert_same_weights(pipeline[-1], alone)


SHIFTED = "X_val must be on the scale of X.*transform_input"
SHIFTED_TARGET = "y_val must be on the scale of y.*transform y and y_val alike"


@pytest.mark.parametrize("container", [np.asarray, sparse.csr_array, sparse.csc_array])
def test_rows_that_miss_the_steps_of_a_pipeline_are_warned_of(container):
    rows, held = container(np.abs(100 * X) + 7), container(np.abs(100 * X_VAL) + 7)
    pipeline = Pipeline([("scaler", StandardScaler(with_mean=container is np.asarray)), ("network", classifier())])
    with pytest.warns(UserWarning, match=SHIFTED) as caught:
        pipeline.fit(rows, LABELS, network__X_val=held, network__y_val=Y_VAL)
    assert len(pipeline[-1].validation_scores_) == 5
    (warning,) = (each for each in caught if "X_val" in str(each.message))
    assert not warning.filename.endswith("mlp.py")


def test_targets_that_miss_their_transformer_are_warned_of():
    target = 100 * REAL + 500
    model = TransformedTargetRegressor(regressor(), transformer=StandardScaler())
    with pytest.warns(UserWarning, match=SHIFTED_TARGET):
        model.fit(X, target, X_val=X_VAL, y_val=target[40:])
    scaler = StandardScaler().fit(target[:, None])
    scaled = scaler.transform(target[:, None]).ravel()
    by_hand = regressor().fit(X, scaled, X_val=X_VAL, y_val=scaled[40:])
    assert_same_weights(model.regressor_, by_hand)
    r2 = r2_score(target[40:], scaler.inverse_transform(by_hand.predict(X_VAL)[:, None]).ravel())
    assert by_hand.validation_scores_[-1] == pytest.approx(r2)


def test_a_warning_of_a_shift_that_is_an_error_costs_no_model():
    model = classifier().fit(X, LABELS)
    coefs = model.coefs_
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(UserWarning, match=SHIFTED):
            model.fit(X, LABELS, X_val=100 * X_VAL + 700, y_val=Y_VAL)
    assert model.coefs_ is coefs and model.validation_scores_ is None


def test_a_refused_fit_says_so_before_it_warns_of_a_shift():
    with pytest.raises(ValueError, match="must match X and y"):  # warnings are errors here
        classifier().fit(X, LABELS, X_val=100 * X_VAL + 700, y_val=Y_VAL + 9)


def test_sparse_validation_rows_are_the_dense_ones():
    dense = classifier().fit(X, LABELS, X_val=X_VAL, y_val=Y_VAL)
    for container in (sparse.csr_array, sparse.csc_matrix):
        model = classifier().fit(container(X), LABELS, X_val=container(X_VAL), y_val=Y_VAL)
        np.testing.assert_allclose(model.validation_loss_curve_, dense.validation_loss_curve_, **CLOSE)


def negative_error_at_the_end(model, rows, y):
    """A scorer as a user would write one."""
    return -float(np.mean(np.abs(model.predict(rows) - y)))


@pytest.mark.parametrize("scoring", ["neg_mean_absolute_error", negative_error_at_the_end, "r2"])
def test_a_regressor_is_stopped_by_the_score_that_was_asked_for(scoring):
    model = regressor(early_stopping=True, scoring=scoring, max_iter=6, learning_rate_init=0.3)
    model.fit(X, REAL, X_val=X_VAL, y_val=REAL_VAL)
    measure = r2_score if scoring == "r2" else lambda y, predicted: -np.mean(np.abs(predicted - y))
    scores = [measure(REAL_VAL, step.predict(X_VAL)) for step in epoch_by_epoch(model, REAL, 6)]
    np.testing.assert_allclose(model.validation_scores_, scores, **CLOSE)
    assert len(set(scores)) == 6
    # the weights are those of the best epoch, not of the last
    assert model.best_validation_score_ == max(model.validation_scores_)
    assert measure(REAL_VAL, model.predict(X_VAL)) == pytest.approx(model.best_validation_score_, rel=1e-9)


def test_a_classifier_is_stopped_by_a_weighted_scorer_of_probabilities():
    model = classifier(early_stopping=True, scoring="neg_log_loss", learning_rate_init=0.3)
    model.fit(X, LABELS, X_val=X_VAL, y_val=Y_VAL, sample_weight_val=WEIGHTS_VAL)
    expected = -log_loss(Y_VAL, model.predict_proba(X_VAL), sample_weight=WEIGHTS_VAL)
    assert model.best_validation_score_ == pytest.approx(expected)
    np.testing.assert_allclose(model.validation_scores_, -np.array(model.validation_loss_curve_), rtol=1e-9)


@pytest.mark.parametrize(("make", "y"), [(classifier, LABELS), (regressor, REAL)], ids=["classifier", "regressor"])
def test_loss_as_score_is_minus_the_validation_loss(make, y):
    model = make(early_stopping=True, scoring="loss", learning_rate_init=0.3, max_iter=30, n_iter_no_change=3)
    model.fit(X, y, X_val=X_VAL, y_val=y[40:])
    np.testing.assert_array_equal(model.validation_scores_, -np.array(model.validation_loss_curve_))
    assert model.best_validation_score_ == max(model.validation_scores_)
    outputs = raw(model, X_VAL)
    best = cross_entropy(outputs, y[40:]) if make is classifier else (outputs[:, 0] - y[40:]) ** 2 / 2
    assert -best.mean() == pytest.approx(model.best_validation_score_, rel=1e-9)
    assert model.n_iter_ < 30  # by the rule: the loss of unseen rows rises again


def test_a_host_score_stops_where_the_compiled_one_does():
    """The same score, once in the program and once from scikit-learn between its calls."""
    parameters = {"early_stopping": True, "learning_rate_init": 0.1, "max_iter": 60, "n_iter_no_change": 3}
    inside, outside = (regressor(scoring=scoring, **parameters).fit(X, REAL) for scoring in (None, "r2"))
    assert inside.n_iter_ < 60
    np.testing.assert_allclose(outside.validation_scores_, inside.validation_scores_, **CLOSE)
    assert_same_weights(outside, inside, **CLOSE)


@pytest.mark.parametrize(("n_good", "error"), [(0, ValueError), (2, RuntimeError)], ids=["at once", "in training"])
def test_a_scorer_that_raises_costs_no_model(n_good, error):
    model = regressor().fit(X, REAL)
    coefs, calls = model.coefs_, []

    def breaks(*_):
        calls.append(None)
        if len(calls) > n_good:
            raise RuntimeError("no score today")
        return 0.0

    with pytest.raises(error, match="no score today"):
        model.set_params(early_stopping=True, scoring=breaks).fit(X, REAL)
    assert model.coefs_ is coefs


def undefined_of_untrained(model, rows, y):
    """Warns, as scikit-learn's scorers do where a class is never predicted, until it has been called once."""
    if undefined_of_untrained.is_first:
        undefined_of_untrained.is_first = False
        warnings.warn("undefined", UndefinedMetricWarning, stacklevel=2)
    return accuracy_score(y, model.predict(rows))


@pytest.mark.filterwarnings("error::sklearn.exceptions.UndefinedMetricWarning")
def test_a_warning_about_untrained_predictions_refuses_no_scorer():
    undefined_of_untrained.is_first = True
    model = classifier(early_stopping=True, scoring=undefined_of_untrained).fit(X, LABELS)
    assert model.validation_scores_ == classifier(early_stopping=True).fit(X, LABELS).validation_scores_


# ---------------------------------------------------------------------------------- scores that are no numbers


def no_number(model, rows, y):
    return np.nan


def minus_infinity(model, rows, y):
    return -np.inf


TOO_LARGE = np.vstack([X_VAL, np.full((1, 5), 1e300)])  # for R2, which is then minus infinity or NaN


@pytest.mark.parametrize("n_estimators", [1, 2])
@pytest.mark.parametrize("scoring", [no_number, minus_infinity, None], ids=["NaN", "-inf", "compiled"])
def test_where_no_score_is_a_number_the_last_weights_stay_and_a_warning_says_which_score(scoring, n_estimators):
    own = {"X_val": TOO_LARGE, "y_val": np.append(REAL_VAL, 0.0)}
    model = regressor(early_stopping=True, scoring=scoring, n_estimators=n_estimators)
    name = "'r2'" if scoring is None else f"<function {scoring.__name__}"
    with pytest.warns(UserWarning, match=f"validation score {name}.* was never a finite number .* the last ones"):
        model.fit(X, REAL, **own)
    assert not np.isfinite(model.validation_scores_).any()
    assert_same_weights(model, regressor(n_estimators=n_estimators).fit(X, REAL))


def test_where_no_later_score_is_a_number_a_warm_start_ends_with_the_last_weights():
    own = {"X_val": X_VAL, "y_val": REAL_VAL}
    scores = iter([0.0, 1.0, 3.0, 2.0])  # the first is of no epoch

    def first_fit_only(*_):
        return next(scores, np.nan)

    model = regressor(early_stopping=True, scoring=first_fit_only, warm_start=True, max_iter=3).fit(X, REAL, **own)
    unstopped = copy.deepcopy(model).set_params(early_stopping=False).fit(X, REAL, **own)
    with pytest.warns(UserWarning, match="was never a finite number .* are the last ones"):
        model.fit(X, REAL, **own)
    assert_same_weights(model, unstopped)


def test_a_score_that_is_no_number_in_some_epochs_is_passed_over():
    own = {"X_val": X_VAL, "y_val": REAL_VAL}
    scores = [0.0, np.nan, 1.0, 5.0, np.nan, 2.0]  # the first is of no epoch; the best is that of the third

    given = iter(scores)
    stopped = regressor(early_stopping=True, scoring=lambda *_: next(given)).fit(X, REAL, **own)
    np.testing.assert_array_equal(stopped.validation_scores_, scores[1:])
    assert_same_weights(stopped, regressor(max_iter=3).fit(X, REAL))
    given = iter(scores)
    model = regressor(scoring=lambda *_: next(given)).fit(X, REAL, **own)
    assert model.best_validation_score_ == stopped.best_validation_score_ == 5.0


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_a_loss_that_is_no_number_is_warned_of(solver):
    with pytest.warns(UserWarning, match="The training loss was never a finite number"):
        regressor(solver=solver).fit(X, REAL * 1e200)
    if solver == "adam":
        with pytest.warns(UserWarning, match="The training loss was never a finite number"):
            regressor().partial_fit(X, REAL * 1e200)


@pytest.mark.filterwarnings("ignore:overflow")  # of NumPy, in the norm that the second call begins with
def test_a_perceptrons_loss_that_is_no_number_is_warned_of():
    model = PerceptronClassifier(penalty="l2", max_iter=2, backend="numpy")  # its squared weights are infinite
    with pytest.warns(UserWarning, match="The training loss was never a finite number"):
        model.fit(X * 1e200, LABELS)
    with pytest.warns(UserWarning, match="The training loss was never a finite number"):
        model.partial_fit(X * 1e200, LABELS)
    assert np.isfinite(model.coef_).all()


# --------------------------------------------------------------------------------------------------- divergence


DIVERGING = {"solver": "sgd", "learning_rate_init": 1e3, "max_iter": 20}
NON_FINITE = "Solver produced non-finite parameter weights"


@pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid")  # of NumPy's, in predictions of such weights
@pytest.mark.parametrize("scoring", [None, "neg_mean_squared_error", "neg_max_error"])
def test_a_fit_that_diverges_says_so_whoever_computes_the_score(scoring):
    with pytest.raises(ValueError, match=NON_FINITE):
        regressor(scoring=scoring, **DIVERGING).fit(X, REAL, X_val=X_VAL, y_val=REAL_VAL)
    with pytest.raises(ValueError, match=NON_FINITE):  # and no epoch is the best
        regressor(early_stopping=True, scoring=scoring, **DIVERGING).fit(X, REAL * 1e300)
    model = regressor(early_stopping=True, scoring=scoring, **DIVERGING)
    with pytest.warns(UserWarning, match=NON_FINITE + ".*those of the best epoch"):
        model.fit(X, REAL, X_val=X_VAL, y_val=REAL_VAL)
    best = int(np.nanargmax(model.validation_scores_)) + 1
    assert_same_weights(model, regressor(**{**DIVERGING, "max_iter": best}).fit(X, REAL))


def test_without_early_stopping_a_score_is_recorded_and_does_not_stop():
    model = classifier(scoring="f1_macro", max_iter=4).fit(X, LABELS, X_val=X_VAL, y_val=Y_VAL)
    expected = [f1_score(Y_VAL, step.predict(X_VAL), average="macro") for step in epoch_by_epoch(model, LABELS, 4)]
    np.testing.assert_allclose(model.validation_scores_, expected, **CLOSE)
    assert_same_weights(model, classifier(max_iter=4).fit(X, LABELS), **CLOSE)


# ------------------------------------------------------------------------------------------- row weights and classes


@pytest.mark.parametrize("make", [classifier, regressor, PerceptronClassifier])
def test_rows_set_aside_or_left_without_any_weight_are_refused_before_training(make):
    """A single row with a weight is set aside in a tenth of the cases."""
    messages = []
    model = make(random_state=3, early_stopping=True)
    for row in range(60):
        with pytest.raises(ValueError) as caught:
            model.fit(X, BINARY, sample_weight=np.arange(60) == row)
        messages.append(str(caught.value))
    of_left = sum("to train on, got zero for all 54 of them" in message for message in messages)
    of_set_aside = sum(
        "sets aside, got zero for all 6" in message or "weights for validation set are all zero" in message
        for message in messages
    )
    assert (of_left, of_set_aside) == (6, 54)
    assert not hasattr(model, "n_iter_")


def test_class_weights_that_leave_the_perceptron_no_row_are_refused():
    with pytest.raises(
        ValueError, match=r"class_weight together must leave a row .* among those to train on, got zero"
    ):
        PerceptronClassifier(class_weight={0: 0, 1: 0}).fit(X, BINARY)


_BALANCED = 60 / (3 * np.bincount(LABELS))
_OF_COLUMNS = [
    {k: 60 / (len(np.unique(column)) * n) for k, n in zip(*np.unique(column, return_counts=True), strict=True)}
    for column in MULTIOUTPUT.T
]
CLASS_WEIGHTS = {  # y, class_weight, and a function of rows of y that gives their weights
    "dict": (LABELS, {0: 3.0, 1: 0.5}, lambda y: np.array([3.0, 0.5, 1.0])[y]),
    "balanced": (LABELS, "balanced", lambda y: _BALANCED[y]),
    "columns": (
        MULTIOUTPUT, "balanced",
        lambda y: np.prod([[of[k] for k in column] for of, column in zip(_OF_COLUMNS, y.T, strict=True)], axis=0),
    ),
    "multilabel": (MULTILABEL, [{0: 1, 1: 4}] * 3, lambda y: 4.0 ** y.sum(axis=1)),
    "sparse multilabel": (sparse.csr_array(MULTILABEL), [{0: 1, 1: 4}] * 3, lambda y: 4.0 ** y.toarray().sum(axis=1)),
}  # fmt: skip


def own_score(model, rows, y, sample_weight=None):
    return model.score(rows, y, sample_weight)


@pytest.mark.parametrize("name", CLASS_WEIGHTS)
@pytest.mark.parametrize("scoring", [None, own_score], ids=["compiled", "host"])
@pytest.mark.parametrize("is_own", [False, True], ids=["set aside", "X_val"])
def test_class_weights_are_row_weights_wherever_rows_count(name, scoring, is_own):
    y, class_weight, weights_of = CLASS_WEIGHTS[name]
    rows = y[40:50] if name != "dict" else y[40:][y[40:] > 0]  # some without the class that the dict is about
    X_rows = X[40:50] if name != "dict" else X[40:][y[40:] > 0]
    np.testing.assert_allclose(compute_sample_weight(class_weight, y), weights_of(y))
    own = {"X_val": X_rows, "y_val": rows} if is_own else {}
    of_own = {"sample_weight_val": weights_of(rows)} if is_own else {}
    model = classifier(early_stopping=True, scoring=scoring)
    by_class = clone(model).set_params(class_weight=class_weight).fit(X, y, **own)
    by_row = clone(model).fit(X, y, weights_of(y), **own, **of_own)
    assert_same_weights(by_class, by_row, **CLOSE)
    for curve in ("loss_curve_", "validation_loss_curve_", "validation_scores_"):
        np.testing.assert_allclose(getattr(by_class, curve), getattr(by_row, curve), **CLOSE)
    assert not np.allclose(by_class.validation_loss_curve_, clone(model).fit(X, y, **own).validation_loss_curve_)


def test_balanced_classes_of_own_validation_rows_are_balanced_by_the_weighted_rows_trained_on():
    model = classifier(class_weight="balanced")
    model.fit(X, LABELS, WEIGHTS, X_val=X_VAL, y_val=Y_VAL, sample_weight_val=WEIGHTS_VAL)
    factors = WEIGHTS.sum() / (3 * np.bincount(LABELS, weights=WEIGHTS))
    expected = log_loss(Y_VAL, model.predict_proba(X_VAL), sample_weight=WEIGHTS_VAL * factors[Y_VAL])
    assert model.validation_loss_curve_[-1] == pytest.approx(expected)


def test_the_r2_of_a_diverged_epoch_is_nan_for_a_constant_target_too():
    rates = {"solver": "sgd", "momentum": 1.0, "learning_rate_init": 0.02, "batch_size": 1}
    common = {"max_iter": 8, "early_stopping": True, "random_state": 0, **rates}
    with np.errstate(all="ignore"):
        theirs = MLPRegressor(hidden_layer_sizes=(4,), **common).fit(X, np.zeros(len(X)))
    with pytest.warns(UserWarning, match="weights are those of the best epoch"):
        ours = MLPRegressorTF((4,), **common).fit(X, np.zeros(len(X)))
    assert np.isnan(theirs.validation_scores_).any()
    np.testing.assert_array_equal(ours.validation_scores_, theirs.validation_scores_)
