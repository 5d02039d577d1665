"""
Find a learning rate
====================

Let the rate rise from batch to batch and look where the loss stops falling (Smith, 2017). A good rate is somewhat
below.
"""

# %%
# ``Exponential`` with a factor above 1 raises the rate: tenfold in every four epochs.
import warnings

import matplotlib.pyplot as plt
import numpy as np
from datasets import load
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split

from sklearn_ann import MLPClassifierTF
from sklearn_ann.schedules import Exponential

warnings.simplefilter("ignore", ConvergenceWarning)  # the range is what ends the fit
X, y = load("digits")
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)


def network(**settings):
    return MLPClassifierTF((100, 50), batch_size=50, tol=0, n_iter_no_change=np.inf, random_state=0, **settings)


rising = network(learning_rate=Exponential(epochs=4, factor=10), learning_rate_init=1e-5, max_iter=20)
rising.fit(X_train, y_train)
rates, losses = np.array(rising.learning_rate_curve_), np.array(rising.loss_curve_)
lowest = rates[losses.argmin()]
print(f"lowest loss at a rate of {lowest:.4f}")

_, ax = plt.subplots(figsize=(7, 4.5), layout="constrained")
ax.plot(rates, losses, marker="o")
ax.axvline(lowest, color="tab:red", linestyle=":", label="lowest loss")
ax.axvline(lowest / 10, color="tab:green", linestyle="--", label="a tenth of it")
ax.set(xscale="log", yscale="log", xlabel="learning rate", ylabel="loss of the epoch")
ax.legend()

# %%
# Rates around it
# ---------------
for rate in (lowest / 1000, lowest / 100, lowest / 10, lowest, 10 * lowest):
    model = network(learning_rate_init=rate, max_iter=15).fit(X_train, y_train)
    print(f"rate {rate:.5f}: loss {model.loss_:.4f}, test accuracy {model.score(X_test, y_test):.3f}")
plt.show()
