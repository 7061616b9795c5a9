"""PyOD: HBOS, ECOD, COPOD, kNN, LOF, CBLOF, LODA and PCA at its own defaults, fitted on all training rows.

PyOD's `fit` also scores the training rows, and its ECOD and COPOD score new rows together with
them: both are part of the job as PyOD does it, and of these times.
"""

import measure

MODELS = ["hbos", "ecod", "copod", "knn", "lof", "loda", "pca-weighted", "cblof"]
ARGS = measure.arguments("pyod", MODELS)

from pyod.models.cblof import CBLOF  # noqa: E402  (after the number of threads is set)
from pyod.models.copod import COPOD  # noqa: E402
from pyod.models.ecod import ECOD  # noqa: E402
from pyod.models.hbos import HBOS  # noqa: E402
from pyod.models.knn import KNN  # noqa: E402
from pyod.models.loda import LODA  # noqa: E402
from pyod.models.lof import LOF  # noqa: E402
from pyod.models.pca import PCA  # noqa: E402


def fitted(build):
    def job(split, settings):
        model = build(settings)
        model.fit(split.x_train)
        return measure.Fit(model.decision_function)

    return job


JOBS = {
    "hbos": fitted(lambda settings: HBOS()),
    "ecod": fitted(lambda settings: ECOD(n_jobs=1)),  # its threads are processes: dearer than the work
    "copod": fitted(lambda settings: COPOD(n_jobs=1)),
    "knn": fitted(lambda settings: KNN(n_jobs=settings.threads)),
    "lof": fitted(lambda settings: LOF(n_jobs=settings.threads)),
    "loda": fitted(lambda settings: LODA(random_state=settings.seed)),  # looks up other bins: see our module
    "pca-weighted": fitted(lambda settings: PCA(random_state=settings.seed)),
    "cblof": fitted(lambda settings: CBLOF(random_state=settings.seed)),
}

if __name__ == "__main__":
    measure.run("pyod", JOBS, ARGS)
