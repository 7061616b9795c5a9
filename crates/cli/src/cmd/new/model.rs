//! `oddbench new model`: a program that works as a detector (`kind = "external"`), and an experiment that runs it.
//! Both are copies of files in `examples/external/`, under a name of the user's.

use clap::ValueEnum;

use super::Start;

/// `oddbench new model`
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  oddbench new model                              my_model.py and my_model.toml, in Python
  oddbench new model distance --language r        distance.R and distance.toml
  oddbench check --contract my_model.toml         does it keep what every detector must keep?
  oddbench run my_model.toml                      how good is it?

The program works as it is, and its comments say what to change. It needs no package. It is written into
the current folder, where no file is overwritten. docs/EXTERNAL.md describes how it and oddbench talk.")]
pub struct ModelArgs {
    /// The name of both files and of the experiment: letters, digits, - and _, a letter first
    #[arg(value_name = "NAME", default_value = "my_model", value_parser = name)]
    pub name: String,
    /// What the program is written in
    #[arg(long, value_enum, default_value_t = Language::Python)]
    pub language: Language,
}

/// A name that suits files, experiments and Python's modules, and hides none of them.
fn name(text: &str) -> Result<String, String> {
    // Python looks for modules in the folder of the program first: a program of such a name hides the package.
    const TAKEN: &[&str] = &[
        "numpy",
        "pandas",
        "scipy",
        "sklearn",
        "pyod",
        "torch",
        "tensorflow",
        "keras",
        "jax",
        "xgboost",
        "lightgbm",
        "pyarrow",
        "polars",
        "csv",
        "json",
        "math",
        "random",
        "sys",
        "time",
        "os",
        "statistics",
        "struct",
        "io",
    ];
    if TAKEN.contains(&text) {
        return Err(format!(
            "a program of that name would hide the Python package {text}: use {text}_model"
        ));
    }
    super::name(text)
}

/// What a program can be written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Language {
    /// Python 3
    Python,
    /// R, by Rscript
    R,
    /// A POSIX shell and awk
    Shell,
}

/// A file of the examples.
struct Example {
    name: &'static str,
    text: &'static str,
}

macro_rules! example {
    ($name:literal) => {
        Example {
            name: $name,
            text: include_str!(concat!("../../../../../examples/external/", $name)),
        }
    };
}

const PYTHON: Example = example!("my_model.py");
const R: Example = example!("mahalanobis.R");
const SHELL: Example = example!("mean_distance.sh");
const EXPERIMENT: Example = example!("my_model.toml");
const OWN_NAME: &str = "my_model";

impl Language {
    /// The program that runs programs in it, the ending of their files, and one of them.
    fn parts(self) -> (&'static str, &'static str, Example) {
        match self {
            Self::Python => ("python3", "py", PYTHON),
            Self::R => ("Rscript", "R", R),
            Self::Shell => ("sh", "sh", SHELL),
        }
    }
}

/// The program and its experiment.
pub(super) fn start(args: &ModelArgs) -> Start {
    let (interpreter, ending, example) = args.language.parts();
    let (program, experiment) = (format!("{}.{ending}", args.name), format!("{}.toml", args.name));
    // First replace the names of both files. The example's name that then remains is the experiment's name.
    let renamed = |text: &str| {
        let text = text.replace(example.name, &program).replace(PYTHON.name, &program);
        text.replace(EXPERIMENT.name, &experiment).replace(OWN_NAME, &args.name)
    };
    let texts = [
        (program.clone(), renamed(example.text)),
        (experiment.clone(), renamed(EXPERIMENT.text).replace("python3", interpreter)),
    ];
    Start {
        files: texts.into(),
        next: vec![
            (
                format!("oddbench check --contract {experiment}"),
                "does it keep what every detector must keep?",
            ),
            (format!("oddbench run {experiment}"), "how good is it? The run ends with a report"),
        ],
        other_names: "give another name: oddbench new model NAME",
    }
}
