"""What Keras exports of ``to_keras``: programs that predict the same without this package."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from sklearn_ann import PerceptronClassifier
from tests.estimators.problems import LABELS, REALS, X, classifier, regressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")  # few epochs show enough


def test_a_saved_model_predicts_the_same(tmp_path):
    model = regressor(activation="selu", skip_connections=True, hidden_layer_sizes=(5, 5), standardize=True)
    model.fit(X, REALS).to_keras().export(tmp_path / "exported", verbose=False)
    program = tf.saved_model.load(tmp_path / "exported")
    np.testing.assert_allclose(program.serve(X), model.predict(X), rtol=1e-6, atol=1e-6)


def in_single_precision():
    return classifier(activation="prelu", normalization="batch", standardize=True, dtype="float32").fit(X, LABELS)


def in_double_precision():
    layers = {"hidden_layer_sizes": (5, 5), "activation": ["elu", "silu"], "wide": [0], "normalization": "layer"}
    return regressor(**layers, standardize=True, output_activation="logistic", output_range=(-9, 9)).fit(X, REALS)


# TensorFlow's own interpreter is the one that is installed with it; LiteRT's is a package of its own
@pytest.mark.filterwarnings("ignore:.*tf.lite.Interpreter is deprecated:UserWarning")
@pytest.mark.parametrize(
    ("fit", "dtype"),
    [
        (in_single_precision, None),
        (in_double_precision, "float32"),
        (lambda: PerceptronClassifier().fit(X, LABELS), "float32"),
    ],
)
def test_tflite_predicts_the_same(fit, dtype, tmp_path):
    model = fit()
    model.to_keras(dtype=dtype).export(tmp_path / "model.tflite", format="litert", verbose=False)
    interpreter, rows = tf.lite.Interpreter(str(tmp_path / "model.tflite")), X.astype(np.float32)
    (given,), (made,) = interpreter.get_input_details(), interpreter.get_output_details()
    interpreter.resize_tensor_input(given["index"], rows.shape)
    interpreter.allocate_tensors()
    interpreter.set_tensor(given["index"], rows)
    interpreter.invoke()
    predict = next(
        getattr(model, name) for name in ("predict_proba", "decision_function", "predict") if hasattr(model, name)
    )
    np.testing.assert_allclose(interpreter.get_tensor(made["index"]), predict(rows), rtol=1e-5, atol=1e-5)
    assert keras.config.floatx() == "float32"


def test_a_dtype_of_ones_own():
    model = in_double_precision()
    single, double = model.to_keras(dtype="float32"), model.to_keras()
    assert (single(X).dtype, double(X).dtype) == ("float32", "float64")
    np.testing.assert_allclose(double(X), model.predict(X), rtol=1e-6, atol=1e-6)
    assert model.coefs_[0].dtype == np.float64
    with pytest.raises(ValueError, match="dtype must be 'float32', 'float64' or None, got 'float16'"):
        model.to_keras(dtype="float16")


@pytest.mark.filterwarnings("ignore:.*Any type hint is inferred as AnyType:UserWarning")  # MLflow's, about itself
def test_mlflow_saves_and_loads_what_to_keras_makes(tmp_path, monkeypatch):
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")  # which importing it would otherwise start
    monkeypatch.chdir(tmp_path)
    mlflow = pytest.importorskip("mlflow.keras", reason="mlflow-skinny is not installed")
    model = in_single_precision()
    mlflow.save_model(model.to_keras(), "model", pip_requirements=["keras"])
    rows = X.astype(np.float32)
    np.testing.assert_allclose(mlflow.load_model("model")(rows), model.predict_proba(rows), rtol=1e-5, atol=1e-6)
