"""What is said of a user's function that cannot be traced."""

import keras
import pytest

from sklearn_ann import MLPRegressorTF
from sklearn_ann.runtime.functions import validate_function


def fails(*_):
    raise NotImplementedError("Cannot convert a symbolic tf.Tensor to a numpy array.\nAnd more.")


def test_a_fault_is_the_first_line_of_the_error():
    expected = "NotImplementedError (Cannot convert a symbolic tf.Tensor to a numpy array.)"
    assert validate_function(fails, (3, 2), "float64") == expected


@pytest.mark.parametrize("parameters", [{"activation": fails}, {"loss": fails}, {"augmentation": fails}])
def test_another_backend_of_keras_is_named_as_the_cause(parameters, monkeypatch):
    # With KERAS_BACKEND=jax, Keras' functions fail on TensorFlow's tensors with such an error.
    monkeypatch.setattr(keras.config, "backend", lambda: "jax")
    with pytest.raises(ValueError, match=r"Keras' backend is 'jax'.*KERAS_BACKEND=tensorflow before Keras is imported"):
        MLPRegressorTF((2,), **parameters).fit([[0.0], [1.0]], [0.0, 1.0])
