"""
First-layer weights as images
=============================

Plot the weights from all pixels to one unit as an image. Ink on a red pixel makes the unit more active, on a blue pixel
less.
"""

# %%
# A perceptron has one image per class.
import warnings

import matplotlib.pyplot as plt
from datasets import load
from sklearn.exceptions import ConvergenceWarning

from sklearn_ann import MLPClassifierTF, PerceptronClassifier
from sklearn_ann.inspection import WeightImagesDisplay

warnings.simplefilter("ignore", ConvergenceWarning)  # every network gets the same number of epochs
try:
    X, y = load("mnist_10k")
except FileNotFoundError as reason:
    print(reason, "Using the digits instead.")
    X, y = load("digits")

perceptron = PerceptronClassifier(average=True, max_iter=10, tol=None).fit(X, y)
WeightImagesDisplay.from_estimator(perceptron, order="index")

# %%
# Hidden units
# ------------
# Without a penalty, pixels that are always empty keep their initial weights. A larger ``alpha`` removes these and
# leaves strokes.
for alpha in (1e-4, 1.0):
    model = MLPClassifierTF((64,), alpha=alpha, max_iter=15, random_state=0).fit(X, y)
    display = WeightImagesDisplay.from_estimator(model, n_units=15)
    display.figure_.suptitle(f"alpha={alpha}")

# %%
# L1 penalty
# ----------
# An L1 penalty makes most weights zero.
from sklearn_ann.regularizers import L1

model = MLPClassifierTF((64,), alpha=0, regularizer=L1(0.2), max_iter=15, random_state=0).fit(X, y)
WeightImagesDisplay.from_estimator(model, n_units=15)
print(f"accuracy {model.score(X, y):.3f}, {(abs(model.coefs_[0]) < 1e-3).mean():.0%} of the weights below 0.001")
plt.show()
# sphinx_gallery_thumbnail_number = 3
