"""Makes peer_names.json: what PyOD's and scikit-learn's twins of our kinds call their parameters.

    python -m venv venv && venv/bin/pip install pyod==3.6.7 scikit-learn==1.9.1 torch tqdm
    venv/bin/python make_peer_names.py > peer_names.json

`versions` in the file names what made it. A twin is a class that does the same job; ALAD and LSTMAD are the
nearest relatives of `bigan` and `seq2seq`.
"""

import importlib
import inspect
import json
import sys

import pyod
import sklearn

TWINS = {
    "pca": ["pyod.models.pca.PCA", "sklearn.decomposition.PCA"],
    "ocsvm": ["pyod.models.ocsvm.OCSVM", "sklearn.svm.OneClassSVM"],
    "isolation-forest": ["pyod.models.iforest.IForest", "sklearn.ensemble.IsolationForest"],
    "extended-isolation-forest": ["sklearn.ensemble.IsolationForest"],
    "loda": ["pyod.models.loda.LODA"],
    "autoencoder": ["pyod.models.auto_encoder.AutoEncoder"],
    "vae": ["pyod.models.vae.VAE"],
    "bigan": ["pyod.models.alad.ALAD"],
    "seq2seq": ["pyod.models.ts_lstm.LSTMAD"],
    "mahalanobis": ["pyod.models.mcd.MCD", "sklearn.covariance.EllipticEnvelope", "sklearn.covariance.MinCovDet"],
    "hbos": ["pyod.models.hbos.HBOS"],
    "ecod": ["pyod.models.ecod.ECOD"],
    "copod": ["pyod.models.copod.COPOD"],
    "knn": ["pyod.models.knn.KNN", "sklearn.neighbors.NearestNeighbors"],
    "lof": ["pyod.models.lof.LOF", "sklearn.neighbors.LocalOutlierFactor"],
    "k-means": ["sklearn.cluster.KMeans"],
    "cblof": ["pyod.models.cblof.CBLOF"],
    "gmm": ["pyod.models.gmm.GMM", "sklearn.mixture.GaussianMixture"],
    "random-forest": ["sklearn.ensemble.RandomForestClassifier"],
    "svm": ["sklearn.svm.SVC"],
    "gradient-boosting": ["sklearn.ensemble.HistGradientBoostingClassifier",
                          "sklearn.ensemble.GradientBoostingClassifier"],
    "logistic-regression": ["sklearn.linear_model.LogisticRegression"],
    "naive-bayes": ["sklearn.naive_bayes.GaussianNB"],
    "knn-classifier": ["sklearn.neighbors.KNeighborsClassifier"],
}


def names(path):
    module, name = path.rsplit(".", 1)
    parameters = inspect.signature(getattr(importlib.import_module(module), name)).parameters.values()
    return [p.name for p in parameters if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)]


versions = {"python": sys.version.split()[0], "pyod": pyod.__version__, "scikit-learn": sklearn.__version__}
kinds = {kind: {path: names(path) for path in paths} for kind, paths in TWINS.items()}
json.dump({"versions": versions, "kinds": kinds}, sys.stdout, indent=1)
print()
