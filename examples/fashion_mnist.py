"""
Fashion-MNIST with two hidden layers
====================================

Classify 60,000 images of clothes, of 28 x 28 pixels, with the textbook's network of 300 and 100 units.
"""

# %%
# If the data cannot be loaded, scikit-learn's digits are used.
import time
import warnings

import matplotlib.pyplot as plt
import numpy as np
from datasets import load
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import ConfusionMatrixDisplay
from sklearn.model_selection import train_test_split

from sklearn_ann import MLPClassifierTF
from sklearn_ann.inspection import TrainingCurveDisplay
from sklearn_ann.optimizers import AdamW

warnings.simplefilter("ignore", ConvergenceWarning)  # fits are short on purpose
names = np.array(["T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot"])
try:
    (X, y), (X_test, y_test) = load("fashion_60k", np.float32), load("fashion_test", np.float32)
except FileNotFoundError as reason:
    print(reason, "Using the digits instead.")
    X, X_test, y, y_test = train_test_split(*load("digits", np.float32), random_state=0)
    names = np.arange(10).astype(str)
X_train, X_val, y_train, y_val = train_test_split(X, names[y], test_size=1 / 12, random_state=0)
y_test = names[y_test]
side = int(X.shape[1] ** 0.5)

# %%
# Ten epochs
# ----------
model = MLPClassifierTF((300, 100), max_iter=10, random_state=0)
start = time.perf_counter()
model.fit(X_train, y_train, X_val=X_val, y_val=y_val)
print(f"test accuracy {model.score(X_test, y_test):.4f} after {time.perf_counter() - start:.1f} s")
print(model.summary())
TrainingCurveDisplay.from_estimator(model)

# %%
# Predictions
# -----------
# Ten test images with their most probable class. The bars are the probabilities of all classes.
proba = model.predict_proba(X_test[:10])
figure, axes = plt.subplots(4, 5, figsize=(12, 6), height_ratios=[2, 1, 2, 1], layout="constrained")
for number, (image, probabilities, label) in enumerate(zip(X_test[:10], proba, y_test[:10], strict=True)):
    top, bottom = axes[2 * (number // 5) : 2 * (number // 5) + 2, number % 5]
    top.imshow(image.reshape(side, side), cmap="binary")
    predicted = model.classes_[probabilities.argmax()]
    top.set_title(f"{predicted}, {probabilities.max():.0%}", color="black" if predicted == label else "tab:red")
    top.axis("off")
    bottom.bar(range(10), probabilities)
    bottom.set(ylim=(0, 1), xticks=[], yticks=[])

# %%
# Confusion matrix
# ----------------
_, ax = plt.subplots(figsize=(7, 6), layout="constrained")
ConfusionMatrixDisplay.from_estimator(
    model, X_test, y_test, normalize="true", values_format=".2f", xticks_rotation=45, cmap="Blues", ax=ax
)

# %%
# Less overfitting
# ----------------
# Use dropout, decoupled weight decay, and a cosine schedule over fifteen epochs.
more = MLPClassifierTF(
    (300, 100),
    solver=AdamW(weight_decay=0.1),
    learning_rate="cosine",
    dropout=0.2,
    kernel_initializer="auto",
    batch_size=128,
    max_iter=15,
    random_state=0,
)
start = time.perf_counter()
more.fit(X_train, y_train, X_val=X_val, y_val=y_val)
print(f"test accuracy {more.score(X_test, y_test):.4f} after {time.perf_counter() - start:.1f} s")

_, ax = plt.subplots(figsize=(7, 4.5), layout="constrained")
TrainingCurveDisplay.from_estimator(model, name="plain", ax=ax)
TrainingCurveDisplay.from_estimator(more, name="dropout, AdamW, cosine", ax=ax)
plt.show()
# sphinx_gallery_thumbnail_number = 2
