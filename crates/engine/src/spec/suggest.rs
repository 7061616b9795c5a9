//! The nearest spelling of a word among those that are allowed, and sentences that name them.

/// Letters of a part of a name that can stand for the whole name.
const SHORTEST_PART: usize = 5;

/// A word without what separates its parts.
fn plain(text: &str) -> String {
    text.to_lowercase().replace(['-', '_', ' '], "")
}

/// The candidate that `word` was most likely meant to be; `None` if none is near.
pub(crate) fn nearest<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let word = plain(word);
    let is_near = |distance: usize, text: &str| distance * 3 <= text.len().max(word.len());
    // Somebody who types `isolaton` means the first part of `isolation-forest`.
    let has_near_part = |candidate: &str| {
        let parts = candidate.split(['-', '_', ' ']).map(plain);
        word.len() >= SHORTEST_PART
            && parts
                .filter(|part| part.len() >= SHORTEST_PART)
                // A part says less than a whole name: `forms` is no `forest`.
                .any(|part| 4 * strsim::osa_distance(&word, &part) <= part.len().max(word.len()))
    };
    candidates
        .into_iter()
        .map(|candidate| (strsim::osa_distance(&word, &plain(candidate)), candidate))
        .filter(|(distance, candidate)| is_near(*distance, candidate) || has_near_part(candidate))
        // If two are equally near, the one that holds the word wins: wgpu, not cpu, for gpu.
        .min_by_key(|(distance, candidate)| (*distance, !plain(candidate).contains(&word)))
        .map(|(_, candidate)| candidate)
}

/// `did you mean "x"? allowed: a, b, x`, without the question if nothing is near.
pub fn allowed(word: &str, candidates: &[&str]) -> String {
    let list = candidates.join(", ");
    match nearest(word, candidates.iter().copied()) {
        Some(near) => format!("did you mean \"{near}\"? allowed: {list}"),
        None => format!("allowed: {list}"),
    }
}

/// Names that papers and other libraries have for a kind of model.
const KIND_NAMES: &[(&str, &[&str])] = &[
    ("isolation-forest", &["iforest", "if", "isoforest"]),
    ("extended-isolation-forest", &["eif", "extendediforest", "isotree"]),
    ("principal-component-classifier", &["pcc", "robustpca", "rpca"]),
    ("ocsvm", &["oneclasssvm", "oneclass", "svdd", "ocsvc"]),
    ("autoencoder", &["ae", "dae", "deepautoencoder", "denseautoencoder"]),
    ("seq2seq", &["lstmae", "lstm", "lstmautoencoder", "encdecad", "rnn", "gru"]),
    ("vae", &["variationalautoencoder", "betavae"]),
    ("bigan", &["gan", "egbad", "alad", "anogan", "ganomaly"]),
    ("knn", &["kneighbors", "kneighbours", "nearestneighbors", "nearestneighbours", "nn"]),
    ("lof", &["localoutlierfactor", "cof"]),
    ("k-means", &["clustering", "minibatchkmeans", "kmeansdistance"]),
    ("cblof", &["clusterbasedlocaloutlierfactor", "ldcof", "clusterbased"]),
    ("gmm", &["gaussianmixture", "gaussianmixturemodel", "mixture", "bayesiangaussianmixture"]),
    ("hbos", &["histogram", "histogrambasedoutlierscore"]),
    ("mahalanobis", &["mcd", "ellipticenvelope", "minimumcovariancedeterminant", "gaussian"]),
    ("pca", &["principalcomponents", "principalcomponentanalysis", "kpca"]),
    ("random-forest", &["rf", "randomforestclassifier"]),
    ("svm", &["svc", "supportvectormachine"]),
    ("logistic-regression", &["logistic", "logit", "lr", "logreg"]),
    ("naive-bayes", &["nb", "gnb", "gaussiannb", "gaussiannaivebayes", "bayes"]),
    ("knn-classifier", &["kneighborsclassifier", "knnclf", "knc"]),
    ("gradient-boosting", &["gbm", "gbdt", "xgb", "xgboost", "lightgbm", "xgbod", "catboost"]),
];

/// Which kinds of model there are, and the one that was most likely meant.
pub fn kinds_allowed(name: &str) -> String {
    kinds_among(name, oddbench_models::named().map(|kind| kind.name))
}

/// The same of some kinds.
pub(crate) fn kinds_among(name: &str, kinds: impl Iterator<Item = &'static str>) -> String {
    let names: Vec<&str> = kinds.collect();
    match kind_meant(name).filter(|meant| names.contains(meant)) {
        Some(meant) => format!("did you mean \"{meant}\"? allowed: {}", names.join(", ")),
        None => allowed(name, &names),
    }
}

/// The kind that goes by that name elsewhere.
fn kind_meant(name: &str) -> Option<&'static str> {
    let name = plain(name);
    KIND_NAMES.iter().find(|(_, names)| names.contains(&name.as_str())).map(|(kind, _)| *kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_slips_of_the_finger_and_nothing_far_fetched() {
        let kinds = ["pca", "ocsvm", "autoencoder", "isolation-forest"];
        assert_eq!(nearest("autoencodr", kinds), Some("autoencoder"));
        assert_eq!(nearest("isolation_forest", kinds), Some("isolation-forest"));
        assert_eq!(nearest("OCSVM", kinds), Some("ocsvm"));
        assert_eq!(nearest("isolaton", kinds), Some("isolation-forest"));
        assert_eq!(nearest("transformer", kinds), None);
        assert_eq!(nearest("forms", kinds), None);
    }

    #[test]
    fn names_of_the_field_lead_to_kinds_that_exist() {
        for (name, kind) in
            [("iForest", "isolation-forest"), ("LSTM-AE", "seq2seq"), ("one_class_svm", "ocsvm")]
        {
            assert_eq!(kind_meant(name), Some(kind));
        }
        assert!(KIND_NAMES.iter().all(|(kind, _)| oddbench_models::find(kind).is_some()));
    }
}
