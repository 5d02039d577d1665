"""
Reuse layers
============

Reuse the layers of a network for the digits 0 to 4 to learn the digits 5 to 9, of which only a few are labelled.
"""

# %%
# The two tasks
# -------------
# The base is trained on MNIST's digits 0 to 4 with all labels; every batch is moved by up to three pixels. Of the
# digits 5 to 9, 20 to 100 are labelled, the rest of the pool is not, and the others are the test set. If MNIST cannot
# be loaded, scikit-learn's smaller digits are used.
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
except FileNotFoundError as reason:
    print(reason, "Using scikit-learn's digits instead.")
    X, y = load("digits", np.float32)
side = int(np.sqrt(X.shape[1]))
low = y < 5
X_pool, X_test, y_pool, y_test = train_test_split(X[~low], y[~low], train_size=0.6, random_state=0)

sizes = (100, 50)
moved = {"augmentation": RandomTranslation((side, side), max(1, side // 9))}
base = MLPClassifierTF(sizes, **moved, max_iter=30, random_state=0).fit(X[low], y[low])
print(f"digits 0 to 4: {low.sum()} rows, accuracy {base.score(X[low], y[low]):.3f}")

# %%
# A base without labels
# ---------------------
# A denoising autoencoder learns to reconstruct the pixels of the unlabelled rows, three in ten of which are hidden. Its
# first two layers are the encoder.
autoencoder = MLPRegressorTF((*sizes, 100), input_dropout=0.3, max_iter=15, random_state=0).fit(X_pool, X_pool)

# %%
# Frozen, then unfrozen
# ---------------------
# First train only the new output, with a high rate: ``learning_rate_multipliers=[0, 0, 1]`` freezes the layers that
# were taken over. Then ``warm_start`` continues with all layers and a low rate. For comparison, a network with random
# weights trains for as many epochs as both together, once on the original images and once, like the base, on moved
# images.


def reused(base, seed, rows, labels):
    """Train a network with the layers of a base, first frozen and then unfrozen."""
    first = {"learning_rate_multipliers": [0, 0, 1], "learning_rate_init": 0.01, "max_iter": 60, "random_state": seed}
    model = MLPClassifierTF(sizes, base=base, n_base_layers=2, **first).fit(rows, labels)
    frozen = model.score(X_test, y_test)
    then = {"learning_rate_multipliers": None, "learning_rate_init": 0.0003, "max_iter": 40, "warm_start": True}
    return frozen, model.set_params(**then).fit(rows, labels).score(X_test, y_test)


def from_nothing(seed, rows, labels, **settings):
    model = MLPClassifierTF(sizes, max_iter=100, random_state=seed, **settings)
    return model.fit(rows, labels).score(X_test, y_test)


n_labels = [20, 50, 100]
scores = {}
for size in n_labels:
    runs = {}
    for seed in range(5):
        rows, _, labels, _ = train_test_split(X_pool, y_pool, train_size=size, stratify=y_pool, random_state=seed)
        few = (seed, rows, labels)
        runs.setdefault("random weights", []).append(from_nothing(*few))
        runs.setdefault("random weights, moved images", []).append(from_nothing(*few, **moved))
        for name, learned in (("digits 0 to 4", base), ("autoencoder", autoencoder)):
            frozen, unfrozen = reused(learned, *few)
            runs.setdefault(f"{name}, frozen", []).append(frozen)
            runs.setdefault(f"{name}, then unfrozen", []).append(unfrozen)
    for name, values in runs.items():
        scores.setdefault(name, []).append((np.mean(values), np.std(values)))
        print(f"{size:3} labels, {name:29} accuracy {np.mean(values):.3f} +- {np.std(values):.3f}")

# %%
# With frozen layers only, the accuracy soon stops improving. If the layers are then unfrozen with a low rate, those of
# the other digits are better than random weights for each number of labels. The autoencoder helps if there are very few
# labels. (Scikit-learn's digits are so easy that random weights are as good.)
_, ax = plt.subplots(figsize=(8, 4.5), layout="constrained")
for number, (name, values) in enumerate(scores.items()):
    mean, std = np.transpose(values)
    style = {"linestyle": ":" if name.endswith("frozen") and "then" not in name else "-", "color": f"C{number}"}
    ax.errorbar(np.array(n_labels) * (1 + 0.01 * number), mean, std, marker="o", capsize=3, label=name, **style)
ax.set(xscale="log", xticks=n_labels, xticklabels=n_labels, xlabel="labelled digits 5 to 9", ylabel="accuracy")
ax.minorticks_off()
ax.legend()
plt.show()
