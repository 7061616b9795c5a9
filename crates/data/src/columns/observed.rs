//! What is kept about one column while its values pass.

use crate::rows::{Cell, CellKind, Reading, StatedType};
use crate::values;

use super::codes::{Codes, EXACT, NOTHING, hash, hash_integer, hash_number};
use super::looks::{Looks, looks};
use super::run::Run;

/// What one value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    Missing,
    Infinite,
    /// `Infinity` in quotes, as JSON has it: a number in a column of numbers, a category in a column of texts.
    InfiniteWord,
    Fraction,
    Integer,
    Boolean,
    /// `0x50`: a number in a column of numbers, a category in a column of texts.
    Hexadecimal,
    /// `54.4%`: the number in front of the sign in a column of numbers, a category in a column of texts.
    Percentage,
    Plain,
    Timestamp,
    Address,
    Hash,
}

/// How many classes there are.
const CLASSES: usize = 12;

/// After so many rows the different numbers of a column are counted no further than [`MOST_NUMBERS`]: whether
/// there are a few or many is known by then, and a large table of them is slow.
const MOST_ROWS: u64 = 100_000;
const MOST_NUMBERS: usize = 2_000;

/// Texts that are looked at one by one after the column has more different ones than are counted.
const LOOKED_AT: u64 = 100_000;

/// Different texts that are remembered for messages.
const MOST_WORDS: usize = 8;

/// One column.
#[derive(Debug)]
pub(super) struct Observed {
    counts: [u64; CLASSES],
    /// What the source says of the column.
    pub(super) stated: Option<StatedType>,
    /// Values so far, missing ones with them.
    pub(super) rows: u64,
    /// The line of the first value of each class.
    first_lines: [Option<u64>; CLASSES],
    /// The first value of each class, for messages.
    first_texts: [String; CLASSES],
    /// The first different texts, one more than [`MOST_WORDS`] at most.
    words: Vec<String>,
    quoted: Quoted,
    pub(super) codes: Codes,
    pub(super) run: Run,
    /// The least finite number; `max` is the greatest.
    pub(super) min: f64,
    pub(super) max: f64,
    last: Last,
}

/// Texts that are numbers: a source may put numbers in quotes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Quoted {
    /// Every text is a number, without a zero in front as codes have it.
    all: bool,
    /// Some is no whole number.
    pub(super) fraction: bool,
    pub(super) min: f64,
}

impl Quoted {
    fn meet(&mut self, text: &str) {
        let code = text.len() > 1 && text.starts_with('0') && !text.starts_with("0.");
        match text.parse::<f64>().ok().filter(|value| value.is_finite() && !code) {
            Some(value) => {
                self.fraction |= value.fract() != 0.0;
                self.min = self.min.min(value);
            }
            None => self.all = false,
        }
    }
}

/// The value before: traffic comes in bursts.
#[derive(Debug)]
struct Last {
    text: String,
    kind: Option<CellKind>,
    class: Class,
    code: u8,
}

/// What became of a value.
#[derive(Debug, Clone, Copy)]
pub(super) struct Met {
    pub(super) class: Class,
    pub(super) code: u8,
    /// The first value of its class in this column.
    pub(super) first_of_class: bool,
    /// A value that this column did not have before.
    pub(super) new: bool,
}

impl Observed {
    pub(super) fn new() -> Self {
        Self {
            counts: [0; CLASSES],
            stated: None,
            rows: 0,
            first_lines: [None; CLASSES],
            first_texts: Default::default(),
            words: Vec::new(),
            quoted: Quoted { all: true, fraction: false, min: f64::INFINITY },
            codes: Codes::default(),
            run: Run::default(),
            min: f64::INFINITY,
            max: f64::NEG_INFINITY,
            last: Last { text: String::new(), kind: None, class: Class::Missing, code: NOTHING },
        }
    }

    /// Takes a value.
    pub(super) fn meet(&mut self, cell: Cell<'_>) -> Met {
        self.rows += 1;
        if let Cell::Text(text, kind) = cell
            && self.last.kind == Some(kind)
            && self.last.text == text
        {
            return self.again();
        }
        // A number without a text is no spelling that the next value could repeat.
        self.last.kind = None;
        let (class, code, new) = match cell {
            Cell::Text(text, kind) => {
                let found = self.text(cell, text, kind);
                self.last.text.clear();
                self.last.text.push_str(text);
                self.last.kind = Some(kind);
                found
            }
            Cell::Number(value) => self.number(value, hash_number(value), || value.to_string()),
            Cell::Integer(value) => {
                let key = hash_integer(value);
                self.number_of(value as f64, key, key, || value.to_string())
            }
        };
        (self.last.class, self.last.code) = (class, code);
        self.count(class, code, new, || match cell {
            Cell::Text(text, _) => text.trim().to_owned(),
            Cell::Number(_) | Cell::Integer(_) => cell.category().into_owned(),
        })
    }

    /// The value of the row before once more.
    fn again(&mut self) -> Met {
        let Last { class, code, .. } = self.last;
        match class {
            Class::Missing => {}
            Class::Fraction | Class::Integer => {
                (self.run.increasing, self.run.decreasing) = (false, false);
                self.run.repeat();
                self.codes.repeated = true;
            }
            _ => self.codes.repeated = true,
        }
        self.counts[class as usize] += 1;
        self.codes.count(code);
        Met { class, code, first_of_class: false, new: false }
    }

    fn count(&mut self, class: Class, code: u8, new: bool, text: impl FnOnce() -> String) -> Met {
        let first_of_class = self.counts[class as usize] == 0;
        if first_of_class {
            self.first_texts[class as usize] = text();
        }
        self.counts[class as usize] += 1;
        self.codes.count(code);
        Met { class, code, first_of_class, new }
    }

    fn text(&mut self, cell: Cell<'_>, text: &str, kind: CellKind) -> (Class, u8, bool) {
        let spelling = hash(text.as_bytes()) ^ kind as u64;
        if let Some(known) = self.codes.known(spelling) {
            self.codes.repeated = true;
            if matches!(known.class, Class::Fraction | Class::Integer) {
                self.run.repeat();
                if !self.run.is_settled()
                    && let Some(value) = cell.number()
                {
                    self.run.push(value);
                }
            }
            return (known.class, known.code, false);
        }
        if let Some(value) = values::percentage(text.trim()) {
            self.range(value);
            return self.shown(text, spelling, value, Class::Percentage);
        }
        if kind == CellKind::Text {
            return self.quoted_text(cell, text, spelling);
        }
        match cell.reading() {
            Reading::Missing => (Class::Missing, NOTHING, false),
            Reading::Number(value) => {
                let shown = text.trim();
                // Flow ids of 64 bits differ in digits that a double does not have.
                let key = match shown.parse::<i128>() {
                    Ok(whole) if value.abs() > EXACT => hash_integer(whole),
                    _ => hash_number(value),
                };
                self.number_of(value, spelling, key, || shown.to_owned())
            }
            Reading::Boolean(value) => self.shown(text, spelling, f64::from(value), Class::Boolean),
            Reading::Hexadecimal(value) => {
                self.range(value);
                self.shown(text, spelling, value, Class::Hexadecimal)
            }
            Reading::Percentage(_) | Reading::Text => self.word(text, spelling),
        }
    }

    /// What a source holds as a text. JSON has no infinite number: programs write a word.
    fn quoted_text(&mut self, cell: Cell<'_>, text: &str, spelling: u64) -> (Class, u8, bool) {
        match values::infinite_word(text.trim()) {
            Some(value) => self.shown(text, spelling, value, Class::InfiniteWord),
            None if cell.reading() == Reading::Missing => (Class::Missing, NOTHING, false),
            None => self.word(text, spelling),
        }
    }

    /// A text of that value, which is shown as it is.
    fn shown(&mut self, text: &str, spelling: u64, value: f64, class: Class) -> (Class, u8, bool) {
        let shown = || text.trim().to_owned();
        let (code, new) = self.codes.meet(spelling, hash_number(value), class, shown);
        (class, code, new)
    }

    fn number(
        &mut self,
        value: f64,
        spelling: u64,
        text: impl FnOnce() -> String,
    ) -> (Class, u8, bool) {
        self.number_of(value, spelling, hash_number(value), text)
    }

    /// A number whose value has that key.
    fn number_of(
        &mut self,
        value: f64,
        spelling: u64,
        key: u64,
        text: impl FnOnce() -> String,
    ) -> (Class, u8, bool) {
        if value.is_nan() {
            return (Class::Missing, NOTHING, false);
        }
        let class = match value {
            _ if value.is_infinite() => Class::Infinite,
            _ if value.fract() == 0.0 => Class::Integer,
            _ => Class::Fraction,
        };
        if class != Class::Infinite {
            self.range(value);
        }
        if self.run.is_settled() && self.rows > MOST_ROWS {
            self.codes.stop_counting(MOST_NUMBERS);
        }
        let (code, new) = self.codes.meet(spelling, key, class, text);
        (class, code, new)
    }

    fn range(&mut self, value: f64) {
        self.min = self.min.min(value);
        self.max = self.max.max(value);
        self.run.push(value);
    }

    fn word(&mut self, text: &str, spelling: u64) -> (Class, u8, bool) {
        let text = text.trim();
        let category = values::category(text);
        if category.is_empty() {
            return (Class::Missing, NOTHING, false);
        }
        if self.quoted.all {
            self.quoted.meet(text);
        }
        if self.words.len() <= MOST_WORDS && !self.words.iter().any(|word| *word == category) {
            self.words.push(category.clone().into_owned());
        }
        let many = self.codes.full && self.texts() > LOOKED_AT;
        let class = match many {
            // Texts of a column without end look as most of the first 100,000 do.
            true => self.most_texts(),
            false => match looks(&category) {
                Looks::Plain => Class::Plain,
                Looks::Timestamp => Class::Timestamp,
                Looks::Address => Class::Address,
                Looks::Hash => Class::Hash,
            },
        };
        let value = hash(category.as_bytes());
        let (code, new) = self.codes.meet(spelling, value, class, || text.to_owned());
        (class, code, new)
    }

    /// What most texts look like.
    fn most_texts(&self) -> Class {
        let classes = [Class::Plain, Class::Timestamp, Class::Address, Class::Hash];
        classes.into_iter().max_by_key(|class| self.count_of(*class)).unwrap_or(Class::Plain)
    }

    /// Values of that class.
    pub(super) fn count_of(&self, class: Class) -> u64 {
        self.counts[class as usize]
    }

    /// The line of the first value of that class.
    pub(super) fn first_line(&self, class: Class) -> Option<u64> {
        self.first_lines[class as usize]
    }

    /// The first value of that class.
    pub(super) fn first_text(&self, class: Class) -> &str {
        &self.first_texts[class as usize]
    }

    /// What numbers the texts are; `None` if there is another text.
    pub(super) fn quoted(&self) -> Option<Quoted> {
        (self.quoted.all && self.texts() > 0).then_some(self.quoted)
    }

    /// The different texts, if each looks like a mark for a missing value; else none.
    pub(super) fn marks(&self) -> &[String] {
        let few = self.words.len() <= MOST_WORDS;
        match few && self.words.iter().all(|text| values::looks_missing(text)) {
            true => &self.words,
            false => &[],
        }
    }

    /// The different texts, if they are few kinds among far more numbers: the user may know them as marks. A text
    /// with digits is rather a number in another form.
    pub(super) fn rare_words(&self) -> &[String] {
        let few = self.words.len() <= MOST_WORDS && self.numbers() >= 9 * self.texts();
        match few && !self.words.iter().any(|text| text.chars().any(char::is_numeric)) {
            true => &self.words,
            false => &[],
        }
    }

    /// Says in which line the first value of a class was.
    pub(super) fn place(&mut self, class: Class, line: u64) {
        self.first_lines[class as usize] = Some(line);
    }

    /// Finite numbers.
    pub(super) fn finite(&self) -> u64 {
        [Class::Fraction, Class::Integer].iter().map(|class| self.count_of(*class)).sum()
    }

    /// Numbers, with infinite ones and percentages.
    pub(super) fn numbers(&self) -> u64 {
        let words = self.count_of(Class::InfiniteWord) - self.infinite_texts();
        self.plain_numbers() + words
    }

    /// Numbers that are no words.
    fn plain_numbers(&self) -> u64 {
        self.finite() + self.count_of(Class::Infinite) + self.count_of(Class::Percentage)
    }

    /// Infinite numbers, words with them.
    pub(super) fn infinite(&self) -> u64 {
        self.count_of(Class::Infinite) + self.count_of(Class::InfiniteWord)
    }

    /// Infinite words in a column that holds texts and no number: they are texts too.
    fn infinite_texts(&self) -> u64 {
        match self.plain_numbers() == 0 && self.plain_texts() > 0 {
            true => self.count_of(Class::InfiniteWord),
            false => 0,
        }
    }

    /// Texts of all looks.
    pub(super) fn texts(&self) -> u64 {
        self.plain_texts() + self.infinite_texts()
    }

    /// Texts that are no infinite words.
    fn plain_texts(&self) -> u64 {
        [Class::Plain, Class::Timestamp, Class::Address, Class::Hash]
            .iter()
            .map(|class| self.count_of(*class))
            .sum()
    }

    /// Values that are there.
    pub(super) fn values(&self) -> u64 {
        let either = self.count_of(Class::Boolean) + self.count_of(Class::Hexadecimal);
        self.numbers() + self.texts() + either
    }

    /// Different values, unless there are more than are counted.
    pub(super) fn distinct(&self) -> Option<usize> {
        (!self.codes.full).then_some(self.codes.distinct)
    }
}
