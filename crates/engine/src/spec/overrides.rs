//! `--set`, `--seeds`, `--backends`, `--name` and `--slurm`: changes to an experiment from the command line,
//! applied to the parsed file before the check, so the check covers them too.

use toml::{Table, Value};

use super::error::Fault;
use super::locate::{KeyPath, Step};
use super::suggest::nearest;
use super::syntax::as_written;

/// Changes from the command line. They are recorded with the results.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overrides {
    /// `KEY=VALUE` each, as given to `--set`: `run.seeds=[1,2]`, `model.AE.params.epochs=3`. A model
    /// or a data set of several is addressed by its name or by its position from 0; a value that is not TOML is a text.
    pub set: Vec<String>,
    /// `--seeds`: in place of `run.seeds` and of every model's own seeds.
    pub seeds: Option<Vec<u64>>,
    /// `--backends`: in place of `run.backends`.
    pub backends: Option<Vec<String>>,
    /// `--name`: in place of `name`. Without it a changed experiment has the file's name and the changes
    /// behind it.
    pub name: Option<String>,
    /// `KEY=VALUE` each, as given to `--slurm`: keys of `[executor.slurm]`. They say where trials run and
    /// not what is tried, so that they are neither recorded nor part of a name.
    pub slurm: Vec<String>,
}

/// The section that says where trials run. Another way to run them makes no other experiment.
const EXECUTOR: &str = "executor";

impl Overrides {
    /// The options as a person would type them, for the record.
    pub fn describe(&self) -> Vec<String> {
        let mut list: Vec<String> = self.changes().map(|text| format!("--set {text}")).collect();
        list.extend(self.seeds.as_deref().map(seeds_option));
        list.extend(self.backends.as_deref().map(backends_option));
        list.extend(self.name.as_deref().map(name_option));
        list
    }

    /// The options that [`Overrides::describe`] has put into words. An error names one that it has not.
    pub(crate) fn described(words: &[String]) -> Result<Self, String> {
        let mut options = Self::default();
        for words in words {
            let list = |text: &str| text.split(',').map(str::to_owned).collect::<Vec<_>>();
            match words.split_once(' ') {
                Some(("--set", text)) => options.set.push(text.to_owned()),
                Some(("--backends", names)) => options.backends = Some(list(names)),
                Some(("--name", name)) => options.name = Some(name.to_owned()),
                Some(("--seeds", seeds)) => {
                    let seeds =
                        list(seeds).iter().map(|seed| seed.parse()).collect::<Result<_, _>>();
                    options.seeds = Some(seeds.map_err(|_| words.clone())?);
                }
                _ => return Err(words.clone()),
            }
        }
        Ok(options)
    }

    /// The values of `--set`, except those that say where trials run.
    pub(super) fn changes(&self) -> impl Iterator<Item = &str> {
        let of_executor = |text: &str| {
            let keys = split_at_equals(text).and_then(|(key, _)| parse_key(key));
            keys.is_some_and(|keys| keys.first().is_some_and(|key| key == EXECUTOR))
        };
        self.set.iter().map(String::as_str).filter(move |text| !of_executor(text))
    }

    /// Applies all to a file; returns which key each option set.
    pub(crate) fn apply(&self, file: &mut Table) -> Result<Vec<(KeyPath, String)>, OverrideFault> {
        let mut set = Vec::new();
        for text in &self.set {
            let option = format!("--set {text}");
            match apply_one(file, text) {
                Ok(key) => set.push((key, option)),
                Err(fault) => return Err(OverrideFault { option, fault }),
            }
        }
        for text in &self.slurm {
            let option = format!("--slurm {text}");
            match apply_one(file, &format!("{EXECUTOR}.slurm.{text}")) {
                Ok(key) => set.push((key, option)),
                Err(fault) => return Err(OverrideFault { option, fault }),
            }
        }
        if let Some(seeds) = &self.seeds {
            let option = seeds_option(seeds);
            let key = apply_seeds(file, seeds)
                .map_err(|fault| OverrideFault { option: option.clone(), fault })?;
            set.push((key, option));
        }
        if let Some(backends) = &self.backends {
            let list = backends.iter().cloned().map(Value::String).collect();
            let option = backends_option(backends);
            let key = KeyPath::of(&["run", "backends"]);
            insert(file, &key, Value::Array(list))
                .map_err(|fault| OverrideFault { option: option.clone(), fault })?;
            set.push((key, option));
        }
        if let Some(name) = &self.name {
            file.insert("name".to_owned(), Value::String(name.clone()));
            set.push((KeyPath::of(&["name"]), name_option(name)));
        }
        Ok(set)
    }
}

/// An option that could not be applied.
pub(crate) struct OverrideFault {
    pub(crate) option: String,
    pub(crate) fault: Fault,
}

fn seeds_option(seeds: &[u64]) -> String {
    let list: Vec<String> = seeds.iter().map(ToString::to_string).collect();
    format!("--seeds {}", list.join(","))
}

fn backends_option(backends: &[String]) -> String {
    format!("--backends {}", backends.join(","))
}

fn name_option(name: &str) -> String {
    format!("--name {name}")
}

fn apply_seeds(file: &mut Table, seeds: &[u64]) -> Result<KeyPath, Fault> {
    let key = KeyPath::of(&["run", "seeds"]);
    let list: Option<Vec<Value>> =
        seeds.iter().map(|&seed| i64::try_from(seed).ok().map(Value::Integer)).collect();
    let list = list.ok_or_else(|| {
        Fault::value(&key, "a seed is too large", format!("use seeds up to {}", i64::MAX))
    })?;
    insert(file, &key, Value::Array(list))?;
    if let Some(Value::Array(models)) = file.get_mut("model") {
        for model in models.iter_mut().filter_map(Value::as_table_mut) {
            model.remove("seeds");
        }
    }
    Ok(key)
}

const SYNTAX: &str = "write --set KEY=VALUE, such as --set run.seeds=[1,2] or \
                      --set model.AE.params.epochs=3";

fn apply_one(file: &mut Table, text: &str) -> Result<KeyPath, Fault> {
    let Some((key, value)) = split_at_equals(text) else {
        return Err(Fault::value(&KeyPath::root(), "there is no `=`", SYNTAX));
    };
    let keys = parse_key(key).ok_or_else(|| {
        let help = format!("{SYNTAX}; a name with spaces goes in quotes: model.\"my model\".kind");
        Fault::value(&KeyPath::root(), format!("`{key}` is not a key"), help)
    })?;
    refuse_bare_model(file, &keys, value)?;
    let path = resolve(file, &keys)?;
    insert(file, &path, parse_value(&path, value)?)?;
    replace_spellings(file, &path);
    Ok(path)
}

/// Takes out a model's parameter that the option has set by another of its names.
fn replace_spellings(file: &mut Table, set: &KeyPath) -> Option<()> {
    let [Step::Key(section), Step::Index(at), Step::Key(block), Step::Key(name)] = set.0.as_slice()
    else {
        return None;
    };
    let model = file.get_mut(section)?.get_mut(*at)?;
    let kind = oddbench_models::find(model.get("kind")?.as_str()?)?;
    let params = model.get_mut(block)?.as_table_mut()?;
    params.retain(|other, _| other == name || kind.own_name(other) != kind.own_name(name));
    Some(())
}

/// `AE.epochs=3`: a model is addressed through `model`.
fn refuse_bare_model(file: &Table, keys: &[String], value: &str) -> Result<(), Fault> {
    let Some((first, rest)) = keys.split_first().filter(|(_, rest)| !rest.is_empty()) else {
        return Ok(());
    };
    let name = |item: &Value| {
        let text = |key: &str| item.get(key).and_then(Value::as_str).map(str::to_owned);
        text("name").or_else(|| text("kind"))
    };
    let models = file.get("model").and_then(Value::as_array);
    let mut names = models.into_iter().flatten().filter_map(name);
    if file.contains_key(first) || !names.any(|name| name == *first) {
        return Ok(());
    }
    let own = ["kind", "name", "seeds", "train_rows", "features", "preprocess", "params", "sweep"];
    let params = if own.contains(&rest[0].as_str()) { "" } else { "params." };
    let quoted = match first.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')) {
        true => first.clone(),
        false => format!("\"{first}\""),
    };
    let help = format!("write --set model.{quoted}.{params}{}={value}", rest.join("."));
    let message = format!("\"{first}\" is a model, which is addressed through `model`");
    Err(Fault::name(&KeyPath::of(&[first]), message, help))
}

/// Splits at the first `=` outside of quotes.
pub(super) fn split_at_equals(text: &str) -> Option<(&str, &str)> {
    let mut quote = None;
    let at = text.char_indices().find_map(|(at, c)| {
        match (quote, c) {
            (None, '=') => return Some(at),
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), _) if open == c => quote = None,
            _ => {}
        }
        None
    })?;
    Some((text[..at].trim(), text[at + 1..].trim()))
}

/// A dotted key in TOML's own grammar: `model."my model".params.epochs`.
pub(super) fn parse_key(text: &str) -> Option<Vec<String>> {
    if text.contains(['\n', '#', '[']) {
        return None;
    }
    let mut table: Table = format!("{text} = 0").parse().ok()?;
    let mut keys = Vec::new();
    loop {
        let (key, value) = table.into_iter().next()?;
        keys.push(key);
        match value {
            Value::Table(inner) => table = inner,
            _ => return Some(keys),
        }
    }
}

/// A value in TOML's own grammar. A bare word is a text; what begins like a quoted text, a list or a
/// section and is none is a slip.
pub(super) fn parse_value(path: &KeyPath, text: &str) -> Result<Value, Fault> {
    let parsed: Option<Table> = format!("value = {text}").parse().ok();
    let value = parsed.filter(|table| table.len() == 1).and_then(|mut table| table.remove("value"));
    match value {
        Some(value) => Ok(value),
        None if text.starts_with('"') && text.contains('\\') => {
            let inner = text.trim_matches('"');
            let message = "a backslash in double quotes does not stand for itself";
            Err(Fault::value(path, message, as_written(inner)))
        }
        None if text.starts_with(['"', '\'', '[', '{']) => {
            Err(Fault::value(path, format!("{text} is no TOML value"), SYNTAX))
        }
        None => Ok(Value::String(text.to_owned())),
    }
}

/// Turns names and positions into array indices.
fn resolve(file: &Table, keys: &[String]) -> Result<KeyPath, Fault> {
    let mut path = KeyPath::root();
    let mut at = None::<&Value>;
    for (position, key) in keys.iter().enumerate() {
        match at {
            Some(Value::Array(items)) => {
                let index = item_index(&path, items, key)?;
                path = path.index(index);
                at = items.get(index);
            }
            _ => {
                path = path.key(key);
                at = if position == 0 { file.get(key) } else { at.and_then(|v| v.get(key)) };
            }
        }
    }
    Ok(path)
}

fn item_index(path: &KeyPath, items: &[Value], key: &str) -> Result<usize, Fault> {
    let text = |item: &Value, name: &str| item.get(name).and_then(Value::as_str).map(str::to_owned);
    let names: Vec<Option<String>> = items
        .iter()
        .map(|item| ["name", "set", "kind"].into_iter().find_map(|key| text(item, key)))
        .collect();
    if let Some(index) = names.iter().position(|name| name.as_deref() == Some(key)) {
        return Ok(index);
    }
    if let Some(index) = key.parse::<usize>().ok().filter(|index| *index < items.len()) {
        return Ok(index);
    }
    let known: Vec<&str> = names.iter().flatten().map(String::as_str).collect();
    let last = items.len().saturating_sub(1);
    let mut help = match nearest(key, known.iter().copied()) {
        Some(near) => format!("did you mean \"{near}\"? "),
        None => String::new(),
    };
    match known.as_slice() {
        [] => help.push_str(&format!("use a position from 0 to {last}")),
        _ => help
            .push_str(&format!("use a name ({}) or a position from 0 to {last}", known.join(", "))),
    }
    Err(Fault::value(&path.key(key), format!("there is no {path} \"{key}\""), help))
}

/// Puts a value at a path, making sections on the way.
fn insert(file: &mut Table, path: &KeyPath, value: Value) -> Result<(), Fault> {
    let mut root = Value::Table(std::mem::take(file));
    let outcome = put(&mut root, &path.0, value);
    if let Value::Table(table) = root {
        *file = table;
    }
    outcome.map_err(|left| {
        let key = KeyPath(path.0[..path.0.len() - left].to_vec());
        Fault::value(&key, "this is a value, it has no keys below it", SYNTAX)
    })
}

/// Follows the steps from `at`; where they lead through a value, returns how many were left.
fn put(at: &mut Value, steps: &[Step], value: Value) -> Result<(), usize> {
    let Some((first, rest)) = steps.split_first() else {
        *at = value;
        return Ok(());
    };
    let next = match (first, at) {
        (Step::Key(key), Value::Table(table)) => {
            table.entry(key.clone()).or_insert_with(|| Value::Table(Table::new()))
        }
        (Step::Index(index), Value::Array(items)) => items.get_mut(*index).ok_or(steps.len())?,
        _ => return Err(steps.len()),
    };
    put(next, rest, value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied(file: &str, set: &[&str]) -> Result<Table, String> {
        let mut table: Table = file.parse().unwrap();
        let overrides = Overrides {
            set: set.iter().map(ToString::to_string).collect(),
            ..Overrides::default()
        };
        overrides.apply(&mut table).map_err(|e| format!("{}: {}", e.option, e.fault.message))?;
        Ok(table)
    }

    const FILE: &str = "[[model]]\nkind = 'pca'\n[[model]]\nkind = 'pca'\nname = 'my = model'\n";

    #[test]
    fn models_are_found_by_name_kind_or_position() {
        let table = applied(
            FILE,
            &["model.pca.params.k=2", "model.\"my = model\".params.k = 3", "model.1.seeds=[4, 5]"],
        )
        .unwrap();
        let models = table["model"].as_array().unwrap();
        assert_eq!(models[0]["params"]["k"].as_integer(), Some(2));
        assert_eq!(models[1]["params"]["k"].as_integer(), Some(3));
        assert_eq!(models[1]["seeds"].as_array().unwrap().len(), 2);
    }

    #[test]
    fn an_option_replaces_every_spelling_of_a_parameter() {
        let file = "[[model]]\nkind = 'ocsvm'\nparams = { tolerance = 0.1, nu = 0.1 }\n";
        let table = applied(file, &["model.ocsvm.params.tol=0.2"]).unwrap();
        let params = table["model"][0]["params"].as_table().unwrap();
        assert_eq!(params.keys().collect::<Vec<_>>(), ["nu", "tol"]);
        let table = applied(file, &["model.0.params.tol=0.2", "model.0.params.tolerance=0.3"]);
        let params = table.unwrap()["model"][0]["params"].clone();
        assert_eq!(params.get("tol"), None);
        assert_eq!(params["tolerance"].as_float(), Some(0.3));
    }

    #[test]
    fn options_come_back_from_their_words() {
        let options = Overrides {
            set: vec!["model.\"my model\".params.k = 3".into(), "run.seeds=[1, 2]".into()],
            seeds: Some(vec![1, 2018]),
            backends: Some(vec!["cpu".into(), "wgpu".into()]),
            name: Some("a name with blanks".into()),
            slurm: vec![],
        };
        assert_eq!(Overrides::described(&options.describe()), Ok(options));
        assert_eq!(Overrides::described(&[]), Ok(Overrides::default()));
        for words in ["--jobs 2", "--set", "--seeds one"] {
            assert_eq!(Overrides::described(&[words.to_owned()]), Err(words.to_owned()));
        }
    }

    #[test]
    fn a_bare_word_is_a_text() {
        let table = applied("", &["threshold.rule=max-f1", "name=\"x y\"", "run.a=1.5"]).unwrap();
        assert_eq!(table["threshold"]["rule"].as_str(), Some("max-f1"));
        assert_eq!(table["name"].as_str(), Some("x y"));
        assert_eq!(table["run"]["a"].as_float(), Some(1.5));
    }

    #[test]
    fn a_path_through_a_value_is_refused() {
        let error = applied("name = 'x'", &["name.first=1"]).unwrap_err();
        assert_eq!(error, "--set name.first=1: this is a value, it has no keys below it");
    }

    #[test]
    fn seeds_replace_those_of_models_too() {
        let mut table: Table = "[[model]]\nkind = 'pca'\nseeds = [1, 2]\n".parse().unwrap();
        let overrides = Overrides { seeds: Some(vec![7]), ..Overrides::default() };
        overrides.apply(&mut table).ok().unwrap();
        assert_eq!(table["run"]["seeds"].as_array().unwrap()[0].as_integer(), Some(7));
        assert!(table["model"][0].get("seeds").is_none());
    }
}
