"""Writes ensemble.json beside itself: surprisals of scores among validation inliers, the members that
greedy forward selection with replacement takes, and the scores of other rows, with scikit-learn's metrics
on weighted rows in place of formulas.

Made with Python 3.11, NumPy 2.4.6, scikit-learn 1.9.1:
    python make_ensemble.py
"""

import json
from pathlib import Path

import numpy as np
import sklearn
from sklearn.metrics import average_precision_score, precision_recall_curve, roc_auc_score

LIMIT = 8


def surprisal(reference, scores):
    at_least = (reference[None, :] >= scores[:, None]).sum(axis=1)
    return -np.log((1 + at_least) / (1 + len(reference)))


def criterion(name, labels, scores, prevalence):
    weight = np.ones(len(labels))
    if prevalence is not None:
        weight[labels] = prevalence / labels.sum()
        weight[~labels] = (1 - prevalence) / (~labels).sum()
    precision, recall, _ = precision_recall_curve(labels, scores, sample_weight=weight)
    f1 = (2 * precision * recall / np.maximum(precision + recall, 1e-300)).max()
    return {
        "f1": f1,
        "roc_auc": roc_auc_score(labels, scores),
        "average_precision": average_precision_score(labels, scores, sample_weight=weight),
        "f1_roc_auc": (f1 + roc_auc_score(labels, scores)) / 2,
    }[name]


def join(combine, members, counts):
    return np.average(members, axis=0, weights=counts) if combine == "mean" else members[counts > 0].max(axis=0)


def greedy(labels, members, combine, maximise, prevalence):
    counts, best, best_value = np.zeros(len(members), int), None, -1.0
    for _ in range(LIMIT):
        tried = []
        for member in range(len(members)):
            more = counts.copy()
            more[member] += 1
            tried.append(criterion(maximise, labels, join(combine, members, more).round(12), prevalence))
        counts[int(np.argmax(np.round(tried, 12)))] += 1
        if max(tried) > best_value + 1e-12:
            best, best_value = counts.copy(), max(tried)
    return best, best_value


def rows(rng, inliers, outliers):
    """Five members; each outlier is known to two of them, one scores at random, all have ties."""
    labels = np.arange(inliers + outliers) >= inliers
    members = rng.gamma(2.0, 1.0, (5, len(labels)))
    known = rng.integers(0, 4, (2, outliers))
    for which in known:
        members[which, inliers + np.arange(outliers)] += rng.uniform(0.5, 6.0, outliers)
    members *= np.array([1.0, 30.0, 0.01, 2.0, 5.0])[:, None]
    return labels, np.array([np.round(m / s, 1) * s for m, s in zip(members, [1.0, 30.0, 0.01, 2.0, 5.0])])


rng = np.random.default_rng(11)
labels, validation = rows(rng, 150, 350)
_, test = rows(rng, 40, 10)
references = [member[~labels] for member in validation]
known = np.array([surprisal(r, m) for r, m in zip(references, validation)])
new = np.array([surprisal(r, m) for r, m in zip(references, test)])
cases = []
for combine in ("mean", "max"):
    for maximise in ("f1", "roc_auc", "average_precision", "f1_roc_auc"):
        for prevalence in (None, 0.2):
            counts, value = greedy(labels, known, combine, maximise, prevalence)
            cases.append(
                {
                    "combine": combine,
                    "maximise": maximise,
                    "prevalence": prevalence,
                    "weights": counts.tolist(),
                    "value": float(value),
                    "scores": join(combine, new, counts).tolist(),
                }
            )
golden = {
    "versions": {m.__name__: m.__version__ for m in (np, sklearn)},
    "limit": LIMIT,
    "labels": labels.tolist(),
    "validation": validation.tolist(),
    "test": test.tolist(),
    "cases": cases,
}
(Path(__file__).parent / "ensemble.json").write_text(json.dumps(golden) + "\n")
