//! The nearest spelling of a word among those that are allowed, and sentences that name them.

/// The candidate that `word` was most likely meant to be; `None` if none is near.
pub(crate) fn nearest<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let plain = |text: &str| text.to_lowercase().replace(['-', '_', ' '], "");
    let word = plain(word);
    candidates
        .into_iter()
        .map(|candidate| (strsim::osa_distance(&word, &plain(candidate)), candidate))
        .filter(|(distance, candidate)| *distance * 3 <= candidate.len().max(word.len()))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// `did you mean "x"? allowed: a, b, x`, without the question if nothing is near.
pub(crate) fn allowed(word: &str, candidates: &[&str]) -> String {
    let list = candidates.join(", ");
    match nearest(word, candidates.iter().copied()) {
        Some(near) => format!("did you mean \"{near}\"? allowed: {list}"),
        None => format!("allowed: {list}"),
    }
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
        assert_eq!(nearest("transformer", kinds), None);
    }
}
