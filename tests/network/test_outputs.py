"""Outputs beyond a loss on raw columns: activations, several columns per target, weights, margins, functions.

Gradients against finite differences, values against SciPy, Keras or the losses of single columns.
"""

import re

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import norm

from sklearn_ann.activations import ReLU
from sklearn_ann.links import LINKS
from sklearn_ann.losses import Gaussian, Hinge, Huber, LogCosh, LogLoss, LossFunction, Quantile, SquaredError
from sklearn_ann.network.forward_numpy import linked as linked_arrays
from sklearn_ann.network.forward_tensorflow import as_tensors, correct_rows, linked, loss_and_gradient, row_losses
from sklearn_ann.network.hyper import NetworkHyper
from sklearn_ann.network.spec import Network, Output
from sklearn_ann.network.weights import Weights
from sklearn_ann.runtime.backend import tf

_rng = np.random.RandomState(0)
X = _rng.normal(size=(30, 2))
REALS = _rng.normal(size=(30, 2))
SIGNS = (_rng.normal(size=(30, 3)) > 0).astype(float)
LABELS = _rng.randint(3, size=(30, 1)).astype(np.int32)
HEADS = np.column_stack([LABELS, _rng.randint(2, size=30)]).astype(np.int32)
SHARES = _rng.dirichlet([1.0, 1.0, 1.0], size=30)
RANGE = np.array([-2.0, 1.0]), np.array([3.0, 1.5])
WEIGHTS = np.array([0.3, 2.0, 1.1])


def squared_log(y, prediction):
    """A loss as users write them."""
    return tf.reduce_sum(tf.math.log(1 + tf.square(prediction - y)), axis=-1)


def of(loss, heads, activation=None, weighted=()):
    """An output and its hyperparameters."""
    output = Output(loss.structure(), heads, loss.outputs_per_target, activation, weighted)
    link = RANGE if output.link.fills_range else loss.link_hyper
    return output, NetworkHyper((), (), loss.hyper, link, (WEIGHTS[: len(weighted)],) if weighted else ())


BINARY, LABEL, SHARE = "binary", "multiclass", "probabilities"
GAUSSIAN, QUANTILES, OWN = Gaussian(0.01), Quantile([0.1, 0.5, 0.8]), LossFunction(squared_log)
OUTPUTS = [
    (*of(Hinge().of_form(BINARY), (3,)), SIGNS),
    (*of(Hinge().of_form(LABEL), (3,)), LABELS),
    (*of(Hinge().of_form(LABEL), (3, 2)), HEADS),
    (*of(LogLoss().of_form(SHARE), (3,)), SHARES),
    (*of(LogLoss(0.2).of_form(SHARE), (3,)), SHARES),
    (*of(GAUSSIAN, (4,)), REALS),
    (*of(QUANTILES, (6,)), REALS),
    (*of(OWN, (2,)), REALS),
    *((*of(Huber(0.7), (2,), name), REALS) for name in ("exp", "softplus", "relu")),
    *((*of(LogCosh(), (2,), f"{name}_between"), REALS) for name in ("logistic", "tanh")),
    (*of(OWN, (2,), "softplus"), REALS),
    (*of(LogCosh(), (2,), None, (1, 1)), REALS),
    (*of(GAUSSIAN, (4,), None, (2, 2)), REALS),
    (*of(LogLoss().of_form(BINARY), (3,), None, (1, 1, 1)), SIGNS),
    (*of(LogLoss().of_form(LABEL), (3, 2), None, (3, 2)), HEADS),
    (*of(QUANTILES, (6,), "softplus", (3, 3)), REALS),
]


def raw_of(output, seed=1):
    return np.random.RandomState(seed).normal(size=(30, output.width)) * 2


def losses(output, hyper, raw, y):
    return row_losses(output, tf.constant(raw), tf.constant(y), as_tensors(hyper)).numpy()


def _named(value):
    """The output without the address of a function, which every process has another of."""
    return re.sub(r" at 0x\w+", "", str(value)) if isinstance(value, Output) else ""


@pytest.mark.parametrize(("output", "hyper", "y"), OUTPUTS, ids=_named)
def test_gradients_are_finite_differences(output, hyper, y):
    network, hyper = Network(2, (), (ReLU(),), output, "float64"), as_tensors(hyper)
    rng = np.random.RandomState(2)
    coef, intercept = rng.normal(size=(2, output.width)), rng.normal(size=output.width)
    sample_weight = rng.uniform(size=30)

    def results():
        weights = Weights((tf.constant(coef),), (tf.constant(intercept),))
        value, gradient, _ = loss_and_gradient(network, weights, X, tf.constant(y), sample_weight, hyper)
        return value.numpy().sum(), gradient.coefs[0].numpy()

    _, slope = results()
    for place in np.ndindex(coef.shape):
        kept, around = coef[place], []
        for step in (1e-6, -1e-6):
            coef[place] = kept + step
            around.append(results()[0])
        coef[place] = kept
        # central differences of float64 values of size ~30
        assert slope[place] == pytest.approx((around[0] - around[1]) / 2e-6, abs=2e-7, rel=1e-6)


@pytest.mark.parametrize(("output", "hyper", "y"), OUTPUTS, ids=_named)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_links_on_arrays_and_on_tensors_agree(output, hyper, y, dtype):
    raw = raw_of(output).astype(dtype)
    by_tensor = linked(output, tf.constant(raw), as_tensors(hyper)).numpy()
    by_array = linked_arrays(raw.copy(), output, hyper)
    assert by_array.dtype == by_tensor.dtype == dtype
    np.testing.assert_allclose(by_array, by_tensor, rtol=1e-12 if dtype == "float64" else 1e-5, atol=1e-6)


@pytest.mark.parametrize("name", [name for name, link in LINKS.items() if link.slope is not None])
def test_links_are_finite_far_out(name):
    values = linked_arrays(np.array([[-700.0, 700.0], [700.0, -700.0]]), *of(Huber(), (2,), name))
    assert np.isfinite(values).all()


def test_a_bounded_output_fills_its_range():
    for name, share in (("logistic_between", expit), ("tanh_between", lambda raw: (np.tanh(raw) + 1) / 2)):
        output, hyper = of(SquaredError(), (2,), name)
        raw = raw_of(output)
        expected = np.array([-2.0, 1.0]) + np.array([5.0, 0.5]) * share(raw)
        np.testing.assert_allclose(linked_arrays(raw, output, hyper), expected, rtol=1e-12)


def test_a_gaussian_loss_is_the_negative_log_likelihood():
    output, hyper = of(GAUSSIAN, (4,))
    raw = raw_of(output)
    std = np.log1p(np.exp(raw[:, 1::2])) + 0.01
    expected = -norm.logpdf(REALS, raw[:, 0::2], std).mean(axis=1)
    np.testing.assert_allclose(losses(output, hyper, raw, REALS), expected, rtol=1e-10)
    np.testing.assert_allclose(linked_arrays(raw, output, hyper)[:, 1::2], std, rtol=1e-12)


def test_several_quantiles_are_the_sum_of_single_ones():
    output, hyper = of(QUANTILES, (6,))
    raw = raw_of(output)
    expected = sum(
        losses(*of(Quantile(quantile), (2,)), raw[:, i::3], REALS) for i, quantile in enumerate(QUANTILES.quantile)
    )
    np.testing.assert_allclose(losses(output, hyper, raw, REALS), expected, rtol=1e-12)


def test_soft_targets_are_right_where_the_largest_share_is():
    output, _ = of(LogLoss().of_form(SHARE), (3,))
    raw = raw_of(output)
    right = correct_rows(output, tf.constant(raw), tf.constant(SHARES)).numpy()
    np.testing.assert_array_equal(right, raw.argmax(axis=1) == SHARES.argmax(axis=1))


@pytest.mark.parametrize(("output", "hyper", "y"), [each for each in OUTPUTS if each[0].weighted], ids=_named)
def test_loss_weights_weigh_the_losses_of_the_outputs(output, hyper, y):
    raw = raw_of(output)
    ends = np.cumsum(output.weighted)
    expected = 0
    for i, (end, width) in enumerate(zip(ends, output.weighted, strict=True)):
        one = Output(output.loss, (width,), output.outputs_per_target, output.activation)
        own = hyper._replace(loss_weights=())
        expected += WEIGHTS[i] * losses(one, own, raw[:, end - width : end], y[:, i : i + 1])
    n = 1 if isinstance(output.loss, LogLoss) else len(ends)  # sum or mean over outputs
    np.testing.assert_allclose(losses(output, hyper, raw, y), expected / n, rtol=1e-12)


def test_a_loss_is_taken_on_the_activated_prediction():
    output, hyper = of(Huber(0.7), (2,), "softplus")
    raw = raw_of(output)
    expected = losses(*of(Huber(0.7), (2,)), np.log1p(np.exp(raw)), REALS)
    np.testing.assert_allclose(losses(output, hyper, raw, REALS), expected, rtol=1e-12)
    assert output.link_name == "softplus"
