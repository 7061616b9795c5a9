"""Writes fpr.json beside itself: the smallest threshold at which at most a share of the inliers scores
higher, from scikit-learn's ROC curve.

Made with Python 3.11, NumPy 2.4.6, scikit-learn 1.9.1:
    python make_fpr.py
"""

import json
from pathlib import Path

import numpy as np
import sklearn
from sklearn.metrics import roc_curve

RATES = [0.001, 0.005, 0.01, 0.05, 0.29, 0.5]


def samples():
    rng = np.random.default_rng(11)
    yield "continuous", rng.normal(0, 1, 1500), rng.normal(2, 1, 300)
    yield "tied", rng.integers(0, 12, 1200) / 4, rng.integers(6, 20, 200) / 4
    yield "few", rng.normal(0, 1, 150), rng.normal(1, 2, 400)
    yield "one-value", np.full(2000, 0.5), np.r_[np.full(10, 0.5), 0.7]


def threshold(labels, scores, rate):
    """A row is called an outlier if its score is greater; `roc_curve` calls those at its threshold too."""
    if (~labels).sum() * rate < 1:
        return None
    false_positives, _, at_least = roc_curve(labels, scores, drop_intermediate=False)
    last = np.flatnonzero(false_positives <= rate)[-1]
    # "At least the last" is "greater than the next lower score".
    chosen = at_least[last + 1]
    assert np.mean(scores[~labels] > chosen) <= rate
    assert np.mean(scores[~labels] > np.nextafter(chosen, -np.inf)) > rate
    return float(chosen)


def main():
    cases = []
    for name, inliers, outliers in samples():
        scores = np.r_[inliers, outliers]
        labels = np.r_[np.zeros(len(inliers), bool), np.ones(len(outliers), bool)]
        order = np.random.default_rng(3).permutation(len(scores))
        scores, labels = scores[order], labels[order]
        found = [[rate, threshold(labels, scores, rate)] for rate in RATES]
        cases.append({"name": name, "labels": labels.tolist(), "scores": scores.tolist(), "thresholds": found})
    versions = {"numpy": np.__version__, "sklearn": sklearn.__version__}
    Path(__file__).with_name("fpr.json").write_text(json.dumps({"versions": versions, "cases": cases}) + "\n")


if __name__ == "__main__":
    main()
