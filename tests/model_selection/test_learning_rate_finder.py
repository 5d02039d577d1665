"""LearningRateFinder: its curve beside scikit-learn's own steps, and its points beside theory."""

import warnings

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn import config_context
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_ann import PerceptronClassifier
from sklearn_ann.callbacks import TimeLimit
from sklearn_ann.model_selection import LearningRateFinder
from tests.estimators.problems import (
    CLOSE,
    LABELS,
    MULTILABEL,
    REAL,
    REALS,
    WEIGHTS,
    X_VAL,
    Y_VAL,
    X,
    classifier,
    regressor,
)


def find(estimator, X=X, y=LABELS, *, n_points=10, min_lr=1e-4, max_lr=1.0, batches_per_point=4, **params):
    """A short test, whose lowest loss may be at its end."""
    finder = LearningRateFinder(
        estimator, n_points=n_points, min_lr=min_lr, max_lr=max_lr, batches_per_point=batches_per_point
    )
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The range of learning rates must contain the lowest loss")
        return finder.fit(X, y, **params)


@pytest.mark.filterwarnings("ignore:.*:DeprecationWarning")
def test_points_are_the_losses_of_scikit_learns_steps_at_rising_rates():
    """With one batch of rows a point is one step; scikit-learn's optimizer is given the rate by hand."""
    ours = find(classifier(solver="sgd", batch_size=20), batches_per_point=1)
    rows = np.random.RandomState(3).permutation(60)[:20]
    theirs = MLPClassifier((7,), solver="sgd", random_state=3)
    rates, losses = np.geomspace(1e-4, 1, 10), []
    # The first step makes the optimizer, so that its rate is a parameter.
    theirs.set_params(learning_rate_init=rates[0]).partial_fit(X[rows], LABELS[rows], classes=range(3))
    losses.append(theirs.loss_)
    for rate in rates[1:]:
        theirs._optimizer.learning_rate = rate
        losses.append(theirs.partial_fit(X[rows], LABELS[rows]).loss_)
    np.testing.assert_allclose(ours.learning_rate_curve_, rates, rtol=1e-12)
    np.testing.assert_allclose(ours.loss_curve_, losses, **CLOSE)


def test_a_point_is_an_epoch_of_a_fit_to_the_sample():
    finder = find(classifier(batch_size=10), batches_per_point=2)
    rows = np.random.RandomState(3).permutation(60)[:20]
    rates = np.geomspace(1e-4, 1, 10)
    model = classifier(batch_size=10, max_iter=10, n_iter_no_change=10, learning_rate=lambda epoch: rates[epoch])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it has not converged
        model.fit(X[rows], LABELS[rows])
    np.testing.assert_allclose(finder.loss_curve_, model.loss_curve_, rtol=1e-12)


def test_the_smoothed_curve_is_a_moving_average_of_which_the_points_are_read():
    finder = find(classifier(solver="sgd", momentum=0), n_points=40, max_lr=100.0)
    losses = finder.loss_curve_
    padded = np.concatenate([[losses[0]] * 2, losses, [losses[-1]] * 2])
    smoothed = np.array([padded[i : i + 5].mean() for i in range(len(losses))])
    np.testing.assert_allclose(finder.smoothed_loss_curve_, smoothed, rtol=1e-9)
    lowest = np.flatnonzero(smoothed[0] - smoothed >= 0.99 * (smoothed[0] - smoothed.min()))[0]
    assert finder.suggested_learning_rate_ == finder.learning_rate_curve_[lowest] / 10
    after = lowest + np.flatnonzero(smoothed[lowest:] > smoothed[0])[0]
    assert finder.divergence_learning_rate_ == finder.learning_rate_curve_[after]


def test_a_sample_that_is_learned_by_heart_gives_a_rate_too():
    """From some rate on the loss is 0 and nothing moves any more: the lowest loss may be at any higher rate."""
    finder = LearningRateFinder(classifier(batch_size=16, random_state=1)).fit(X, LABELS)
    assert finder.smoothed_loss_curve_[-1] < 1e-3
    assert finder.suggested_learning_rate_ < 0.05


def test_gradient_descent_diverges_where_theory_says():
    """On a quadratic loss every step helps while the rate is below 2 / the largest eigenvalue of the Hessian."""
    y = X @ np.arange(1.0, 6.0)
    linear = regressor(hidden_layer_sizes=(), solver="sgd", momentum=0, alpha=0, batch_size=60)
    finder = find(linear, y=y, n_points=200, min_lr=1e-4, max_lr=1e4)
    rows = np.column_stack([X, np.ones(60)])
    limit = 2 / np.linalg.eigvalsh(rows.T @ rows / 60)[-1]
    falls = np.diff(finder.loss_curve_[finder.learning_rate_curve_ < limit])
    assert (falls < 0).all() and finder.loss_curve_[-1] > finder.loss_curve_[0]
    assert limit < finder.divergence_learning_rate_ < 10 * limit  # what grows has to outgrow the first loss
    assert finder.suggested_learning_rate_ < limit
    assert len(finder.loss_curve_) < 200  # it ended where the loss was no longer finite
    assert np.isfinite(finder.loss_curve_).all()


def test_a_loss_that_never_comes_back_has_no_point_of_divergence():
    finder = LearningRateFinder(classifier(), min_lr=1e-6, max_lr=1e-3, n_points=20)
    with pytest.warns(UserWarning, match=r"got it at max_lr=0.001; raise max_lr"):
        finder.fit(X, LABELS)
    assert np.isnan(finder.divergence_learning_rate_)


def test_a_range_that_begins_too_high_is_warned_of():
    linear = regressor(hidden_layer_sizes=(), solver="sgd", momentum=0, alpha=0, batch_size=60)
    with pytest.warns(UserWarning, match=r"got it at min_lr=5; lower min_lr"):
        LearningRateFinder(linear, min_lr=5, max_lr=10, n_points=10).fit(X, REAL)


def test_the_estimator_stays_as_it_was():
    generator = np.random.RandomState(0)
    model = classifier(early_stopping=True, random_state=generator).set_callbacks(TimeLimit(60))
    before, place, callbacks = model.get_params(), generator.get_state()[1].copy(), model._skl_callbacks
    find(model)
    assert model.get_params() == before and model._skl_callbacks is callbacks
    assert not hasattr(model, "coefs_")
    np.testing.assert_array_equal(generator.get_state()[1], place)


def test_an_int_random_state_makes_two_tests_equal():
    first, second = (find(classifier(dropout=0.2, batch_size=5)) for _ in range(2))
    np.testing.assert_array_equal(first.loss_curve_, second.loss_curve_)
    other = find(classifier(dropout=0.2, batch_size=5, random_state=4))
    assert not np.array_equal(first.loss_curve_, other.loss_curve_)
    before = np.random.get_state()[1].copy()
    find(classifier(random_state=None))
    np.testing.assert_array_equal(np.random.get_state()[1], before)


def test_a_pipeline_is_tested_as_a_whole():
    network = classifier(batch_size=10)
    finder = find(make_pipeline(StandardScaler(), network), 5 + 3 * X, batches_per_point=2)
    rows = np.random.RandomState(3).permutation(60)[:20]
    scaled = X.copy()
    scaled[rows] = StandardScaler().fit_transform(X[rows])
    np.testing.assert_allclose(finder.loss_curve_, find(network, scaled, batches_per_point=2).loss_curve_, **CLOSE)


def test_sample_weights_go_with_their_rows():
    """Rows without weight may hold anything; a weight is that of its row in the sample."""
    weights = np.where(np.arange(60) % 2, WEIGHTS, 0)
    wrong = np.where(np.arange(60) % 2, LABELS, 0)
    network = classifier(batch_size=10)
    expected = find(network, sample_weight=weights).loss_curve_
    np.testing.assert_allclose(find(network, y=wrong, sample_weight=weights).loss_curve_, expected, **CLOSE)
    assert not np.allclose(find(network).loss_curve_, expected)
    pipeline = make_pipeline(StandardScaler(with_mean=False, with_std=False), network)
    named = find(pipeline, mlpclassifiertf__sample_weight=weights)
    np.testing.assert_allclose(named.loss_curve_, expected, **CLOSE)
    with config_context(enable_metadata_routing=True):
        routed = find(
            clone(pipeline).set_params(
                mlpclassifiertf=clone(network).set_fit_request(sample_weight=True),
                standardscaler=StandardScaler(with_mean=False, with_std=False).set_fit_request(sample_weight=False),
            ),
            sample_weight=weights,
        )
    np.testing.assert_allclose(routed.loss_curve_, expected, **CLOSE)


def test_rows_without_weight_are_not_drawn():
    """A sample of such rows alone would have no loss."""
    weights = np.zeros(60)
    weights[[7, 30, 31]] = WEIGHTS[:3]
    network = make_pipeline("passthrough", classifier(batch_size=2))
    finder = find(network, batches_per_point=2, mlpclassifiertf__sample_weight=weights)
    rows = np.random.RandomState(3).permutation(60)
    rows = rows[weights[rows] > 0]
    model = classifier(
        batch_size=2, max_iter=10, n_iter_no_change=10, learning_rate=lambda epoch: np.geomspace(1e-4, 1, 10)[epoch]
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it has not converged
        model.fit(X[rows], LABELS[rows], sample_weight=weights[rows])
    np.testing.assert_allclose(finder.loss_curve_, model.loss_curve_, rtol=1e-12)


@pytest.mark.parametrize(
    ("model", "y"),
    [
        (classifier(early_stopping=True), MULTILABEL),
        (classifier(n_estimators=2, averaging=0.5), LABELS),
        (classifier(standardize=True, class_weight="balanced", normalization="batch"), LABELS),
        (regressor(solver="rmsprop", learning_rate="one_cycle"), REALS),
        (regressor(loss="gaussian", warm_start=True, verbose=True), REAL),
    ],
    ids=["early stopping", "ensemble", "batch normalization", "one_cycle", "gaussian"],
)
def test_networks_of_every_kind_have_a_curve(model, y, capsys):
    finder = find(model, y=y, min_lr=1e-5, max_lr=1e-2)
    assert len(finder.loss_curve_) == 10
    assert finder.loss_curve_[-1] < finder.loss_curve_[0]
    assert capsys.readouterr().out == ""


def test_sparse_rows_are_sampled_too():
    dense, sparse = find(classifier(), X), find(classifier(), csr_matrix(X))
    np.testing.assert_allclose(sparse.loss_curve_, dense.loss_curve_, **CLOSE)


def test_both_engines_have_one_curve():
    numpy, tensorflow = (find(classifier(backend=backend)) for backend in ("numpy", "tensorflow"))
    np.testing.assert_allclose(tensorflow.loss_curve_, numpy.loss_curve_, rtol=1e-7)


def test_ctrl_c_ends_the_test():
    calls = []

    def interrupted(*_):
        calls.append(1)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return 0.0

    finder = LearningRateFinder(classifier(scoring=interrupted), n_points=10)
    with pytest.raises(KeyboardInterrupt):
        finder.fit(X, LABELS, X_val=X_VAL, y_val=Y_VAL)
    assert len(calls) == 4 and not hasattr(finder, "loss_curve_")


def test_what_has_no_rate_is_refused():
    with pytest.raises(ValueError, match="a solver with a learning rate, got solver='lbfgs'; use 'adam'"):
        find(make_pipeline(StandardScaler(), classifier(solver="lbfgs")))
    for other in (
        PerceptronClassifier(),
        LogisticRegression(),
        make_pipeline(StandardScaler(), PerceptronClassifier()),
    ):
        with pytest.raises(TypeError, match="estimator must be MLPClassifierTF or MLPRegressorTF, or a Pipeline"):
            find(other)
    with pytest.raises(ValueError, match=r"min_lr must be below max_lr=0\.1, got 0\.1"):
        find(classifier(), min_lr=0.1, max_lr=0.1)


def test_errors_of_the_fit_are_those_of_the_estimator():
    with pytest.raises(ValueError, match="Input X contains NaN"):
        find(classifier(), np.where(X > 2, np.nan, X))
    with pytest.raises(ValueError, match="The 'batch_size' parameter of MLPClassifierTF"):
        find(classifier(batch_size="all"))
    with (
        pytest.warns(UserWarning, match="The training loss was never a finite number"),
        pytest.raises(ValueError, match="The loss must be finite at the first learning rate, got inf"),
    ):
        find(regressor(), y=1e200 * REAL)
