"""A scikit-learn estimator as an external model of oddbench, by its import path and parameters.

    [[model]]
    name = "IsolationForest (scikit-learn)"
    kind = "external"
    command = ["python3", "sklearn_model.py"]
    files = ["sklearn_model.py"]
    params = { estimator = "sklearn.ensemble.IsolationForest", n_estimators = 100 }

It takes what scikit-learn itself gives a score of:

- outlier detectors by minus their `decision_function` (`LocalOutlierFactor` with `novelty = true`);
- densities by minus their `score_samples` (`KernelDensity`, `GaussianMixture`, and `PCA`, whose likelihood this is
  and not the error of reconstruction);
- classifiers with `supervised = true`, by `decision_function`, the log-odds of naive Bayes, or the probability.

Others, such as `KMeans` and `DBSCAN`, have no such score: the program says so. Parameters that are objects, such as
the steps of a pipeline, cannot be written in an experiment file.

Needs scikit-learn, and pyarrow unless the experiment says `format = "csv"`.
"""

import difflib
import importlib
import inspect
import json
import sys
import time

import numpy as np
import sklearn
from sklearn.base import is_classifier

EXAMPLE = 'estimator = "sklearn.ensemble.IsolationForest"'


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
        raise Refused(f"`{path}` is no import path: `estimator` needs the module too, such as {EXAMPLE}")
    try:
        found = importlib.import_module(module)
    except ModuleNotFoundError as error:
        raise Refused(f"`{path}` cannot be imported: {error}")
    if not hasattr(found, name):
        near = difflib.get_close_matches(name, dir(found), 1)
        raise Refused(f"{module} has no `{name}`" + (f"; did you mean `{near[0]}`?" if near else ""))
    return getattr(found, name)


def estimator(trial):
    """The estimator with its parameters, and with seed and threads where it takes them."""
    params = dict(trial["params"])
    path = params.pop("estimator", None)
    if not isinstance(path, str):
        raise Refused(f"params needs the import path of the estimator, such as {EXAMPLE}")
    made = maker(path)
    known = inspect.signature(made).parameters
    if "random_state" in known:
        params.setdefault("random_state", trial["seed"] % 2**32)
    if "n_jobs" in known:
        params.setdefault("n_jobs", trial["threads"])
    try:
        return made(**params)
    except TypeError as error:
        raise Refused(f"{path}: {error}")


def scoring(model, supervised):
    """What gives scores of the model. The higher, the more anomalous."""
    name = type(model).__name__
    if supervised:
        return supervised_scoring(model, name)
    if is_classifier(model):
        raise Refused(f"{name} is a classifier: add `supervised = true` to the model, and let the split train on both classes")
    # scikit-learn's detectors and densities have the higher score for the usual row.
    if hasattr(model, "decision_function"):
        return lambda x: -model.decision_function(x)
    if hasattr(model, "score_samples"):
        return lambda x: -model.score_samples(x)
    if getattr(model, "novelty", None) is False:
        raise Refused(f"{name} scores rows that it was not fitted on only with `novelty = true`: add it to params")
    raise Refused(f"{name} has no score of a row (neither decision_function nor score_samples): take another estimator, or a program of your own that says what its score is")


def supervised_scoring(model, name):
    """The same of a classifier."""
    if not is_classifier(model):
        raise Refused(f"{name} is no classifier: remove `supervised = true` from the model")
    if hasattr(model, "decision_function"):
        return model.decision_function
    # A probability near 1 is rounded, so that many rows would tie. Naive Bayes has its logarithm before that.
    if hasattr(model, "predict_joint_log_proba"):
        return lambda x: np.diff(model.predict_joint_log_proba(x), axis=1)[:, 0]
    if hasattr(model, "predict_proba"):
        return lambda x: model.predict_proba(x)[:, 1]
    raise Refused(f"{name} says a class and gives no score of a row: take another classifier")


def serve(trial):
    """Carries out the orders."""
    model = estimator(trial)
    scores_of, columns = scoring(model, trial["supervised"]), None
    for line in sys.stdin:
        order, *files = line.split()
        x = read(files[0])
        if order == "fit":
            labels = np.loadtxt(files[1], dtype=int) if trial["supervised"] else None
            columns = x.shape[1]
            started = time.perf_counter()
            model.fit(x, labels)
            print("@seconds", time.perf_counter() - started)
        else:
            if x.shape[1] != columns:
                raise Refused(f"fitted on {columns} columns, got {x.shape[1]}")
            started = time.perf_counter()
            scores = scores_of(x)
            print("@seconds", time.perf_counter() - started)
            with open(files[1], "w") as file:
                file.writelines(f"{score!r}\n" for score in scores.tolist())
        print("@done")


def main():
    with open("trial.json") as file:
        trial = json.load(file)
    print("@version python", sys.version.split()[0])
    print("@version scikit-learn", sklearn.__version__)
    print("@version numpy", np.__version__)
    try:
        serve(trial)
    except Refused as refused:
        print("@error", refused)
        sys.exit(1)


main()
