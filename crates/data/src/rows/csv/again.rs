//! A header in the middle of a text: where files were joined, or where a sensor was restarted. Such a
//! line is no row, and the rows below it may have their values in other places.

use std::cmp::Ordering;

use crate::csv_records::{Record, without_byte_order_marks};

/// The names of a header, to find them again.
#[derive(Debug, Clone)]
pub(super) struct Header {
    /// As they are in the text.
    names: Vec<String>,
    /// Positions of the names, ordered by their letters in any case.
    ordered: Vec<usize>,
}

/// A header that was found again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::rows) enum Again {
    /// The same names in the same places.
    Same,
    /// All names are there, in other places.
    Moved(Order),
    /// Most values are names of columns, and some columns are not there.
    Other,
}

/// Where the values of the columns are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::rows) struct Order {
    /// The place of each column in the record.
    pub(super) places: Vec<usize>,
    /// Values of a record. More than there are columns: the others are new.
    pub(super) width: usize,
}

impl Order {
    /// Whether there are columns that were not there before.
    pub(in crate::rows) fn has_more(&self) -> bool {
        self.width > self.places.len()
    }
}

impl Header {
    pub(super) fn new(names: Vec<String>) -> Self {
        let mut ordered: Vec<usize> = (0..names.len()).collect();
        ordered.sort_by(|&a, &b| ignoring_case(names[a].as_bytes(), names[b].as_bytes()));
        Self { names, ordered }
    }

    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    /// What the record is as a header; `None`: it is none. Rows are recognised quickly: most of their values begin
    /// with a digit.
    pub(super) fn again(&self, record: &Record) -> Option<Again> {
        if self.is_same(record) {
            return Some(Again::Same);
        }
        if self.names.len() < 2 || record.len() < 2 {
            return None;
        }
        let mut others = 0;
        for at in 0..record.len() {
            others += usize::from(!self.is_name(value(record, at)));
            if 2 * others >= record.len() {
                return None;
            }
        }
        let places = self.places(record);
        let found = places.iter().flatten().count();
        if 2 * found <= record.len() {
            return None;
        }
        let Some(places) = places.into_iter().collect::<Option<Vec<usize>>>() else {
            return Some(Again::Other);
        };
        let order = Order { places, width: record.len() };
        let stays = order.places.iter().enumerate().all(|(column, &at)| column == at);
        Some(if stays && !order.has_more() { Again::Same } else { Again::Moved(order) })
    }

    /// The same texts, with quotes perhaps around the first one, and nothing but gaps behind them.
    fn is_same(&self, record: &Record) -> bool {
        let header = &self.names;
        record.len() >= header.len()
            && value(record, 0) == header[0].as_bytes()
            && (1..header.len()).all(|at| record.value(at) == header[at].as_bytes())
            && (header.len()..record.len()).all(|at| record.value(at).is_empty())
    }

    /// Whether a value is the name of a column in some case of letters. A number never is.
    fn is_name(&self, value: &[u8]) -> bool {
        value.first().is_some_and(|first| !first.is_ascii_digit() && !b"+-.".contains(first))
            && !self.columns(value).is_empty()
    }

    /// The columns of that name.
    fn columns(&self, value: &[u8]) -> &[usize] {
        let order = |&column: &usize| ignoring_case(self.names[column].as_bytes(), value);
        let from = self.ordered.partition_point(|column| order(column) == Ordering::Less);
        let rest = &self.ordered[from..];
        &rest[..rest.partition_point(|column| order(column) == Ordering::Equal)]
    }

    /// The place of each column in the record. A name in the same case of letters comes first.
    fn places(&self, record: &Record) -> Vec<Option<usize>> {
        let mut places = vec![None; self.names.len()];
        let mut taken = vec![false; record.len()];
        for exact in [true, false] {
            for (at, taken) in taken.iter_mut().enumerate().filter(|(_, taken)| !**taken) {
                let value = value(record, at);
                let fits = |column: usize| !exact || self.names[column].as_bytes() == value;
                let mut columns = self.columns(value).iter().copied();
                if let Some(column) = columns.find(|&at| places[at].is_none() && fits(at)) {
                    places[column] = Some(at);
                    *taken = true;
                }
            }
        }
        places
    }
}

/// A value without blanks, quotes and the byte order mark that a joined file brings.
fn value(record: &Record, at: usize) -> &[u8] {
    let value = record.value(at);
    if at > 0 {
        return value.trim_ascii();
    }
    let value = without_byte_order_marks(value).trim_ascii();
    let inside = value.strip_prefix(b"\"").and_then(|value| value.strip_suffix(b"\""));
    inside.unwrap_or(value)
}

fn ignoring_case(one: &[u8], other: &[u8]) -> Ordering {
    let lower = |text: &[u8]| text.to_ascii_lowercase();
    let first = |text: &[u8]| text.first().map(u8::to_ascii_lowercase);
    // Most texts differ in their first letter.
    first(one).cmp(&first(other)).then_with(|| lower(one).cmp(&lower(other)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::csv_records::Records;

    fn again(header: &str, line: &str) -> Option<Again> {
        let header = Header::new(header.split(',').map(str::to_owned).collect());
        let mut records = Records::new(line.as_bytes(), b',');
        header.again(records.next().unwrap().unwrap())
    }

    #[test]
    fn headers_are_told_from_rows() {
        let moved =
            |places: &[usize], width| Some(Again::Moved(Order { places: places.into(), width }));
        for (line, found) in [
            ("proto,bytes,Flag", Some(Again::Same)),
            ("\u{feff}PROTO, Bytes ,flag", Some(Again::Same)),
            ("bytes,Flag,proto", moved(&[2, 0, 1], 3)),
            ("Bytes,flag,proto", moved(&[2, 0, 1], 3)),
            ("bytes,new,Flag,proto", moved(&[3, 0, 2], 4)),
            ("proto,bytes,state", Some(Again::Other)),
            ("proto,bytes", Some(Again::Other)),
            // Rows, and titles.
            ("tcp,12,x", None),
            ("proto,12,x", None),
            ("flag,flag,flag", None),
            ("Flows of May,,", None),
        ] {
            assert_eq!(again("proto,bytes,Flag", line), found, "{line}");
        }
        // Names that differ in case alone stay apart.
        assert_eq!(again("flag,Flag,n", "Flag,flag,n"), moved(&[1, 0, 2], 3));
        // Numbers as names are no names in a row.
        assert_eq!(again("0,1,2", "2,1,0"), None);
        assert_eq!(again("0,1,2", "0,1,2"), Some(Again::Same));
    }
}
