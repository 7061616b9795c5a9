"""scikit-learn and imbalanced-learn: random forest, SVM, gradient boosting, logistic regression (each also with SMOTE,
but gradient boosting), naive Bayes and nearest neighbours.

Another job than the other peers': the classifiers learn from labelled rows. All 41 columns of the
10 % file, categories as ordinal numbers, scaled to mean 0 and variance 1 by the training rows; 80 %
of the rows of each class train, the rest are the holdout, and then the same fitted model meets all
311,029 rows of `corrected`, whose attacks are partly new. The SVMs learn from 20,000 of the training
rows. Metrics are at the classifier's own threshold; nothing is tuned.

    python supervised_peer.py [--models random-forest,...] [--seeds 1,2] [--threads 2] [--data FOLDER]
"""

import measure

MODELS = ["random-forest", "random-forest-smote", "svm", "svm-smote", "gradient-boosting",
          "logistic-regression", "logistic-regression-smote", "naive-bayes", "knn-classifier"]
ARGS = measure.arguments("supervised scikit-learn", MODELS)

import json  # noqa: E402  (after the number of threads is set)
import time  # noqa: E402
from dataclasses import dataclass  # noqa: E402

import numpy as np  # noqa: E402
from imblearn.over_sampling import SMOTE  # noqa: E402
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier  # noqa: E402
from sklearn.linear_model import LogisticRegression  # noqa: E402
from sklearn.metrics import precision_recall_fscore_support, roc_auc_score  # noqa: E402
from sklearn.model_selection import train_test_split  # noqa: E402
from sklearn.naive_bayes import GaussianNB  # noqa: E402
from sklearn.neighbors import KNeighborsClassifier  # noqa: E402
from sklearn.preprocessing import OrdinalEncoder, StandardScaler  # noqa: E402
from sklearn.svm import SVC  # noqa: E402

import split  # noqa: E402

CATEGORIES = [1, 2, 3]
SVM_ROWS = 20_000


@dataclass
class Labelled:
    """Scaled rows, and True where a row is an attack."""

    x: np.ndarray
    y: np.ndarray


def read(place, name):
    """The 41 raw columns and whether a row is an attack."""
    table = split.read_all(place / name)
    return table.drop(columns="label"), (table["label"] != "normal").to_numpy()


def load(seed):
    """Training rows, holdout and `corrected`."""
    place = split.folder(ARGS.data)
    x, y = read(place, split.TRAIN_FILE)
    train, held_out = train_test_split(np.arange(len(y)), test_size=0.2, stratify=y, random_state=seed)
    encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    encoder.fit(x.iloc[train][CATEGORIES])

    def encoded(rows):
        values = rows.astype(dict.fromkeys(CATEGORIES, object)).copy()
        values[CATEGORIES] = encoder.transform(rows[CATEGORIES])
        return values.to_numpy(np.float64)

    scaler = StandardScaler().fit(encoded(x.iloc[train]))
    scaled = lambda rows, y: Labelled(scaler.transform(encoded(rows)).astype(np.float32), y)
    return (scaled(x.iloc[train], y[train]), scaled(x.iloc[held_out], y[held_out]),
            scaled(*read(place, split.TEST_FILE)))


def smote(rows, seed):
    """The rows with synthetic ones, and the seconds it took."""
    start = time.perf_counter()
    x, y = SMOTE(random_state=seed).fit_resample(rows.x, rows.y)
    return Labelled(x, y), time.perf_counter() - start


def some(rows, seed):
    """The rows that an SVM learns from."""
    kept, _ = train_test_split(np.arange(len(rows.y)), train_size=SVM_ROWS, stratify=rows.y, random_state=seed)
    return Labelled(rows.x[kept], rows.y[kept])


def model_of(name, seed):
    if name.startswith("random-forest"):
        return RandomForestClassifier(random_state=seed, n_jobs=ARGS.threads)
    if name.startswith("svm"):
        return SVC()
    if name.startswith("logistic-regression"):
        return LogisticRegression(tol=1e-5, max_iter=1000)  # as near to the optimum as oddbench's default
    if name == "naive-bayes":
        return GaussianNB()
    if name == "knn-classifier":
        return KNeighborsClassifier(n_jobs=ARGS.threads)
    return HistGradientBoostingClassifier(
        random_state=seed, learning_rate=0.3, max_depth=6, max_leaf_nodes=None, early_stopping=False,
        l2_regularization=1.0)


def metrics(model, rows):
    """At the classifier's own threshold, and the seconds to score."""
    start = time.perf_counter()
    decides = hasattr(model, "decision_function")
    scores = model.decision_function(rows.x) if decides else model.predict_proba(rows.x)[:, 1]
    seconds = time.perf_counter() - start
    called = scores > (0.0 if decides else 0.5)
    precision, recall, f1, _ = precision_recall_fscore_support(rows.y, called, average="binary")
    return {"score_seconds": seconds, "accuracy": float((called == rows.y).mean()), "precision": precision,
            "recall": recall, "f1": f1, "roc_auc": roc_auc_score(rows.y, scores)}


def run(name, seed, train, tests):
    rows, resample_seconds = train, None
    measure.forget_peak()
    start = time.perf_counter()
    if name.startswith("svm"):
        rows = some(rows, seed)
    if name.endswith("smote"):
        rows, resample_seconds = smote(rows, seed)
    model = model_of(name, seed).fit(rows.x, rows.y)
    line = {"peer": "scikit-learn", "model": name, "seed": seed, "threads": ARGS.threads,
            "rows": len(rows.y), "fit_seconds": time.perf_counter() - start,
            "resample_seconds": resample_seconds, "peak_rss_mb": measure.peak_rss_mb()}
    for part, test in tests.items():
        line |= {f"{part}_{key}": value for key, value in metrics(model, test).items()}
    print(json.dumps({k: round(v, 6) if isinstance(v, float) else v for k, v in line.items()}), flush=True)


if __name__ == "__main__":
    for seed in ARGS.seeds:
        train, held_out, corrected = load(seed)
        for name in ARGS.models:
            run(name, seed, train, {"holdout": held_out, "corrected": corrected})
