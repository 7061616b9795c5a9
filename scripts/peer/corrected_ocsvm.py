"""scikit-learn's one-class SVM on the corrected study's rows: standardised logarithms of all 41 columns.

The row "OCSVM 41 standard log one-hot" of `experiments/kdd99-corrected.toml`, from the archives on:
ln(1 + x) of the numbers, one-hot categories, every column to mean 0 and variance 1 by the training
rows, columns that are constant there left out. The threshold has the best F1 on the validation rows,
weighted to 20 % attacks, and is then used on the test rows: every row of `corrected` that does not validate, and the
10,000 that the study drew from them.

    python corrected_ocsvm.py [FOLDER]
"""

import sys

import numpy as np
import pandas as pd
from sklearn.metrics import f1_score, precision_recall_curve, roc_auc_score
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import OneClassSVM

import split

CATEGORIES = [1, 2, 3]
NUMBERS = [column for column in range(41) if column not in CATEGORIES]


def weighted_best(y: np.ndarray, scores: np.ndarray) -> tuple[float, float]:
    """The score from which on rows are called, and its F1, with 20 % of the weight on outliers."""
    weights = np.where(y, 0.2 / y.sum(), 0.8 / (~y).sum())
    precision, recall, thresholds = precision_recall_curve(y, scores, sample_weight=weights)
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-300)
    best = int(np.argmax(f1[:-1]))
    return thresholds[best], f1[best]


def main() -> None:
    place = split.folder(sys.argv[1] if len(sys.argv) > 1 else None)
    train, _ = split.divide(split.read_all(place / split.TRAIN_FILE), "corrected")
    parts = split.test_parts(split.read_all(place / split.TEST_FILE), "corrected")

    encoder = OneHotEncoder(sparse_output=False, handle_unknown="ignore").fit(train[CATEGORIES].values)

    def columns(rows: pd.DataFrame) -> np.ndarray:
        return np.hstack([np.log1p(rows[NUMBERS].values), encoder.transform(rows[CATEGORIES].values)])

    x = columns(train)
    varies = np.ptp(x, axis=0) > 0
    scaler = StandardScaler().fit(x[:, varies])
    model = OneClassSVM(kernel="rbf", gamma="scale", nu=0.001).fit(scaler.transform(x[:, varies]))

    def scored(part: str) -> tuple[np.ndarray, np.ndarray]:
        inliers, outliers = parts[f"{part}_inliers"], parts[f"{part}_outliers"]
        rows = pd.concat([inliers, outliers])
        y = np.arange(len(rows)) >= len(inliers)
        return y, -model.decision_function(scaler.transform(columns(rows)[:, varies]))

    y, scores = scored("val")
    threshold, f1 = weighted_best(y, scores)
    print(f"validation: ROC-AUC {roc_auc_score(y, scores):.6f}, F1 at 20 % attacks {f1:.6f}")
    for part, name in (("all", "all test rows"), ("test", "the study's 10,000")):
        y, scores = scored(part)
        called = scores >= threshold
        print(f"{name}: ROC-AUC {roc_auc_score(y, scores):.6f}, F1 {f1_score(y, called):.6f}, "
              f"false positives {np.sum(called & ~y)} of {np.sum(~y)}, recall {np.mean(called[y]):.6f}")


if __name__ == "__main__":
    main()
