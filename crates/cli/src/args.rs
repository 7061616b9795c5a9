//! The options that several verbs share. Those of one verb are in its file under `cmd/`.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::str::FromStr;

use clap::builder::{PossibleValue, PossibleValuesParser, StringValueParser, TypedValueParser};
use clap::{Args, ValueEnum};
use oddbench_core::counts::thousands;
use oddbench_core::quote;
use oddbench_data::rows::{FileFormat, Format, ReadRequest};
use oddbench_engine::TOGETHER;

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
    /// Where downloaded files are kept [env: ODDBENCH_DATA_DIR] [default: the platform's cache folder]
    #[arg(long, global = true, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// A folder or URL that holds kdd99/kddcup.data_10_percent.gz and so on [env: ODDBENCH_MIRROR]
    #[arg(long, global = true, value_name = "DIR|URL")]
    pub mirror: Option<String>,
}

impl Global {
    /// Takes from the environment what no option says. Clap could do it, but would then show the options as required
    /// in the usage lines of its errors.
    pub fn or_from_environment(self) -> Self {
        let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty());
        let data_dir = self.data_dir.or_else(|| variable("ODDBENCH_DATA_DIR").map(PathBuf::from));
        let mirror = variable("ODDBENCH_MIRROR").map(|value| value.to_string_lossy().into_owned());
        Self { data_dir, mirror: self.mirror.or(mirror), ..self }
    }
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

/// A seed, or a range with both ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seeds(RangeInclusive<u64>);

/// More seeds are a slip of the finger.
const MOST_SEEDS: u64 = 1000;

/// `7`, or `1-30`.
fn seeds(text: &str) -> Result<Seeds, String> {
    let number = |text: &str| {
        let help = "write whole numbers, 0 or more, and ranges: --seeds 1,2,3 or --seeds 1-30";
        text.trim().parse::<u64>().map_err(|_| help.to_owned())
    };
    let Some((first, last)) = text.split_once('-').filter(|(first, _)| !first.trim().is_empty())
    else {
        return number(text).map(|seed| Seeds(seed..=seed));
    };
    let (first, last) = (number(first)?, number(last)?);
    match last.checked_sub(first) {
        None => Err(format!("the range ends before it begins: write {last}-{first}")),
        Some(more) if more >= MOST_SEEDS => {
            Err(format!("the range has more than {MOST_SEEDS} seeds: use a smaller one"))
        }
        Some(_) => Ok(Seeds(first..=last)),
    }
}

/// What an experiment file is changed by on the command line.
#[derive(Debug, Clone, Args)]
pub struct Overrides {
    /// Change a key of the file, e.g. model.AE.params.epochs=3; may be repeated
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// Seeds for every model, in place of those in the file: numbers and ranges, such as 7 or 1-30
    #[arg(long, value_name = "N,N-M,...", value_delimiter = ',', value_parser = seeds)]
    pub seeds: Option<Vec<Seeds>>,
    /// Backends, in place of those in the file
    #[arg(long, value_name = "NAME,...", value_delimiter = ',')]
    pub backends: Option<Vec<String>>,
}

impl From<&Overrides> for oddbench_engine::Overrides {
    fn from(overrides: &Overrides) -> Self {
        Self {
            set: overrides.set.clone(),
            seeds: overrides.seeds.as_ref().map(|seeds| {
                let all = seeds.iter().flat_map(|seeds| seeds.0.clone());
                all.collect()
            }),
            backends: overrides.backends.clone(),
            name: None,
            slurm: Vec::new(),
        }
    }
}

impl Overrides {
    /// The same under another name, if there is one.
    pub fn named(&self, name: Option<&str>) -> oddbench_engine::Overrides {
        oddbench_engine::Overrides { name: name.map(str::to_owned), ..self.into() }
    }
}

/// The results of an experiment file: what they are called and where they are.
#[derive(Debug, Clone, Args)]
pub struct ResultsOfFile {
    #[command(flatten)]
    pub changes: Overrides,
    /// What the results are called [default: the file's name, and the changes behind it]
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Where records and scores are kept
    #[arg(long, value_name = "DIR", default_value = "results")]
    pub results: PathBuf,
}

impl ResultsOfFile {
    /// What the file is changed by, and the name.
    pub fn overrides(&self) -> oddbench_engine::Overrides {
        self.changes.named(self.name.as_deref())
    }
}

/// How many models train at once.
#[derive(Debug, Clone, Copy, Args)]
pub struct Together {
    /// Models that may train at once on a GPU (backend wgpu) in one process, 1 to 1024; 1: each alone
    #[arg(long, value_name = "N", value_parser = whole(1, 1024_u16), default_value_t = TOGETHER as u16)]
    together: u16,
}

impl Together {
    /// The most in one process.
    pub fn most(self) -> usize {
        self.together.into()
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
    /// The character between the input's values, or tab (csv) [default: the character that gives the first lines
    /// the same number of values]
    #[arg(long, value_name = "CHAR")]
    pub delimiter: Option<String>,
    /// Of JSON events of several types (Suricata's eve.json) the type that makes the rows, e.g. flow; * takes all
    #[arg(long, value_name = "TYPE")]
    pub event_type: Option<String>,
    /// The first line is a row; columns are called column_1, column_2 and so on (csv)
    #[arg(long, conflicts_with = "header")]
    pub no_header: bool,
    /// With --no-header: the names of the columns
    #[arg(long, value_name = "NAME,...", value_delimiter = ',', requires = "no_header")]
    pub names: Option<Vec<String>>,
    /// The first line holds the names, even if it looks like a row (csv)
    #[arg(long)]
    pub header: bool,
    /// The text's encoding, e.g. windows-1252 [default: UTF-8, or UTF-16 where its first bytes say so]
    #[arg(long, value_name = "NAME")]
    pub encoding: Option<String>,
    /// The mark in front of decimals, `,` or `.` (csv) [default: the first rows show it, and a note says so]
    #[arg(long, value_name = "CHAR")]
    pub decimal: Option<char>,
    /// The mark between groups of thousands (csv) [default: the first rows show it, and a note says so]
    #[arg(long, value_name = "CHAR")]
    pub thousands: Option<char>,
    /// Texts that stand for a missing value, beside pandas' list (NA, N/A, null, NaN, None ...)
    #[arg(long, value_name = "TEXT,...", value_delimiter = ',', allow_hyphen_values = true)]
    pub na: Vec<String>,
    /// Only blanks and the texts of --na stand for a missing value
    #[arg(long)]
    pub no_default_na: bool,
}

impl InputLayout {
    /// What the flags say.
    pub fn request(&self) -> ReadRequest {
        let header = match (self.no_header, self.header) {
            (true, _) => Some(false),
            (false, true) => Some(true),
            (false, false) => None,
        };
        ReadRequest {
            // Only CSV has delimiters: one that is stated states the format too.
            format: self.input_format.or(self.delimiter.as_ref().map(|_| FileFormat::Csv)),
            delimiter: self.delimiter.clone(),
            header,
            names: self.names.clone(),
            encoding: self.encoding.clone(),
            decimal: self.decimal,
            thousands: self.thousands,
            event_type: self.event_type.clone(),
            na: self.na.clone(),
            default_na: self.no_default_na.then_some(false),
        }
    }

    /// The flags that say what a request does, but for the format.
    pub fn of_request(request: &ReadRequest) -> Self {
        Self {
            input_format: None,
            delimiter: request.delimiter.clone(),
            event_type: request.event_type.clone(),
            no_header: request.header == Some(false),
            names: request.names.clone(),
            header: request.header == Some(true),
            encoding: request.encoding.clone(),
            decimal: request.decimal,
            thousands: request.thousands,
            na: request.na.clone(),
            no_default_na: request.default_na == Some(false),
        }
    }

    /// These flags, and those of `other` where these say nothing.
    pub fn with(&self, other: &Self) -> Self {
        Self {
            input_format: self.input_format,
            delimiter: self.delimiter.clone().or_else(|| other.delimiter.clone()),
            event_type: self.event_type.clone().or_else(|| other.event_type.clone()),
            no_header: self.no_header || other.no_header,
            names: self.names.clone().or_else(|| other.names.clone()),
            header: self.header || other.header,
            encoding: self.encoding.clone().or_else(|| other.encoding.clone()),
            decimal: self.decimal.or(other.decimal),
            thousands: self.thousands.or(other.thousands),
            na: if self.na.is_empty() { other.na.clone() } else { self.na.clone() },
            no_default_na: self.no_default_na || other.no_default_na,
        }
    }

    /// The same flags, for a shell, each with a blank before it.
    pub fn flags(&self) -> String {
        let list = |values: &[String]| (!values.is_empty()).then(|| values.join(","));
        let values = [
            ("input-format", self.input_format.map(|format| format.format().name.to_owned())),
            ("delimiter", self.delimiter.clone()),
            ("names", self.names.as_deref().and_then(list)),
            ("encoding", self.encoding.clone()),
            ("decimal", self.decimal.map(String::from)),
            ("thousands", self.thousands.map(String::from)),
            ("na", list(&self.na)),
            ("event-type", self.event_type.clone()),
        ];
        let switches = [
            ("no-header", self.no_header),
            ("header", self.header),
            ("no-default-na", self.no_default_na),
        ];
        let switches = switches.iter().filter(|(_, on)| *on).map(|(flag, _)| format!(" --{flag}"));
        let valued = values.into_iter().filter_map(|(flag, value)| Some((flag, value?)));
        let valued = valued.map(|(flag, value)| format!(" --{flag} {}", quote::shell(&value)));
        switches.chain(valued).collect()
    }
}

/// Takes whole numbers within bounds.
pub fn whole<T>(least: T, most: T) -> impl TypedValueParser<Value = T>
where
    T: FromStr + PartialOrd + Copy + Display + Send + Sync + 'static,
{
    StringValueParser::new().try_map(move |text| {
        let number = text.trim().parse().ok().filter(|number| (least..=most).contains(number));
        number.ok_or_else(|| format!("give a whole number from {least} to {}", thousands(most)))
    })
}

/// The names of formats, as a value of an option.
pub fn formats(offered: fn(&Format) -> bool) -> impl TypedValueParser<Value = FileFormat> {
    let formats = FileFormat::ALL.iter().map(|format| format.format());
    let names = formats.filter(|format| offered(format));
    let names = names.map(|format| PossibleValue::new(format.name).help(format.summary));
    PossibleValuesParser::new(names)
        .try_map(|name| FileFormat::named(&name).ok_or_else(|| format!("{name} is no format")))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Command {
        #[command(flatten)]
        layout: InputLayout,
    }

    #[test]
    fn seeds_are_numbers_and_ranges() {
        assert_eq!(seeds("7"), Ok(Seeds(7..=7)));
        assert_eq!(seeds("1-30"), Ok(Seeds(1..=30)));
        for (text, remedy) in [
            ("30-1", "write 1-30"),
            ("1-", "--seeds 1-30"),
            ("-1", "0 or more"),
            ("x", "whole numbers"),
            ("1-5000", "more than 1000"),
        ] {
            let error = seeds(text).unwrap_err();
            assert!(error.contains(remedy), "{text}: {error}");
        }
    }

    #[test]
    fn a_number_that_is_none_or_out_of_bounds_is_answered_with_the_bounds() {
        #[derive(Debug, Parser)]
        struct Together {
            #[arg(long, value_parser = whole(1, 1024_u16))]
            together: u16,
        }
        let parsed = |text: &str| Together::try_parse_from(["x", "--together", text]);
        assert_eq!(parsed("7").unwrap().together, 7);
        for text in ["x", "0", "1025", "1.5"] {
            let error = parsed(text).unwrap_err().to_string();
            assert!(error.contains("give a whole number from 1 to 1,024"), "{text}: {error}");
        }
    }

    fn layout(flags: &[&str]) -> InputLayout {
        Command::try_parse_from([&["x"], flags].concat()).unwrap().layout
    }

    #[test]
    fn a_request_says_what_its_flags_say() {
        let flags = [
            "--no-header --names a,b --na=-999,? --no-default-na --decimal , --thousands .",
            "--header --encoding windows-1252 --delimiter | --event-type flow",
        ];
        for flags in flags {
            let layout = layout(&flags.split(' ').collect::<Vec<_>>());
            let request = layout.request();
            let again = InputLayout::of_request(&request);
            assert_eq!(again.flags(), layout.flags());
            let nothing = InputLayout::of_request(&ReadRequest::default());
            assert_eq!(nothing.flags(), "");
            assert_eq!(nothing.with(&again).flags(), layout.flags());
        }
    }
}
