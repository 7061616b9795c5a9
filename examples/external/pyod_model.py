"""Any PyOD detector as an external model of oddbench, by its import path and parameters.

    [[model]]
    name = "INNE (PyOD)"
    kind = "external"
    command = ["python3", "pyod_model.py"]
    files = ["pyod_model.py"]
    params = { detector = "pyod.models.inne.INNE", max_samples = 256 }

Needs pyod, and pyarrow unless the experiment says `format = "csv"`.
"""

import importlib
import importlib.metadata
import inspect
import json
import sys
import time

import numpy as np


def read(path):
    """The rows of a file as a matrix of 32-bit floats."""
    if path.endswith(".csv"):
        return np.loadtxt(path, delimiter=",", skiprows=1, ndmin=2, dtype=np.float32)
    # pyarrow's read_table and to_numpy import pandas if it is there, which takes longer than to read the rows.
    from pyarrow.parquet import ParquetFile

    [rows] = ParquetFile(path).read().combine_chunks().to_batches()
    return rows.to_tensor().to_numpy()


def detector(trial):
    """The detector with its parameters, and with seed and threads where it takes them."""
    params = dict(trial["params"])
    module, _, name = params.pop("detector").rpartition(".")
    maker = getattr(importlib.import_module(module), name)
    known = inspect.signature(maker).parameters
    if "random_state" in known:
        params.setdefault("random_state", trial["seed"] % 2**32)
    if "n_jobs" in known:
        params.setdefault("n_jobs", trial["threads"])
    return maker(**params)


def main():
    with open("trial.json") as file:
        trial = json.load(file)
    model, columns = None, None
    # Some detectors draw from numpy's own generator, whatever their parameters.
    np.random.seed(trial["seed"] % 2**32)
    print("@version python", sys.version.split()[0])
    for package in ["pyod", "scikit-learn", "numpy"]:
        print("@version", package, importlib.metadata.version(package))
    for line in sys.stdin:
        order, *files = line.split()
        x = read(files[0])
        started = time.perf_counter()
        if order == "fit":
            model, columns = detector(trial), x.shape[1]
            started = time.perf_counter()
            model.fit(x)
            print("@seconds", time.perf_counter() - started)
        else:
            if x.shape[1] != columns:
                sys.exit(f"fitted on {columns} columns, got {x.shape[1]}")
            scores = model.decision_function(x)
            print("@seconds", time.perf_counter() - started)
            with open(files[1], "w") as file:
                file.writelines(f"{score!r}\n" for score in scores.tolist())
        print("@done")


main()
