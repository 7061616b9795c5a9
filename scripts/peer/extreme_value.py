"""The score of `extreme-value` by its definition: every value is counted against every training value.

    python extreme_value.py [FOLDER]      ROC-AUC on the study's split, from the archives
    python extreme_value.py --golden      small tables with their scores, for crates/models/tests/golden
"""

import json
import sys

import numpy as np


def oddness(value: float, others: np.ndarray) -> float:
    """Minus the log of the two-sided tail probability of a value that joins the others, and more beyond them."""
    n = len(others)
    if n == 0:
        return 0.0
    tail = 1 + min(np.sum(others <= value), np.sum(others >= value))
    p = min(1.0, 2.0 * tail / (n + 1))
    low, high = others.min(), others.max()
    unit = (high - low) or abs(low) or 1.0
    return float(-np.log(p) + np.log1p(max(low - value, value - high, 0.0) / unit))


def parts(x: np.ndarray, train: np.ndarray) -> np.ndarray:
    """The oddness of each value of new rows. Equal values of a column are counted once."""
    out = np.empty(x.shape)
    for j in range(x.shape[1]):
        distinct, place = np.unique(x[:, j], return_inverse=True)
        out[:, j] = np.array([oddness(value, train[:, j]) for value in distinct])[place]
    return out


def training_scores(train: np.ndarray) -> np.ndarray:
    """Each training row against the rows that are left when it is taken out."""
    rows = range(len(train))
    return np.array([parts(train[[i]], np.delete(train, i, axis=0)).max() for i in rows])


def golden() -> dict:
    """Ties, a rare 0/1 column, one-hot columns, a constant column, a heavy tail; new rows inside and far out."""
    rng = np.random.default_rng(15)
    single = lambda values: np.float32(np.round(values, 4)).astype(np.float64)

    def draw(n: int) -> np.ndarray:
        one_hot = np.eye(3)[rng.choice(3, n, p=[0.7, 0.28, 0.02])]
        return single(np.column_stack([
            rng.normal(size=n), np.exp(2 * rng.normal(size=n)), rng.integers(0, 4, n), rng.random(n) < 0.05, one_hot,
            np.full(n, -0.5),
        ]))

    train, test = draw(70), draw(40)
    test[::5] *= 3
    test[1, :] = train[1, :]
    test[2, 7], test[3, 7], test[4, 0], test[6, 1] = -0.25, 1e6, -1e30, 1e30
    test = single(test)
    return {
        "numpy": np.__version__,
        "train": train.round(4).tolist(), "test": [[float(f"{v:.9g}") for v in row] for row in test],
        "parts": parts(test, train).tolist(), "score": parts(test, train).max(axis=1).tolist(),
        "training": training_scores(train).tolist(),
    }


def study(given: str | None) -> None:
    """The split of the 2020 study, its 18 columns and its labels."""
    from sklearn.metrics import roc_auc_score

    import split

    rows = split.load(split.folder(given))
    scores = parts(rows.x_test.astype(np.float64), rows.x_train.astype(np.float64)).max(axis=1)
    print(f"published split, 18 columns: ROC-AUC {roc_auc_score(rows.y_test, scores):.6f}")


if __name__ == "__main__":
    if "--golden" in sys.argv:
        print(json.dumps(golden()))
    else:
        study(sys.argv[1] if len(sys.argv) > 1 else None)
