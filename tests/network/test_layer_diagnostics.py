"""Gradients of a network on tensors beside those of the same on arrays."""

import numpy as np

from sklearn_ann.activations import ELU
from sklearn_ann.losses import Huber
from sklearn_ann.network.hyper import NetworkHyper
from sklearn_ann.network.initial import initial_weights
from sklearn_ann.network.layer_diagnostics import look_inside
from sklearn_ann.network.spec import Network, Output
from sklearn_ann.network.weights import Weights
from sklearn_ann.runtime.tree import leaves


def test_tensors_give_the_values_and_gradients_of_arrays():
    class OnTensors(Huber):
        needs_tensorflow = True

    rng = np.random.RandomState(0)
    X, y, sample_weight = rng.normal(size=(9, 3)), rng.normal(size=(9, 2)), rng.uniform(size=9)
    hyper = NetworkHyper(activations=((0.7,),), loss=(0.3,))
    found = []
    for loss in (Huber(), OnTensors()):
        network = Network(3, (4,), (ELU().structure(),), Output(loss.structure(), (2,)), "float64")
        weights = Weights(*map(tuple, initial_weights(network, np.random.RandomState(0))))
        values, gradients = look_inside(network, weights, X, y, sample_weight, hyper)
        found.append([*values, *leaves(gradients)])
    for array, tensor in zip(*found, strict=True):
        np.testing.assert_allclose(tensor, array, rtol=1e-12, atol=1e-15)
