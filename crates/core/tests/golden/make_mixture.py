"""Writes mixture.json beside itself: where the posterior of the upper of two normal distributions is one
half, by scikit-learn's GaussianMixture from the same beginnings as the rule `mixture`.

Made with Python 3.11, NumPy 2.4.6, SciPy 1.17.1, scikit-learn 1.9.1:
    python make_mixture.py
"""

import json
from pathlib import Path

import numpy as np
import scipy
import sklearn
from scipy.optimize import brentq
from sklearn.mixture import GaussianMixture

STARTS = [0.2, 0.5, 0.8, 0.9, 0.95, 0.99]


def samples():
    rng = np.random.default_rng(5)
    yield "apart", False, np.r_[rng.normal(0, 1, 900), rng.normal(8, 1, 100)]
    yield "overlapping", False, np.r_[rng.normal(0, 1, 1500), rng.normal(3, 1.5, 500)]
    yield "narrow-lower", False, np.r_[rng.normal(0.01, 0.002, 800), rng.normal(0.05, 0.02, 200)]
    yield "mostly-upper", False, np.r_[rng.normal(-3, 0.7, 300), rng.normal(1, 0.9, 1200)]
    yield "large-offset", False, np.r_[rng.normal(1e6, 2, 600), rng.normal(1e6 + 12, 3, 200)]
    yield "logarithms", True, np.r_[rng.lognormal(-5, 0.6, 1600), rng.lognormal(-1, 0.8, 400)]


def fit(x, start):
    """From the rows below and above a quantile, as one step of maximisation would take them."""
    ordered = np.sort(x)
    below = ordered[: int(np.floor(start * len(x)))]
    above = ordered[len(below) :]
    model = GaussianMixture(
        2,
        tol=1e-12,
        max_iter=100_000,
        reg_covar=0,
        weights_init=[len(below) / len(x), len(above) / len(x)],
        means_init=[[below.mean()], [above.mean()]],
        precisions_init=[[[1 / below.var()]], [[1 / above.var()]]],
    )
    return model.fit(x[:, None])


def case(name, log, scores):
    x = np.log(scores) if log else scores
    middle, deviation = x.mean(), x.std()
    z = (x - middle) / deviation
    best = max((fit(z, start) for start in STARTS), key=lambda m: m.score(z[:, None]))
    order = np.argsort(best.means_.ravel())
    upper = lambda t: best.predict_proba([[t]])[0, order[1]] - 0.5
    low, high = best.means_.ravel()[order]
    threshold = middle + deviation * brentq(upper, low, high, xtol=1e-14)
    threshold = float(np.exp(threshold) if log else threshold)
    return {"name": name, "log": log, "scores": scores.tolist(), "threshold": threshold}


versions = {m.__name__: m.__version__ for m in (np, scipy, sklearn)}
text = json.dumps({"versions": versions, "cases": [case(*sample) for sample in samples()]})
(Path(__file__).parent / "mixture.json").write_text(text + "\n")
