"""
MNIST, all in one run
=====================

The last exercise of the textbook's chapter: find a learning rate, then train with checkpoints, early stopping and
TensorBoard until 98 % of the test images are classified correctly. Here with 10,000 images instead of 70,000.
"""

# %%
# The data
# --------
import os
import tempfile
from importlib.util import find_spec

import matplotlib.pyplot as plt
import numpy as np
from datasets import load
from sklearn.model_selection import train_test_split

from sklearn_ann import MLPClassifierTF
from sklearn_ann.augmentations import RandomTranslation
from sklearn_ann.callbacks import Checkpoint, TensorBoard
from sklearn_ann.inspection import LearningRateDisplay, TrainingCurveDisplay
from sklearn_ann.model_selection import LearningRateFinder

try:
    X, y = load("mnist_10k", np.float32)
except FileNotFoundError as reason:
    print(reason, "Using the digits instead.")
    X, y = load("digits", np.float32)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, stratify=y, random_state=0)
X_train, X_val, y_train, y_val = train_test_split(X_train, y_train, test_size=0.1, stratify=y_train, random_state=0)
print(len(X_train), "rows to train on,", len(X_val), "for validation,", len(X_test), "for the test")

# %%
# Which learning rate?
# --------------------
# The range test increases the rate exponentially and records the loss. ``learning_rate_init="find"`` makes the same
# test inside ``fit``. The images are moved at random by up to two pixels in each epoch, so that the network overfits
# less on so few rows.
side = int(X.shape[1] ** 0.5)
moved = RandomTranslation((side, side), pixels=2)
model = MLPClassifierTF((300, 100), learning_rate_init="find", augmentation=moved, random_state=0)
finder = LearningRateFinder(model).fit(X_train, y_train)
LearningRateDisplay.from_estimator(finder)

# %%
# One run
# -------
# Training stops after ten epochs without a better validation score, and the model keeps the weights of the best epoch.
# A checkpoint is written every five epochs: a killed run resumes with ``fit(..., resume=True)``. Run ``tensorboard
# --logdir`` with the folder of the runs to see curves and histograms during training.
folder = tempfile.mkdtemp()
callbacks = [Checkpoint(os.path.join(folder, "checkpoints"), every=5)]
if find_spec("tensorboard") is None:
    print("Without TensorBoard: the package is not installed.")
else:
    callbacks.append(TensorBoard(os.path.join(folder, "runs"), histograms=10))
model.set_params(early_stopping=True, max_iter=80, n_iter_no_change=10).set_callbacks(*callbacks)
model.fit(X_train, y_train, X_val=X_val, y_val=y_val)
print(f"rate found: {model.learning_rate_init_:.2g}; {model.n_iter_} epochs: {model.stop_reason_}")
print(f"test accuracy {model.score(X_test, y_test):.4f}")
TrainingCurveDisplay.from_estimator(model)
for path, _, files in sorted(os.walk(folder)):
    print(os.path.relpath(path, folder), len(files), "files")
plt.show()
