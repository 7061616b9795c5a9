"""A PyOD detector as an external model of oddbench, by its import path and parameters.

    [[model]]
    name = "INNE (PyOD)"
    kind = "external"
    command = ["python3", "pyod_model.py"]
    files = ["pyod_model.py"]
    params = { detector = "pyod.models.inne.INNE", max_samples = 256 }

It takes detectors that learn without labels and whose parameters can be written in an experiment file. `XGBOD`
needs labels and `LSCP` a list of detectors: the program refuses them.

Needs pyod, and pyarrow unless the experiment says `format = "csv"`.
"""

import difflib
import importlib
import importlib.metadata
import inspect
import json
import sys
import time

import numpy as np

EXAMPLE = 'detector = "pyod.models.inne.INNE"'


class Refused(Exception):
    """What is wrong with the parameters, in one sentence."""


def read(path):
    """The rows of a file as a matrix of 32-bit floats."""
    if path.endswith(".csv"):
        return np.loadtxt(path, delimiter=",", skiprows=1, ndmin=2, dtype=np.float32)
    # pyarrow's read_table and to_numpy import pandas if it is there, which takes longer than to read the rows.
    from pyarrow.parquet import ParquetFile

    [rows] = ParquetFile(path).read().combine_chunks().to_batches()
    return rows.to_tensor().to_numpy()


def maker(path):
    """The class of an import path."""
    module, _, name = path.rpartition(".")
    if not module:
        raise Refused(f"`{path}` is no import path: `detector` needs the module too, such as {EXAMPLE}")
    try:
        found = importlib.import_module(module)
    except ModuleNotFoundError as error:
        raise Refused(f"`{path}` cannot be imported: {error}")
    if not hasattr(found, name):
        near = difflib.get_close_matches(name, dir(found), 1)
        raise Refused(f"{module} has no `{name}`" + (f"; did you mean `{near[0]}`?" if near else ""))
    return getattr(found, name)


def detector(trial):
    """The detector with its parameters, and with seed and threads where it takes them."""
    params = dict(trial["params"])
    path = params.pop("detector", None)
    if not isinstance(path, str):
        raise Refused(f"params needs the import path of the detector, such as {EXAMPLE}")
    made = maker(path)
    known = inspect.signature(made).parameters
    if "random_state" in known:
        params.setdefault("random_state", trial["seed"] % 2**32)
    if "n_jobs" in known:
        params.setdefault("n_jobs", trial["threads"])
    try:
        model = made(**params)
    except TypeError as error:
        raise Refused(f"{path}: {error}")
    if not hasattr(model, "fit") or not hasattr(model, "decision_function"):
        raise Refused(f"{path} is no detector of PyOD")
    labels = inspect.signature(model.fit).parameters.get("y")
    if labels is not None and labels.default is inspect.Parameter.empty:
        raise Refused(f"{path} learns from labels, which this program does not hand on")
    return model


def serve(trial):
    """Carries out the orders."""
    # Some detectors draw from numpy's own generator, whatever their parameters.
    np.random.seed(trial["seed"] % 2**32)
    model, columns = detector(trial), None
    for line in sys.stdin:
        order, *files = line.split()
        x = read(files[0])
        started = time.perf_counter()
        if order == "fit":
            columns = x.shape[1]
            model.fit(x)
            print("@seconds", time.perf_counter() - started)
        else:
            if x.shape[1] != columns:
                raise Refused(f"fitted on {columns} columns, got {x.shape[1]}")
            scores = model.decision_function(x)
            print("@seconds", time.perf_counter() - started)
            with open(files[1], "w") as file:
                file.writelines(f"{score!r}\n" for score in scores.tolist())
        print("@done")


def main():
    with open("trial.json") as file:
        trial = json.load(file)
    print("@version python", sys.version.split()[0])
    for package in ["pyod", "scikit-learn", "numpy"]:
        print("@version", package, importlib.metadata.version(package))
    try:
        serve(trial)
    except Refused as refused:
        print("@error", refused)
        sys.exit(1)


main()
