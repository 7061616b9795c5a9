//! The kinds of model and their parameters, as `oddbench models` prints them.

use serde_json::Value;

use super::schema::Schema;
use super::{head, row};
use crate::program::Program;

pub(super) fn section(program: &Program) -> Result<String, String> {
    let list = program.ask_json(&["--json", "models"])?;
    let kinds = list["models"].as_array().into_iter().flatten();
    let mut page = String::from(
        "## Parameters of the models\n\nOther names are those of PyOD, scikit-learn and other libraries. They are read as ours.\n\n",
    );
    for kind in kinds.filter_map(|kind| kind["kind"].as_str()) {
        page += &model(&program.ask_json(&["--json", "models", kind])?);
    }
    Ok(format!("{}\n", page.trim_end()))
}

fn model(kind: &Value) -> String {
    let text = |key: &str| kind[key].as_str().unwrap_or_default();
    let labels = if kind["supervised"] == true { " It learns from labels." } else { "" };
    let device = if kind["uses_device"] == true { " It runs on every backend." } else { "" };
    let mut page =
        format!("### {}\n\n{}.{labels}{device}", text("kind"), sentence(text("summary")));
    page += &format!(" Source: {}.\n\n", text("source").trim_end_matches('.'));
    let defaults = kind["defaults"].as_object();
    let Some(defaults) = defaults.filter(|defaults| !defaults.is_empty()) else { return page };
    let schema = Schema::of(&kind["schema"]);
    page += &head(&["parameter", "default", "values", "meaning", "other names"]);
    for (name, default) in defaults {
        let parameter = Schema { node: &schema.node["properties"][name], ..schema };
        page += &row(&[
            &format!("`{name}`"),
            &format!("`{default}`"),
            &parameter.values(),
            parameter.description(),
            &other_names(schema, name),
        ]);
    }
    page + "\n"
}

fn sentence(text: &str) -> String {
    let mut letters = text.trim_end_matches('.').chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// The names of a parameter in other libraries: the schema has each as a deprecated key that names ours.
fn other_names(schema: Schema<'_>, own: &str) -> String {
    let other = |(_, key): &(&str, Schema<'_>)| {
        key.node["deprecated"] == true && key.description().contains(&format!("`{own}`"))
    };
    let names: Vec<String> =
        schema.keys().filter(other).map(|(name, _)| format!("`{name}`")).collect();
    names.join(", ")
}
