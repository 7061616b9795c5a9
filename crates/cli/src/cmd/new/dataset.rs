//! `oddbench new dataset`: an experiment on a table of the user's. The judge of columns says what each column is
//! taken for, and the label column and its classes are found or named.

use std::path::{Path, PathBuf};

use oddbench_core::counts::counted;
use oddbench_core::{FeatureKind, quote};
use oddbench_data::columns::{
    Choices, Judgement, Remedies, Role, Wrong, class_name, is_normal_class, judge_source,
};
use oddbench_data::rows::{ReadRequest, SourceFormat};
use serde_json::json;

use super::{Start, name};
use crate::args::InputLayout;
use crate::columns::ColumnFlags;
use crate::error::CliError;
use crate::input;

/// `oddbench new dataset`
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  oddbench new dataset flows.csv                               flows.toml, on the rows of flows.csv
  oddbench new dataset march --from flows.csv --label attack   march.toml
  oddbench new dataset flows.csv --label class --inliers benign,backup
  oddbench new dataset                                         my_dataset.toml, and a small my_dataset.csv

The file is read whole. The new experiment names its label column, the classes of normal rows and what every column is
taken for. Rows without labels are for `oddbench fit`. No file is overwritten.")]
pub struct DatasetArgs {
    /// The file with the rows, or the name of the experiment: letters, digits, - and _, a letter first
    #[arg(value_name = "FILE|NAME", default_value = OWN_NAME, value_hint = clap::ValueHint::FilePath)]
    pub name: String,
    /// The file with the rows, if the first argument is a name
    #[arg(long, value_name = "FILE")]
    pub from: Option<PathBuf>,
    /// The classes of normal rows [default: those with a usual name, such as normal or benign]
    #[arg(long, value_name = "CLASS,...", value_delimiter = ',')]
    pub inliers: Vec<String>,
    #[command(flatten)]
    pub layout: InputLayout,
    #[command(flatten)]
    pub flags: ColumnFlags,
}

const OWN_NAME: &str = "my_dataset";
const TEMPLATE: &str = include_str!("../../../assets/new/dataset.toml");
const ROWS: &str = include_str!("../../../assets/new/flows.csv");

/// More values are no classes.
const MOST_CLASSES: usize = 200;

/// Rows that are read at a time.
const BLOCK: usize = 16_384;

/// The experiment, and a small table where no file is named.
pub(super) fn start(args: &DatasetArgs) -> Result<Start, CliError> {
    let named = Path::new(&args.name);
    let (name, file, sample) = match &args.from {
        Some(file) => (checked(&args.name)?, file.clone(), None),
        None if named.is_file() => (stem(named), named.to_owned(), None),
        None if is_path(&args.name) => return Err(not_there(named)),
        None => {
            let name = checked(&args.name)?;
            let file = PathBuf::from(format!("{name}.csv"));
            (name, file, Some(ROWS))
        }
    };
    let text = match sample {
        None => experiment(args, &name, &file, &file)?,
        Some(rows) => {
            // The judge reads files: the sample is one for as long as it looks.
            let folder = tempfile::tempdir().map_err(|error| failed(&error))?;
            let place = folder.path().join(&file);
            std::fs::write(&place, rows).map_err(|error| failed(&error))?;
            experiment(args, &name, &file, &place)?
        }
    };
    let toml = format!("{name}.toml");
    let mut files = vec![(toml.clone(), text)];
    files.extend(sample.map(|rows| (file.display().to_string(), rows.to_owned())));
    Ok(Start {
        files,
        next: vec![
            (format!("oddbench check {toml}"), "does everything fit together?"),
            (format!("oddbench run {toml}"), "fit the models; the run ends with a report"),
        ],
        other_names: "give another name: oddbench new dataset NAME --from FILE",
    })
}

fn failed(error: &std::io::Error) -> CliError {
    CliError::System { message: format!("a temporary folder: {error}") }
}

fn checked(text: &str) -> Result<String, CliError> {
    name(text).map_err(|help| CliError::User {
        message: format!("\"{text}\" cannot name an experiment"),
        help: Some(help),
    })
}

/// A name with an ending or a folder is no name of an experiment.
fn is_path(text: &str) -> bool {
    text.contains(['/', '\\', '.'])
}

fn not_there(file: &Path) -> CliError {
    CliError::User {
        message: format!("{}: there is no such file", file.display()),
        help: Some("give the path of a table that is there, or a name without an ending".into()),
    }
}

/// `flows` of `data/flows.csv.gz`; what no name may hold becomes a `-`.
fn stem(file: &Path) -> String {
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned());
    let stem = name.unwrap_or_default().split('.').next().unwrap_or_default().to_owned();
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    let stem: String = stem.chars().map(|c| if fits(c) { c } else { '-' }).collect();
    match super::name(&stem) {
        Ok(name) => name,
        Err(_) => format!("my-{stem}"),
    }
}

/// The template with what was found in the table. `place` is where `file` can be read now.
fn experiment(
    args: &DatasetArgs,
    name: &str,
    file: &Path,
    place: &Path,
) -> Result<String, CliError> {
    let reader = input::open(place, &args.layout, false)?;
    let kind = match reader.format() {
        SourceFormat::Csv { .. } | SourceFormat::Kdd99 => "csv",
        SourceFormat::Other(format) => format.format().name,
    };
    let mut choices = args.flags.choices(reader.names());
    let mut judgement = judge_source(reader, &choices)?;
    let labels = Labels::find(args, place, &judgement)?;
    if choices.label.is_none() {
        // What follows from the label is known once the label is.
        choices.label = Some(labels.column.clone());
        judgement = judge_source(input::open(place, &args.layout, false)?, &choices)?;
    }
    let shown = file.display().to_string();
    let features = || judgement.columns.iter().filter(|column| column.kind.is_some());
    let infinite = features().any(|column| column.infinite > 0);
    let gaps = infinite || features().any(|column| column.missing > 0);
    Ok(TEMPLATE
        .replace("{NAME}", name)
        .replace("{FILE}", &shown)
        .replace("{COLUMNS}", &columns(&judgement))
        .replace("{KIND}", kind)
        .replace("{PATH}", &json!(shown).to_string())
        .replace("{LABEL}", &json!(labels.column).to_string())
        .replace("{INLIERS}", &json!(labels.inliers).to_string())
        .replace("{CLASSES}", &labels.in_words())
        .replace("{LAYOUT}", &layout(&args.layout.request()))
        .replace("{IGNORE}", &decided(&choices, &judgement)?)
        .replace("{PCA}", pca(&judgement))
        .replace("{MISSING}", if gaps { "median" } else { "error" })
        .replace("{INFINITE}", if infinite { "missing" } else { "error" }))
}

/// The section of `pca`, which needs more columns than it has components; nothing for a single column.
fn pca(judgement: &Judgement) -> &'static str {
    let features = || judgement.columns.iter().filter(|column| column.kind.is_some());
    // A category becomes several columns.
    let is_wide = features().any(|column| column.kind == Some(FeatureKind::Categorical));
    match features().count() {
        0 | 1 if !is_wide => "",
        2 if !is_wide => "[[model]]\nkind = \"pca\"\nparams = { n_components = 1 }\n\n",
        _ => "[[model]]\nkind = \"pca\"\n\n",
    }
}

/// The label column and its classes.
struct Labels {
    column: String,
    /// Each with its number of rows, the commonest first.
    classes: Vec<(String, u64)>,
    inliers: Vec<String>,
}

impl Labels {
    fn find(args: &DatasetArgs, place: &Path, judgement: &Judgement) -> Result<Self, CliError> {
        let likely = judgement.columns.iter().filter(|column| column.role == Role::Label);
        let columns: Vec<&str> = match &args.flags.label {
            Some(named) => vec![named],
            None => likely.map(|column| column.name.as_str()).collect(),
        };
        let mut best: Option<Self> = None;
        for column in &columns {
            let Some(classes) = classes(args, place, column)? else { continue };
            let is_inlier = |class: &&String| match args.inliers.is_empty() {
                true => is_normal_class(class),
                false => args.inliers.iter().any(|named| class_name(named) == **class),
            };
            let inliers: Vec<String> =
                classes.iter().map(|(class, _)| class).filter(is_inlier).cloned().collect();
            let found = Self { column: (*column).to_owned(), classes, inliers };
            // Names of attacks tell more than a yes and a no.
            let better = best.as_ref().is_none_or(|best| {
                (found.has_both(), found.classes.len()) > (best.has_both(), best.classes.len())
            });
            if better {
                best = Some(found);
            }
        }
        match best {
            Some(found) if found.has_both() => Ok(found),
            Some(found) => Err(found.without_inliers(args)),
            None => Err(no_label(args, judgement, &columns)),
        }
    }

    /// Whether some classes are normal and others are not.
    fn has_both(&self) -> bool {
        !self.inliers.is_empty() && self.inliers.len() < self.classes.len()
    }

    fn without_inliers(&self, args: &DatasetArgs) -> CliError {
        let (column, classes) = (&self.column, self.in_words());
        let message = match (args.inliers.is_empty(), self.inliers.is_empty()) {
            (_, false) => format!("every class of the column \"{column}\" counts as normal"),
            (true, true) => {
                format!("no class of the column \"{column}\" has a usual name of normal rows")
            }
            (false, true) => format!("no class of the column \"{column}\" is named by --inliers"),
        };
        if let [(only, rows)] = self.classes.as_slice() {
            // No choice of inliers makes two labels of one class.
            let help = "give a file that has attacks too, or fit a model on these rows: `oddbench fit`. A model needs no labels, and an experiment needs outliers to judge it by";
            return CliError::User {
                message: format!(
                    "the column \"{column}\" has one class alone, {} ({}): there are no outliers to judge a model by",
                    json!(only),
                    counted(rows, "row")
                ),
                help: Some(help.to_owned()),
            };
        }
        let help = format!("say which classes are normal: --inliers CLASS,... It has: {classes}");
        CliError::User { message, help: Some(help) }
    }

    /// `"normal" (950 rows), "scan" (50 rows)`. Of many classes only the commonest are named.
    fn in_words(&self) -> String {
        const MOST: usize = 12;
        let shown = self.classes.iter().take(MOST);
        let mut words: Vec<String> = shown
            .map(|(class, rows)| format!("{} ({})", json!(class), counted(rows, "row")))
            .collect();
        if self.classes.len() > MOST {
            words.push(format!("and {} more", self.classes.len() - MOST));
        }
        words.join(", ")
    }
}

fn no_label(args: &DatasetArgs, judgement: &Judgement, tried: &[&str]) -> CliError {
    if let Some(named) =
        args.flags.label.as_ref().or(tried.first().map(|t| (*t).to_owned()).as_ref())
    {
        return CliError::User {
            message: format!(
                "the column \"{named}\" has more than {MOST_CLASSES} different values, which are no classes"
            ),
            help: Some("name the column that holds the class of each row: --label NAME".into()),
        };
    }
    let names: Vec<&str> = judgement.columns.iter().map(|column| column.name.as_str()).collect();
    CliError::User {
        message: "no column looks like a label, the class of each row".into(),
        help: Some(format!(
            "name it: --label NAME, one of {}; without labels, fit a model with `oddbench fit`",
            names.join(", ")
        )),
    }
}

/// The classes of a column with their rows; `None` if there are too many.
fn classes(
    args: &DatasetArgs,
    place: &Path,
    column: &str,
) -> Result<Option<Vec<(String, u64)>>, CliError> {
    let mut reader = input::open(place, &args.layout, false)?;
    let mut found: Vec<(String, u64)> = Vec::new();
    while let Some(rows) = reader.next(BLOCK)? {
        let Some(at) = rows.position(column) else {
            let names = reader.names().to_vec();
            return Err(CliError::unknown("column", column, names.iter().map(String::as_str)));
        };
        for row in 0..rows.len() {
            let class = class_name(rows.text(row, at));
            match found.iter().position(|(known, _)| *known == class) {
                Some(known) => found[known].1 += 1,
                None if found.len() == MOST_CLASSES => return Ok(None),
                None => found.push((class, 1)),
            }
        }
    }
    found.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    Ok(Some(found))
}

/// What each column is taken for, as lines of a comment.
fn columns(judgement: &Judgement) -> String {
    let taken = |column: &oddbench_data::columns::ColumnVerdict| match column.kind {
        Some(_) => column.role.words().to_owned(),
        None => format!("left out: {}", column.role.words()),
    };
    let width = |of: &dyn Fn(&oddbench_data::columns::ColumnVerdict) -> usize| {
        judgement.columns.iter().map(of).max().unwrap_or_default()
    };
    let names = width(&|column| column.name.chars().count());
    let roles = width(&|column| taken(column).chars().count());
    let line = |column: &oddbench_data::columns::ColumnVerdict| {
        // A comment ends with its line.
        let (name, why) = (quote::line(&column.name), quote::line(&column.reason));
        format!("#   {name:names$}  {:roles$}  {why}", taken(column)).trim_end().to_owned()
    };
    let mut lines: Vec<String> = judgement.columns.iter().map(line).collect();
    lines.push(format!("#   {}", counted(judgement.rows, "row")));
    lines.join("\n")
}

/// How the file is read, where flags have said it.
fn layout(request: &ReadRequest) -> String {
    let keys = [
        ("delimiter", request.delimiter.as_ref().map(|text| json!(text))),
        ("event_type", request.event_type.as_ref().map(|text| json!(text))),
        ("header", request.header.map(|header| json!(header))),
        ("names", request.names.as_ref().map(|names| json!(names))),
        ("encoding", request.encoding.as_ref().map(|text| json!(text))),
        ("decimal", request.decimal.map(|mark| json!(mark))),
        ("thousands", request.thousands.map(|mark| json!(mark))),
        ("na", (!request.na.is_empty()).then(|| json!(request.na))),
        ("default_na", request.default_na.map(|holds| json!(holds))),
    ];
    let lines = keys.into_iter().filter_map(|(key, value)| Some(format!("{key} = {}\n", value?)));
    lines.collect()
}

/// What flags have decided about columns, and columns that no model could take.
fn decided(choices: &Choices, judgement: &Judgement) -> Result<String, CliError> {
    let mixed: Vec<_> =
        judgement.troubles.iter().filter(|trouble| trouble.wrong == Wrong::Mixed).collect();
    if mixed.iter().any(|trouble| trouble.marks.is_empty())
        && let Some(refusal) = judgement.refusal(false, Remedies::Shell)
    {
        return Err(refusal.into());
    }
    let mut text = String::new();
    let marks: std::collections::BTreeSet<&String> =
        mixed.iter().flat_map(|trouble| &trouble.marks).collect();
    if !marks.is_empty() {
        text.push_str(&format!("na = {}             # texts that stand for a gap\n", json!(marks)));
    }
    for (key, names) in [
        ("ignore", &choices.ignore),
        ("keep", &choices.keep),
        ("categorical", &choices.categorical),
    ] {
        if !names.is_empty() {
            text.push_str(&format!("{key} = {}\n", json!(names)));
        }
    }
    if choices.ignore.is_empty() {
        text.push_str("# ignore = [\"...\"]            # further columns that are no features\n");
    }
    Ok(text)
}
