"""Makes golden.json: small tables and what scikit-learn and PyOD make of them.

    python -m venv venv && venv/bin/pip install scikit-learn==1.9.1 pyod==3.6.7
    venv/bin/python make_golden.py > golden.json

The rows are drawn here and rounded to four decimals; they are no part of any data set. `versions`
in the file names what made it.
"""

import json
import sys

import numpy as np
import pyod
import sklearn
from pyod.models.copod import COPOD
from pyod.models.ecod import ECOD
from pyod.models.hbos import HBOS
from pyod.models.knn import KNN
from sklearn.covariance import EmpiricalCovariance, MinCovDet
from sklearn.decomposition import PCA
from sklearn.ensemble import IsolationForest
from sklearn.metrics import roc_auc_score
from sklearn.neighbors import LocalOutlierFactor
from sklearn.svm import OneClassSVM


def rows(values):
    """As the harness sees them: single precision."""
    return np.float32(np.round(values, 4)).astype(np.float64)


def tables(rng):
    """Two skewed, correlated clusters; a fifth of the test rows lies elsewhere."""
    mix = np.array([[1.0, 0.4, 0.0, 0.2, 0.0], [0, 0.8, 0.3, 0, 0], [0, 0, 0.6, 0.1, 0.5],
                    [0, 0, 0, 0.5, 0.2], [0, 0, 0, 0, 0.3]])
    draw = lambda n: rng.gamma(2.0, 0.15, (n, 5)) @ mix + 0.3 * (rng.random((n, 1)) < 0.3)
    train = draw(160)
    train[-30:] = train[:30]  # repeated rows
    test = draw(50)
    labels = np.arange(50) % 5 == 0
    test[labels] = rng.permuted(test[labels], axis=0) * 1.4  # in range, but not together
    return rows(train), rows(test), labels


def pca(train, test):
    out = {}
    for k in (1, 2, 4):
        model = PCA(n_components=k, svd_solver="full").fit(train)
        back = model.inverse_transform(model.transform(test))
        residual = (test - back) ** 2
        # scikit-learn >= 1.5 signs by the loading; before, by the largest projection in U.
        projected = model.transform(train)
        largest = projected[np.abs(projected).argmax(axis=0), np.arange(k)]
        distance = lambda c: np.linalg.norm(test[:, None, :] - c[None], axis=2).sum(axis=1).tolist()
        out[str(k)] = {
            "reconstruction": residual.mean(axis=1).tolist(),
            "loading": distance(model.components_),
            "projection": distance(model.components_ * np.sign(largest)[:, None]),
        }
    return out


def ocsvm(train, test):
    out = []
    for kernel in ("rbf", "linear", "poly", "sigmoid"):
        for nu in (0.02, 0.3):
            for gamma in ("scale", "auto", 0.5):
                params = {"kernel": kernel, "nu": nu, "gamma": gamma, "coef0": 0.5}
                model = OneClassSVM(**params, tol=1e-8).fit(train)
                out.append({"params": params, "score": (-model.decision_function(test)).tolist()})
    return out


def isolation_forest(train, test, labels):
    aucs = []
    for seed in range(100):
        model = IsolationForest(random_state=seed, max_samples=100).fit(train)
        aucs.append(roc_auc_score(labels, -model.score_samples(test)))
    mean = np.mean([-IsolationForest(random_state=s, max_samples=100, n_estimators=500).fit(train)
                    .score_samples(test) for s in range(40)], axis=0)
    return {"max_samples": 100, "mean_roc_auc": float(np.mean(aucs)), "mean_score": mean.tolist()}


def mcd(rng):
    """As many rows lie together as the estimator looks for, the others around them: one clear optimum.

    On a plain normal cluster there are many local ones, and who searches longer finds another.
    """
    mix = np.array([[1, 0.5, 0, 0], [0, 1, 0.3, 0], [0, 0, 0.4, 0.1], [0, 0, 0, 2]])
    cases = []
    for fraction, core in ((0.5, 78), (0.75, 112)):  # ceil((150 + 4 + 1) / 2) and 0.75 * 150, rounded down
        train = rng.standard_normal((150, 4)) @ mix
        train[core:] += np.sign(train[core:]) * 8
        train, test = rows(rng.permutation(train)), rows(rng.standard_normal((40, 4)) @ mix * 3)
        model = MinCovDet(support_fraction=None if fraction == 0.5 else fraction, random_state=0).fit(train)
        cases.append({"support_fraction": fraction, "train": train.round(4).tolist(), "test": test.round(4).tolist(),
                      "raw_support": np.flatnonzero(model.raw_support_).tolist(),
                      "raw_location": model.raw_location_.tolist(), "raw_covariance": model.raw_covariance_.tolist(),
                      "location": model.location_.tolist(), "score": model.mahalanobis(test).tolist()})
    return cases


def main():
    rng = np.random.default_rng(20)
    train, test, labels = tables(rng)
    one_by_one = lambda model: [float(model.decision_function(row[None])[0]) for row in test]
    knn = {m: KNN(n_neighbors=7, method=m).fit(train).decision_function(test).tolist()
           for m in ("largest", "mean", "median")}
    lof = {str(k): (-LocalOutlierFactor(n_neighbors=k, novelty=True).fit(train).score_samples(test)).tolist()
           for k in (5, 20)}
    golden = {
        "versions": {"python": sys.version.split()[0], "numpy": np.__version__,
                     "scikit-learn": sklearn.__version__, "pyod": pyod.__version__},
        "train": train.round(4).tolist(), "test": test.round(4).tolist(), "labels": labels.tolist(),
        "pca": pca(train, test),
        "ocsvm": ocsvm(train, test),
        "isolation_forest": isolation_forest(train, test, labels),
        "mahalanobis": EmpiricalCovariance().fit(train).mahalanobis(test).tolist(),
        "mcd": mcd(np.random.default_rng(21)),
        "hbos": {str(b): HBOS(n_bins=b).fit(train).decision_function(test).tolist() for b in (10, 25)},
        # PyOD joins the rows of a call to the training rows: one row at a time, or all of them.
        "ecod": {"train": one_by_one(ECOD().fit(train)),
                 "joint": ECOD().fit(train).decision_function(test).tolist()},
        "copod": {"train": one_by_one(COPOD().fit(train)),
                  "joint": COPOD().fit(train).decision_function(test).tolist()},
        "knn": knn,
        "lof": lof,
        "ecod_training": ECOD().fit(train).decision_scores_.tolist(),
        "copod_training": COPOD().fit(train).decision_scores_.tolist(),
        # Training rows, none of which is a neighbour of itself.
        "knn_training": {
            f"{m} {k}": KNN(n_neighbors=k, method=m).fit(train).decision_scores_.tolist()
            for m in ("largest", "mean", "median") for k in (1, 7)},
        "lof_training": {str(k): (-LocalOutlierFactor(n_neighbors=k).fit(train).negative_outlier_factor_).tolist()
                         for k in (5, 20)},
    }
    json.dump(golden, sys.stdout, indent=None, separators=(",", ":"))
    print()


main()
