"""The compared systems: each builds the same network from a task and trains it with the same batch size and epochs.

A system is a function ``task -> model`` where ``model`` has ``fit(X, y)`` (a fresh network every time) and
``predict(X)`` (labels or values). It imports its library itself, since the import is part of a cold start. What
differs between them, and cannot be made equal without leaving a system's own defaults: ours and scikit-learn have an L2
penalty of alpha = 1e-4 and draw the intercepts at random; Keras and skorch have neither. All use Adam with a
learning rate of 1e-3.
"""

import itertools
import os
from dataclasses import dataclass

__all__ = ["PERCEPTRON_SYSTEMS", "SYSTEMS", "Products", "Task", "n_outputs"]


@dataclass(frozen=True)
class Task:
    """One benchmark: a data set, a network on it, and for how long it is trained."""

    name: str
    data: str
    hidden: tuple
    epochs: int
    batch: int = 200
    kind: str = "classifier"  # or "regressor", or "perceptron"
    standardize: bool = True
    seed: int = 0


def _common(task):
    """Parameters that scikit-learn's estimators and ours spell the same way; no rule stops the training early."""
    return {
        "hidden_layer_sizes": task.hidden,
        "batch_size": task.batch,
        "max_iter": task.epochs,
        "tol": 0.0,
        "n_iter_no_change": float("inf"),
        "random_state": task.seed,
    }


def ours(task):
    from sklearn_ann import MLPClassifierTF, MLPRegressorTF, PerceptronClassifier

    if task.kind == "perceptron":
        return PerceptronClassifier(max_iter=task.epochs, tol=None, random_state=task.seed)
    return (MLPClassifierTF if task.kind == "classifier" else MLPRegressorTF)(**_common(task))


def ours_tensorflow(task):
    return ours(task).set_params(backend="tensorflow")


def sklearn(task):
    from sklearn.linear_model import Perceptron
    from sklearn.neural_network import MLPClassifier, MLPRegressor

    if task.kind == "perceptron":
        return Perceptron(max_iter=task.epochs, tol=None, random_state=task.seed)
    return (MLPClassifier if task.kind == "classifier" else MLPRegressor)(**_common(task))


def _keras_model(task, n_features, n_units, **compile_options):
    import keras

    layers = [keras.layers.Dense(units, activation="relu") for units in task.hidden]
    activation, loss = (
        (None, "mean_squared_error")
        if task.kind == "regressor"
        else ("sigmoid", "binary_crossentropy")
        if n_units == 1
        else ("softmax", "sparse_categorical_crossentropy")
    )
    layers.append(keras.layers.Dense(n_units, activation=activation))
    model = keras.Sequential([keras.Input((n_features,)), *layers])
    model.compile(optimizer=keras.optimizers.Adam(1e-3), loss=loss, **compile_options)
    return model


def n_outputs(task, y):
    """Return the size of the output layer: one for a real number or two classes, else one for each class."""
    if task.kind == "regressor":
        return 1
    n_classes = int(y.max()) + 1
    return 1 if n_classes == 2 else n_classes


class Products:
    """Only the matrix products of the training, into arrays that are there: what no network on NumPy can go below."""

    def __init__(self, task):
        self.task = task

    def fit(self, X, y):
        """Multiply as often and in the shapes in which a training does."""
        import numpy as np

        units = [X.shape[1], *self.task.hidden, n_outputs(self.task, y)]
        layers = list(itertools.pairwise(units))
        weights = [np.full(shape, 0.1, X.dtype) for shape in layers]
        gradients = [np.empty(shape, X.dtype) for shape in layers]
        batches = [X[start : start + self.task.batch] for start in range(0, len(X), self.task.batch)]
        arrays = {len(batch): [np.ones((len(batch), size), X.dtype) for size in units[1:]] for batch in batches}
        for _ in range(self.task.epochs):
            for batch in batches:
                values = [batch, *arrays[len(batch)]]
                for layer, weight in enumerate(weights):
                    np.dot(values[layer], weight, out=values[layer + 1])
                for layer in reversed(range(len(weights))):
                    np.dot(values[layer].T, values[layer + 1], out=gradients[layer])
                    if layer:
                        np.dot(values[layer + 1], weights[layer].T, out=values[layer])
        return self

    def predict(self, X):
        """Nothing that has a score."""
        return None


class _Keras:
    """``keras.Model.fit`` behind ``fit`` and ``predict``; y holds class indices already."""

    def __init__(self, task, **compile_options):
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        import keras

        self._keras, self._task, self._compile_options = keras, task, compile_options

    def fit(self, X, y):
        self._keras.backend.clear_session()
        self._keras.utils.set_random_seed(self._task.seed)
        self._model = _keras_model(self._task, X.shape[1], n_outputs(self._task, y), **self._compile_options)
        self._model.fit(X, y, batch_size=self._task.batch, epochs=self._task.epochs, verbose=0)

    def predict(self, X):
        output = self._model.predict(X, batch_size=1024, verbose=0)
        if self._task.kind == "regressor":
            return output[:, 0]
        return output.argmax(axis=1) if output.shape[1] > 1 else (output[:, 0] > 0.5).astype(int)


def keras(task):
    return _Keras(task)


def keras_xla(task):
    return _Keras(task, jit_compile=True, steps_per_execution=50)


def scikeras(task):
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras
    from scikeras.wrappers import KerasClassifier, KerasRegressor

    def build(meta):
        # Not by scikeras' own random_state, which switches on TensorFlow's determinism and so makes it slower still.
        keras.utils.set_random_seed(task.seed)
        n_units = 1 if task.kind == "regressor" or meta["n_classes_"] == 2 else meta["n_classes_"]
        return _keras_model(task, meta["n_features_in_"], n_units)

    wrapper = KerasClassifier if task.kind == "classifier" else KerasRegressor
    return wrapper(model=build, batch_size=task.batch, epochs=task.epochs, verbose=0)


class _Skorch:
    """skorch's net behind ``fit`` and ``predict``; it takes float32 only."""

    def __init__(self, task):
        import skorch
        import torch

        self._skorch, self._torch, self._task = skorch, torch, task

    def fit(self, X, y):
        torch, task = self._torch, self._task
        torch.manual_seed(task.seed)
        regressor = task.kind == "regressor"
        sizes = (X.shape[1], *task.hidden, 1 if regressor else int(y.max()) + 1)
        layers = []
        for n_in, n_out in itertools.pairwise(sizes):
            layers += [torch.nn.Linear(n_in, n_out), torch.nn.ReLU()]
        make = self._skorch.NeuralNetRegressor if regressor else self._skorch.NeuralNetClassifier
        self._net = make(
            torch.nn.Sequential(*layers[:-1]),
            criterion=torch.nn.MSELoss if regressor else torch.nn.CrossEntropyLoss,
            optimizer=torch.optim.Adam,
            lr=1e-3,
            batch_size=task.batch,
            max_epochs=task.epochs,
            iterator_train__shuffle=True,
            train_split=None,
            verbose=0,
        )
        self._net.fit(X.astype("float32"), y.reshape(-1, 1).astype("float32") if regressor else y)

    def predict(self, X):
        predicted = self._net.predict(X.astype("float32"))
        return predicted[:, 0] if self._task.kind == "regressor" else predicted


def skorch(task):
    return _Skorch(task)


SYSTEMS = {
    "ours": ours,
    "ours-tensorflow": ours_tensorflow,
    "sklearn": sklearn,
    "scikeras": scikeras,
    "keras": keras,
    "keras-xla": keras_xla,
    "skorch": skorch,
}
PERCEPTRON_SYSTEMS = ("ours", "ours-tensorflow", "sklearn")
