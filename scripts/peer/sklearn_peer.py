"""scikit-learn: PCA with its scores and sign conventions, one-class SVM, isolation forest, kNN, LOF, the
Mahalanobis distance under the plain and the robust covariance, k-means and Gaussian mixtures.
"""

import measure

MODELS = ["pca", "pca-loading", "pca-reconstruction", "ocsvm", "ocsvm-0.01", "isolation-forest", "knn", "lof"]
MODELS += ["mahalanobis", "mahalanobis-mcd", "k-means", "gmm", "gmm-diag"]
ARGS = measure.arguments("scikit-learn", MODELS)

import numpy as np  # noqa: E402  (after the number of threads is set)
from sklearn.cluster import KMeans  # noqa: E402
from sklearn.covariance import EmpiricalCovariance, MinCovDet  # noqa: E402
from sklearn.decomposition import PCA  # noqa: E402
from sklearn.ensemble import IsolationForest  # noqa: E402
from sklearn.mixture import GaussianMixture  # noqa: E402
from sklearn.neighbors import LocalOutlierFactor, NearestNeighbors  # noqa: E402
from sklearn.svm import OneClassSVM  # noqa: E402


def positive_at_largest(values):
    """The sign of each row's entry of largest magnitude."""
    return np.sign(values[np.arange(len(values)), np.abs(values).argmax(axis=1)])


def pca_distance(sign):
    """The study's score: the sum of the distances from a row to the two component vectors.

    A component's sign is arbitrary and changes this score. "projection" is what scikit-learn did
    when the study ran (the training projection of largest magnitude is positive), "loading" what
    newer releases do (the loading of largest magnitude is).
    """

    def job(split, settings):
        model = PCA(n_components=2, random_state=settings.seed).fit(split.x_train)
        components = model.components_
        if sign == "projection":
            decides = model.transform(split.x_train).T
        else:
            decides = components
        components = components * positive_at_largest(decides)[:, None]
        return measure.Fit(lambda x: sum(np.linalg.norm(x - c, axis=1) for c in components))

    return job


def pca_reconstruction(split, settings):
    """Squared distance to the plane of the components over the number of features."""
    model = PCA(n_components=2, random_state=settings.seed).fit(split.x_train)

    def score(x):
        return ((x - model.inverse_transform(model.transform(x))) ** 2).mean(axis=1)

    return measure.Fit(score)


def ocsvm(nu):
    def job(split, settings):
        model = OneClassSVM(kernel="rbf", gamma=0.5, nu=nu).fit(split.x_train)
        return measure.Fit(lambda x: -model.decision_function(x))

    return job


def isolation_forest(split, settings):
    """100 trees of 256 rows, in one thread: for trees this small threads cost more than they gain."""
    model = IsolationForest(random_state=settings.seed).fit(split.x_train)
    return measure.Fit(lambda x: -model.score_samples(x))


def knn(split, settings):
    """Distance to the fifth nearest training row."""
    model = NearestNeighbors(n_neighbors=5, n_jobs=settings.threads).fit(split.x_train)
    return measure.Fit(lambda x: model.kneighbors(x)[0][:, -1])


def lof(split, settings):
    """20 neighbours; the degenerate scores of rows with 20 and more duplicates are as they are."""
    model = LocalOutlierFactor(n_neighbors=20, novelty=True, n_jobs=settings.threads)
    model.fit(split.x_train)
    return measure.Fit(lambda x: -model.score_samples(x))


def mahalanobis(split, settings):
    """In double precision, as ours: in single the inverse of the covariance is lost."""
    model = EmpiricalCovariance().fit(split.x_train.astype(np.float64))
    return measure.Fit(lambda x: model.mahalanobis(x.astype(np.float64)))


def mahalanobis_mcd(split, settings):
    """Minimum covariance determinant, corrected and reweighted."""
    model = MinCovDet(random_state=settings.seed).fit(split.x_train.astype(np.float64))
    return measure.Fit(lambda x: model.mahalanobis(x.astype(np.float64)))


def k_means(split, settings):
    """Distance to the nearest of eight centres, the best of ten starts."""
    model = KMeans(n_clusters=8, n_init=10, random_state=settings.seed).fit(split.x_train)
    return measure.Fit(lambda x: model.transform(x).min(axis=1))


def gmm(covariance_type):
    """Eight components, in double precision, as ours."""

    def job(split, settings):
        model = GaussianMixture(8, covariance_type=covariance_type, random_state=settings.seed)
        model.fit(split.x_train.astype(np.float64))
        return measure.Fit(lambda x: -model.score_samples(x.astype(np.float64)))

    return job


JOBS = {
    "pca": pca_distance("projection"),
    "pca-loading": pca_distance("loading"),
    "pca-reconstruction": pca_reconstruction,
    "ocsvm": ocsvm(0.0001),
    "ocsvm-0.01": ocsvm(0.01),
    "isolation-forest": isolation_forest,
    "knn": knn,
    "lof": lof,
    "mahalanobis": mahalanobis,
    "mahalanobis-mcd": mahalanobis_mcd,
    "k-means": k_means,
    "gmm": gmm("full"),
    "gmm-diag": gmm("diag"),
}

if __name__ == "__main__":
    measure.run("scikit-learn", JOBS, ARGS)
