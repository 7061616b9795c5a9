//! `oddbench models`: the detectors that exist, and the parameters of one.

use oddbench_core::external::EXTERNAL;
use oddbench_core::given::SCORES;
use oddbench_models::{Here, Kind, find, named};
use serde_json::{Value, json};

use crate::error::{CliError, Status};
use crate::table::table;
use crate::terminal::Terminal;

/// `oddbench models`
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  oddbench models\n  oddbench models pca")]
pub struct ModelsArgs {
    /// Show the parameters of this one
    #[arg(value_name = "KIND")]
    pub kind: Option<String>,
}

/// Lists all kinds, or shows one.
pub fn run(terminal: &Terminal, args: &ModelsArgs) -> Result<Status, CliError> {
    match &args.kind {
        None => list(terminal),
        Some(name) => {
            let kind = find(name)
                .ok_or_else(|| CliError::unknown("model kind", name, named().map(|k| k.name)))?;
            show(terminal, kind)?;
        }
    }
    Ok(Status::Done)
}

fn list(terminal: &Terminal) {
    let mut view = table(terminal, &["kind", "sees labels", "runs on", "what it is"], &[]);
    for kind in named() {
        let runs_on = if kind.uses_device { "any backend" } else { "cpu" };
        view.add_row([kind.name, sees_labels(kind), runs_on, kind.summary]);
    }
    terminal.result(&format!("{view}\n\n`oddbench models KIND` shows the parameters of one."));
    terminal.json(|| json!({ "models": named().map(describe).collect::<Vec<_>>() }));
}

/// A command sees labels if the experiment says so; whether a model from elsewhere did, the experiment says.
fn sees_labels(kind: &Kind) -> &'static str {
    match kind.supervised {
        _ if kind.name == EXTERNAL => "if told to",
        _ if kind.name == SCORES => "if you say so",
        true => "yes",
        false => "no",
    }
}

fn describe(kind: &Kind) -> Value {
    json!({
        "kind": kind.name,
        "summary": kind.summary,
        "source": kind.source,
        "supervised": kind.supervised,
        "uses_device": kind.uses_device,
    })
}

/// What PyOD, scikit-learn and other libraries call a parameter.
fn other_names(kind: &Kind, name: &str) -> Vec<&'static str> {
    let same = kind.peer_names();
    let same = same.filter(|peer| matches!(peer.here, Here::Same(own) if own == name));
    same.map(|peer| peer.name).collect()
}

fn show(terminal: &Terminal, kind: &Kind) -> Result<(), CliError> {
    let defaults = kind.resolve(&json!({})).map_err(|error| CliError::user(error.to_string()))?;
    let schema = kind.schema();
    let mut view = table(terminal, &["parameter", "default", "meaning"], &[]);
    for (name, default) in defaults.as_object().into_iter().flatten() {
        let meaning = schema["properties"][name]["description"].as_str().unwrap_or_default();
        let mut meaning = meaning.replace('\n', " ");
        let words = kind.words(name);
        if !words.is_empty() {
            meaning.push_str(&format!(" Words: {}.", words.join(", ")));
        }
        let also = other_names(kind, name);
        if !also.is_empty() {
            meaning.push_str(&format!(" (also: {})", also.join(", ")));
        }
        view.add_row([name.as_str(), &default.to_string(), &meaning]);
    }
    let body = match own_keys(kind) {
        Some(keys) => keys.to_owned(),
        None => view.to_string(),
    };
    terminal.result(&format!("{}: {}\n{}\n\n{body}", kind.name, kind.summary, kind.source));
    let mut all = describe(kind);
    all["defaults"] = defaults;
    all["schema"] = schema;
    terminal.json(|| all);
    Ok(())
}

/// What an experiment says of a model that oddbench does not fit itself; it has no parameters of ours.
fn own_keys(kind: &Kind) -> Option<&'static str> {
    match kind.name {
        EXTERNAL => Some(
            "keys of its [[model]]: command, files, params (whatever the command understands), supervised, \
             deterministic, format, timeout, max_memory, threads",
        ),
        SCORES => Some("keys of its [[model]]: file, supervised; it has no parameters"),
        _ => None,
    }
}
