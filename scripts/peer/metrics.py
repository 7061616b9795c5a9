"""Writes crates/core/tests/golden/operator.json: the metrics of an operator from scikit-learn.

Made with Python 3.11, NumPy 2.4.6, scikit-learn 1.9.1:
    python scripts/peer/metrics.py
Rows are made of whole numbers by `rows`, which the test has too, so that a case of 100,000 rows takes one
line of the file. Undefined values are null. scikit-learn has no macro recall over the classes of one label
and no precision at a prior: the first is the mean of its `recall_score` of each class alone, the second its
`precision_score` with rows that weigh as much as the prior says.
"""

import json
import math
import warnings
from pathlib import Path

import numpy as np
import sklearn
from sklearn import metrics

GOLDEN = Path(__file__).parents[2] / "crates/core/tests/golden/operator.json"
RATES = {"0_01": 1e-2, "0_001": 1e-3, "0_0001": 1e-4}
PRIORS = {"0_01": 1e-2, "0_001": 1e-3}

# Of `n` rows each `every`-th is an outlier; the scores of inliers are 0 to `spread` - 1 in an order that
# looks random, those of outliers are `shift` higher, and all are divided by `tie`, rounded down.
SMALL = {"n": 300, "every": 4, "factor": 7919, "spread": 997, "shift": 400, "tie": 1}
PART = {"n": 4000, "every": 4, "factor": 7919, "spread": 99991, "shift": 60000, "tie": 1}
LARGE = {"n": 150_000, "every": 5, "factor": 7919, "spread": 999_983, "shift": 900_000, "tie": 1}
CASES = [  # name, validation rows, test rows, threshold
    ("random", PART, {**PART, "factor": 104_729, "spread": 99_989}, 95_000),
    ("ties", {**PART, "tie": 5000}, {**PART, "factor": 104_729, "tie": 5000}, 15),
    ("three-values", {**PART, "tie": 50_000}, {**PART, "factor": 104_729, "tie": 50_000}, 1),
    ("constant", {**PART, "tie": 10**9}, {**PART, "tie": 10**9}, 0),
    ("perfect", {**PART, "shift": 10**6}, {**PART, "shift": 10**6}, 500_000),
    ("reversed", {**PART, "shift": -(10**6)}, {**PART, "shift": -(10**6)}, -500_000),
    ("nothing-is-called", PART, PART, 10**7),
    ("all-is-called", PART, PART, -1),
    ("no-false-alarm", PART, PART, 120_000),
    ("inliers-only", PART, {**PART, "every": 10**9}, 50_000),
    ("outliers-only", PART, {**PART, "every": 1}, 120_000),
    ("no-benign-validation-rows", {**PART, "every": 1}, PART, 95_000),
    ("few-validation-rows", SMALL, PART, 95_000),
    ("few-test-rows", PART, SMALL, 600),
    ("one-row", PART, {**SMALL, "n": 1}, 0),
    ("hundred-thousand", LARGE, {**LARGE, "factor": 104_729}, 990_000),
    ("tens-of-thousands", {**LARGE, "n": 20_000}, {**LARGE, "n": 13_000}, 990_000),
]


def rows(n, every, factor, spread, shift, tie):
    at = np.arange(n, dtype=np.int64)
    outlier = at % every == every - 1
    scores = (at * factor % spread + shift * outlier) // tie
    classes = np.where(outlier, 1 + at // every % 7 % 3, 0)
    return outlier, classes, scores.astype(float)


def known(value):
    return None if value is None or math.isnan(value) else float(value)


def threshold_at(outlier, scores, rate):
    """The smallest threshold that at most a share of the inliers is above, from the ROC curve."""
    false_positives, _, at_least = metrics.roc_curve(outlier, scores, drop_intermediate=False)
    last = np.flatnonzero(false_positives <= rate)[-1]
    # "At least the last" is "greater than the next lower score", which an outlier may have alone.
    chosen = at_least[last + 1]
    inliers = scores[~outlier]
    return inliers[inliers <= chosen].max()


def recall_at(validation, test, rate):
    (outlier, _, scores), (judged, _, judged_scores) = validation, test
    enough = all((~labels).sum() * rate >= 10 - 1e-9 for labels in (outlier, judged))
    if not enough or not judged.any():
        return None
    return metrics.recall_score(judged, judged_scores > threshold_at(outlier, scores, rate))


def precision_at(outlier, called, prior):
    if outlier.all() or not outlier.any() or not called.any():
        return None
    weights = np.where(outlier, prior / outlier.sum(), (1 - prior) / (~outlier).sum())
    return metrics.precision_score(outlier, called, sample_weight=weights)


def expected(validation, test, threshold):
    outlier, classes, scores = test
    called = scores > threshold
    both = outlier.any() and not outlier.all()
    of_class = [metrics.recall_score(classes == c, called & (classes == c)) for c in np.unique(classes[outlier])]
    found = {
        "balanced_accuracy": metrics.balanced_accuracy_score(outlier, called) if both else None,
        "macro_recall": np.mean(of_class) if of_class else None,
        "partial_roc_auc": metrics.roc_auc_score(outlier, scores, max_fpr=1e-2) if both else None,
        **{f"recall_at_fpr_{key}": recall_at(validation, test, rate) for key, rate in RATES.items()},
        **{f"precision_at_prevalence_{key}": precision_at(outlier, called, prior) for key, prior in PRIORS.items()},
    }
    return {name: known(value) for name, value in found.items()}


def main():
    warnings.simplefilter("error")
    cases = []
    for name, validation, test, threshold in CASES:
        metrics_of = expected(rows(**validation), rows(**test), threshold)
        cases.append({"name": name, "validation": validation, "test": test, "threshold": threshold, "metrics": metrics_of})
    versions = {"numpy": np.__version__, "sklearn": sklearn.__version__}
    lines = ",\n".join(json.dumps(case) for case in cases)
    GOLDEN.write_text(f'{{"versions": {json.dumps(versions)}, "cases": [\n{lines}\n]}}\n')


if __name__ == "__main__":
    main()
