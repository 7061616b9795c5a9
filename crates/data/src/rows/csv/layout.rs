//! Properties of all lines of a CSV text that its first lines show: delimiter, names, a delimiter that ends
//! each line, and how numbers are written.

use std::sync::Arc;

use oddbench_core::counts::counted;

use super::again::{self, Again, Order};
use super::{MORE_LINES, RAGGED, Sample, delimiter, header, not_utf8};
use crate::csv_records::{Record, Records};
use crate::rows::decimals::{self, NumberMarks, Style, Styles};
use crate::rows::names::{check_names, kdd_names};
use crate::rows::{Cell, CellKind, Header, Place, ReadOptions, RowError, Sink, quoted_list};

/// How the lines of a CSV text are read.
#[derive(Debug, Clone)]
pub(in crate::rows) struct CsvLayout {
    pub(in crate::rows) names: Arc<[String]>,
    pub(in crate::rows) delimiter: u8,
    /// KDD's layout: the first line is a row.
    pub(in crate::rows) kdd: bool,
    /// Records in front of the first row.
    pub(super) before: usize,
    /// The values of the header as the text has them. They serve to recognise the header when it comes again.
    header: Option<again::Header>,
    /// Where the values are if another header has come.
    order: Option<Order>,
    /// Whether each line ends with a delimiter that begins no value.
    trailing: bool,
    /// How the numbers of each column are written; empty if all are written as programs do.
    styles: Vec<Option<Style>>,
}

/// What a record is.
pub(in crate::rows) enum Line {
    Row,
    /// The header once more.
    Header,
    /// A header that puts the columns elsewhere; `None`: where they were at first.
    Moved(Option<Order>),
    /// A header with other columns.
    Other,
}

/// The first records of a sample, with their lines.
type First = Vec<(Vec<String>, u64)>;

impl CsvLayout {
    /// From the first lines. The notes say what was recognised and changed.
    pub(in crate::rows) fn find(
        sample: &Sample,
        options: &ReadOptions,
        place: &Place,
    ) -> Result<(Self, Vec<String>), RowError> {
        let separator = delimiter::separator_line(sample.text);
        let stated = options.delimiter.or(separator);
        let delimiter = stated.unwrap_or_else(|| delimiter::found(&sample.after(separator)));
        let (first, before) = records(sample, delimiter, separator, place)?;
        // One value more may be none, behind a delimiter at the end of the line.
        let most = options.limits.columns.saturating_add(1);
        if let Some((values, _)) = first.first().filter(|(values, _)| values.len() > most) {
            options.limits.check(place, None, values.len())?;
        }
        let mut layout = Self {
            names: Arc::from([]),
            delimiter,
            kdd: false,
            before,
            header: None,
            order: None,
            trailing: false,
            styles: Vec::new(),
        };
        let mut notes = layout.name(&first, options, place)?;
        // A header may be in front, again further below, or below stated names: it is never a row.
        let below = &first[layout.before - before..];
        let header = layout.header_names().map(<[String]>::to_vec);
        let rows = || {
            let texts = below.iter().map(|(values, _)| values.as_slice());
            texts.filter(|values| Some(*values) != header.as_deref())
        };
        let width = layout.names.len();
        let more = |values: &[String]| {
            values.len() == width + 1 && values.last().is_some_and(String::is_empty)
        };
        if rows().next().is_some() && !layout.trailing && rows().all(more) {
            layout.trailing = true;
            notes.push(TRAILING.into());
        }
        if width > 1
            && rows().next().is_some()
            && rows().all(|values| values.len() == width + 1 && !more(values))
        {
            return Err(one_name_short(place, &first, width));
        }
        let Styles { columns, notes: told } = decimals::find(
            &layout.names,
            rows(),
            delimiter,
            if layout.kdd { NumberMarks::PLAIN } else { options.numbers },
            &options.missing,
        );
        layout.styles = columns;
        notes.extend(told);
        Ok((layout, notes))
    }

    /// A layout that is stated whole: nothing is looked for.
    pub(super) fn stated(
        names: &Arc<[String]>,
        delimiter: u8,
        place: &Place,
    ) -> Result<Self, RowError> {
        check_names(names, place)?;
        let (names, styles) = (Arc::clone(names), Vec::new());
        Ok(Self {
            names,
            delimiter,
            kdd: false,
            before: 0,
            header: None,
            order: None,
            trailing: false,
            styles,
        })
    }

    /// Names the columns.
    fn name(
        &mut self,
        first: &First,
        options: &ReadOptions,
        place: &Place,
    ) -> Result<Vec<String>, RowError> {
        if let Header::Names(names) = &options.header {
            check_names(names, place)?;
            self.names = Arc::clone(names);
            // A file that has a header after all: a model remembers that its training file had none.
            self.header = Some(again::Header::new(names.to_vec()));
            return self.as_many_names(first, place).map(|()| Vec::new());
        }
        let Some((values, line)) = first.first() else {
            return Err(place.error("the file is empty", "the first line holds the column names"));
        };
        if options.header == Header::Absent {
            return Ok(self.numbered(values, first));
        }
        if options.header == Header::Found {
            if let Some(names) = kdd_names(values) {
                (self.names, self.kdd) = (names, true);
                return Ok(Vec::new());
            }
            let below = first[1..].iter().map(|(below, _)| below.as_slice());
            let below: Vec<&[String]> = below.filter(|below| below != values).collect();
            if let Some(what) = header::is_row(values, &below, &options.missing) {
                return Err(place.at(*line, what, NO_HEADER));
            }
        }
        Ok(self.named(values.clone(), &first[1..]))
    }

    /// Names for the columns of a text that has none.
    fn numbered(&mut self, values: &[String], first: &First) -> Vec<String> {
        let alike =
            |(other, _): &(Vec<String>, u64)| other.len() == values.len() && ends_empty(other);
        self.trailing = first.len() > 1 && first.iter().all(alike);
        self.names = header::numbered(values.len() - usize::from(self.trailing)).into();
        let last = self.names.last().cloned().unwrap_or_default();
        vec![format!("the columns are called \"column_1\" to {last:?}")]
    }

    /// The names that the first line holds.
    fn named(&mut self, mut values: Vec<String>, rows: &[(Vec<String>, u64)]) -> Vec<String> {
        let mut notes = Vec::new();
        let width = values.len();
        if ends_empty(&values) && width > 1 && !rows.is_empty() {
            let all = |width: usize| rows.iter().all(|(row, _)| row.len() == width);
            if all(width - 1) {
                values.pop();
                notes.push(
                    "the header ends with a delimiter, behind which no name is expected".into(),
                );
            } else if all(width) && rows.iter().all(|(row, _)| ends_empty(row)) {
                values.pop();
                self.trailing = true;
                notes.push(TRAILING.into());
            }
        }
        let named = header::distinct(&values);
        notes.extend(named.notes);
        self.names = named.names.into();
        self.header = Some(again::Header::new(values));
        self.before += 1;
        notes
    }

    /// The stated names must be as many as the values of the first line.
    fn as_many_names(&self, first: &First, place: &Place) -> Result<(), RowError> {
        let Some((values, line)) = first.first() else { return Ok(()) };
        let (width, named) = (values.len(), self.names.len());
        let trailing = width == named + 1 && ends_empty(values);
        if width == named || trailing {
            return Ok(());
        }
        let what = format!(
            "the line has {}, and there are {}",
            counted(width, "value"),
            counted(named, "name")
        );
        let remedy = "give as many names as values; is the delimiter right?";
        Err(place.at(*line, what, remedy))
    }

    /// What a record is; an error if it has another number of values than there are columns. A value that
    /// is none, behind the last delimiter, is taken away.
    pub(in crate::rows) fn line(
        &self,
        record: &mut Record,
        place: &Place,
    ) -> Result<Line, RowError> {
        if let Some(line) = record.escaped {
            return Err(escaped(place, line));
        }
        let width = self.order.as_ref().map_or(self.names.len(), |order| order.width);
        if record.len() == width + 1 && self.trailing && record.value(width).is_empty() {
            record.drop_last();
        }
        if let Some(again) = self.header.as_ref().and_then(|header| header.again(record)) {
            let order = match again {
                Again::Same => None,
                Again::Moved(order) => Some(order),
                Again::Other => return Ok(Line::Other),
            };
            return Ok(if order == self.order { Line::Header } else { Line::Moved(order) });
        }
        if let Some(line) = record.unclosed {
            return Err(unclosed(place, line));
        }
        if record.len() != width {
            let what = format!("{} instead of {width}", counted(record.len(), "value"));
            let remedy = match (width, record.len()) {
                (1, _) => TITLE,
                (_, 1) => REMARK,
                _ => RAGGED,
            };
            return Err(place.at(record.line, what, remedy));
        }
        Ok(Line::Row)
    }

    /// Gives a row to a sink; `plain` is memory for numbers that are rewritten.
    pub(in crate::rows) fn push(
        &self,
        record: &Record,
        place: &Place,
        sink: &mut impl Sink,
        plain: &mut String,
    ) -> Result<(), RowError> {
        let texts = record.texts().ok_or_else(|| not_utf8(place, record.line))?;
        let mut give = |column: usize, value: &str| {
            if !sink.wants(column) {
                return;
            }
            let style = self.styles.get(column).copied().flatten();
            let value = match style {
                Some(style) if style.rewrite(value, plain) => plain.as_str(),
                _ => value,
            };
            sink.cell(column, Cell::Text(value, CellKind::Untyped));
        };
        match &self.order {
            None => texts.enumerate().for_each(|(column, value)| give(column, value)),
            Some(order) => {
                let texts: Vec<&str> = texts.collect();
                let columns = order.places.iter().enumerate();
                columns.for_each(|(column, &at)| give(column, texts[at]));
            }
        }
        sink.end_row(record.line);
        Ok(())
    }

    /// Records in front of the first row.
    pub(in crate::rows) fn before(&self) -> usize {
        self.before
    }

    /// Whether another layout has the same header.
    pub(in crate::rows) fn is_same_header(&self, other: &Self) -> bool {
        self.names == other.names && self.header_names() == other.header_names()
    }

    fn header_names(&self) -> Option<&[String]> {
        self.header.as_ref().map(again::Header::names)
    }

    /// Reads what follows with the columns in other places.
    pub(in crate::rows) fn reorder(&mut self, order: Option<Order>) {
        self.order = order;
    }
}

const TRAILING: &str = "each line ends with a delimiter, behind which no value is expected";

const NO_HEADER: &str = "if the file has no header, say --no-header, with --names A,B,... if you like (header = false, names = [...]); if these are names, say --header (header = true)";

const TITLE: &str = "if the first line is a title, take it out of the file: the header comes first; else state the delimiter (--delimiter, delimiter = \"...\")";

const REMARK: &str = "if the line is a title or a remark, take it out of the file; else every line needs the same number of values, with quotes around one that holds the delimiter";

/// A quote that is open at the end of the text.
fn unclosed(place: &Place, line: u64) -> RowError {
    let remedy = "close the quote, or take it out: everything behind it is one value";
    place.at(line, "a quote opens in this line and is never closed", remedy)
}

/// A quote that a backslash escapes.
fn escaped(place: &Place, line: u64) -> RowError {
    let remedy = "write the file with doubled quotes (\"\"), as df.to_csv(path) does";
    place.at(line, "quotes are escaped by backslashes, and CSV doubles them", remedy)
}

fn ends_empty(values: &[String]) -> bool {
    values.last().is_some_and(String::is_empty)
}

/// Each line has one value more than the header has names.
fn one_name_short(place: &Place, first: &First, width: usize) -> RowError {
    let line = first.get(1).or(first.first()).map_or(1, |(_, line)| *line);
    let names = first.first().map(|(values, _)| values.as_slice()).unwrap_or_default();
    let shown: Vec<&str> = names.iter().take(3).map(String::as_str).collect();
    let what = format!(
        "each line has {} values, and the header has {width} names (it begins with {})",
        width + 1,
        quoted_list(&shown)
    );
    let remedy =
        "give the column without a name one in the header (R leaves the names of rows without one)";
    place.at(line, what, remedy)
}

/// The first records behind a line that states the delimiter, and how many records there are before them.
fn records(
    sample: &Sample,
    delimiter: u8,
    separator: Option<u8>,
    place: &Place,
) -> Result<(First, usize), RowError> {
    let mut records = Records::new(sample.text, delimiter);
    let mut first = First::new();
    let mut skip = usize::from(separator.is_some());
    let before = skip;
    let failed = |error| super::unreadable(&place.name, &error);
    while first.len() < MORE_LINES
        && let Some(record) = records.next().map_err(failed)?
    {
        if skip > 0 {
            skip -= 1;
            continue;
        }
        match record.escaped {
            Some(line) if first.is_empty() => return Err(escaped(place, line)),
            // Its values say nothing; the fault comes when the row is read.
            Some(_) => continue,
            None => {}
        }
        if let Some(line) = record.unclosed.filter(|_| sample.whole && first.is_empty()) {
            return Err(unclosed(place, line));
        }
        match record.texts() {
            Some(texts) => first.push((texts.map(str::to_owned).collect(), record.line)),
            None if first.is_empty() => return Err(not_utf8(place, record.line)),
            // The note comes when it is read.
            None => {}
        }
    }
    if !sample.whole && first.len() < MORE_LINES && first.len() > 1 {
        // The last one may be cut.
        first.pop();
    }
    Ok((first, before))
}
