"""What Keras exports of ``to_keras``: programs that predict the same without this package."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.estimators.problems import LABELS, REALS, X, classifier, regressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")  # few epochs show enough


def test_a_saved_model_predicts_the_same(tmp_path):
    model = regressor(activation="selu", skip_connections=True, hidden_layer_sizes=(5, 5), standardize=True)
    model.fit(X, REALS).to_keras().export(tmp_path / "exported", verbose=False)
    program = tf.saved_model.load(tmp_path / "exported")
    np.testing.assert_allclose(program.serve(X), model.predict(X), rtol=1e-6, atol=1e-6)


# TensorFlow's own interpreter is the one that is installed with it; LiteRT's is a package of its own
@pytest.mark.filterwarnings("ignore:.*tf.lite.Interpreter is deprecated:UserWarning")
def test_tflite_predicts_the_same(tmp_path):
    model = classifier(activation="prelu", normalization="batch", standardize=True, dtype="float32").fit(X, LABELS)
    model.to_keras().export(tmp_path / "model.tflite", format="litert", verbose=False)
    interpreter, rows = tf.lite.Interpreter(str(tmp_path / "model.tflite")), X.astype(np.float32)
    (given,), (made,) = interpreter.get_input_details(), interpreter.get_output_details()
    interpreter.resize_tensor_input(given["index"], rows.shape)
    interpreter.allocate_tensors()
    interpreter.set_tensor(given["index"], rows)
    interpreter.invoke()
    probabilities = interpreter.get_tensor(made["index"])
    np.testing.assert_allclose(probabilities, model.predict_proba(rows), rtol=1e-5, atol=1e-5)
    assert keras.config.floatx() == "float32"
