"""
Vanishing gradients and their cures
===================================

In a deep network of logistic units, the gradient shrinks from layer to layer until the first layers do not learn
(Glorot & Bengio, 2010). ReLU, initial weights of the right size, normalization and skip connections help.
"""

# %%
# Twenty logistic layers
# ----------------------
# The callback :class:`~sklearn_ann.callbacks.VitalSigns` records activations, gradients and updates of every layer.
# Dark lines are layers next to the inputs.
import warnings

import matplotlib.pyplot as plt
from datasets import load
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split

from sklearn_ann import MLPClassifierTF
from sklearn_ann.callbacks import VitalSigns
from sklearn_ann.inspection import TrainingCurveDisplay, VitalSignsDisplay
from sklearn_ann.normalizations import BatchNorm

warnings.simplefilter("ignore", ConvergenceWarning)  # every network gets the same number of epochs
X, y = load("digits")
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)


def deep(**settings):
    model = MLPClassifierTF((30,) * 20, max_iter=15, tol=0, random_state=0, **settings)
    return model.set_callbacks(VitalSigns()).fit(X_train, y_train)


vanished = deep(activation="logistic")
display = VitalSignsDisplay.from_estimator(vanished)
print(display.diagnosis)

# %%
# Cures
# -----
# Predictions use the moving averages of batch normalization, for which a hundred steps are few: with ``momentum=0.9``
# they adapt within ten.
cures = {
    "logistic": vanished,
    "ReLU, He": deep(activation="relu", kernel_initializer="he_normal"),
    "SELU, LeCun": deep(activation="selu", kernel_initializer="lecun_normal"),
    "logistic, batch normalization": deep(activation="logistic", normalization=BatchNorm(momentum=0.9)),
    "logistic, skip connections": deep(activation="logistic", skip_connections=True),
}
_, ax = plt.subplots(figsize=(8, 4.5), layout="constrained")
for name, model in cures.items():
    TrainingCurveDisplay.from_estimator(model, name=name, ax=ax)
    print(f"{name:32} test accuracy {model.score(X_test, y_test):.3f}")

# %%
# Gradients of the first and the last hidden layer
# ------------------------------------------------
_, ax = plt.subplots(figsize=(8, 4.5), layout="constrained")
for name, model in cures.items():
    ratio = [
        first / last for first, last in zip(model.history_["gradient_1"], model.history_["gradient_20"], strict=True)
    ]
    ax.plot(range(1, len(ratio) + 1), ratio, label=name)
ax.set(xlabel="epoch", ylabel="gradient of layer 1 / layer 20", yscale="log")
ax.legend()

# %%
# With normalization, the lines of the logistic layers stay together in each plot.
VitalSignsDisplay.from_estimator(cures["logistic, batch normalization"])
plt.show()
# sphinx_gallery_thumbnail_number = 2
