"""Makes supervised.json: labelled tables and what scikit-learn's classifiers make of them.

    python -m venv venv && venv/bin/pip install scikit-learn==1.9.1
    venv/bin/python make_supervised_golden.py > supervised.json

The rows are drawn here and rounded to four decimals; they are no part of any data set. `versions`
in the file names what made it.
"""

import json
import sys

import numpy as np
import sklearn
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.metrics import accuracy_score, roc_auc_score
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier


def rows(values):
    """As the harness sees them: single precision."""
    return np.float32(np.round(values, 4)).astype(np.float64)


def table(rng, n):
    """Six columns, one of them coarse and one constant; the label needs four of them, and lies on 5 %."""
    x = rng.normal(size=(n, 6))
    x[:, 4] = np.round(x[:, 4])
    x[:, 5] = 1.0
    x = rows(x)
    y = x[:, 0] * x[:, 1] + 0.8 * x[:, 2] - 0.4 * x[:, 4] > 0.9
    return x, y ^ (rng.random(n) < 0.05)


TREES = [{}, {"max_depth": 3}, {"min_samples_leaf": 4}, {"min_samples_split": 15},
         {"class_weight": "balanced", "max_depth": 2}]


def best_cuts_are_unique(x, y, params):
    """Whether no node of the tree has two equally good best cuts on different columns, so that every
    right implementation grows the same tree."""
    trees = [DecisionTreeClassifier(random_state=seed, **params).fit(x, y).tree_ for seed in range(30)]
    same = lambda a, b: (a.node_count == b.node_count and (a.feature == b.feature).all()
                         and (a.threshold == b.threshold).all())
    return all(same(trees[0], tree) for tree in trees)


def tree_table():
    """A table whose trees do not depend on the order in which columns are tried."""
    for seed in range(10_000):
        rng = np.random.default_rng(seed)
        x = rows(rng.normal(size=(80, 5)))
        y = x[:, 0] + 0.7 * x[:, 1] * x[:, 2] > 0.5
        large = DecisionTreeClassifier().fit(x, y).tree_.node_count >= 13
        if large and all(best_cuts_are_unique(x, y, params) for params in TREES):
            return rng, x, y
    raise SystemExit("no table without ties")


def tree():
    rng, x, y = tree_table()
    test = rows(rng.normal(size=(60, 5)))
    out = []
    for params in TREES:
        model = DecisionTreeClassifier(random_state=0, **params).fit(x, y)
        out.append({"params": params, "score": model.predict_proba(test)[:, 1].tolist()})
    return {"train": x.round(4).tolist(), "labels": y.tolist(), "test": test.round(4).tolist(), "cases": out}


def mean_of_seeds(make, train, test):
    """Mean ROC-AUC and accuracy over five seeds."""
    (x, y), (tx, ty) = train, test
    scores = [make(seed).fit(x, y).predict_proba(tx)[:, 1] for seed in range(5)]
    return {"roc_auc": float(np.mean([roc_auc_score(ty, s) for s in scores])),
            "accuracy": float(np.mean([accuracy_score(ty, s > 0.5) for s in scores]))}


def svm(train, test):
    (x, y), (tx, _) = train, test
    out = []
    for kernel in ("rbf", "linear", "poly", "sigmoid"):
        for extra in ({"c": 1.0, "gamma": "scale"}, {"c": 1.0, "gamma": "auto"}, {"c": 5.0, "gamma": 0.02},
                      {"c": 0.5, "gamma": 0.1, "class_weight": "balanced"},
                      {"c": 1.0, "gamma": 0.1, "class_weight": 2.5}):
            params = {"kernel": kernel, "coef0": 0.5, **extra}
            weight = extra.get("class_weight")
            weight = {False: 1.0, True: weight} if isinstance(weight, float) else weight
            decide = lambda rows: SVC(C=extra["c"], kernel=kernel, gamma=extra["gamma"], coef0=0.5,
                                      class_weight=weight, tol=1e-9).fit(x[rows], y[rows]).decision_function(tx)
            score, backwards = decide(slice(None)), decide(slice(None, None, -1))
            # The sigmoid kernel can have several optima: which one is found depends on the rows' order.
            if np.abs(score - backwards).max() < 1e-6:
                out.append({"params": params, "score": score.tolist()})
    assert {case["params"]["kernel"] for case in out} == {"rbf", "linear", "poly", "sigmoid"} and len(out) > 12
    return out


def main():
    rng = np.random.default_rng(41)
    train, test = table(rng, 400), table(rng, 400)
    forest = lambda **params: mean_of_seeds(
        lambda seed: RandomForestClassifier(random_state=seed, **params), train, test)
    boosting = lambda seed: HistGradientBoostingClassifier(
        random_state=seed, learning_rate=0.3, max_depth=6, max_leaf_nodes=None, min_samples_leaf=1,
        l2_regularization=1.0, early_stopping=False)
    golden = {
        "versions": {"python": sys.version.split()[0], "numpy": np.__version__,
                     "scikit-learn": sklearn.__version__},
        "train": train[0].round(4).tolist(), "train_labels": train[1].tolist(),
        "test": test[0].round(4).tolist(), "test_labels": test[1].tolist(),
        "tree": tree(),
        "random_forest": [
            {"params": {}, **forest()},
            {"params": {"max_features": "all", "max_samples": 0.5}, **forest(max_features=None, max_samples=0.5)},
            # Without drawing: of rows drawn twice, scikit-learn counts one for a leaf.
            {"params": {"class_weight": "balanced", "min_samples_leaf": 5, "bootstrap": False},
             **forest(class_weight="balanced", min_samples_leaf=5, bootstrap=False)},
        ],
        "gradient_boosting": mean_of_seeds(boosting, train, test),
        "svm": svm(train, (test[0][:80], None)),
    }
    json.dump(golden, sys.stdout, separators=(",", ":"))
    print()


main()
