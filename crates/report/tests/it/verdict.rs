//! The verdict, and that the whole document agrees with it: one statistic for each figure, in every section.

mod coin_and_folds;
pub mod few;
mod provenance;
mod unfinished;

use std::collections::BTreeMap;

use oddbench_core::metrics::Metric;
use oddbench_core::results::ExperimentResults;
use oddbench_report::{Answer, SummaryRow, Verdict, summarize, verdict};
use roxmltree::{Document, Node};

use crate::documents::as_xml;
use crate::fixture::{ORACLE, SOUND, evaluation};
use crate::gallery::large;
use crate::{read, report};

/// An even number of seeds of which one falls: mean, lower median and median are three figures.
pub fn seeds(number: u64) -> ExperimentResults {
    let mut results = large(16, number, 400);
    // One seed of a model that chance moves, and a sanity model that ranks the rows better than any model.
    results.trials.retain(|trial| trial.trial.name != "kNN" && !one_too_many(trial, "seq2seq"));
    let kind = |name: &str| if name == "ECOD" { Some("extreme-value") } else { None };
    for trial in &mut results.trials {
        if let Some(kind) = kind(&trial.trial.name) {
            trial.trial.kind = kind.into();
            let scores = trial.scores.as_mut().unwrap();
            scores.test.scores =
                scores.test.labels.iter().map(|&label| if label { 1.0 } else { 0.0 }).collect();
            let test = &scores.test;
            trial.evaluations = vec![evaluation(ORACLE, 0.5, &test.labels, &test.scores)];
        }
    }
    results.manifest.trials = results.trials.iter().map(|trial| trial.trial.clone()).collect();
    results
}

fn one_too_many(trial: &oddbench_core::results::TrialResult, name: &str) -> bool {
    trial.trial.name == name && trial.trial.seed.is_some_and(|seed| seed > 1)
}

/// The median of each model and metric, straight from the trials.
fn medians(results: &ExperimentResults) -> BTreeMap<(String, Metric), f64> {
    let mut values: BTreeMap<(String, Metric), Vec<f64>> = BTreeMap::new();
    for trial in &results.trials {
        for metric in Metric::ALL {
            let value = trial.evaluations.first().and_then(|found| found.metrics[metric]);
            let name = trial.trial.name.clone();
            values.entry((name, metric)).or_default().extend(value);
        }
    }
    values.retain(|_, values| !values.is_empty());
    let median = |mut values: Vec<f64>| {
        values.sort_by(f64::total_cmp);
        let n = values.len();
        if n % 2 == 1 { values[n / 2] } else { f64::midpoint(values[n / 2 - 1], values[n / 2]) }
    };
    values.into_iter().map(|(key, values)| (key, median(values))).collect()
}

pub fn words(node: Node<'_, '_>) -> String {
    let text: String =
        node.descendants().filter(Node::is_text).filter_map(|node| node.text()).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

pub fn children<'a, 'i>(node: Node<'a, 'i>, tags: &[&str]) -> Vec<Node<'a, 'i>> {
    node.descendants().filter(|n| tags.iter().any(|tag| n.has_tag_name(*tag))).collect()
}

/// The metric that the head of a column names: `F1†`, `Median ROC-AUC`, `ROC-AUC, all`.
fn metric_of(head: &str) -> Option<Metric> {
    let head = head.trim_start_matches("Median ").trim_end_matches(", all");
    let head = head.trim_end_matches('†');
    Metric::ALL.into_iter().find(|metric| metric.title() == head)
}

/// Every cell of a table whose row is headed by a model and whose column by a metric: model, metric, text.
fn figures(table: Node<'_, '_>, names: &[String]) -> Vec<(String, Metric, String)> {
    let rows = children(table, &["tr"]);
    let heads: Vec<String> = match rows.first() {
        Some(head) => children(*head, &["th"]).into_iter().map(words).collect(),
        None => return vec![],
    };
    let mut found = Vec::new();
    let mut above = None;
    for row in &rows[1..] {
        let cells = children(*row, &["th", "td"]);
        let Some(first) = cells.first().map(|cell| own_text(*cell)) else { continue };
        // Beside published figures ours stand in a line of their own, below the name.
        let (name, skipped) = match name_of(&first, names) {
            Some(name) if cells.get(1).is_some_and(|cell| words(*cell) == "published") => {
                above = Some(name);
                continue;
            }
            Some(name) => (name, 0),
            None if first.starts_with("ours") => match &above {
                Some(name) => (name.clone(), 1),
                None => continue,
            },
            None => continue,
        };
        for (head, cell) in heads[skipped..].iter().zip(&cells) {
            if let Some(metric) = metric_of(head) {
                found.push((name.clone(), metric, words(*cell)));
            }
        }
    }
    found
}

/// The text of a cell without what stands below it.
pub fn own_text(cell: Node<'_, '_>) -> String {
    cell.children().filter(Node::is_text).filter_map(|node| node.text()).collect::<String>()
}

fn name_of(text: &str, names: &[String]) -> Option<String> {
    let text = text.trim().trim_end_matches(" (s)").trim_end_matches(" (supervised)");
    let text = text.split(" [").next().unwrap_or_default();
    names.iter().find(|name| *name == text).cloned()
}

fn first_number(text: &str) -> Option<f64> {
    let number: String = text.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
    number.parse().ok()
}

fn names(rows: &[SummaryRow]) -> Vec<String> {
    rows.iter().map(|row| row.name.clone()).collect()
}

/// Every figure of a model's metric in the document is its median over the trials, or an interval that holds it.
#[test]
fn every_figure_of_a_metric_in_the_document_is_the_same_median() {
    for number in [4, 5] {
        let results = seeds(number);
        let (rows, medians) = (summarize(&results), medians(&results));
        let names = names(&rows);
        let dir = report(&results);
        let xml = as_xml(&read(&dir, "index.html"));
        let page = Document::parse(&xml).unwrap();
        let (mut points, mut intervals) = (0, 0);
        for table in page.descendants().filter(|node| node.has_tag_name("table")) {
            let caption = children(table, &["caption"]).into_iter().map(words).collect::<String>();
            for (name, metric, text) in figures(table, &names) {
                if text == "–" || text == "undefined" {
                    continue;
                }
                let median = medians[&(name.clone(), metric)];
                let shown = format!("{median:.3}").replace('-', "−");
                let said = format!("{number} seeds, {caption}: {name} {}: {text}", metric.title());
                let Some((low, high)) = text.split_once(" to ") else {
                    assert!(text.starts_with(&shown), "{said}, not {shown}");
                    points += 1;
                    continue;
                };
                match caption.starts_with("95 % intervals") {
                    true => {
                        let [low, high] = [low, high].map(|end| first_number(end).unwrap());
                        assert!(low <= median + 5e-4 && median <= high + 5e-4, "{said}");
                        intervals += 1;
                    }
                    // A median with its range.
                    false => {
                        assert!(text.starts_with(&shown), "{said}, not {shown}");
                        points += 1;
                    }
                }
            }
        }
        assert!(points > 150 && intervals > 50, "{points} figures, {intervals} intervals");
    }
}

/// What figures write beside a model's name, in their legends and for those who do not see them.
#[test]
fn every_figure_that_is_drawn_shows_the_same_median() {
    let results = seeds(4);
    let medians = medians(&results);
    let dir = report(&results);
    let median = |name: &str, metric| medians[&(name.to_owned(), metric)];
    let models: Vec<String> = summarize(&results)
        .into_iter()
        .filter(|row| row.median_trial.is_some() && row.kind != "random")
        .map(|row| row.name)
        .collect();
    for (stem, metric) in [
        ("roc", Metric::RocAuc),
        ("cost", Metric::RocAuc),
        ("precision-recall", Metric::AveragePrecision),
    ] {
        let svg = read(&dir, &format!("figures/{stem}.svg"));
        let legend = models.iter().filter(|name| {
            let supervised = if *name == "Random forest" { " (s)" } else { "" };
            svg.contains(&format!(">{:.3}  {name}{supervised}</text>", median(name, metric)))
        });
        assert_eq!(legend.count(), models.len(), "{stem}");
    }
    let page = read(&dir, "report.md").replace('\\', "");
    let bars = page.lines().find(|line| line.contains("Bars of six metrics")).unwrap();
    for name in &models {
        let auc = median(name, Metric::RocAuc);
        let f1 = medians.get(&(name.clone(), Metric::F1));
        let f1 = f1.map_or("–".to_owned(), |f1| format!("{f1:.3}"));
        assert!(bars.contains(&format!("{name}: F1 {f1}, ROC-AUC {auc:.3}")), "{name}: {bars}");
    }
    for stem in ["metrics", "roc", "precision-recall", "cost"] {
        let said = read(&dir, &format!("figures/{stem}.svg"));
        assert!(said.contains("median"), "{stem} names its statistic");
    }
}

fn terminal(results: &ExperimentResults) -> String {
    let rows = summarize(results);
    oddbench_report::terminal(results, &rows, |head, rows| {
        let heads: Vec<&str> = head.iter().map(|(name, _)| *name).collect();
        let rows = rows.iter().map(|row| row.join("|"));
        [heads.join("|")].into_iter().chain(rows).collect::<Vec<_>>().join("\n")
    })
}

#[test]
fn the_terminal_shows_the_same_medians_and_marks_one_seed() {
    let results = seeds(4);
    let medians = medians(&results);
    let text = terminal(&results);
    let (_, table) = text.split_once("\nModel|Trials|").unwrap();
    let heads: Vec<&str> = table.lines().next().unwrap().split('|').collect();
    let auc = heads.iter().position(|head| *head == "ROC-AUC").unwrap() + 2;
    let mut shown = 0;
    for line in table.lines().skip(1).take_while(|line| line.contains('|')) {
        let cells: Vec<&str> = line.split('|').collect();
        let median = medians[&(cells[0].to_owned(), Metric::RocAuc)];
        assert!(cells[auc].starts_with(&format!("{median:.3}")), "{line}");
        assert_eq!(cells[1].ends_with('§'), cells[0] == "seq2seq", "{line}");
        shown += 1;
    }
    assert!(shown >= 12, "{text}");
    assert!(text.contains("Medians over seeds.") && text.contains("§ One seed"), "{text}");
}

/// The best of the verdict is the row that the comparison marks, with the figure that it has there.
#[test]
fn the_best_of_the_verdict_is_the_one_that_the_tables_mark() {
    let results = seeds(4);
    let found = verdict(&results, &summarize(&results));
    let dir = report(&results);
    let xml = as_xml(&read(&dir, "index.html"));
    let page = Document::parse(&xml).unwrap();
    let by_id =
        |id: &str| page.descendants().find(|node| node.attribute("id") == Some(id)).unwrap();
    let comparison = by_id("comparison");
    let heads: Vec<String> =
        children(children(comparison, &["tr"])[0], &["th"]).into_iter().map(words).collect();
    let auc = heads.iter().position(|head| head == "ROC-AUC").unwrap();
    let mut marked = Vec::new();
    for row in children(comparison, &["tr"]) {
        let cells = children(row, &["th", "td"]);
        let best = cells.get(auc).is_some_and(|cell| {
            cell.attribute("class").is_some_and(|class| class.split(' ').any(|c| c == "best"))
        });
        if best {
            let text = |cell| own_text(cell).trim().to_owned();
            marked.push((text(cells[0]), text(cells[auc])));
        }
    }
    let of_verdict: Vec<(String, String)> =
        found.best.iter().map(|best| (best.name.clone(), format!("{:.3}", best.roc_auc))).collect();
    assert_eq!(of_verdict.len(), 2, "one that saw no labels, one that did");
    // One model alone needs no mark.
    assert_eq!(marked, of_verdict[..1]);
    let tiles = children(by_id("verdict"), &["p"]).into_iter().map(words).collect::<String>();
    for (name, value) in &of_verdict {
        assert!(tiles.contains(name) && tiles.contains(value), "{tiles}");
    }
    // The tile at the head has the same model and figure.
    let html = read(&dir, "index.html");
    let (name, value) = &of_verdict[0];
    let tile = format!("<strong>{value}</strong><span>best median ROC-AUC: {name}</span>");
    assert!(html.contains(&tile), "{tile}");
}

/// Every format begins with the sentences, before any table or warning; the dashboard has the same ones.
#[test]
fn every_format_begins_with_the_verdict() {
    let results = seeds(4);
    let found = verdict(&results, &summarize(&results));
    let dir = report(&results);
    let first = &found.sentences[0];
    let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let markdown = plain(&read(&dir, "report.md").replace('\\', ""));
    assert!(markdown.find(first).unwrap() < markdown.find("> **").unwrap());
    assert!(markdown.find(first).unwrap() < markdown.find("## Comparison").unwrap());
    let html = read(&dir, "index.html");
    assert!(html.find("id=\"verdict\"").unwrap() < html.find("class=\"warning\"").unwrap());
    assert!(html.find("id=\"figure-cost\"").unwrap() < html.find("id=\"comparison\"").unwrap());
    assert!(plain(&terminal(&results)).starts_with(first));
    let tex = plain(&read(&dir, "table.tex"));
    assert!(
        tex.find(" by median ROC-AUC").or(tex.find(" has the greatest median ROC-AUC")).unwrap()
            < tex.find("\\begin{table}").unwrap()
    );
    for caveat in &found.caveats {
        assert!(markdown.contains(caveat.as_str()), "{caveat}");
        assert!(plain(&terminal(&results)).contains(caveat.as_str()), "{caveat}");
    }
}

/// The experiment with these models alone, every one with the scores that they give to its rows.
fn with(models: &[(&str, &str, u64, f64)]) -> ExperimentResults {
    let mut results = large(0, 1, 400);
    results.manifest.experiment.thresholds = vec![SOUND];
    let rows = large(1, 1, 400);
    let labels = rows.trials[0].scores.as_ref().unwrap().test.labels.clone();
    for &(name, kind, seeds, gap) in models {
        for seed in 1..=seeds {
            let mut trial = rows.trials[0].clone();
            trial.trial.name = name.into();
            trial.trial.kind = kind.into();
            trial.trial.seed = (seeds > 0 && kind != "pca").then_some(seed);
            trial.trial.id = format!("{name}-{seed}");
            let mut noise = crate::gallery::Noise(1 + seed + 100 * name.len() as u64);
            let scores: Vec<f64> =
                labels.iter().map(|&l| noise.normal() + if l { gap } else { 0.0 }).collect();
            trial.evaluations = vec![evaluation(SOUND, 1.0, &labels, &scores)];
            trial.scores.as_mut().unwrap().test.scores = scores;
            results.trials.push(trial);
        }
    }
    results.manifest.trials = results.trials.iter().map(|trial| trial.trial.clone()).collect();
    results
}

fn found(models: &[(&str, &str, u64, f64)]) -> Verdict {
    let results = with(models);
    verdict(&results, &summarize(&results))
}

#[test]
fn a_leader_that_is_told_apart_is_said_to_lead_and_the_rest_to_tie_behind_it() {
    let said = found(&[("far", "vae", 3, 4.0), ("near", "vae", 3, 1.5), ("nearby", "vae", 3, 1.5)]);
    let text = &said.sentences[0];
    assert!(
        text.starts_with("far is the best of 3 models without labels by median ROC-AUC, 0."),
        "{text}"
    );
    assert!(text.contains("it leads near") && text.contains("(95 % interval +0."), "{text}");
    assert!(
        text.contains("No model ties with it; near") && text.contains(" ties with near"),
        "{text}"
    );
    assert!(text.contains(" has 3 seeds ("), "{text}");
    assert!(text.contains(" s to fit and ") && text.contains(" µs to score a row"), "{text}");
    assert!(text.contains("of the attacks"), "{text}");
    assert!(said.best[0].ties.is_empty());
    assert_eq!(said.pairs[0].answer, Answer::Better);
    assert!(!said.caveats.iter().any(|caveat| caveat.starts_with("Overlap")), "{:?}", said.caveats);
}

#[test]
fn equal_models_tie_and_that_is_a_caveat() {
    let said = found(&[("one", "vae", 3, 2.0), ("another", "vae", 3, 2.0), ("bad", "vae", 3, 0.2)]);
    let text = &said.sentences[0];
    assert!(
        text.contains(" has the greatest median ROC-AUC of 3 models without labels, ")
            && text.contains("and ties with ")
            && text.contains("which may be chance."),
        "{text}"
    );
    assert_eq!(said.best[0].ties.len(), 1);
    assert!(
        said.caveats.iter().any(|caveat| caveat.starts_with("Overlap: ")),
        "{:?}",
        said.caveats
    );
}

#[test]
fn one_seed_a_sanity_model_and_no_seed_at_all_are_told() {
    let said = found(&[
        ("once", "vae", 1, 1.5),
        ("twice", "vae", 2, 0.5),
        ("odd", "extreme-value", 1, 4.5),
    ]);
    assert!(said.sentences[0].starts_with("once is the best of 2 models"), "{:?}", said.sentences);
    assert!(said.sentences[0].contains(" has one seed."));
    let caveat =
        |start: &str| said.caveats.iter().find(|caveat| caveat.starts_with(start)).cloned();
    assert!(caveat("One seed: once has one seed").is_some(), "{:?}", said.caveats);
    let sanity = caveat("Not behind the best model:").unwrap();
    assert!(sanity.contains("odd, a sanity model, ranks the rows better"), "{sanity}");
    let fixed = found(&[("still", "pca", 1, 3.0), ("other", "pca", 1, 1.0)]);
    assert!(
        fixed.sentences[0].contains(" uses no random numbers: every run gives the same figures.")
    );
    assert!(!fixed.caveats.iter().any(|caveat| caveat.starts_with("One seed")));
    let nobody = found(&[("odd", "extreme-value", 1, 3.0)]);
    assert_eq!(
        nobody.sentences,
        ["No model that was fitted here has a ROC-AUC, so that none is the best."]
    );
    assert_eq!(found(&[]).sentences, ["No model has scores, so that none is the best."]);
}

/// An oracle, the label policy and missing trials change the answer; the fixture of the study has all of them.
#[test]
fn what_would_change_the_verdict_is_told() {
    let mut results = seeds(4);
    results.trials[0].record = None;
    results.trials[0].scores = None;
    results.trials[0].evaluations.clear();
    let said = verdict(&results, &summarize(&results));
    for start in ["An oracle threshold:", "The label policy \"published\":", "1 of "] {
        assert!(said.caveats.iter().any(|c| c.starts_with(start)), "{start}: {:?}", said.caveats);
    }
}

/// p-values are corrected for the comparisons that are shown, no more and no fewer, and what may be chance is a word
/// in every format.
#[test]
fn p_values_are_corrected_over_what_is_shown_and_chance_is_a_word() {
    let results = seeds(4);
    let rows = summarize(&results);
    let said = verdict(&results, &rows);
    let dir = report(&results);
    let markdown = read(&dir, "report.md").replace('\\', "");
    let table =
        &markdown[markdown.find("**Is one model better than another? By ROC-AUC").unwrap()..];
    let lines: Vec<&str> =
        table.lines().skip(4).take_while(|line| line.starts_with("| ")).collect();
    assert_eq!(lines.len(), said.pairs.len());
    assert!(table.contains(&format!("for the {} comparisons of this table", said.pairs.len())));
    // The least p is the raw one times the number of comparisons: larger corrections would be seen here.
    let unsure = said.pairs.iter().filter(|pair| pair.p > 0.05).count();
    let words = lines.iter().filter(|l| l.ends_with("| tie |") || l.ends_with("| may be chance |"));
    assert_eq!(words.count(), unsure);
    let ties = said.pairs.iter().filter(|pair| pair.low <= 0.0 && pair.high >= 0.0);
    assert!(ties.clone().count() > 0 && ties.clone().all(|pair| pair.answer == Answer::Tie));
    let html = read(&dir, "index.html");
    assert!(html.matches(">tie</td>").count() >= ties.count());
}
