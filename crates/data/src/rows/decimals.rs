//! Numbers as people write them: `1,50`, `69,398`, `1.234,5`, `1'234`. A column of them is rewritten as
//! numbers that programs read, if the user says how its numbers are written, or if the first rows leave
//! one way only. What is found is told, and what stays open is left as it is and told too.

use super::missing::MissingMarks;
use super::quoted_list;

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
            (None, Some('.')) => Some(Style { decimal: ',', thousands: Some('.') }),
            (None, thousands) => Some(Style { decimal: '.', thousands }),
            (Some(decimal), thousands) => Some(Style { decimal, thousands }),
        }
    }
}

/// How the numbers of a column are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Style {
    decimal: char,
    thousands: Option<char>,
}

impl Style {
    /// Writes the number as programs do; `false`: the text is none of this style, or needs no change.
    pub(super) fn rewrite(self, text: &str, plain: &mut String) -> bool {
        if text.bytes().all(|byte| byte.is_ascii_digit()) {
            return false;
        }
        plain.clear();
        let (mantissa, exponent) = split_exponent(text);
        let digits = match mantissa.strip_prefix('-') {
            Some(digits) => {
                plain.push('-');
                digits
            }
            None => mantissa.strip_prefix('+').unwrap_or(mantissa),
        };
        let (whole, fraction) = digits.split_once(self.decimal).unwrap_or((digits, "0"));
        let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let grouped = self.thousands.is_some_and(|mark| is_grouped(whole, mark));
        if fraction.is_empty() || !is_digits(fraction) || !(grouped || is_digits(whole)) {
            return false;
        }
        if whole.is_empty() {
            // `,5`, but not a sign alone.
            if !digits.contains(self.decimal) {
                return false;
            }
            plain.push('0');
        }
        plain.extend(whole.chars().filter(char::is_ascii_digit));
        if digits.contains(self.decimal) {
            plain.push('.');
            plain.push_str(fraction);
        }
        plain.push_str(exponent);
        true
    }
}

/// The number in front of an exponent, and the exponent with its letter.
fn split_exponent(text: &str) -> (&str, &str) {
    let Some(at) = text.find(['e', 'E']) else { return (text, "") };
    let digits = text[at + 1..].trim_start_matches(['+', '-']);
    let valid = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if valid { text.split_at(at) } else { (text, "") }
}

/// Marks that writers use for one another.
fn same_mark(mark: char, other: char) -> bool {
    let class = |mark| match mark {
        '\'' | '’' => '\'',
        ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}' => ' ',
        mark => mark,
    };
    class(mark) == class(other)
}

/// Whether the text is one to three digits and then groups of three.
fn is_grouped(whole: &str, mark: char) -> bool {
    let digits = |group: &str| group.bytes().all(|byte| byte.is_ascii_digit());
    let mut groups = whole.split(|c| same_mark(mark, c));
    let first = groups.next().unwrap_or_default();
    let mut rest = groups.peekable();
    (1..=3).contains(&first.len())
        && digits(first)
        && !first.starts_with('0')
        && rest.peek().is_some()
        && rest.all(|group| group.len() == 3 && digits(group))
}

/// What a text may be as a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// It has no digit: a word, or a mark for a missing value.
    NoDigit,
    /// It has digits and is no number: an address, a date, a code.
    NoNumber,
    /// `12`
    Short,
    /// `1234`: four digits or more and no mark.
    Long,
    /// `1.5`
    Point,
    /// `1.234`
    PointOrGroup,
    /// `1.234.567`
    PointGroups,
    /// `1,5`
    Comma,
    /// `1,234`
    CommaOrGroup,
    /// `1,234,567` or `1,234.5`
    CommaGroups,
    /// `1.234,5`
    PointGroupsComma,
    /// `1'234` or `1 234`
    Quotes,
    Blanks,
    /// `1'234,5` or `1 234,5`
    QuotesComma,
    BlanksComma,
}

const SHAPES: usize = Shape::BlanksComma as usize + 1;

fn shape(text: &str) -> Shape {
    if !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return Shape::NoDigit;
    }
    let (mantissa, exponent) = split_exponent(text);
    let digits = mantissa.trim_start_matches(['-', '+']);
    let fits = |decimal, thousands| {
        Style { decimal, thousands: Some(thousands) }.rewrite(mantissa, &mut String::new())
    };
    let marks = |mark: char| digits.chars().filter(|&c| same_mark(mark, c)).count();
    match (marks(','), marks('.'), marks('\''), marks(' ')) {
        (0, 0, 0, 0) if !digits.bytes().all(|byte| byte.is_ascii_digit()) => Shape::NoNumber,
        (0, 0, 0, 0) if digits.len() > 3 && exponent.is_empty() => Shape::Long,
        (0, 0, 0, 0) => Shape::Short,
        (0, 1, 0, 0) if is_grouped(digits, '.') && exponent.is_empty() => Shape::PointOrGroup,
        (0, 1, 0, 0) if text.parse::<f64>().is_ok() => Shape::Point,
        (0, 3, 0, 0) if text.parse::<std::net::Ipv4Addr>().is_ok() => Shape::NoNumber,
        (0, _, 0, 0) if is_grouped(digits, '.') => Shape::PointGroups,
        (1, 0, 0, 0) if is_grouped(digits, ',') && exponent.is_empty() => Shape::CommaOrGroup,
        (1, 0, 0, 0) if fits(',', '.') => Shape::Comma,
        (_, 0, 0, 0) if is_grouped(digits, ',') => Shape::CommaGroups,
        (_, 1, 0, 0) if fits('.', ',') => Shape::CommaGroups,
        (1, _, 0, 0) if fits(',', '.') => Shape::PointGroupsComma,
        (0, 0 | 1, _, 0) if fits('.', '\'') => Shape::Quotes,
        (1, 0, _, 0) if fits(',', '\'') => Shape::QuotesComma,
        (0, 0 | 1, 0, _) if fits('.', ' ') => Shape::Blanks,
        (1, 0, 0, _) if fits(',', ' ') => Shape::BlanksComma,
        _ => Shape::NoNumber,
    }
}

/// Whether the text is a number in some way of writing.
pub(super) fn is_number(text: &str) -> bool {
    shape(text) as usize >= Shape::Short as usize
}

/// What the first rows of a column hold.
#[derive(Debug, Clone, Default)]
struct Seen {
    counts: [usize; SHAPES],
    /// A value that needs a style.
    example: String,
    /// Whether the example can be read in one way only.
    telling: bool,
}

impl Seen {
    fn add(&mut self, text: &str) {
        let shape = shape(text);
        self.counts[shape as usize] += 1;
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
    /// Of each column; empty if every number is written as programs do.
    pub(super) columns: Vec<Option<Style>>,
    pub(super) notes: Vec<String>,
}

/// What a column turned out to be.
enum Verdict {
    /// Nothing to do.
    AsItIs,
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
        Verdict::AsItIs | Verdict::Open => None,
    };
    let columns: Vec<_> = verdicts.iter().map(style).collect();
    let columns = if columns.iter().any(Option::is_some) { columns } else { Vec::new() };
    Styles { columns, notes }
}

/// A stated style holds for every column. Beside a stated decimal comma a point can only stand between
/// thousands.
fn stated(column: &Seen, style: Style) -> Verdict {
    let grouped = column.has(&[Shape::PointOrGroup, Shape::PointGroups, Shape::PointGroupsComma]);
    let points = style == Style { decimal: ',', thousands: None } && grouped;
    match points && !column.has(&[Shape::Point, Shape::NoNumber]) {
        true => Verdict::Written(Style { thousands: Some('.'), ..style }),
        false => Verdict::Written(style),
    }
}

/// What all columns together say: nobody mixes decimal marks within one file.
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
            // Programs that write decimal commas put semicolons between values.
            (false, false) if self.delimiter == b',' => Some(false),
            (false, false) if self.delimiter == b';' => Some(true),
            _ => None,
        }
    }
}

fn found(column: &Seen, file: &Evidence) -> Verdict {
    use Shape::{
        Blanks, BlanksComma, CommaGroups, CommaOrGroup, PointGroups, PointGroupsComma,
        PointOrGroup, Quotes, QuotesComma,
    };
    let written = |decimal, thousands| Verdict::Written(Style { decimal, thousands });
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
        (false, false) => Verdict::AsItIs,
    }
}

/// What is told: the columns of each style, and those that stay open.
fn notes(names: &[String], seen: &[Seen], verdicts: &[Verdict], marks: NumberMarks) -> Vec<String> {
    let columns = || names.iter().zip(seen).zip(verdicts);
    let list = |wanted: &dyn Fn(&Seen, &Verdict) -> bool| {
        let found = columns().filter(|((_, seen), verdict)| wanted(seen, verdict));
        let found: Vec<_> = found.map(|((name, seen), _)| (name.as_str(), &seen.example)).collect();
        let names: Vec<&str> = found.iter().map(|(name, _)| *name).collect();
        found.first().map(|(_, example)| (quoted_list(&names), (*example).clone()))
    };
    let mut notes = Vec::new();
    if marks == NumberMarks::default() {
        let written = |decimal: bool| {
            list(&|seen: &Seen, verdict: &Verdict| match verdict {
                Verdict::Written(style) => {
                    !seen.example.is_empty() && (style.decimal == ',') == decimal
                }
                Verdict::AsItIs | Verdict::Open => false,
            })
        };
        if let Some((columns, example)) = written(true) {
            notes.push(format!(
                "{columns}: the comma is taken for the decimal mark, as in {example}; \
                 --decimal . leaves such texts as they are"
            ));
        }
        if let Some((columns, example)) = written(false) {
            notes.push(format!(
                "{columns}: thousands are taken to be grouped, as in {example}; \
                 --decimal . leaves such texts as they are, --decimal , reads decimals"
            ));
        }
    }
    let open = list(&|_: &Seen, verdict: &Verdict| matches!(verdict, Verdict::Open));
    if let Some((columns, example)) = open {
        notes.push(format!(
            "{columns}: {example} may have decimals or thousands, and is left as a text; \
             say --decimal , or --thousands , to read numbers"
        ));
    }
    let stated_comma = marks.style() == Some(Style { decimal: ',', thousands: None });
    let points = list(&|seen: &Seen, _: &Verdict| stated_comma && seen.has(&[Shape::Point]));
    if let Some((columns, _)) = points {
        notes.push(format!("{columns}: decimal points stand beside the stated decimal comma"));
    }
    notes
}

#[cfg(test)]
mod tests;
