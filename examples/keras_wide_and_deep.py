"""
Wide and deep in Keras
======================

Use Keras models as estimators: with one or two inputs, with an auxiliary output, and as a subclass of ``keras.Model``.
``inputs`` and ``outputs`` say which columns go where, and whole epochs run in one compiled program.
"""

# %%
# The data are California housing. The wide input goes directly to the output, the deep one through two hidden layers
# (Cheng et al., "Wide & deep learning", 2016). A Normalization layer learns the mean and variance of the training rows.
import keras
import matplotlib.pyplot as plt
import numpy as np
from datasets import load
from sklearn.metrics import root_mean_squared_error
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_ann.keras import KerasRegressor

layers = keras.layers
try:
    X, y = load("california", np.float32)
except FileNotFoundError as reason:
    print(reason, "Using the diabetes data instead.")
    X, y = load("diabetes", np.float32)
    X, y = X[:, :8], y / 100
X_train, X_test, y_train, y_test = train_test_split(X, y.astype(np.float32), random_state=42)


# %%
# The functional models have one input for both paths, or two inputs that share some columns.
def one_input():
    """Build a network whose inputs are also connected directly to the output."""
    inputs = keras.Input((8,))
    normalized = layers.Normalization()(inputs)
    hidden = layers.Dense(30, "relu")(layers.Dense(30, "relu")(normalized))
    return keras.Model(inputs, layers.Dense(1)(layers.concatenate([normalized, hidden])))


def two_inputs(auxiliary=False):
    """Build a network with an input for each path, and optionally an output on the hidden layers alone."""
    wide, deep = keras.Input((5,), name="wide"), keras.Input((6,), name="deep")
    hidden = layers.Dense(30, "relu")(layers.Dense(30, "relu")(layers.Normalization()(deep)))
    both = layers.concatenate([layers.Normalization()(wide), hidden])
    main = layers.Dense(1, name="main")(both)
    return keras.Model([wide, deep], [main, layers.Dense(1, name="aux")(hidden)] if auxiliary else main)


# %%
# This subclass of ``keras.Model`` has an auxiliary output as well. Its layers get their input shapes with the first
# batch, so a scaler in front of the estimator replaces the Normalization layers.
class WideAndDeep(keras.Model):
    """A network with two inputs and two outputs."""

    def __init__(self, units=30):
        super().__init__()
        self.hidden1, self.hidden2 = layers.Dense(units, "relu"), layers.Dense(units, "relu")
        self.main, self.aux = layers.Dense(1), layers.Dense(1)

    def call(self, inputs):
        """Return both outputs of a batch."""
        hidden = self.hidden2(self.hidden1(inputs["deep"]))
        return {"main": self.main(layers.concatenate([inputs["wide"], hidden])), "aux": self.aux(hidden)}


# %%
# Income, age and rooms are wide; rooms to longitude are deep. The auxiliary output learns the same target with a weight
# of 0.1, and ``predict`` ignores it.
common = {"loss": "mse", "optimizer": "adam", "epochs": 30, "verbose": 0, "random_state": 0}
routed = {"inputs": {"wide": slice(0, 5), "deep": slice(2, 8)}}
two_outputs = routed | {"outputs": {"main": 0, "aux": 0}, "compile__loss_weights": {"main": 0.9, "aux": 0.1}}
networks = {
    "one input": KerasRegressor(one_input, **common),
    "two inputs": KerasRegressor(two_inputs, **common, **routed),
    "auxiliary output": KerasRegressor(two_inputs, model__auxiliary=True, **common, **two_outputs),
    "as a class": make_pipeline(StandardScaler(), KerasRegressor(WideAndDeep, **common, **two_outputs)),
}
_, ax = plt.subplots(figsize=(7.5, 4.5), layout="constrained")
for name, network in networks.items():
    network.fit(X_train, y_train)
    fitted = network[-1] if name == "as a class" else network
    rmse = root_mean_squared_error(y_test, network.predict(X_test))
    print(f"{name:>16}: RMSE {rmse:.3f}, trained by: {fitted.engine_}")
    losses = fitted.history_.get("main_loss", fitted.history_["loss"])
    style = "--" if name == "as a class" else "-"  # its curve is nearly that of the auxiliary output
    ax.plot(range(1, len(losses) + 1), losses, style, label=f"{name} (RMSE {rmse:.3f})")
ax.set(xlabel="epoch", ylabel="mean squared error in training", yscale="log")
for axis_formatter in (ax.yaxis.set_major_formatter, ax.yaxis.set_minor_formatter):
    axis_formatter("{x:.1f}")
ax.legend()
plt.show()

# %%
# The network with a single input is best here, because every column takes both paths. In the other networks, some
# columns take only one of them.
