"""Makes projection.json: LODA, the extended isolation forest, PyOD's PCA and the principal component classifier.

    python -m venv venv && venv/bin/pip install scikit-learn==1.9.1 pyod==3.6.7
    venv/bin/python make_projection_golden.py > projection.json

The rows are drawn here and rounded to four decimals; they are no part of any data set. `versions`
in the file names what made it. PyOD's LODA and PCA are used as they are. LODA's scores by the right bins, the
extended isolation forest (Hariri et al. 2019) and the classifier (Shyu et al. 2003) are written
below from the papers, in NumPy.
"""

import json
import sys

import numpy as np
import pyod
import sklearn
from pyod.models.loda import LODA
from pyod.models.pca import PCA
from sklearn.metrics import roc_auc_score


def rows(values):
    """As the harness sees them: single precision."""
    return np.float32(np.round(values, 4)).astype(np.float64)


def tables(rng):
    """Correlated features of several sizes; a fifth of the test rows breaks the correlation."""
    mix = np.array([[1.0, 0.6, 0.0, 0.2, 0.0], [0, 0.7, 0.5, 0, 0], [0, 0, 0.3, 0.1, 0.5],
                    [0, 0, 0, 0.5, 0.4], [0, 0, 0, 0, 0.05]])
    sizes = np.array([1.0, 5.0, 0.3, 1.0, 2.0])
    draw = lambda n: (rng.gamma(2.0, 0.2, (n, 5)) @ mix + 0.5 * (rng.random((n, 1)) < 0.3)) * sizes
    train, test = draw(300), draw(60)
    labels = np.arange(60) % 5 == 0
    test[labels] = rng.permuted(test[labels], axis=0) * 1.3
    return rows(train), rows(test), labels


def loda(train, test):
    """PyOD's vectors and histograms, its scores, and the scores with each value in the bin it belongs to."""
    cases = []
    for n_bins, cuts in ((10, 12), (25, 30)):
        model = LODA(n_bins=n_bins, n_random_cuts=cuts, random_state=3).fit(train)
        scores = np.zeros(len(test))
        for w, edges, p in zip(model.projections_, model.limits_, model.histograms_):
            values = test @ w
            bins = np.minimum(np.digitize(values, edges) - 1, n_bins - 1)
            inside = (values >= edges[0]) & (values <= edges[-1])
            empty = 1e-12 / (len(train) + n_bins * 1e-12)
            scores -= np.log(np.where(inside, p[np.maximum(bins, 0)], empty))
        cases.append({"n_bins": n_bins, "projections": model.projections_.tolist(),
                      "limits": model.limits_.tolist(), "histograms": model.histograms_.tolist(),
                      "score": (scores / cuts).tolist(), "pyod": model.decision_function(test).tolist()})
    return cases


def average_path(n):
    return 0.0 if n < 2 else 1.0 if n == 2 else 2 * (np.log(n - 1) + np.euler_gamma) - 2 * (n - 1) / n


class IsolationTree:
    """The paper's tree: a cut is a normal vector n through a point p; a row with (x - p)·n <= 0 goes left."""

    def __init__(self, x, rng, level, limit, depth=0):
        self.size, self.depth = len(x), depth
        self.leaf = depth >= limit or len(x) <= 1 or (x == x[0]).all()
        if self.leaf:
            return
        d = x.shape[1]
        self.p = rng.uniform(x.min(axis=0), x.max(axis=0))
        self.n = rng.standard_normal(d)
        self.n[rng.permutation(d)[: d - level - 1]] = 0
        left = (x - self.p) @ self.n <= 0
        self.children = [IsolationTree(part, rng, level, limit, depth + 1) for part in (x[left], x[~left])]

    def path(self, row):
        if self.leaf:
            return self.depth + average_path(self.size)
        return self.children[0 if (row - self.p) @ self.n <= 0 else 1].path(row)

    def flat(self, level):
        """The nodes in arrays: a node's children follow each other."""
        nodes, cuts, queue = [self], [], [self]
        cut, low = [], []
        while queue:
            node = queue.pop(0)
            if node.leaf:
                cut.append(0), low.append(len(low))
                continue
            cut.append(len(cuts)), low.append(len(nodes))
            cuts.append((node.n, node.n @ node.p))
            nodes += node.children
            queue += node.children
        used = [np.flatnonzero(n) for n, _ in cuts]
        return {"cut_columns": level + 1, "cut": cut, "low": low,
                "path_length": [n.depth + average_path(n.size) for n in nodes],
                "columns": np.concatenate(used).tolist(),
                "normals": np.concatenate([n[columns] for (n, _), columns in zip(cuts, used)]).tolist(),
                "offsets": [offset for _, offset in cuts]}


def extended_isolation_forest(train, test, labels):
    rng = np.random.default_rng(31)
    level, samples, limit = train.shape[1] - 1, 64, 6
    grow = lambda level: IsolationTree(train[rng.permutation(len(train))[:samples]], rng, level, limit)
    trees = []
    for level_of_tree in (level, 1):
        tree = grow(level_of_tree)
        trees.append(tree.flat(level_of_tree) | {"expected": [tree.path(row) for row in test]})
    paths = np.array([[tree.path(row) for row in test] for tree in (grow(level) for _ in range(4000))])
    score = lambda paths: 2 ** (-paths.mean(axis=0) / average_path(samples))
    aucs = [roc_auc_score(labels, score(part)) for part in np.split(paths, 40)]
    return {"trees": trees, "max_samples": samples, "mean_score": score(paths).tolist(),
            "mean_roc_auc": float(np.mean(aucs))}


def pca(train, test):
    cases = []
    for k in (None, 3):
        for selected in (None, 2):
            model = PCA(n_components=k, n_selected_components=selected, svd_solver="full").fit(train)
            params = {"n_components": k or "all", "n_selected_components": selected or "all"}
            cases.append({"params": params, "score": model.decision_function(test).tolist()})
    return cases


def classifier(train, test):
    """Sums of y^2 / lambda over the major and the minor components of the trimmed correlation matrix."""
    cases = []
    for trim in (0.0, 0.03):
        kept = train
        if trim:
            z = (train - train.mean(axis=0)) / train.std(axis=0)
            distance = np.einsum("ij,jk,ik->i", z, np.linalg.inv(np.corrcoef(train.T)), z)
            kept = train[np.argsort(-distance)[int(trim * len(train)):]]
        values, vectors = np.linalg.eigh(np.corrcoef(kept.T))
        values, vectors = values[::-1], vectors[:, ::-1]
        terms = lambda x: ((x - kept.mean(axis=0)) / kept.std(axis=0) @ vectors) ** 2 / values
        major = np.arange(len(values)) <= np.searchsorted(np.cumsum(values) / values.sum(), 0.5)
        minor = values < 0.2
        assert 0 < major.sum() < len(values) and minor.any()
        for name, parts in (("major-and-minor", [major, minor]), ("major", [major]), ("minor", [minor]),
                            ("all", [np.full(len(values), True)])):
            for rate in (0.01, 0.1):
                below = (1 - rate) ** (1 / len(parts))
                ratios = [terms(test)[:, part].sum(axis=1) / np.quantile(terms(train)[:, part].sum(axis=1), below)
                          for part in parts]
                params = {"components": name, "trim": trim, "false_alarm_rate": rate}
                cases.append({"params": params, "score": np.max(ratios, axis=0).tolist()})
    return cases


def main():
    train, test, labels = tables(np.random.default_rng(30))
    golden = {
        "versions": {"python": sys.version.split()[0], "numpy": np.__version__,
                     "scikit-learn": sklearn.__version__, "pyod": pyod.__version__},
        "train": train.round(4).tolist(), "test": test.round(4).tolist(), "labels": labels.tolist(),
        "loda": {"cases": loda(train, test)},
        "extended_isolation_forest": extended_isolation_forest(train, test, labels),
        "pca": pca(train, test),
        "classifier": classifier(train, test),
    }
    json.dump(golden, sys.stdout, separators=(",", ":"))
    print()


main()
