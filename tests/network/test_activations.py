"""The activations beside Keras' of that name, as arrays and as tensors."""

import keras
import numpy as np
import pytest

from sklearn_ann.choices.activations import ALIASES
from sklearn_ann.network.activations import ACTIVATIONS, number_names
from sklearn_ann.network.backend import tf

KERAS_NAMES = {"identity": "linear", "logistic": "sigmoid"}
# In Keras' own words; the values are not its defaults.
SETTINGS = {
    "leaky_relu": ({"negative_slope": 0.3}, (0.3,)),
    "elu": ({"alpha": 0.7}, (0.7,)),
    "celu": ({"alpha": 0.7}, (0.7,)),
    "threshold": ({"threshold": 0.3, "default_value": -0.2}, (0.3, -0.2)),
}
Z = np.concatenate([np.linspace(-8, 8, 65), [-1e-9, 1e-9, -700.0, 700.0]])


@pytest.mark.filterwarnings("ignore:overflow:RuntimeWarning")  # exp(700) in float32 is infinite, in Keras too
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", [name for name, row in ACTIVATIONS.items() if not row.learned])
def test_values_equal_keras(name, dtype):
    z = Z.astype(dtype)
    # Keras rounds its constants to float32 on the way
    settings, numbers = SETTINGS.get(name, ({}, ()))
    if name == "step":
        expected = np.heaviside(z, 1)
    else:
        expected = keras.activations.get(KERAS_NAMES.get(name, name))(tf.constant(z), **settings).numpy()
    tolerance = {"rtol": 2e-6, "atol": 1e-6 if dtype == "float32" else 1e-7}
    by_array = ACTIVATIONS[name].array(z.copy(), *numbers)
    by_tensor = (
        ACTIVATIONS[name].tensor(tf, tf.constant(z), *(tf.constant(number, dtype) for number in numbers)).numpy()
    )
    assert by_array.dtype == by_tensor.dtype == dtype
    np.testing.assert_allclose(by_array, expected, **tolerance)
    np.testing.assert_allclose(by_tensor, expected, **tolerance)
    if dtype == "float64":
        np.testing.assert_allclose(by_array, by_tensor, rtol=1e-13, atol=1e-14)


def test_numbers_are_named_by_layer():
    assert number_names(["relu", "leaky_relu", "elu"]) == ((), ("activation_2.slope",), ("activation_3.alpha",))


def test_every_name_of_keras_for_a_function_of_single_numbers_is_known():
    theirs = {name for name in dir(keras.activations) if callable(getattr(keras.activations, name))}
    of_rows = {"glu", "softmax", "log_softmax", "sparsemax"}
    assert of_rows < theirs
    assert theirs - of_rows - {"get", "serialize", "deserialize"} <= {*ACTIVATIONS, *ALIASES}


@pytest.mark.parametrize(("alias", "name"), ALIASES.items())
def test_an_alias_is_keras_function_of_that_name(alias, name):
    expected = keras.activations.get(alias)(tf.constant(Z)).numpy()
    np.testing.assert_allclose(ACTIVATIONS[name].array(Z.copy()), expected, rtol=1e-6, atol=1e-7)
