"""
Wide and deep
=============

Connect some inputs directly to the output, in addition to the hidden layers (Cheng et al., "Wide & deep learning",
2016). The hidden layers then do not have to learn what is linear.
"""

# %%
# On California housing, as in the textbook, income, age and rooms are wide, and rooms to longitude are deep. The
# auxiliary output on the first hidden layer is trained too, but predictions do not use it.
import warnings

import matplotlib.pyplot as plt
import numpy as np
from datasets import load
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split

from sklearn_ann import MLPRegressorTF
from sklearn_ann.inspection import NetworkDisplay

warnings.simplefilter("ignore", ConvergenceWarning)  # every network gets the same number of epochs
try:
    X, y = load("california", np.float32)
except FileNotFoundError as reason:
    print(reason, "Using the diabetes data instead.")
    X, y = load("diabetes", np.float32)
    y = y / 100
X_train, X_val, y_train, y_val = train_test_split(X, y, random_state=42)

wide, deep = [0, 1, 2, 3, 4], [2, 3, 4, 5, 6, 7]
networks = {
    "deep": {},
    "wide and deep, all columns": {"wide": "all"},
    "wide and deep, chosen columns": {"wide": wide, "deep": deep},
    "with an auxiliary output": {"wide": wide, "deep": deep, "auxiliary_loss_weight": 0.1},
}
_, ax = plt.subplots(figsize=(7.5, 4.5), layout="constrained")
for name, settings in networks.items():
    model = MLPRegressorTF(
        (30, 30), standardize=True, early_stopping=True, scoring="loss", max_iter=60, random_state=0, **settings
    )
    model.fit(X_train, y_train, X_val=X_val, y_val=y_val)
    label = f"{name}, R2 {model.score(X_val, y_val):.3f}"
    ax.plot(range(1, model.n_iter_ + 1), model.validation_loss_curve_, label=label)
    networks[name] = model
ax.set(xlabel="epoch", ylabel="validation loss")
ax.legend()

# %%
# On these data, the wide part gains nothing, since the deep part also learns what it contributes. Networks with some
# columns that do not go through the hidden layers are slightly worse.

# %%
# The network
# -----------
# Green arrows connect the wide inputs directly to the output.
NetworkDisplay.from_estimator(networks["wide and deep, chosen columns"])
plt.show()
