"""Any scikit-learn estimator as an external model of oddbench, by its import path and parameters.

    [[model]]
    name = "IsolationForest (scikit-learn)"
    kind = "external"
    command = ["python3", "sklearn_model.py"]
    files = ["sklearn_model.py"]
    params = { estimator = "sklearn.ensemble.IsolationForest", n_estimators = 100 }

Needs scikit-learn, and pyarrow unless the experiment says `format = "csv"`.
"""

import importlib
import inspect
import json
import sys
import time

import numpy as np
import sklearn


def read(path):
    """The rows of a file as a matrix of 32-bit floats."""
    if path.endswith(".csv"):
        return np.loadtxt(path, delimiter=",", skiprows=1, ndmin=2, dtype=np.float32)
    # pyarrow's read_table and to_numpy import pandas if it is there, which takes longer than to read the rows.
    from pyarrow.parquet import ParquetFile

    [rows] = ParquetFile(path).read().combine_chunks().to_batches()
    return rows.to_tensor().to_numpy()


def estimator(trial):
    """The estimator with its parameters, and with seed and threads where it takes them."""
    params = dict(trial["params"])
    module, _, name = params.pop("estimator").rpartition(".")
    maker = getattr(importlib.import_module(module), name)
    known = inspect.signature(maker).parameters
    if "random_state" in known:
        params.setdefault("random_state", trial["seed"] % 2**32)
    if "n_jobs" in known:
        params.setdefault("n_jobs", trial["threads"])
    return maker(**params)


def anomaly_scores(model, x, supervised):
    """Higher is more anomalous: scikit-learn's outlier detectors have it the other way round."""
    if not supervised:
        return -model.decision_function(x)
    if hasattr(model, "predict_proba"):
        return model.predict_proba(x)[:, list(model.classes_).index(1)]
    return model.decision_function(x)


def main():
    with open("trial.json") as file:
        trial = json.load(file)
    model, columns = None, None
    print("@version python", sys.version.split()[0])
    print("@version scikit-learn", sklearn.__version__)
    print("@version numpy", np.__version__)
    for line in sys.stdin:
        order, *files = line.split()
        x = read(files[0])
        if order == "fit":
            labels = np.loadtxt(files[1], dtype=int) if trial["supervised"] else None
            model, columns = estimator(trial), x.shape[1]
            started = time.perf_counter()
            model.fit(x, labels)
            print("@seconds", time.perf_counter() - started)
        else:
            if x.shape[1] != columns:
                sys.exit(f"fitted on {columns} columns, got {x.shape[1]}")
            started = time.perf_counter()
            scores = anomaly_scores(model, x, trial["supervised"])
            print("@seconds", time.perf_counter() - started)
            with open(files[1], "w") as file:
                file.writelines(f"{score!r}\n" for score in scores.tolist())
        print("@done")


main()
