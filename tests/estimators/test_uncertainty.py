"""Spreads of predictions: by dropout, by an ensemble, by a likelihood, and their sum."""

import pickle

import numpy as np
import pytest
from scipy.stats import spearmanr
from sklearn.datasets import load_diabetes

from sklearn_ann.network.forward_numpy import forward
from sklearn_ann.network.mc_dropout import draw_dropout_masks
from sklearn_ann.network.weights import as_weights
from tests.estimators.problems import BINARY, CLOSE, LABELS, MULTIOUTPUT, REAL, REALS, X, classifier, regressor

pytestmark = pytest.mark.filterwarnings("ignore:Stochastic Optimizer")  # fits cut short on purpose


def test_dropout_spreads_as_its_thinned_networks_do():
    model = regressor(dropout=0.4, input_dropout=0.1).fit(X, REALS)
    mean, std = model.predict(X, return_std=True)
    np.testing.assert_array_equal(mean, model.predict(X))
    weights = as_weights(model._net, model.coefs_, model.intercepts_, {})
    random_state = np.random.RandomState(model._noise_seed)
    masks = [draw_dropout_masks(model._net, (0.1, 0.4), random_state) for _ in range(100)]
    draws = [forward(X, model._net, weights, model._hyper, each) for each in masks]
    np.testing.assert_allclose(std, np.std(draws, axis=0), **CLOSE)
    assert std.min() > 0


def test_an_ensemble_spreads_as_its_members_lie_apart():
    model = regressor(n_estimators=4).fit(X, REAL)
    mean, std = model.predict(X, return_std=True)
    members = []
    for member in range(4):
        weights = as_weights(model._net, [c[member] for c in model.coefs_], [c[member] for c in model.intercepts_], {})
        members.append(forward(X, model._net, weights, model._hyper)[:, 0])
    np.testing.assert_allclose(mean, np.mean(members, axis=0), **CLOSE)
    np.testing.assert_allclose(std, np.std(members, axis=0), **CLOSE)


def test_variances_of_noise_and_of_networks_add_up():
    single = regressor(loss="gaussian").fit(X, REAL)
    _, noise = single.predict(X, return_std=True)
    weights = as_weights(single._net, single.coefs_, single.intercepts_, {})
    raw = forward(X, single._net, weights, single._hyper)
    np.testing.assert_allclose(noise, raw[:, 1], **CLOSE)

    several = regressor(loss="gaussian", n_estimators=3).fit(X, REAL)
    _, std = several.predict(X, return_std=True)
    parts = []
    for member in range(3):
        arrays = ([array[member] for array in group] for group in (several.coefs_, several.intercepts_))
        parts.append(forward(X, several._net, as_weights(several._net, *arrays, {}), several._hyper))
    means, stds = np.array(parts)[..., 0], np.array(parts)[..., 1]
    np.testing.assert_allclose(std**2, (stds**2).mean(axis=0) + means.var(axis=0), **CLOSE)


@pytest.mark.parametrize("target", [BINARY, LABELS, MULTIOUTPUT], ids=["binary", "multiclass", "multioutput"])
def test_probabilities_have_spreads_of_their_shape(target):
    model = classifier(dropout=0.3, n_estimators=2).fit(X, target)
    proba, std = model.predict_proba(X, return_std=True)
    for one, spread in zip(*((proba, std) if isinstance(proba, list) else ([proba], [std])), strict=True):
        assert one.shape == spread.shape and (spread > 0).all() and (spread < 0.5).all()
    if target is BINARY:
        np.testing.assert_array_equal(std[:, 0], std[:, 1])


def test_a_row_has_its_spread_alone_again_and_from_a_pickle():
    model = regressor(dropout=0.3, n_estimators=2, standardize=True).fit(X, REAL)
    _, std = model.predict(X, return_std=True)
    np.testing.assert_array_equal(model.predict(X, return_std=True)[1], std)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(model)).predict(X, return_std=True)[1], std)
    np.testing.assert_allclose(model.predict(X[5:6], return_std=True)[1], std[5:6], rtol=1e-9)


def test_real_errors_are_larger_where_the_ensemble_disagrees():
    """Diabetes, half of the rows held out: what the members disagree about is what they get wrong."""
    rows, y = load_diabetes(return_X_y=True)
    y = (y - y.mean()) / y.std()
    model = regressor(hidden_layer_sizes=(50,), n_estimators=10, loss="gaussian", max_iter=100, standardize=True)
    model.set_params(learning_rate_init=0.01).fit(rows[::2], y[::2])
    mean, std = model.predict(rows[1::2], return_std=True)
    assert spearmanr(std, np.abs(y[1::2] - mean)).statistic > 0.1


@pytest.mark.parametrize("model", [regressor(), classifier()], ids=["regressor", "classifier"])
def test_a_spread_that_is_not_there_is_refused(model):
    fitted = model.fit(X, LABELS)
    ask = fitted.predict if hasattr(fitted, "loss") and fitted.loss == "squared_error" else fitted.predict_proba
    with pytest.raises(ValueError, match=r"return_std=True\) needs several networks.*n_estimators=5 or dropout=0.1"):
        ask(X, return_std=True)
