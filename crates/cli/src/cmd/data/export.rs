//! `oddbench data export`: a split as it leaves the program, with its rows.

use std::path::{Path, PathBuf};

use oddbench_core::Dataset;
use oddbench_data::export::{Exported, export, to_score};
use oddbench_data::{Cache, split_file};
use oddbench_engine::exported::{ExportedFold, export_split};
use oddbench_engine::{ExperimentFile, Spec, spec};
use serde_json::{Value, json};

use crate::args::{Global, Overrides, whole};
use crate::downloads;
use crate::error::{CliError, Status};
use crate::terminal::Terminal;

/// `oddbench data export`
#[derive(Debug, clap::Args)]
pub struct ExportArgs {
    /// The experiment file whose split is written; of several data sets each into a folder of its name
    #[arg(long, value_name = "FILE", conflicts_with_all = ["split", "labels"])]
    pub experiment: Option<PathBuf>,
    /// Changes to the experiment file
    #[command(flatten)]
    pub overrides: Overrides,
    /// This fold alone [default: every fold]
    #[arg(long, value_name = "N", requires = "experiment", value_parser = whole(1, u32::MAX))]
    pub fold: Option<u32>,
    /// Write split.json alone
    #[arg(long)]
    pub no_csv: bool,
    /// Without an experiment, KDD Cup 99 and its test part of the study: 8,000 + 2,000 rows, 9,000 + 1,000, or all
    #[arg(long, value_enum, default_value_t = ExportSplit::Published8020)]
    pub split: ExportSplit,
    /// Without an experiment, how attack names that training never saw are labelled
    #[arg(long, value_enum, default_value_t = ExportLabels::Published)]
    pub labels: ExportLabels,
    /// The folder to write into; made if it is not there
    #[arg(value_name = "OUT")]
    pub out: PathBuf,
}

/// The published splits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum ExportSplit {
    /// 8,000 inliers and 2,000 outliers
    #[value(name = "published-8020")]
    Published8020,
    /// 9,000 inliers and 1,000 outliers
    #[value(name = "published-9010")]
    Published9010,
    /// Every row that is not validated on
    #[value(name = "published-all")]
    PublishedAll,
}

/// The label policies of KDD Cup 99.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum ExportLabels {
    /// As the study did: unseen attack names count as normal
    Published,
    /// Every attack is an attack
    Corrected,
}

/// Draws the split and writes its files.
pub fn run(global: &Global, terminal: &Terminal, args: &ExportArgs) -> Result<Status, CliError> {
    let overrides = (&args.overrides).into();
    let file = match &args.experiment {
        Some(path) => spec::load_file(path, &overrides)?,
        None => spec::parse_file(Path::new("(the split of the study)"), study(args), &overrides)?,
    };
    let cache = downloads::cache(global, terminal)?;
    let mut export = Export { terminal, args, cache: &cache, files: vec![], splits: vec![] };
    match &file {
        ExperimentFile::One(spec) => export.set(spec, &args.out, None)?,
        ExperimentFile::Suite(suite) => {
            for set in &suite.sets {
                export.set(&set.spec, &args.out.join(&set.name), Some(&set.name))?;
            }
        }
    }
    let Export { files, splits, .. } = export;
    terminal.json(|| json!({ "splits": splits, "files": files }));
    Ok(Status::Done)
}

/// The experiment whose rows the study published.
fn study(args: &ExportArgs) -> String {
    let name = |value: &dyn Fn() -> Option<clap::builder::PossibleValue>| {
        value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    };
    let split = name(&|| clap::ValueEnum::to_possible_value(&args.split));
    let labels = name(&|| clap::ValueEnum::to_possible_value(&args.labels));
    format!(
        "name = \"study\"\n\
         dataset = {{ kind = \"kdd99\", features = \"published-18\", labels = \"{labels}\" }}\n\
         split = {{ kind = \"{split}\" }}\n\
         threshold = {{ rule = \"max-f1\" }}\n\
         model = [{{ kind = \"constant\" }}]\n"
    )
}

struct Export<'a> {
    terminal: &'a Terminal,
    args: &'a ExportArgs,
    cache: &'a Cache,
    /// CSV files, for programs.
    files: Vec<Value>,
    /// Files of splits, for programs.
    splits: Vec<Value>,
}

impl Export<'_> {
    /// Writes the folds of one data set; more than one into a folder each.
    fn set(&mut self, spec: &Spec, out: &Path, name: Option<&str>) -> Result<(), CliError> {
        let folds = spec.experiment.split.kind().folds();
        let wanted: Vec<Option<u32>> = match self.args.fold {
            None => folds.clone(),
            Some(fold) if folds.contains(&Some(fold)) => vec![Some(fold)],
            Some(fold) => return Err(no_fold(fold, spec, &folds)),
        };
        let dataset = spec.load(self.cache)?;
        for fold in wanted {
            let exported = export_split(&dataset, spec, fold)?;
            let folder = fold.map_or(out.to_owned(), |fold| out.join(format!("fold-{fold}")));
            if !self.args.no_csv {
                self.csv(spec, &dataset, &exported, &folder)?;
            }
            self.json(&exported, &folder, name)?;
        }
        Ok(())
    }

    fn csv(
        &mut self,
        spec: &Spec,
        dataset: &Dataset,
        exported: &ExportedFold,
        folder: &Path,
    ) -> Result<(), CliError> {
        let settings = &spec.experiment.dataset;
        let (terminal, files) = (self.terminal, &mut self.files);
        let mut tell = |file: &Exported| {
            terminal.result(&format!("{}  {}", file.sha256, file.path.display()));
            files.push(json!({ "path": file.path, "rows": file.rows, "sha256": file.sha256 }));
        };
        let (split, columns) = (&exported.split, &settings.columns);
        export(split, dataset, columns, &settings.policy, folder, &mut tell)?;
        tell(&to_score(split, &exported.file.fingerprint, dataset, columns, folder)?);
        Ok(())
    }

    fn json(
        &mut self,
        exported: &ExportedFold,
        folder: &Path,
        name: Option<&str>,
    ) -> Result<(), CliError> {
        let path = folder.join("split.json");
        let file = &exported.file;
        std::fs::create_dir_all(folder)
            .map_err(|error| CliError::user(format!("{}: {error}", folder.display())))?;
        split_file::write(file, &path)?;
        self.terminal.result(&format!("{}  {} (fingerprint)", file.fingerprint, path.display()));
        let rows = file.parts.named().map(|(name, part)| (name.to_owned(), json!(part.rows.len())));
        self.splits.push(json!({
            "path": path, "set": name, "fold": file.fold, "fingerprint": file.fingerprint,
            "rows": serde_json::Map::from_iter(rows),
        }));
        Ok(())
    }
}

fn no_fold(fold: u32, spec: &Spec, folds: &[Option<u32>]) -> CliError {
    let split = spec.experiment.split.name();
    CliError::user(match folds {
        [None] => format!("the {split} split has no folds\nremove --fold"),
        folds => {
            format!("there is no fold {fold}\nthe {split} split has the folds 1 to {}", folds.len())
        }
    })
}
