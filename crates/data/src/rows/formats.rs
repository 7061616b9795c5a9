//! The formats of files that are read: one file each, which exports a `Reader`, and one line each in the list
//! below. Names, file endings, recognition by content, the kinds of `[dataset]` that read one's own files, the
//! values of `--format` and the messages are derived from these.

use std::path::Path;
use std::sync::Arc;

use super::input::Input;
use super::{Place, ReadOptions, RowError, Sink, SourceFormat, StatedType, Unit};

/// What is known about a format.
#[derive(Debug)]
pub struct Format {
    /// As options and the kinds of `[dataset]` name it.
    pub name: &'static str,
    /// A few words for lists.
    pub summary: &'static str,
    /// The endings of files' names.
    pub endings: &'static [&'static str],
    /// Whether the first bytes (after decompression) can be of no other format.
    pub(super) recognises: fn(&[u8]) -> bool,
    /// The options of reading that it takes, as `[dataset]` names them.
    pub keys: &'static [&'static str],
    /// What messages count.
    pub(super) unit: Unit,
    /// Whether it can be read line by line, as lines arrive.
    pub by_lines: bool,
    /// Whether scored rows can be written in it.
    pub writable: bool,
}

/// The keys of `[dataset]` that say how to read, and that only some formats take.
pub const READING_KEYS: [&str; 7] =
    ["delimiter", "header", "names", "encoding", "decimal", "thousands", "event_type"];

/// Reads rows of one format.
pub(super) trait FormatReader: Sized {
    /// The format.
    const FORMAT: Format;

    /// Reads as far as the names of the columns.
    fn open(input: Input, place: &Place, options: &ReadOptions) -> Result<Self, RowError>;

    /// The column names in the order of the source.
    fn names(&self) -> &Arc<[String]>;

    /// Gives up to that many rows to the sink; fewer only at the end. A column that the sink does not want
    /// need not be decoded.
    fn fill(&mut self, sink: &mut impl Sink, most: usize) -> Result<usize, RowError>;

    /// The type that the source states for a column, if it states one. An error if no value of such a column
    /// can be a feature.
    fn stated_type(&self, _column: usize) -> Result<Option<StatedType>, RowError> {
        Ok(None)
    }

    /// The lines that were left out since the last call.
    fn take_faults(&mut self) -> Vec<RowError> {
        Vec::new()
    }

    /// What the user should know of how it was read, since the last call.
    fn take_notes(&mut self) -> Vec<String> {
        Vec::new()
    }

    /// What the source turned out to be.
    fn source_format(&self) -> SourceFormat;
}

/// Declares the formats and lists them for code that needs all of them.
macro_rules! formats {
    ($($Variant:ident $file:ident)+) => {
        /// How a file is laid out.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum FileFormat {
            $(
                #[doc = concat!("As `rows/", stringify!($file), ".rs` reads it.")]
                $Variant
            ),+
        }

        impl FileFormat {
            /// Every format, in the order of lists.
            pub const ALL: &[Self] = &[$(Self::$Variant),+];

            /// What is known about it.
            pub const fn format(self) -> &'static Format {
                match self {
                    $(Self::$Variant => &<super::$file::Reader as FormatReader>::FORMAT),+
                }
            }
        }

        /// An open source of whatever format.
        pub(super) enum Source {
            $($Variant(super::$file::Reader)),+
        }

        impl Source {
            pub(super) fn open(
                format: FileFormat,
                input: Input,
                place: &Place,
                options: &ReadOptions,
            ) -> Result<Self, RowError> {
                Ok(match format {
                    $(FileFormat::$Variant => {
                        Self::$Variant(FormatReader::open(input, place, options)?)
                    }),+
                })
            }

            pub(super) fn names(&self) -> &Arc<[String]> {
                match self { $(Self::$Variant(reader) => reader.names()),+ }
            }

            pub(super) fn fill(
                &mut self,
                sink: &mut impl Sink,
                most: usize,
            ) -> Result<usize, RowError> {
                match self { $(Self::$Variant(reader) => reader.fill(sink, most)),+ }
            }

            pub(super) fn stated_type(&self, column: usize) -> Result<Option<StatedType>, RowError> {
                match self { $(Self::$Variant(reader) => reader.stated_type(column)),+ }
            }

            pub(super) fn take_faults(&mut self) -> Vec<RowError> {
                match self { $(Self::$Variant(reader) => reader.take_faults()),+ }
            }

            pub(super) fn take_notes(&mut self) -> Vec<String> {
                match self { $(Self::$Variant(reader) => reader.take_notes()),+ }
            }

            pub(super) fn source_format(&self) -> SourceFormat {
                match self { $(Self::$Variant(reader) => reader.source_format()),+ }
            }
        }
    };
}

/// Gives the list of formats to another macro: the name of each, and the file that reads it.
macro_rules! for_each_format {
    ($then:ident) => {
        $then! {
            Csv csv
            Zeek zeek
            JsonLines json
            Parquet parquet
            Npz npz
            Arff arff
        }
    };
}
pub(crate) use for_each_format;

for_each_format!(formats);

impl FileFormat {
    /// The format of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|format| format.format().name == name)
    }

    /// The format that a file's name stands for; `.gz` may be behind its ending.
    pub fn of_path(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_str()?.to_ascii_lowercase();
        let name = name.strip_suffix(".gz").unwrap_or(&name);
        let ending = Path::new(name).extension()?.to_str()?;
        Self::ALL.iter().copied().find(|format| format.format().endings.contains(&ending))
    }

    /// The byte between values that a file's name stands for: a tab for `.tsv`.
    pub fn delimiter_of_path(path: &Path) -> Option<u8> {
        let name = path.file_name()?.to_str()?.to_ascii_lowercase();
        let name = name.strip_suffix(".gz").unwrap_or(&name);
        name.ends_with(".tsv").then_some(b'\t')
    }

    /// The format that the first bytes can only be of.
    pub(super) fn of_content(start: &[u8]) -> Option<Self> {
        Self::ALL.iter().copied().find(|format| (format.format().recognises)(start))
    }
}
