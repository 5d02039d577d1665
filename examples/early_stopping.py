"""
Early stopping, checkpoints and callbacks
=========================================

Monitor a fit, stop it at the right time, and resume it after an interruption.
"""

# %%
# Early stopping
# --------------
# If the validation loss rises while the training loss keeps falling, the network overfits. ``early_stopping=True`` then
# stops training and keeps the weights of the best epoch.
import tempfile
import warnings

import matplotlib.pyplot as plt
import numpy as np
from datasets import load
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split

from sklearn_ann import MLPClassifierTF
from sklearn_ann.callbacks import Callback, Checkpoint, EarlyStopping, Scores, TimeLimit
from sklearn_ann.inspection import TrainingCurveDisplay

warnings.simplefilter("ignore", ConvergenceWarning)  # max_iter is a choice here
try:
    X, y = load("fashion_10k", np.float32)
except FileNotFoundError as reason:
    print(reason, "Using the digits instead.")
    X, y = load("digits", np.float32)
X_train, X_val, y_train, y_val = train_test_split(X, y, random_state=0)


def network(**settings):
    return MLPClassifierTF((200,), **{"max_iter": 40, "random_state": 0, **settings})


whole = network(tol=0).fit(X_train, y_train, X_val=X_val, y_val=y_val)
stopped = network(early_stopping=True, scoring="loss", n_iter_no_change=4)
stopped.fit(X_train, y_train, X_val=X_val, y_val=y_val)

display = TrainingCurveDisplay.from_estimator(whole, quantities=["loss"])
best = 1 + int(np.argmin(stopped.validation_loss_curve_))
ax = display.axes_[0]
ax.axvline(best, color="tab:green", linestyle="--", label=f"best epoch, {best}")
ax.axvline(stopped.n_iter_, color="tab:red", linestyle=":", label=f"stopped, {stopped.n_iter_}")
ax.legend()
print(
    f"accuracy {whole.score(X_val, y_val):.3f} after all epochs, {stopped.score(X_val, y_val):.3f} with early stopping"
)

# %%
# Callbacks
# ---------
# Callbacks record scores or stop training by other rules. They never change the result otherwise.
model = network().set_callbacks(
    Scores(on="train"),
    Scores({"f1": "f1_macro"}, X_val, y_val),
    EarlyStopping("validation_loss", patience=5),
    TimeLimit(30),
)
model.fit(X_train, y_train, X_val=X_val, y_val=y_val)
print(model.stop_reason_)
print(", ".join(f"{name} {values[-1]:.3f}" for name, values in model.history_.items()))
TrainingCurveDisplay.from_estimator(model, quantities=["loss", "score"])

# %%
# Your own callback
# -----------------
# Write a class with at least one of the methods ``begin``, ``epoch_end`` and ``end``. This one, from the textbook,
# records the ratio of the validation loss to the training loss.


class Ratio(Callback):
    def epoch_end(self, context):
        context.record(ratio=context.history["validation_loss"][-1] / context.history["loss"][-1])


model = network().set_callbacks(Ratio()).fit(X_train, y_train, X_val=X_val, y_val=y_val)
_, ax = plt.subplots(figsize=(7, 4), layout="constrained")
ax.plot(np.arange(1, model.n_iter_ + 1), model.history_["ratio"])
ax.set(xlabel="epoch", ylabel="validation loss / training loss")

# %%
# Checkpoints
# -----------
# A killed fit resumes from its newest checkpoint and ends with exactly the same weights.


class PowerCut(Callback):
    def epoch_end(self, context):
        if context.epoch == 13:
            raise RuntimeError("no more power")


with tempfile.TemporaryDirectory() as folder:
    try:
        network(max_iter=20).set_callbacks(Checkpoint(folder, every=5), PowerCut()).fit(X_train, y_train)
    except RuntimeError as error:
        print(error)
    resumed = network(max_iter=20).set_callbacks(Checkpoint(folder, every=5)).fit(X_train, y_train, resume=True)
uninterrupted = network(max_iter=20).fit(X_train, y_train)
print("weights equal:", all(map(np.array_equal, resumed.coefs_, uninterrupted.coefs_)))
plt.show()
