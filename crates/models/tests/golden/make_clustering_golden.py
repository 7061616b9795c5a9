"""Makes clustering.json: scores of scikit-learn's KMeans and GaussianMixture and of PyOD's CBLOF.

    python -m venv venv && venv/bin/pip install scikit-learn==1.9.1 pyod==3.6.7
    venv/bin/python make_clustering_golden.py > clustering.json

The rows are drawn here and rounded to four decimals; they are no part of any data set. Every start
finds the same clusters in them, which is checked, so that every right implementation has these scores.
"""

import json
import sys

import numpy as np
import pyod
import sklearn
from pyod.models.cblof import CBLOF
from sklearn.cluster import KMeans
from sklearn.mixture import GaussianMixture

SEEDS = range(20)


def rows(values):
    """As the harness sees them: single precision."""
    return np.float32(np.round(values, 4)).astype(np.float64)


def same(answers, what, tolerance=1e-9):
    """The answer that does not depend on the seed."""
    for other in answers[1:]:
        assert np.allclose(answers[0], other, rtol=tolerance, atol=tolerance), f"{what} depends on the seed"
    return answers[0].tolist()


def separate_clusters(rng):
    """Four clusters of 120, 60, 25 and 8 rows in three columns, and rows near, between and far from them."""
    centres = np.array([[0, 0, 0], [4, 0, 1], [0, 5, 0], [6, 6, 6]])
    train = [rng.normal(centre, 0.5, size=(n, 3)) for centre, n in zip(centres, (120, 60, 25, 8))]
    train = rng.permutation(np.concatenate(train))
    test = [rng.normal(centre, 0.8, size=(10, 3)) for centre in centres] + [rng.uniform(-4, 10, size=(20, 3))]
    return rows(train), rows(np.concatenate(test))


def k_means(train, test):
    fits = [KMeans(4, n_init=10, random_state=seed).fit(train) for seed in SEEDS]
    return same([fit.transform(test).min(axis=1) for fit in fits], "k-means")


CBLOF_CASES = [
    {},
    {"use_weights": True},
    {"alpha": 0.5},
    {"alpha": 0.5, "beta": 2.2, "use_weights": True},
    {"alpha": 0.97, "beta": 2.0},
    {"beta": 3.0},
]


def cblof(train, test, params):
    fits = []
    for seed in SEEDS:
        clusters = KMeans(4, n_init=10, random_state=seed)
        fits.append(CBLOF(n_clusters=4, clustering_estimator=clusters, **params).fit(train))
    return {
        "params": params,
        "large": len(fits[0].large_cluster_labels_),
        "test": same([fit.decision_function(test) for fit in fits], "CBLOF"),
        "train": same([fit.decision_scores_ for fit in fits], "CBLOF"),
    }


def overlapping_clusters(rng):
    """Two stretched clusters in five columns, of which one is constant and one is the sum of two others;
    and rows of which some are so far away that their density is 0 in double precision."""
    spread = np.array([[1.0, 0.6, 0.0], [0.0, 0.5, 0.3], [0.2, 0.0, 0.8]])
    centres = np.array([[0, 0, 0], [2.5, 2.0, 1.0]])

    def table(x):
        return rows(np.column_stack([x, np.full(len(x), 0.25), np.round(x[:, 0] + x[:, 1], 4)]))

    train = [centre + rng.normal(size=(n, 3)) @ (spread * scale)
             for centre, n, scale in zip(centres, (150, 100), (1.0, 0.6))]
    test = [centre + rng.normal(size=(20, 3)) @ spread for centre in centres] + [rng.uniform(-60, 60, size=(10, 3))]
    test = table(np.concatenate(test))
    test[::9, 3] = 0.5
    return table(rng.permutation(np.concatenate(train))), test


GMM_CASES = [
    {"n_components": 1},
    {"n_components": 1, "covariance_type": "diag"},
    {"n_components": 2},
    {"n_components": 2, "covariance_type": "diag"},
    {"n_components": 2, "reg_covar": 1e-3, "tol": 1e-9, "max_iter": 1000},
    {"n_components": 2, "covariance_type": "diag", "tol": 1e-9, "max_iter": 1000},
    {"n_components": 2, "tol": 0.0, "max_iter": 3},
]


def gmm(train, test, params):
    fits = [GaussianMixture(random_state=seed, **params).fit(train) for seed in SEEDS]
    return {
        "params": params,
        "score": same([-fit.score_samples(test) for fit in fits], f"the mixture {params}", 1e-7),
    }


def main():
    rng = np.random.default_rng(16)
    train, test = separate_clusters(rng)
    golden = {
        "versions": {"numpy": np.__version__, "scikit-learn": sklearn.__version__, "pyod": pyod.__version__},
        "separate": {"train": train.tolist(), "test": test.tolist()},
        "k_means": k_means(train, test),
        "cblof": [cblof(train, test, params) for params in CBLOF_CASES],
    }
    train, test = overlapping_clusters(rng)
    golden["overlapping"] = {"train": train.tolist(), "test": test.tolist()}
    golden["gmm"] = [gmm(train, test, params) for params in GMM_CASES]
    assert max(golden["gmm"][2]["score"]) > 1e4, "no row is far away"
    json.dump(golden, sys.stdout, indent=None, separators=(",", ":"))
    print()


if __name__ == "__main__":
    main()
