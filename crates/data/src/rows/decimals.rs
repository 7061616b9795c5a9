//! Numbers as people write them: `1,50`, `69,398`, `1.234,5`, `1'234`. A column of them is rewritten as
//! numbers that programs read, if the user says how its numbers are written, or if the first rows leave
//! one way only. A note says what was found. Ambiguous columns stay as they are, with a note.

mod shape;
mod style;

use super::missing::MissingMarks;
use super::quoted_list;
use shape::{SHAPES, Shape, shape};

pub(super) use shape::is_number;
pub(super) use style::Style;

/// How numbers are written, as far as the user says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NumberMarks {
    decimal: Option<char>,
    thousands: Option<char>,
}

impl NumberMarks {
    /// As programs write numbers: nothing is looked for.
    pub const PLAIN: Self = Self { decimal: Some('.'), thousands: None };

    /// Whether numbers are written as programs do.
    pub(super) fn is_plain(self) -> bool {
        self == Self::PLAIN
    }

    /// The mark in front of decimals and the one between groups of thousands. An error says which marks
    /// there are.
    pub fn new(decimal: Option<char>, thousands: Option<char>) -> Result<Self, String> {
        if let Some(other) = decimal.filter(|mark| !matches!(mark, '.' | ',')) {
            return Err(format!("{other:?} is no decimal mark; use . or ,"));
        }
        if let Some(other) =
            thousands.filter(|mark| !matches!(mark, '.' | ',' | '\'' | '’' | ' ' | '_'))
        {
            return Err(format!("{other:?} stands between no thousands; use . , ' _ or a blank"));
        }
        match (decimal, thousands) {
            (Some(one), Some(other)) if one == other => {
                Err(format!("{one:?} cannot be the decimal mark and the one of thousands"))
            }
            _ => Ok(Self { decimal, thousands }),
        }
    }

    /// How every number is written, if that is stated whole.
    fn style(self) -> Option<Style> {
        match (self.decimal, self.thousands) {
            (None, None) => None,
            (None, Some('.')) => Some(Style::new(',', Some('.'))),
            (None, thousands) => Some(Style::new('.', thousands)),
            (Some(decimal), thousands) => Some(Style::new(decimal, thousands)),
        }
    }
}

/// What the first rows of a column hold.
#[derive(Debug, Clone, Default)]
struct Seen {
    counts: [usize; SHAPES],
    /// A value that needs a style.
    example: String,
    /// Whether the example can be read in one way only.
    telling: bool,
    /// Whether some value has a percent sign.
    percentages: bool,
}

impl Seen {
    fn add(&mut self, text: &str) {
        let shape = shape(text);
        self.counts[shape as usize] += 1;
        self.percentages |= text.ends_with('%');
        // A value that can be read in one way only says more.
        let telling = matches!(shape, Shape::Comma | Shape::CommaGroups | Shape::PointGroupsComma);
        let first = self.example.is_empty() || (telling && !self.telling);
        if first && shape as usize >= Shape::PointOrGroup as usize {
            text.clone_into(&mut self.example);
            self.telling = telling;
        }
    }

    fn has(&self, shapes: &[Shape]) -> bool {
        shapes.iter().any(|&shape| self.counts[shape as usize] > 0)
    }

    /// Whether the column holds numbers, and perhaps some words.
    fn is_numeric(&self) -> bool {
        let words = self.counts[Shape::NoDigit as usize];
        let numbers: usize = self.counts[Shape::Short as usize..].iter().sum();
        !self.has(&[Shape::NoNumber]) && numbers > words
    }

    fn decimal_comma(&self) -> bool {
        use Shape::{BlanksComma, Comma, PointGroupsComma, QuotesComma};
        self.has(&[Comma, PointGroupsComma, BlanksComma, QuotesComma])
    }

    fn decimal_point(&self) -> bool {
        self.has(&[Shape::Point, Shape::CommaGroups])
    }
}

/// How the columns of a file are written.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Styles {
    /// The style of each column; empty if every number is written as programs do.
    pub(super) columns: Vec<Option<Style>>,
    pub(super) notes: Vec<String>,
}

/// What a column turned out to be.
enum Verdict {
    /// Nothing to do.
    AsItIs,
    /// The same, and each of the points could stand between thousands.
    Points,
    Written(Style),
    /// More than one way is left.
    Open,
}

/// Finds how the numbers of each column are written, from the first rows.
pub(super) fn find<'a>(
    names: &[String],
    rows: impl Iterator<Item = &'a [String]>,
    delimiter: u8,
    marks: NumberMarks,
    missing: &MissingMarks,
) -> Styles {
    if marks.is_plain() {
        return Styles::default();
    }
    let mut seen = vec![Seen::default(); names.len()];
    for row in rows {
        for (column, text) in seen.iter_mut().zip(row) {
            if !text.is_empty() && !missing.contains(text) {
                column.add(text);
            }
        }
    }
    let verdicts: Vec<Verdict> = match marks.style() {
        Some(style) => seen.iter().map(|column| stated(column, style)).collect(),
        None => {
            let file = Evidence::of(&seen, delimiter);
            seen.iter().map(|column| found(column, &file)).collect()
        }
    };
    let notes = notes(names, &seen, &verdicts, marks);
    let style = |verdict: &Verdict| match verdict {
        Verdict::Written(style) => Some(*style),
        Verdict::AsItIs | Verdict::Points | Verdict::Open => None,
    };
    let columns: Vec<_> = verdicts.iter().map(style).collect();
    let columns = if columns.iter().any(Option::is_some) { columns } else { Vec::new() };
    Styles { columns, notes }
}

/// A stated style holds for every column. Beside a stated decimal comma a point can only stand between
/// thousands.
fn stated(column: &Seen, style: Style) -> Verdict {
    let grouped = column.has(&[Shape::PointOrGroup, Shape::PointGroups, Shape::PointGroupsComma]);
    let points = style == Style::new(',', None) && grouped;
    match points && !column.has(&[Shape::Point, Shape::NoNumber]) {
        true => Verdict::Written(Style::new(',', Some('.'))),
        false => Verdict::Written(style),
    }
}

/// Evidence from all columns together: a file does not mix decimal marks.
struct Evidence {
    comma: bool,
    point: bool,
    delimiter: u8,
}

impl Evidence {
    fn of(seen: &[Seen], delimiter: u8) -> Self {
        let any = |says: fn(&Seen) -> bool| seen.iter().any(|c| c.is_numeric() && says(c));
        Self { comma: any(Seen::decimal_comma), point: any(Seen::decimal_point), delimiter }
    }

    /// Whether a mark that could be either is the decimal mark, as far as the file says.
    fn comma_is_decimal(&self, column: &Seen) -> Option<bool> {
        match (self.comma, self.point) {
            (true, false) => Some(true),
            (false, true) => Some(false),
            // Whoever writes 1,234 does not write 12345 in the same column.
            _ if column.has(&[Shape::Long]) => Some(true),
            // A percentage above 1,000 is rare. So a whole column of them is more likely to have decimal commas.
            (false, false) if self.delimiter == b',' && column.percentages => None,
            // Programs that write decimal commas put semicolons between values.
            (false, false) if self.delimiter == b',' => Some(false),
            (false, false) if self.delimiter == b';' => Some(true),
            _ => None,
        }
    }

    /// Whether points that could stand between thousands are decimal points only by custom: programs that
    /// put semicolons or tabs between values may write numbers as people do.
    fn points_are_open(&self, column: &Seen) -> bool {
        // Whoever writes 1.234 for a thousand does not write 12345, 0.123 or 1.5 in the same file.
        let open = !self.comma && !self.point && !column.has(&[Shape::Long]);
        open && column.has(&[Shape::PointOrGroup]) && matches!(self.delimiter, b';' | b'\t')
    }
}

fn found(column: &Seen, file: &Evidence) -> Verdict {
    use Shape::{
        Blanks, BlanksComma, CommaGroups, CommaOrGroup, PointGroups, PointGroupsComma,
        PointOrGroup, Quotes, QuotesComma,
    };
    let written = |decimal, thousands| Verdict::Written(Style::new(decimal, thousands));
    if !column.is_numeric() {
        return Verdict::AsItIs;
    }
    let decimal = if column.decimal_comma() { ',' } else { '.' };
    if column.has(&[Quotes, QuotesComma]) {
        return written(decimal, Some('\''));
    }
    if column.has(&[Blanks, BlanksComma]) {
        return written(decimal, Some(' '));
    }
    let points = column.has(&[PointOrGroup, PointGroups, PointGroupsComma]);
    match (column.decimal_comma(), column.decimal_point()) {
        // Both in one column: no one writes so.
        (true, true) => Verdict::Open,
        (true, false) => written(',', points.then_some('.')),
        (false, true) if column.has(&[CommaOrGroup, CommaGroups]) => written('.', Some(',')),
        (false, true) => Verdict::AsItIs,
        (false, false) if column.has(&[CommaOrGroup]) => match file.comma_is_decimal(column) {
            Some(true) => written(',', points.then_some('.')),
            Some(false) => written('.', Some(',')),
            None => Verdict::Open,
        },
        (false, false) if column.has(&[PointGroups]) => written(',', Some('.')),
        (false, false) if file.comma && !file.point => {
            // Whole numbers so far: decimals may come.
            written(',', points.then_some('.'))
        }
        (false, false) if file.points_are_open(column) => Verdict::Points,
        (false, false) => Verdict::AsItIs,
    }
}

/// The notes: the columns of each style, and the ambiguous ones.
fn notes(names: &[String], seen: &[Seen], verdicts: &[Verdict], marks: NumberMarks) -> Vec<String> {
    // Names and the example of the columns that a rule is about, if there are any.
    let list = |wanted: &dyn Fn(&Seen, &Verdict) -> bool| {
        let columns = names.iter().zip(seen).zip(verdicts);
        let found = columns.filter(|((_, seen), verdict)| wanted(seen, verdict));
        let found: Vec<_> = found.map(|((name, seen), _)| (name.as_str(), &seen.example)).collect();
        let names: Vec<&str> = found.iter().map(|(name, _)| *name).collect();
        found.first().map(|(_, example)| (quoted_list(&names), (*example).clone()))
    };
    let detected = marks == NumberMarks::default();
    let written = |seen: &Seen, verdict: &Verdict, with: char| {
        matches!(verdict, Verdict::Written(style) if detected && style.is_decimal(with))
            && !seen.example.is_empty()
    };
    let comma = |seen: &Seen, verdict: &Verdict| written(seen, verdict, ',');
    // A column of a file with decimal commas may have shown none yet.
    let grouped = list(&|seen, verdict| comma(seen, verdict) && !seen.example.contains(','));
    let grouped = grouped.map(|(columns, example)| {
        format!(
            "{columns}: thousands are taken to be grouped, as in {example}; \
             --decimal . leaves such texts as they are"
        )
    });
    let comma = list(&|seen, verdict| comma(seen, verdict) && seen.example.contains(','));
    let comma = comma.map(|(columns, example)| {
        format!(
            "{columns}: the comma is taken for the decimal mark, as in {example}; \
             --decimal . leaves such texts as they are"
        )
    });
    let groups = list(&|seen, verdict| written(seen, verdict, '.')).map(|(columns, example)| {
        format!(
            "{columns}: thousands are taken to be grouped, as in {example}; \
             --decimal . leaves such texts as they are, --decimal , reads decimals"
        )
    });
    let open = list(&|_, verdict| matches!(verdict, Verdict::Open)).map(|(columns, example)| {
        format!(
            "{columns}: {example} may have decimals or thousands, and is left as a text; \
             say --decimal , or --thousands , to read numbers"
        )
    });
    let either = list(&|_, verdict| matches!(verdict, Verdict::Points));
    let either = either.map(|(columns, example)| {
        format!(
            "{columns}: {example} is read as a decimal number; if dots group thousands, say \
             --thousands . (thousands = \".\")"
        )
    });
    let points = marks.decimal == Some(',') && marks.thousands.is_none();
    let points = list(&|seen, _| points && seen.has(&[Shape::Point])).map(|(columns, _)| {
        format!("{columns}: decimal points stand beside the stated decimal comma")
    });
    [comma, grouped, groups, open, either, points].into_iter().flatten().collect()
}

#[cfg(test)]
mod tests;
