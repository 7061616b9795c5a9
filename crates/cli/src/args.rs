//! The options that several verbs share. Those of one verb are in its file under `cmd/`.

use std::path::PathBuf;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};
use oddbench_core::quote;
use oddbench_data::rows::{FileFormat, Format};

/// Options that every verb takes.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Options for every command")]
pub struct Global {
    /// Print errors only
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// Print the result as JSON on stdout; everything else goes to stderr
    #[arg(long, global = true)]
    pub json: bool,
    /// When to use colour (NO_COLOR is obeyed)
    #[arg(long, global = true, value_enum, default_value_t = ColorChoice::Auto)]
    pub color: ColorChoice,
    /// Never use the network; a file that is neither in the cache nor in a mirror folder is an error
    #[arg(long, global = true)]
    pub offline: bool,
    /// Where downloaded files are kept [default: the platform's cache folder]
    #[arg(long, global = true, value_name = "DIR", env = "ODDBENCH_DATA_DIR")]
    pub data_dir: Option<PathBuf>,
    /// A folder or URL that holds kdd99/kddcup.data_10_percent.gz and so on
    #[arg(long, global = true, value_name = "DIR|URL", env = "ODDBENCH_MIRROR")]
    pub mirror: Option<String>,
}

/// When to use colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ColorChoice {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Also into a file or pipe
    Always,
    /// Never
    Never,
}

/// What an experiment file is changed by on the command line.
#[derive(Debug, Clone, Args)]
pub struct Overrides {
    /// Change a key of the file, e.g. model.AE.params.epochs=3; may be repeated
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// Seeds for every model, in place of those in the file
    #[arg(long, value_name = "N,N,...", value_delimiter = ',')]
    pub seeds: Option<Vec<u64>>,
    /// Backends, in place of those in the file
    #[arg(long, value_name = "NAME,...", value_delimiter = ',')]
    pub backends: Option<Vec<String>>,
}

impl From<&Overrides> for oddbench_engine::Overrides {
    fn from(overrides: &Overrides) -> Self {
        Self {
            set: overrides.set.clone(),
            seeds: overrides.seeds.clone(),
            backends: overrides.backends.clone(),
        }
    }
}

/// Where results and reports are kept.
#[derive(Debug, Clone, Args)]
pub struct Places {
    /// Where records and scores are kept
    #[arg(long, value_name = "DIR", default_value = "results")]
    pub results: PathBuf,
    /// Where reports are written
    #[arg(long, value_name = "DIR", default_value = "reports")]
    pub reports: PathBuf,
}

/// How an input file is laid out, where its content does not say so.
#[derive(Debug, Clone, Args)]
pub struct InputLayout {
    /// The input's format [default: by its content]
    #[arg(long, value_name = "FORMAT", value_parser = formats(|_| true))]
    pub input_format: Option<FileFormat>,
    /// The character between the input's values (csv) [default: the one that the first line is cut by]
    #[arg(long, value_name = "CHAR")]
    pub delimiter: Option<char>,
}

impl InputLayout {
    /// The same flags, for a shell, each with a blank before it.
    pub fn flags(&self) -> String {
        let format =
            self.input_format.map(|format| ("input-format", format.format().name.to_owned()));
        let delimiter = self.delimiter.map(|delimiter| ("delimiter", delimiter.to_string()));
        let flag = |(flag, value): (&str, String)| format!(" --{flag} {}", quote::shell(&value));
        format.into_iter().chain(delimiter).map(flag).collect()
    }
}

/// The names of formats, as a value of an option.
pub fn formats(offered: fn(&Format) -> bool) -> impl TypedValueParser<Value = FileFormat> {
    let formats = FileFormat::ALL.iter().map(|format| format.format());
    let names = formats.filter(|format| offered(format));
    let names = names.map(|format| PossibleValue::new(format.name).help(format.summary));
    PossibleValuesParser::new(names)
        .try_map(|name| FileFormat::named(&name).ok_or_else(|| format!("{name} is no format")))
}
