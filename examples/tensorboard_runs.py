"""
Runs in TensorBoard
===================

Write three fits to event files, and look at them in TensorBoard.
"""

# %%
# The callback creates a folder for each fit.
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
from datasets import load
from sklearn.model_selection import train_test_split

from sklearn_ann import MLPClassifierTF
from sklearn_ann.callbacks import Scores, TensorBoard

folder = tempfile.mkdtemp()
runs = (
    {"hidden_layer_sizes": (20,), "learning_rate_init": 0.002},
    {"hidden_layer_sizes": (100,), "learning_rate_init": 0.003},
    {"hidden_layer_sizes": (100, 50), "learning_rate_init": 0.003, "dropout": 0.3},
)
X, y = load("digits")
X_train, X_val, y_train, y_val = train_test_split(X, y, random_state=0)
board = TensorBoard(folder, histograms=5, images=10, embeddings=1000)
for settings in runs:
    model = MLPClassifierTF(early_stopping=True, max_iter=100, random_state=0, **settings)
    model.set_callbacks(board, Scores(on="train")).fit(X_train, y_train, X_val=X_val, y_val=y_val)
    print(f"{model.score(X_val, y_val):.3f} on validation rows, {model.n_iter_} epochs, {settings}")

# %%
# In the browser
# --------------
print(f"tensorboard --logdir {folder}")

# %%
# If Chromium is installed, screenshots of some pages follow.


def photographs(pages):
    """Start TensorBoard, take screenshots of its pages in headless Chromium, and stop it."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        return []
    command = [sys.executable, "-m", "tensorboard.main", f"--logdir={folder}", "--port=0", "--load_fast=false"]
    images = []
    with (
        tempfile.TemporaryDirectory() as scratch,
        subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as server,
    ):
        try:
            address = next(found[0] for line in server.stderr if (found := re.search(r"http://\S+", line)))
            for page in pages:
                picture = Path(scratch) / f"{page}.png"
                options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1400,900"]
                options += ["--hide-scrollbars", "--virtual-time-budget=20000", f"--screenshot={picture}"]
                options += [f"--user-data-dir={scratch}/profile", f"{address}#{page}"]
                subprocess.run([chromium, *options], timeout=60, check=True, capture_output=True)
                images.append(plt.imread(picture))
        finally:
            server.terminate()
    return images


for image in photographs(["scalars", "graphs", "hparams"]):
    figure = plt.figure(figsize=(12, 12 * image.shape[0] / image.shape[1]))
    ax = figure.add_axes([0, 0, 1, 1])
    ax.imshow(image)
    ax.axis("off")
plt.show()
