"""Writes metrics.json, preprocess.json and stats.json beside itself.

Made with Python 3.11, NumPy 2.4.6, SciPy 1.17.1, scikit-learn 1.9.1, statsmodels 0.15.0:
    python make_goldens.py
Undefined values are null. Every input is in the files, so that the tests need no Python.
"""

import json
import math
import warnings
from pathlib import Path

import numpy as np
import scipy
import sklearn
import statsmodels
from scipy import stats
from sklearn import metrics
from sklearn.preprocessing import (
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    RobustScaler,
    StandardScaler,
)
from statsmodels.stats.multitest import multipletests

HERE = Path(__file__).parent
VERSIONS = {module.__name__: module.__version__ for module in (np, scipy, sklearn, statsmodels)}
warnings.simplefilter("ignore")


def known(value):
    value = float(value)
    return None if math.isnan(value) else value


def write(name, content):
    text = json.dumps({"versions": VERSIONS, **content}, allow_nan=False)
    (HERE / name).write_text(text + "\n")


def score_inputs():
    rng = np.random.default_rng(20260)
    labels = rng.random(300) < 0.2
    yield "random", labels, rng.normal(size=300) + labels
    yield "ties", labels, np.round(rng.normal(size=300) + labels, 1)
    yield "few-values", labels, rng.integers(0, 3, size=300) + 0.0
    yield "reversed", labels, -labels.astype(float)
    yield "perfect", labels, labels.astype(float)
    yield "constant", labels, np.full(300, 0.25)
    yield "inliers-only", np.zeros(20, bool), rng.normal(size=20)
    yield "outliers-only", np.ones(20, bool), rng.normal(size=20)
    yield "tiny-scores", labels, (rng.normal(size=300) + labels) * 1e-300
    yield "huge-scores", labels, (rng.normal(size=300) + labels) * 1e300
    yield "two-rows", np.array([True, False]), np.array([0.5, 0.5])


def both(labels):
    return labels.any() and not labels.all()


def decisions(labels, scores, threshold):
    called = scores > threshold
    tn, fp, fn, tp = metrics.confusion_matrix(labels, called, labels=[False, True]).ravel()
    undefined = {"zero_division": np.nan}
    return {
        "threshold": float(threshold),
        "counts": [int(tp), int(fp), int(tn), int(fn)],
        "accuracy": known(metrics.accuracy_score(labels, called)),
        "precision": known(metrics.precision_score(labels, called, **undefined)),
        "recall": known(metrics.recall_score(labels, called, **undefined)),
        "f1": known(metrics.fbeta_score(labels, called, beta=1, **undefined)),
        "f2": known(metrics.fbeta_score(labels, called, beta=2, **undefined)),
        "mcc": known(metrics.matthews_corrcoef(labels, called)) if both(labels) else None,
        "f_half": known(metrics.fbeta_score(labels, called, beta=0.5, **undefined)),
    }


def metric_case(name, labels, scores):
    case = {"name": name, "labels": labels.tolist(), "scores": scores.tolist()}
    quantiles = [0.0, 0.1, 0.25, 1 / 3, 0.5, 0.9, 0.95, 0.999, 1.0]
    case["quantiles"] = [[q, float(np.quantile(scores, q))] for q in quantiles]
    case["decisions"] = [
        decisions(labels, scores, np.quantile(scores, q)) for q in [0.0, 0.3, 0.5, 0.8, 1.0]
    ]
    case["roc_auc"] = known(metrics.roc_auc_score(labels, scores)) if both(labels) else None
    case["average_precision"] = (
        known(metrics.average_precision_score(labels, scores)) if labels.any() else None
    )
    if both(labels):
        fpr, tpr, _ = metrics.roc_curve(labels, scores, drop_intermediate=False)
        case["roc"] = {"fpr": fpr.tolist(), "tpr": tpr.tolist()}
    if labels.any():
        precision, recall, thresholds = metrics.precision_recall_curve(labels, scores)
        # scikit-learn goes from the lowest threshold up and adds the point (1, 0).
        case["pr"] = {
            "precision": precision[-2::-1].tolist(),
            "recall": recall[-2::-1].tolist(),
            "thresholds": thresholds[::-1].tolist(),
        }
    return case


def preprocess():
    rng = np.random.default_rng(7)
    n = 60
    columns = {
        "normal": rng.normal(3.0, 2.0, n),
        "counts": np.floor(rng.exponential(300.0, n)),
        "constant": np.full(n, 0.1),
        "zero": np.zeros(n),
        "large-constant": np.full(n, 1e9 + 0.3),
        # Larger offsets show MinMaxScaler's own cancellation: it computes x * scale + min.
        "large-offset": 1e6 + rng.normal(size=n),
        "tiny": rng.normal(size=n) * 1e-17,
        "mostly-zero": np.where(rng.random(n) < 0.1, 5.0, 0.0),
    }
    x = np.column_stack(list(columns.values()))
    train, test = x[:40], x[40:]
    scalers = {"min-max": MinMaxScaler(), "standard": StandardScaler(), "robust": RobustScaler()}
    services = np.array(["smtp", "http", "ftp", "icmp"])
    fit = services[rng.integers(0, 3, 40)]
    seen_and_unseen = services[rng.integers(0, 4, 20)]
    one_hot = OneHotEncoder(sparse_output=False, handle_unknown="ignore").fit(fit[:, None])
    ordinal = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1).fit(fit[:, None])
    write(
        "preprocess.json",
        {
            "columns": {name: values.tolist() for name, values in columns.items()},
            "order": list(columns),
            "n_train": 40,
            "scaled": {
                name: scaler.fit(train).transform(test).tolist() for name, scaler in scalers.items()
            },
            "service": {
                "train": fit.tolist(),
                "test": seen_and_unseen.tolist(),
                "levels": one_hot.categories_[0].tolist(),
                "one_hot": one_hot.transform(seen_and_unseen[:, None]).tolist(),
                "one_hot_standard": StandardScaler()
                .fit(one_hot.transform(fit[:, None]))
                .transform(one_hot.transform(seen_and_unseen[:, None]))
                .tolist(),
                "ordinal": ordinal.transform(seen_and_unseen[:, None]).ravel().tolist(),
            },
        },
    )


def statistics():
    rng = np.random.default_rng(11)
    tables = []
    for name, n_blocks, n_models, decimals in [
        ("distinct", 12, 4, 6),
        ("ties", 10, 5, 1),
        ("two-models", 8, 2, 6),
        ("many", 30, 10, 2),
    ]:
        table = np.round(rng.random((n_blocks, n_models)) + 0.05 * np.arange(n_models), decimals)
        ranks = np.apply_along_axis(stats.rankdata, 1, -table)
        friedman = (
            stats.friedmanchisquare(*table.T) if n_models > 2 else (math.nan, math.nan)
        )
        critical = stats.studentized_range.ppf(0.95, n_models, np.inf) / math.sqrt(2)
        tables.append(
            {
                "name": name,
                "values": table.tolist(),
                "mean_ranks": ranks.mean(axis=0).tolist(),
                "statistic": known(friedman[0]),
                "p_value": known(friedman[1]),
                "critical_difference": critical
                * math.sqrt(n_models * (n_models + 1) / (6 * n_blocks)),
            }
        )
    chi_squared = [
        [x, df, float(stats.chi2.sf(x, df))]
        for df in [1, 2, 3, 7, 20, 99]
        for x in [0.0, 1e-6, 0.5, 1.0, 3.84, 10.0, 50.0, 200.0, 700.0]
    ]
    studentized = [
        [k, float(stats.studentized_range.ppf(0.95, k, np.inf) / math.sqrt(2))]
        for k in [2, 3, 4, 5, 8, 10, 15, 20, 30, 50]
    ]
    p_values = rng.random(9) ** 3
    p_values[4] = p_values[2]
    write(
        "stats.json",
        {
            "friedman": tables,
            "chi_squared": chi_squared,
            "nemenyi_q": studentized,
            "holm": {"p": p_values.tolist(), "adjusted": multipletests(p_values, method="holm")[1].tolist()},
        },
    )


write("metrics.json", {"cases": [metric_case(*case) for case in score_inputs()]})
preprocess()
statistics()
