"""
California housing
==================

Predict the house prices of districts from income, age, rooms and location: the textbook's regression with a multilayer
perceptron.
"""

# %%
# Scale the features, and set rows aside for early stopping. (If the data cannot be loaded, scikit-learn's diabetes data
# are used.)
import matplotlib.pyplot as plt
import numpy as np
from datasets import load
from sklearn.linear_model import LinearRegression
from sklearn.metrics import root_mean_squared_error
from sklearn.model_selection import train_test_split

from sklearn_ann import MLPRegressorTF
from sklearn_ann.inspection import TrainingCurveDisplay

try:
    X, y = load("california", np.float32)
except FileNotFoundError as reason:
    print(reason, "Using the diabetes data instead.")
    X, y = load("diabetes", np.float32)
    y = y / 100
X_rest, X_test, y_rest, y_test = train_test_split(X, y, random_state=42)
X_train, X_val, y_train, y_val = train_test_split(X_rest, y_rest, random_state=42)

model = MLPRegressorTF(
    (50, 50, 50), standardize=True, early_stopping=True, scoring="loss", max_iter=100, random_state=42
)
model.fit(X_train, y_train, X_val=X_val, y_val=y_val)
linear = LinearRegression().fit(X_rest, y_rest)
for name, each in (("linear regression", linear), ("network", model)):
    error, r2 = root_mean_squared_error(y_test, each.predict(X_test)), each.score(X_test, y_test)
    print(f"{name:18} RMSE {error:.3f}, R2 {r2:.3f}")

# %%
# Training curves
# ---------------
TrainingCurveDisplay.from_estimator(model, quantities=["loss"])

# %%
# Predictions
# -----------
# Prices were capped at 500,000 dollars, which shows as a line of points at 5.
_, ax = plt.subplots(figsize=(5.5, 5), layout="constrained")
predicted = model.predict(X_test)
ax.scatter(y_test, predicted, s=4, alpha=0.3)
ax.axline((y_test.mean(), y_test.mean()), slope=1, color="black", linewidth=0.8)
ax.set(xlabel="true value", ylabel="predicted value", xlim=(0, y.max() * 1.05), ylim=(0, predicted.max() * 1.05))

# %%
# Errors on the map
# -----------------
# The last two columns are latitude and longitude.
if X.shape[1] == 8:
    _, ax = plt.subplots(figsize=(6.5, 5), layout="constrained")
    points = ax.scatter(X_test[:, 7], X_test[:, 6], c=predicted - y_test, s=6, cmap="RdBu_r", vmin=-2, vmax=2)
    plt.colorbar(points, label="predicted - true, 100,000 dollars")
    ax.set(xlabel="longitude", ylabel="latitude")
plt.show()
# sphinx_gallery_thumbnail_number = 2
