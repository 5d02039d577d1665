"""Three networks on scikit-learn's digits, written to one folder for TensorBoard to compare.

Prints what the runs came to, and the command that shows them.
"""

from pathlib import Path

from datasets import load
from sklearn.model_selection import train_test_split

from sklearn_ann import MLPClassifierTF
from sklearn_ann.callbacks import TensorBoard

FOLDER = Path(__file__).parent / "output" / "tensorboard"
RUNS = (
    {"hidden_layer_sizes": (20,), "learning_rate_init": 0.002},
    {"hidden_layer_sizes": (100,), "learning_rate_init": 0.003},
    {"hidden_layer_sizes": (100, 50), "learning_rate_init": 0.003, "dropout": 0.3},
)


def main():
    X, y = load("digits")
    X_train, X_val, y_train, y_val = train_test_split(X, y, random_state=0)
    board = TensorBoard(FOLDER, histograms=5, images=10, embeddings=1000)
    for parameters in RUNS:
        model = MLPClassifierTF(early_stopping=True, max_iter=100, random_state=0, **parameters).set_callbacks(board)
        model.fit(X_train, y_train, X_val=X_val, y_val=y_val)
        print(f"{model.score(X_val, y_val):.3f} on rows to validate with, {model.n_iter_} epochs, {parameters}")
    print(f"tensorboard --logdir {FOLDER}")


if __name__ == "__main__":
    main()
