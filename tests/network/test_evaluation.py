"""The mean loss, beside the formula in NumPy, and of a loss on tensors beside the same on arrays."""

import numpy as np

from sklearn_ann.activations import ReLU
from sklearn_ann.losses import Huber, Poisson
from sklearn_ann.network.evaluation import mean_loss
from sklearn_ann.network.hyper import NetworkHyper
from sklearn_ann.network.spec import Network, Output
from sklearn_ann.network.weights import Weights


def test_rows_without_weight_do_not_count_even_where_their_loss_is_infinite():
    network = Network(1, (), (ReLU(),), Output(Poisson(), (1,)), "float64")
    weights = Weights((np.array([[2.0]]),), (np.array([0.5]),))
    X, y = np.array([[0.1], [0.3], [1e4], [-0.2]]), np.array([[1.0], [2.0], [3.0], [0.5]])
    sample_weight = np.array([1.0, 2.0, 0.0, 3.0])
    mean = np.exp(2 * X[:, 0] + 0.5, where=sample_weight > 0, out=np.ones(4))
    losses = y[:, 0] * np.log(y[:, 0] / mean) - y[:, 0] + mean
    expected = np.average(losses, weights=sample_weight)
    np.testing.assert_allclose(mean_loss(X, y, sample_weight, network, weights, NetworkHyper()), expected, rtol=1e-12)


def test_a_loss_on_tensors_takes_its_hyperparameters_in_full_precision():
    class OnTensors(Huber):
        needs_tensorflow = True

    weights, (X, y) = Weights((np.array([[2.0]]),), (np.array([0.5]),)), np.array([[[3.0], [0.2]], [[1.0], [0.5]]])

    def loss_by(huber):
        network = Network(1, (), (ReLU(),), Output(huber.structure(), (1,)), "float64")
        return mean_loss(X, y, None, network, weights, NetworkHyper(loss=huber.hyper))

    np.testing.assert_allclose(loss_by(OnTensors(0.7)), loss_by(Huber(0.7)), rtol=1e-14)
