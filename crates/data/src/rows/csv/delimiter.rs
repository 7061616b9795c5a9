//! Which delimiter cuts a text: the one that cuts its first lines into equally many values.

use super::Sample;
use crate::csv_records::{Records, without_byte_order_marks};
use crate::rows::decimals::is_number;

/// Delimiters that are recognised, the most usual first.
pub(super) const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// Records that are looked at.
const RECORDS: usize = 50;

/// The delimiter that an extra first line names: `sep=;`. Excel writes this line to read the file again.
pub(super) fn separator_line(text: &[u8]) -> Option<u8> {
    let line = text.split(|&byte| byte == b'\n').next()?.trim_ascii_end();
    let line = without_byte_order_marks(line);
    let line = line.strip_prefix(b"\"").and_then(|l| l.strip_suffix(b"\"")).unwrap_or(line);
    match line {
        [s, e, p, b'=', byte] if [*s, *e, *p].eq_ignore_ascii_case(b"sep") && byte.is_ascii() => {
            Some(*byte)
        }
        // A tab at the end was trimmed away.
        [s, e, p, b'='] if [*s, *e, *p].eq_ignore_ascii_case(b"sep") => Some(b'\t'),
        _ => None,
    }
}

/// The delimiter that cuts the most lines as it cuts the first one, and of several the one that cuts it
/// into the most values, then the one that leaves the most numbers: `1,5;2` holds two, and `5;2` is none.
/// Delimiters within quotes cut nothing. A comma if none cuts anything.
pub(super) fn found(sample: &Sample) -> u8 {
    let cuts = DELIMITERS.map(|delimiter| (delimiter, cuts(sample, delimiter)));
    let best = |usable: &dyn Fn(&[Cut]) -> Option<&[Cut]>| {
        let scored = cuts.iter().enumerate().filter_map(|(place, (delimiter, cuts))| {
            let (first, rest) =
                usable(cuts)?.split_first().filter(|(first, _)| first.values > 1)?;
            // A delimiter may end each line but the first.
            let like = |more| rest.iter().filter(|cut| cut.values == first.values + more).count();
            let same = like(0).max(like(1));
            let share = if rest.is_empty() { 1000 } else { 1000 * same / rest.len() };
            let numbers: usize = rest.iter().map(|cut| cut.numbers).sum();
            Some((share, first.values, numbers, std::cmp::Reverse(place), *delimiter))
        });
        scored.max().map(|(.., delimiter)| delimiter)
    };
    best(&|cuts| Some(cuts))
        // The first line may be a title.
        .or_else(|| best(&|cuts| cuts.get(1..)))
        .unwrap_or(b',')
}

/// A record, cut by a delimiter.
struct Cut {
    values: usize,
    /// How many of them are numbers.
    numbers: usize,
}

/// The first records, cut by a delimiter.
fn cuts(sample: &Sample, delimiter: u8) -> Vec<Cut> {
    let mut records = Records::new(sample.text, delimiter);
    let mut cuts = Vec::new();
    while cuts.len() < RECORDS
        && let Ok(Some(record)) = records.next()
    {
        let numbers =
            record.texts().map_or(0, |texts| texts.filter(|text| is_number(text)).count());
        cuts.push(Cut { values: record.len(), numbers });
    }
    if !sample.whole && cuts.len() < RECORDS {
        // The last one may be cut.
        cuts.pop();
    }
    cuts
}
