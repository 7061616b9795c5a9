//! `cargo xtask figures`: writes the table of figures into README.md, from the results of the published and of the
//! corrected study and from the published figures.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

const BEGIN: &str = "<!-- figures: cargo xtask figures -->\n";
const END: &str = "<!-- end of figures -->";

/// The models of the table: as `kdd99-published.toml` and as `kdd99-corrected.toml` call them.
const MODELS: [(&str, &str); 12] = [
    ("PCA", "PCA published 18"),
    ("OCSVM", "OCSVM published 18"),
    ("AE", "AE published 18"),
    ("VAE", "VAE published 18"),
    ("BiGAN", "BiGAN published 18"),
    ("seq2seq", "seq2seq published 18"),
    ("AE (sound)", "AE 18"),
    ("VAE (sound)", "VAE 18"),
    ("BiGAN (sound)", "BiGAN 18"),
    ("seq2seq (sound)", "seq2seq 18"),
    ("isolation forest", "isolation forest 18"),
    ("extreme value", "extreme value 18"),
];

/// The lines of a CSV file, each by the names of its columns.
type Lines = Vec<BTreeMap<String, String>>;

/// Writes the table into README.md.
///
/// # Errors
/// Names the file or the figure that is missing.
pub fn write(published: &Path, corrected: &Path) -> Result<(), String> {
    let anchors = crate::root().join("data/anchors/deepad-2020.toml");
    let table = table(
        &read(&published.join("summary.csv"))?,
        &read(&corrected.join("operator.csv"))?,
        &read(&anchors)?,
    )?;
    let path = crate::root().join("README.md");
    let text = placed(&read(&path)?, &table)?;
    fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

/// A text with the table between its two comments.
fn placed(text: &str, table: &str) -> Result<String, String> {
    let (before, rest) = text.split_once(BEGIN).ok_or("README.md has no place for the table")?;
    let (_, after) = rest.split_once(END).ok_or("README.md does not say where the table ends")?;
    Ok(format!("{before}{BEGIN}{table}{END}{after}"))
}

/// The table, from the summary of the published study, the operator's figures of the corrected one, and the published
/// figures.
///
/// # Errors
/// Names the model or the figure that is missing.
pub fn table(summary: &str, operator: &str, anchors: &str) -> Result<String, String> {
    let (summary, operator) = (lines(summary)?, lines(operator)?);
    let anchors: toml::Table = anchors.parse().map_err(|error| format!("{error}"))?;
    let mut table = String::from(
        "| model | seeds | published F1 | our F1 | published ROC-AUC | our ROC-AUC | corrected: recall at FPR 1e-3 |\n\
         |---|---:|---:|---:|---:|---:|---:|\n",
    );
    for (name, corrected) in MODELS {
        let ours: Vec<&BTreeMap<_, _>> =
            summary.iter().filter(|line| line["name"] == name).collect();
        table += &format!(
            "| {name} | {} | {} | {:.3} | {} | {:.3} | {} |\n",
            ours.len(),
            anchor(&anchors, name, "f1"),
            median(numbers(&ours, "f1", name)?),
            anchor(&anchors, name, "roc_auc"),
            median(numbers(&ours, "roc_auc", name)?),
            recall(&operator, corrected)?,
        );
    }
    Ok(table)
}

fn lines(text: &str) -> Result<Lines, String> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    reader.deserialize().collect::<Result<_, _>>().map_err(|error: csv::Error| error.to_string())
}

fn numbers(
    lines: &[&BTreeMap<String, String>],
    column: &str,
    of: &str,
) -> Result<Vec<f64>, String> {
    let missing = || format!("{of} has no {column} in some trial, or no trial");
    let numbers: Option<Vec<f64>> =
        lines.iter().map(|line| line.get(column)?.parse().ok()).collect();
    numbers.filter(|numbers| !numbers.is_empty()).ok_or_else(missing)
}

/// The median as reports show it: the mean of the two in the middle if their number is even.
fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    middle(numbers.len(), |at| numbers[at])
}

/// The mean of the two in the middle of so many, in their order.
fn middle(count: usize, value: impl Fn(usize) -> f64) -> f64 {
    let last = count - 1;
    f64::midpoint(value(last / 2), value(last.div_ceil(2)))
}

/// A published figure, or a dash.
fn anchor(anchors: &toml::Table, name: &str, metric: &str) -> String {
    let all = anchors["anchors"].as_array().into_iter().flatten();
    let mut own = all.filter(|anchor| anchor["name"].as_str() == Some(name));
    let figure = own.next().and_then(|anchor| anchor["metrics"].get(metric)?.as_float());
    figure.map_or_else(|| "–".to_owned(), |figure| format!("{figure:.3}"))
}

/// The recall at one false alarm in a thousand with its interval, of the trial in the middle: of an even number the mean
/// of the middle two, as in reports.
fn recall(operator: &Lines, name: &str) -> Result<String, String> {
    let at_rate = |line: &&BTreeMap<String, String>| {
        line["name"] == name
            && line["fpr"].parse() == Ok(0.001)
            && !line["split"].contains("transfer")
    };
    let own: Vec<&BTreeMap<_, _>> = operator.iter().filter(at_rate).collect();
    let [recall, low, high] = ["recall", "recall_low", "recall_high"];
    let [recall, low, high] =
        [numbers(&own, recall, name)?, numbers(&own, low, name)?, numbers(&own, high, name)?];
    let mut order: Vec<usize> = (0..own.len()).collect();
    order.sort_by(|&a, &b| recall[a].total_cmp(&recall[b]));
    let percent = |of: &[f64]| format!("{:.1}", 100.0 * middle(order.len(), |at| of[order[at]]));
    Ok(format!("{} % ({} to {})", percent(&recall), percent(&low), percent(&high)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANCHORS: &str = "[[anchors]]\nname = \"PCA\"\nmetrics = { f1 = 0.776 }\n";

    fn studies(f1: &[f64], recall: &[f64]) -> (String, String) {
        let mut summary = String::from("name,f1,roc_auc\n");
        let mut operator = String::from("name,split,fpr,recall,recall_low,recall_high\n");
        for (name, corrected) in MODELS {
            for f1 in f1 {
                summary += &format!("{name},{f1},0.9\n");
            }
            for recall in recall {
                operator += &format!("{corrected},published-all,0.01,0.9,0.9,0.9\n");
                let (low, high) = (recall - 0.01, recall + 0.01);
                operator += &format!("{corrected},published-all,0.001,{recall},{low},{high}\n");
            }
        }
        (summary, operator)
    }

    #[test]
    fn a_line_has_medians_and_the_interval_of_the_trials_in_the_middle() {
        let (summary, operator) = studies(&[0.1, 0.8, 0.7], &[0.5, 0.2, 0.4, 0.3]);
        let table = table(&summary, &operator, ANCHORS).unwrap();
        let lines: Vec<&str> = table.lines().collect();
        assert_eq!(lines[2], "| PCA | 3 | 0.776 | 0.700 | – | 0.900 | 35.0 % (34.0 to 36.0) |");
        assert_eq!(lines.len(), 2 + MODELS.len());
    }

    #[test]
    fn a_missing_model_is_named() {
        let (summary, operator) = studies(&[0.1], &[0.5]);
        let without = operator.replace("AE 18", "AE 41");
        let error = table(&summary, &without, ANCHORS).unwrap_err();
        assert!(error.contains("AE 18"), "{error}");
    }

    #[test]
    fn the_table_takes_its_place_and_nothing_else() {
        let text = format!("before\n{BEGIN}old\n{END}\nafter\n");
        assert_eq!(placed(&text, "new\n").unwrap(), format!("before\n{BEGIN}new\n{END}\nafter\n"));
        assert!(placed("no place", "new\n").is_err());
    }

    #[test]
    fn the_readme_has_the_place_and_every_model() {
        let readme = read(&crate::root().join("README.md")).unwrap();
        let table = readme.split_once(BEGIN).unwrap().1.split_once(END).unwrap().0;
        for (name, _) in MODELS {
            assert!(table.contains(&format!("| {name} |")), "{name}");
        }
    }
}
