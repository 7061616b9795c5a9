"""Makes classifiers.json: labelled tables and what scikit-learn's logistic regression, Gaussian naive Bayes and
nearest-neighbour classifier make of them.

    python -m venv venv && venv/bin/pip install scikit-learn==1.9.1
    venv/bin/python make_classifiers_golden.py > classifiers.json

The rows are drawn here and rounded to four decimals; they are no part of any data set. No two training rows
equal each other or lie equally far from a test row, so that every right implementation finds the same
neighbours. `versions` in the file names what made it.
"""

import json
import sys

import numpy as np
import sklearn
from scipy.spatial.distance import cdist
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier


def rows(values):
    """As the harness sees them: single precision."""
    return np.float32(np.round(values, 4)).astype(np.float64)


def table(rng, n):
    """Six columns: one is constant, one is constant among inliers; the label needs three, and lies on 5 %."""
    x = rng.normal(size=(n, 6))
    x[:, 1] *= 40
    y = (x[:, 0] + x[:, 1] / 40 - 0.7 * x[:, 2] > 1.0) ^ (rng.random(n) < 0.05)
    x[:, 4] = 0.25
    x[~y, 5] = 0.5
    return rows(x), y


def weight(extra):
    given = extra.get("class_weight")
    return {False: 1.0, True: given} if isinstance(given, float) else given


def logistic(x, y, test):
    out = []
    for params in ({}, {"c": 0.01}, {"c": 100.0}, {"class_weight": "balanced"}, {"c": 0.3, "class_weight": 4.0}):
        model = LogisticRegression(C=params.get("c", 1.0), class_weight=weight(params), tol=1e-10,
                                   max_iter=100_000, solver="newton-cholesky").fit(x, y)
        out.append({"params": params, "score": model.decision_function(test).tolist(),
                    "coefficients": model.coef_[0].tolist(), "intercept": float(model.intercept_[0])})
    return out


def bayes(x, y, test):
    out = []
    for params in ({}, {"var_smoothing": 1e-3}, {"var_smoothing": 0.5}):
        odds = GaussianNB(**params).fit(x, y).predict_joint_log_proba(test)
        out.append({"params": params, "score": (odds[:, 1] - odds[:, 0]).tolist()})
    return out


def neighbours(x, y, test):
    distances = np.sort(cdist(np.vstack([test, x]), x), axis=1)
    assert (np.diff(distances[:len(test), :40]) > 1e-9).all(), "two rows are equally far"
    out = []
    for k in (1, 5, 30):
        for weights in ("uniform", "distance"):
            model = KNeighborsClassifier(k, weights=weights).fit(x, y)
            # The first training rows too: a row at distance 0 alone counts by distance.
            score = model.predict_proba(np.vstack([test, x[:5]]))[:, 1]
            out.append({"params": {"n_neighbors": k, "weights": weights}, "score": score.tolist()})
    return out


rng = np.random.default_rng(7)
(x, y), (test, _) = table(rng, 300), table(rng, 80)
golden = {
    "versions": {"python": sys.version.split()[0], "numpy": np.__version__, "scikit-learn": sklearn.__version__},
    "train": x.round(4).tolist(), "labels": y.tolist(), "test": test.round(4).tolist(),
    "logistic_regression": logistic(x, y, test),
    "naive_bayes": bayes(x, y, test),
    "knn_classifier": neighbours(x, y, test),
}
json.dump(golden, sys.stdout, separators=(",", ":"))
print()
