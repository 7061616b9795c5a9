//! `oddbench models`: the detectors that exist, and the parameters of one.

use oddbench_core::external::EXTERNAL;
use oddbench_core::given::SCORES;
use oddbench_engine::spec;
use oddbench_models::{Here, Kind, find, named};
use serde_json::{Map, Value, json};

use crate::error::{CliError, Status};
use crate::names;
use crate::table::table;
use crate::terminal::Terminal;
use crate::width::{self, indented};

/// `oddbench models`
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  oddbench models                      the kinds, and what each is
  oddbench models autoencoder          its parameters: defaults, what is allowed, what each means
  oddbench models pca --json           the same with a JSON Schema")]
pub struct ModelsArgs {
    /// Show the parameters of this one
    #[arg(value_name = "KIND", value_parser = names::kinds(), hide_possible_values = true)]
    pub kind: Option<String>,
}

/// Lists all kinds, or shows one.
pub fn run(terminal: &Terminal, args: &ModelsArgs) -> Result<Status, CliError> {
    match &args.kind {
        None => list(terminal),
        Some(name) => {
            let kind = find(name).ok_or_else(|| CliError::User {
                message: format!("there is no model kind \"{name}\""),
                help: Some(spec::kinds_allowed(name)),
            })?;
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

/// The names of a parameter in PyOD, scikit-learn and other libraries.
fn other_names(kind: &Kind, name: &str) -> Vec<&'static str> {
    let same = kind.peer_names();
    let same = same.filter(|peer| matches!(peer.here, Here::Same(own) if own == name));
    same.map(|peer| peer.name).collect()
}

fn show(terminal: &Terminal, kind: &Kind) -> Result<(), CliError> {
    let defaults = kind.resolve(&json!({})).map_err(|error| CliError::user(error.to_string()))?;
    let width = width::prose();
    let body = match own_keys(kind) {
        Some(keys) => indented(keys, 0, width),
        None => parameters(terminal, kind, &defaults, width),
    };
    let head = indented(&format!("{}: {}", kind.name, kind.summary), 0, width);
    terminal.result(&format!("{head}\n{}\n\n{body}", indented(kind.source, 0, width)));
    let mut all = describe(kind);
    all["defaults"] = defaults;
    all["schema"] = kind.schema();
    all["allowed"] = allowed(kind);
    terminal.json(|| all);
    Ok(())
}

/// What each parameter may be, in words.
fn allowed(kind: &Kind) -> Value {
    let defaults = kind.resolve(&json!({})).unwrap_or_default();
    let names = defaults.as_object().into_iter().flatten().map(|(name, _)| name);
    names.map(|name| (name.clone(), Value::from(kind.allowed(name)))).collect::<Map<_, _>>().into()
}

/// Each parameter with its default, what it may be, and below that what it means.
fn parameters(terminal: &Terminal, kind: &Kind, defaults: &Value, width: usize) -> String {
    let schema = kind.schema();
    let bold = |text: String| match terminal.color {
        true => format!("\u{1b}[1m{text}\u{1b}[0m"),
        false => text,
    };
    let one = |(name, default): (&String, &Value)| {
        let meaning = schema["properties"][name]["description"].as_str().unwrap_or_default();
        let mut meaning = meaning.replace('\n', " ");
        let also = other_names(kind, name);
        if !also.is_empty() {
            meaning.push_str(&format!(" (also: {})", also.join(", ")));
        }
        let default = if default.is_null() { "left out".to_owned() } else { default.to_string() };
        let allowed = format!("allowed: {}", kind.allowed(name));
        let [allowed, meaning] = [allowed, meaning].map(|text| indented(&text, 4, width));
        format!("{}\n{allowed}\n{meaning}", bold(format!("{name} = {default}")))
    };
    let found: Vec<String> = defaults.as_object().into_iter().flatten().map(one).collect();
    match found.is_empty() {
        true => "It has no parameters.".to_owned(),
        false => found.join("\n"),
    }
}

/// The keys of a model that oddbench does not fit itself; it has no parameters that oddbench knows.
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
