//! Several data sets of one experiment file: which models are better over all of them, beside what was
//! published. Every data set has its own report, to which the tables link.

mod medians;
mod operator;
mod over_sets;
mod published;
mod sets;
mod splits;
mod verdicts;

use std::path::{Path, PathBuf};

use oddbench_core::metrics::Metric;
use oddbench_core::record::{DataInfo, PartSizes, SuiteManifest};
use oddbench_core::results::ExperimentResults;
use oddbench_core::split::SplitSettings;

use crate::aggregate::{Counts, SummaryRow};
use crate::document::{Block, Document, Section, Warning};
use crate::figures::{Plot, draw_all};
use crate::folder::File;
use crate::format;
use crate::operating::main_rate;
use crate::render::{self, terminal::Terminal};
use crate::sections::{published::Published, ranks, reproduce, sweep::name};
use crate::tried;
use crate::verdict::{self, Verdict};
use crate::{ReportError, write_files};
use over_sets::OverSets;
pub use verdicts::overall;

/// What models are compared by. The first one is the terminal's.
const METRICS: [Metric; 2] = [Metric::RocAuc, Metric::AveragePrecision];

/// An experiment on several data sets.
pub struct SuiteResults {
    /// What is stored of it as a whole.
    pub manifest: SuiteManifest,
    /// One per data set, in the manifest's order.
    pub sets: Vec<SetResults>,
}

/// What the report needs of one data set: no scores, which may be large.
pub struct SetResults {
    name: String,
    data: DataInfo,
    split: SplitSettings,
    sizes: Option<PartSizes>,
    rows: Vec<SummaryRow>,
    /// How all its trials went.
    counts: Counts,
    /// Sweeps of which trials failed that no row has: the name, how many failed, of how many.
    failed_in_sweeps: Vec<(String, usize, usize)>,
    published: Vec<Published>,
    /// Whether the first threshold rule has seen the test rows.
    oracle: bool,
    /// The position of the false positive rate that recall is shown at, if the rows resolve one.
    main_rate: Option<usize>,
    /// Who is the best here, and how sure that is.
    verdict: Verdict,
}

impl SetResults {
    /// Of the results on the data set of that name, and their rows.
    pub fn new(name: &str, results: &ExperimentResults, rows: &[SummaryRow]) -> Self {
        let rules = &results.manifest.experiment.thresholds;
        Self {
            name: name.to_owned(),
            data: results.manifest.data.clone(),
            split: results.manifest.experiment.split.clone(),
            sizes: crate::runs::sizes(results),
            rows: rows.to_vec(),
            counts: tried::counts(results),
            failed_in_sweeps: failed_in_sweeps(results),
            published: crate::published(results, rows),
            oracle: rules.first().is_some_and(|rule| rule.is_oracle()),
            main_rate: main_rate(results, rows),
            verdict: verdict::verdict(results, rows),
        }
    }

    /// The median over the trials of a model, under the first threshold rule.
    fn median(&self, model: &str, metric: Metric) -> Option<f64> {
        Some(self.row(model)?.metric(0, metric)?.median)
    }

    fn row(&self, model: &str) -> Option<&SummaryRow> {
        self.rows.iter().find(|row| row.marked_name() == model)
    }

    fn counts(&self) -> Counts {
        self.counts
    }
}

/// Of sweeps with a winner: the row of another one says how its trials went.
fn failed_in_sweeps(results: &ExperimentResults) -> Vec<(String, usize, usize)> {
    let decided = results.sweeps.iter().filter(|sweep| sweep.winner.is_some());
    let failed = decided.map(|sweep| (sweep, tried::of_sweep(sweep))).filter(|of| of.1.failed > 0);
    failed.map(|(sweep, of)| (name(&results.sweeps, sweep), of.failed, of.total())).collect()
}

impl SuiteResults {
    /// The models of all data sets, each once.
    fn models(&self) -> Vec<String> {
        let mut models: Vec<String> = Vec::new();
        for row in self.sets.iter().flat_map(|set| &set.rows) {
            let name = row.marked_name();
            if !models.contains(&name) {
                models.push(name);
            }
        }
        models
    }

    fn synthetic(&self) -> bool {
        self.sets.iter().any(|set| set.data.synthetic)
    }

    fn title(&self) -> String {
        let sets = format::counted(self.sets.len(), "data set");
        format!("{}: {sets}", self.manifest.name)
    }
}

/// Writes the report of all data sets into a folder: `index.html`, `report.md`, `table.csv` and the
/// figures. The report of each data set is expected in a folder of its name below.
pub fn write_suite(suite: &SuiteResults, out: &Path) -> Result<Vec<PathBuf>, ReportError> {
    let over = METRICS.map(|metric| OverSets::new(suite, metric));
    let stamp = suite.synthetic().then_some("synthetic data");
    let plots = over.iter().map(|over| ranks::plot(&over.ranks, stamp).into_iter().collect());
    let figures = draw_all(plots.collect::<Vec<Vec<Plot<'_>>>>())?;
    let mut sections = vec![verdicts::section(suite, &over), medians::section(suite, &over)];
    sections.extend(splits::section(suite));
    sections.push(over_sets::section(&over, figures));
    sections.extend(operator::section(suite));
    sections.extend(published::section(suite));
    sections.push(sets::section(suite));
    sections.extend(sets::failures(suite));
    sections.push(reproduced(suite));
    let document = Document {
        synthetic: suite.synthetic(),
        description: suite.manifest.description.clone(),
        highlights: highlights(suite, &over[0]),
        warnings: warnings(suite),
        ..Document::of_sections(suite.title(), sections)
    };
    let table = File::text("table.csv", medians::csv(suite));
    write_files(&document, vec![table], out)
}

/// What a terminal shows of it; `draw` is that of [`crate::terminal`].
pub fn suite_terminal(
    suite: &SuiteResults,
    draw: impl Fn(&[(&str, bool)], &[Vec<&str>]) -> String,
) -> String {
    let over = METRICS.map(|metric| OverSets::new(suite, metric));
    let sections = [verdicts::section(suite, &over), medians::section(suite, &over)].into_iter();
    let sections = sections.chain(operator::section(suite)).chain(splits::section(suite));
    let document = Document::of_sections(suite.title(), sections.collect());
    render::write(&document, Terminal::new(draw))
}

fn reproduced(suite: &SuiteResults) -> Section {
    let SuiteManifest { spec_path, overrides, oddbench, .. } = &suite.manifest;
    let blocks = vec![
        Block::Command(reproduce::command(spec_path, overrides)),
        Block::Facts(vec![
            ("Experiment file", spec_path.clone()),
            ("Software", format!("oddbench {oddbench}")),
        ]),
        Block::Text(
            "The report of each data set has its protocol, its digest and its settings.".into(),
        ),
    ];
    Section { id: "reproduce", title: "How to reproduce", blocks, paper: false, terminal: false }
}

/// The size of the whole and the best mean rank.
fn highlights(suite: &SuiteResults, over: &OverSets) -> Vec<(String, String)> {
    let counts = suite.sets.iter().map(SetResults::counts);
    let (completed, total) =
        counts.fold((0, 0), |(done, all), count| (done + count.completed, all + count.total()));
    let mut highlights = vec![
        (suite.sets.len().to_string(), "data sets".into()),
        (suite.models().len().to_string(), "models".into()),
        (format!("{completed}/{total}"), "trials completed".into()),
    ];
    if let Ok(ranks) = &over.ranks
        && let Some(&best) = ranks.order().first()
    {
        let label = format!("best mean rank by {}: {}", ranks.metric.title(), ranks.models[best]);
        highlights.push((format!("{:.2}", ranks.test.mean_ranks[best]), label));
    }
    highlights
}

fn warnings(suite: &SuiteResults) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let mut say = |title, text| warnings.push(Warning { title, text });
    if suite.synthetic() {
        let text = "Rows of some data sets are made by a generator. Their figures say nothing about real traffic.";
        say("Synthetic data.", text.to_owned());
    }
    let trained_on_outliers = |set: &&SetResults| {
        set.sizes.is_some_and(|sizes| sizes.train_outliers > 0)
            && set.rows.iter().any(|row| !row.supervised)
    };
    let contaminated = suite.sets.iter().filter(trained_on_outliers).count();
    if contaminated > 0 {
        say(
            "Contaminated training rows.",
            format!(
                "On {contaminated} of {} the unsupervised models were fitted on all training rows, outliers among them; they did not see the labels.",
                format::counted(suite.sets.len(), "data set"),
            ),
        );
    }
    let without = |set: &&SetResults| set.counts().completed < set.counts().total();
    let incomplete = suite.sets.iter().filter(without).count();
    if incomplete > 0 {
        let sets = format::counted(suite.sets.len(), "data set");
        say("Incomplete.", format!("{incomplete} of {sets} lack trials; see Failures."));
    }
    warnings
}
