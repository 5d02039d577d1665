"""
Transfer learning
=================

Start from the weights of a network trained on MNIST to learn other handwritten digits, of which only a few are
labelled.
"""

# %%
# Two collections of digits
# -------------------------
# The first collection is MNIST, cropped to the 20 x 20 pixels that contain the digit and scaled down. The second comes
# with scikit-learn: 8 x 8 pixels, written by other people and scanned in another way. If MNIST cannot be loaded, the
# first half of scikit-learn's digits is used instead.
import warnings

import matplotlib.pyplot as plt
import numpy as np
from datasets import load
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split

from sklearn_ann import MLPClassifierTF

warnings.simplefilter("ignore", ConvergenceWarning)  # every network gets the same number of epochs
X, y = load("digits")
try:
    images, source_labels = load("mnist_10k")
    box = images.reshape(-1, 28, 28)[:, 4:24, 4:24].repeat(2, axis=1).repeat(2, axis=2)
    source = box.reshape(-1, 8, 5, 8, 5).mean(axis=(2, 4)).reshape(-1, 64)  # means of 2.5 x 2.5 pixels
except FileNotFoundError as reason:
    print(reason, "Using the first half of the digits instead.")
    source, source_labels, X, y = X[:900], y[:900], X[900:], y[900:]

figure, axes = plt.subplots(2, 10, figsize=(10, 2.4), layout="constrained")
for row, (rows, labels) in zip(axes, ((source, source_labels), (X, y)), strict=True):
    for digit, ax in enumerate(row):
        ax.imshow(rows[labels == digit][0].reshape(8, 8), cmap="binary")
        ax.axis("off")

# %%
# Start from learned weights
# --------------------------
# Pass the learned weights as ``coef_init`` and ``intercept_init``. Without them, the same network starts from random
# weights.
pretrained = MLPClassifierTF((100, 50), max_iter=20, random_state=0).fit(source, source_labels)
print(f"without any labels of the new collection: accuracy {pretrained.score(X, y):.3f}")

given = {"coef_init": pretrained.coefs_, "intercept_init": pretrained.intercepts_}
sizes = [10, 20, 50, 100, 200]
scores = {"random weights": [], "learned weights": []}
for size in sizes:
    runs = {name: [] for name in scores}
    for seed in range(5):
        X_few, X_rest, y_few, y_rest = train_test_split(X, y, train_size=size, stratify=y, random_state=seed)
        for name, start in (("random weights", {}), ("learned weights", given)):
            model = MLPClassifierTF((100, 50), max_iter=50, random_state=seed)
            runs[name].append(model.fit(X_few, y_few, **start).score(X_rest, y_rest))
    for name, values in runs.items():
        scores[name].append((np.mean(values), np.std(values)))
        print(f"{size:3} rows, {name:15} accuracy {np.mean(values):.3f} +- {np.std(values):.3f}")

# %%
_, ax = plt.subplots(figsize=(7, 4.5), layout="constrained")
for name, values in scores.items():
    mean, std = np.transpose(values)
    ax.errorbar(sizes, mean, std, marker="o", capsize=3, label=name)
ax.set(xscale="log", xticks=sizes, xticklabels=sizes, xlabel="labelled rows of the new collection", ylabel="accuracy")
ax.minorticks_off()
ax.legend()
plt.show()
# sphinx_gallery_thumbnail_number = 2
