"""
Pretraining without labels
==========================

Train an autoencoder, or a network for an auxiliary task, on rows without labels, and begin a classifier with its
layers.
"""

# %%
# Rows without labels
# -------------------
# Only 20 to 100 of the MNIST digits are labelled here. If MNIST cannot be loaded, scikit-learn's smaller digits are
# used.
import warnings

import matplotlib.pyplot as plt
import numpy as np
from datasets import load
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split

from sklearn_ann import MLPClassifierTF, MLPRegressorTF
from sklearn_ann.augmentations import RandomTranslation

warnings.simplefilter("ignore", ConvergenceWarning)  # every network gets the same number of epochs
try:
    X, y = load("mnist_10k", np.float32)
    X, y = X[:6000], y[:6000]
except FileNotFoundError as reason:
    print(reason, "Using scikit-learn's digits instead.")
    X, y = load("digits", np.float32)
side = int(np.sqrt(X.shape[1]))
X_pool, X_test, y_pool, y_test = train_test_split(X, y, train_size=0.5, random_state=0)
sizes = (100, 50)

# %%
# A denoising autoencoder
# -----------------------
# An autoencoder is a regressor from X to X. ``input_dropout`` hides three pixels in ten, so that it has to learn how
# pixels depend on each other (Vincent et al., "Stacked denoising autoencoders", 2010).
autoencoder = MLPRegressorTF((*sizes, 100), input_dropout=0.3, max_iter=20, random_state=0).fit(X_pool, X_pool)

hidden = X_test[:8] * (np.random.RandomState(0).uniform(size=X_test[:8].shape) >= 0.3) / 0.7
figure, axes = plt.subplots(3, 8, figsize=(8, 3.2), layout="constrained")
for row, images in zip(axes, (X_test[:8], hidden, autoencoder.predict(hidden)), strict=True):
    for ax, image in zip(row, images, strict=True):
        ax.imshow(image.reshape(side, side), cmap="binary", vmin=0, vmax=1)
        ax.axis("off")
figure.suptitle("Images, inputs of the autoencoder, and its reconstructions")

# %%
# An auxiliary task
# -----------------
# Predict by how many quarter turns an image was rotated. These labels cost nothing (Gidaris et al., "Unsupervised
# representation learning by predicting image rotations", 2018).
images = X_pool.reshape(-1, side, side)
turned = np.concatenate([np.rot90(images, turns, axes=(1, 2)).reshape(len(images), -1) for turns in range(4)])
turns = np.repeat(np.arange(4), len(images))
moved = RandomTranslation((side, side), max(1, side // 9))
rotations = MLPClassifierTF(sizes, augmentation=moved, max_iter=8, random_state=0).fit(turned, turns)
print(f"quarter turns: accuracy {rotations.score(turned, turns):.3f}")

# %%
# Pretrained classifiers
# ----------------------
# First train only the output, with the layers below frozen, then all layers with a low rate. The scores are means over
# five draws of the labels.
first = {"learning_rate_multipliers": [0, 0, 1], "learning_rate_init": 0.01, "max_iter": 60}
then = {"learning_rate_multipliers": None, "learning_rate_init": 0.0003, "max_iter": 40, "warm_start": True}
n_labels = [20, 50, 100]
scores = {}
for size in n_labels:
    runs = {"random weights": [], "autoencoder": [], "quarter turns": []}
    for seed in range(5):
        rows, _, labels, _ = train_test_split(X_pool, y_pool, train_size=size, stratify=y_pool, random_state=seed)
        plain = MLPClassifierTF(sizes, max_iter=100, random_state=seed).fit(rows, labels)
        runs["random weights"].append(plain.score(X_test, y_test))
        for name, base in (("autoencoder", autoencoder), ("quarter turns", rotations)):
            model = MLPClassifierTF(sizes, base=base, n_base_layers=2, **first, random_state=seed).fit(rows, labels)
            runs[name].append(model.set_params(**then).fit(rows, labels).score(X_test, y_test))
    for name, values in runs.items():
        scores.setdefault(name, []).append((np.mean(values), np.std(values)))
        print(f"{size:3} labels, {name:14} accuracy {np.mean(values):.3f} +- {np.std(values):.3f}")

# %%
# The gain depends on the data. On MNIST, both ways are slightly better than random weights; on scikit-learn's digits,
# which are few and easy, neither is.
_, ax = plt.subplots(figsize=(7, 4), layout="constrained")
for shift, (name, values) in zip((0.97, 1, 1.03), scores.items(), strict=True):  # so that no error bar hides another
    mean, std = np.transpose(values)
    ax.errorbar(np.multiply(n_labels, shift), mean, std, marker="o", capsize=3, label=name)
ax.set(xscale="log", xticks=n_labels, xticklabels=n_labels, xlabel="labelled rows", ylabel="accuracy")
ax.minorticks_off()
ax.legend()
plt.show()
# sphinx_gallery_thumbnail_number = 1
