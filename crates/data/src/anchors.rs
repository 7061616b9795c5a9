//! Published figures: `data/anchors/<name>.toml`, compiled in; a path ending in `.toml` is read from disk.

use std::collections::BTreeSet;
use std::path::Path;

use oddbench_core::metrics::Metric;
use oddbench_core::record::AnchorSet;

use crate::error::DataError;

/// The names that are compiled in.
pub const NAMES: [&str; 3] = ["adbench-2022", "deepad-2020", "egbad-2018"];

/// In the order of [`NAMES`].
const TEXTS: [&str; 3] = [
    include_str!("../../../data/anchors/adbench-2022.toml"),
    include_str!("../../../data/anchors/deepad-2020.toml"),
    include_str!("../../../data/anchors/egbad-2018.toml"),
];

/// The anchors of that name, or of the file at that path relative to `base`.
pub fn load(name: &str, base: &Path) -> Result<AnchorSet, DataError> {
    let refused = |message: String| DataError::Anchors { name: name.into(), message };
    let text = match NAMES.iter().position(|known| *known == name) {
        Some(at) => TEXTS[at].to_owned(),
        None if name.ends_with(".toml") => {
            let path = base.join(name);
            std::fs::read_to_string(&path)
                .map_err(|e| refused(format!("{}: {e}", path.display())))?
        }
        None => {
            let known = NAMES.join(", ");
            return Err(refused(format!(
                "there are no published figures of that name; there are {known}, and files of your own, which end in .toml"
            )));
        }
    };
    let set = toml::from_str(&text).map_err(|error| {
        let renamed = error.message().starts_with("unknown field `label`");
        let remedy = if renamed { "`label` is now called `name`\n" } else { "" };
        refused(format!("{remedy}{error}"))
    })?;
    check(&set).map_err(refused)?;
    Ok(set)
}

/// What the sources say of one data set: rows of other data sets are left out, and so are sources
/// without a row for it.
pub fn of_set(sources: Vec<AnchorSet>, name: &str) -> Vec<AnchorSet> {
    let kept = sources.into_iter().map(|mut source| {
        source.anchors.retain(|anchor| anchor.set.as_deref().is_none_or(|set| set == name));
        source
    });
    kept.filter(|source| !source.anchors.is_empty()).collect()
}

fn check(set: &AnchorSet) -> Result<(), String> {
    let mut names = BTreeSet::new();
    for anchor in &set.anchors {
        let name = &anchor.name;
        if !names.insert((&anchor.set, name)) {
            let on = anchor.set.as_ref().map(|set| format!(" on {set}")).unwrap_or_default();
            return Err(format!("the name {name:?} occurs twice{on}; every row needs its own"));
        }
        for (key, value) in &anchor.metrics {
            let metric = Metric::try_from(key.clone()).map_err(|e| format!("{name}: {e}"))?;
            let [least, greatest] = metric.range();
            if !(least..=greatest).contains(value) {
                return Err(format!(
                    "{name}: {key} = {value} is not between {least} and {greatest}"
                ));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_study_has_its_six_rows() {
        let set = load("deepad-2020", Path::new(".")).unwrap();
        let names: Vec<_> = set.anchors.iter().map(|a| a.name.as_str()).collect();
        assert_eq!(names, ["PCA", "OCSVM", "AE", "VAE", "BiGAN", "seq2seq"]);
        for anchor in &set.anchors {
            assert_eq!(anchor.metrics.len(), 6, "{}", anchor.name);
            // F1 and F2 follow from precision and recall: a slip of the pen would show.
            let (p, r) = (anchor.metrics["precision"], anchor.metrics["recall"]);
            for (name, beta) in [("f1", 1.0_f64), ("f2", 2.0)] {
                let f = (1.0 + beta.powi(2)) * p * r / (beta.powi(2) * p + r);
                let stated = anchor.metrics[name];
                assert!((f - stated).abs() < 0.0015, "{} {name} {f} {stated}", anchor.name);
            }
        }
    }

    #[test]
    fn adbench_has_eight_detectors_on_each_of_eleven_sets() {
        let set = load("adbench-2022", Path::new(".")).unwrap();
        assert_eq!(set.anchors.len(), 88);
        assert!(set.anchors.iter().all(|anchor| anchor.metrics.len() == 1));
        let of = |name: &str| of_set(vec![set.clone()], name);
        let cardio = of("cardio");
        let auc = |name: &str| {
            let found = cardio[0].anchors.iter().find(|anchor| anchor.name == name);
            found.unwrap().metrics["roc_auc"]
        };
        assert_eq!((cardio[0].anchors.len(), auc("IForest"), auc("LOF")), (8, 0.9319, 0.6633));
        assert!(of("wine").is_empty());
        // Rows without a data set stand beside any.
        let study = vec![load("deepad-2020", Path::new(".")).unwrap()];
        assert_eq!(of_set(study.clone(), "wine"), study);
    }

    #[test]
    fn a_file_of_ones_own_is_read_and_checked() {
        let dir = tempfile::tempdir().unwrap();
        let read = |text: &str| {
            std::fs::write(dir.path().join("mine.toml"), text).unwrap();
            load("mine.toml", dir.path())
        };
        let head = "name = \"mine\"\nsource = \"me\"\n";
        let row =
            |metrics: &str| format!("{head}[[anchors]]\nname = \"A\"\nmetrics = {{ {metrics} }}\n");
        assert_eq!(read(&row("f1 = 0.5")).unwrap().anchors[0].metrics["f1"], 0.5);
        for (text, expected) in [
            (row("f3 = 0.5"), "unknown metric \"f3\""),
            (row("f1 = 1.5"), "not between 0 and 1"),
            (row("f1 = nan"), "not between 0 and 1"),
            (row("f1 = 0.5") + "[[anchors]]\nname = \"A\"\nmetrics = {}\n", "occurs twice"),
            (format!("{head}year = 2020\nanchors = []\n"), "year"),
            (row("f1 = 0.5").replace("name = \"A\"", "label = \"A\""), "now called `name`"),
        ] {
            let error = read(&text).unwrap_err().to_string();
            assert!(error.contains("mine.toml") && error.contains(expected), "{error}");
        }
    }

    #[test]
    fn unknown_and_missing_ones_say_what_there_is() {
        let unknown = load("deepad", Path::new(".")).unwrap_err().to_string();
        assert!(unknown.contains("deepad-2020"), "{unknown}");
        let missing = load("absent.toml", Path::new("folder")).unwrap_err().to_string();
        assert!(missing.contains("absent.toml"), "{missing}");
    }
}
