"""PyOD on the very splits of experiments/adbench.toml, beside oddbench and ADBench's published figures.

    python scripts/peer/adbench.py --data FOLDER                    the eleven data sets that ADBench's table has
    python scripts/peer/adbench.py --data FOLDER --sets cardio,http
    python scripts/peer/adbench.py --data FOLDER --with-copies      small sets drawn up to 1,000 rows, as ADBench's loader does

FOLDER holds adbench/*.npz. oddbench's figures are read from results/adbench/summary.csv, if it is there.
The split is the one of `kind = "holdout"`: NumPy's permutations of the rows, then of the rows of each label.
"""

import argparse
import csv
import tomllib
import warnings
from pathlib import Path

import numpy as np
from pyod.models.copod import COPOD
from pyod.models.ecod import ECOD
from pyod.models.hbos import HBOS
from pyod.models.iforest import IForest
from pyod.models.knn import KNN
from pyod.models.lof import LOF
from pyod.models.ocsvm import OCSVM
from pyod.models.pca import PCA
from sklearn.metrics import roc_auc_score
from sklearn.preprocessing import MinMaxScaler

ROOT = Path(__file__).resolve().parent.parent.parent
MODELS = {
    "IForest": lambda seed: IForest(n_estimators=100, max_samples="auto", random_state=seed),
    "OCSVM": lambda seed: OCSVM(kernel="rbf", nu=0.5, gamma="auto"),
    "PCA": lambda seed: PCA(random_state=seed),
    "ECOD": lambda seed: ECOD(),
    "COPOD": lambda seed: COPOD(),
    "HBOS": lambda seed: HBOS(n_bins=10, alpha=0.1, tol=0.5),
    "KNN": lambda seed: KNN(n_neighbors=5, method="largest"),
    "LOF": lambda seed: LOF(n_neighbors=20),
}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--data", type=Path, required=True, help="a folder that holds adbench/*.npz")
    add("--sets", help="comma-separated (default: those with published figures)")
    add("--models", default=",".join(MODELS), help="comma-separated (default: %(default)s)")
    add("--repeats", type=int, default=3, help="splits, each with the next seed (default: %(default)s)")
    add("--ours", type=Path, default=ROOT / "results/adbench/summary.csv", help="oddbench's summary")
    add("--with-copies", action="store_true", help="draw sets below 1,000 rows up to 1,000 first, with replacement")
    return parser.parse_args()


def rows_of(folder, name):
    """The features and the labels of a data set."""
    for path in folder.glob("adbench/*.npz"):
        if path.stem.split("_", 1)[1] == name:
            with np.load(path, allow_pickle=True) as arrays:
                return arrays["X"].astype(float), arrays["y"].ravel().astype(bool)
    raise SystemExit(f"there is no {name} in {folder}/adbench")


def holdout(labels, seed, rows=10_000, test=0.3):
    """Training and test rows as `kind = "holdout"` draws them."""
    used = np.arange(len(labels))
    if len(used) > rows:
        used = np.sort(np.random.RandomState(seed).permutation(len(used))[:rows])
    parts = ([], [])
    for outlier in (False, True):
        own = used[labels[used] == outlier]
        order = np.random.RandomState(seed).permutation(len(own))
        cut = round(len(own) * test)
        parts[1].extend(own[order[:cut]])
        parts[0].extend(own[order[cut:]])
    return np.sort(parts[0]), np.sort(parts[1])


def measure(x, y, model, seed):
    """ROC-AUC of one model on one split."""
    train, test = holdout(y, seed)
    scaler = MinMaxScaler().fit(x[train])
    try:
        fitted = MODELS[model](seed).fit(scaler.transform(x[train]))
    except ValueError:
        return float("nan")
    scores = fitted.decision_function(scaler.transform(x[test]))
    # PyOD's PCA divides by the variance of each component, which can be 0.
    return roc_auc_score(y[test], scores) if np.isfinite(scores).all() else float("nan")


def published():
    text = (ROOT / "data/anchors/adbench-2022.toml").read_text(encoding="utf-8")
    return {(row["set"], row["name"]): row["metrics"]["roc_auc"] for row in tomllib.loads(text)["anchors"]}


def oddbench(path):
    """The figures of each data set and model, one per trial."""
    figures = {}
    if path.exists():
        with path.open(encoding="utf-8") as file:
            for row in csv.DictReader(file):
                if row["roc_auc"]:
                    figures.setdefault((row["set"], row["name"]), []).append(float(row["roc_auc"]))
    return figures


def main():
    args = arguments()
    warnings.filterwarnings("ignore")
    known, ours = published(), oddbench(args.ours)
    names = args.sets.split(",") if args.sets else list(dict.fromkeys(name for name, _ in known))
    print("| data set | model | published | PyOD, mean | oddbench, mean | PyOD, each split | oddbench, each split |")
    print("|---|---|---:|---:|---:|---|---|")
    for name in names:
        x, y = rows_of(args.data, name)
        for model in args.models.split(","):
            values = []
            for seed in range(1, args.repeats + 1):
                drawn_x, drawn_y = x, y
                if args.with_copies and len(y) < 1000:
                    drawn = np.random.RandomState(seed).choice(len(y), 1000, replace=True)
                    drawn_x, drawn_y = x[drawn], y[drawn]
                values.append(measure(drawn_x, drawn_y, model, seed))
            own = ours.get((name, model), [])
            mean = lambda all: f"{np.mean(all):.4f}" if all else "–"
            each = lambda all: " ".join(f"{value:.4f}" for value in all)
            paper = f"{known[name, model]:.4f}" if (name, model) in known else "–"
            print(f"| {name} | {model} | {paper} | {mean(values)} | {mean(own)} | {each(values)} | {each(own)} |", flush=True)


if __name__ == "__main__":
    main()
