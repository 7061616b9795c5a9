//! The values of a line, between commas or blanks, in quotes of either kind where they hold one.

use super::Value;
use super::attribute::{Attribute, Fault};

const QUOTES: &str =
    "close the quote, or put a backslash in front of one that is part of the value";

/// The values of a line. Weka takes a comma, a tab or blanks between them.
pub(super) fn values(text: &str) -> Result<Vec<Value>, Fault> {
    let by_commas = text.contains(',');
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    if rest.is_empty() {
        return Ok(found);
    }
    loop {
        let (value, behind) = value(rest, by_commas)?;
        found.push(value);
        rest = behind.trim_start();
        rest = match rest.strip_prefix(',') {
            Some(more) => more.trim_start(),
            None if rest.is_empty() => return Ok(found),
            None => rest,
        };
        if rest.is_empty() && !by_commas {
            return Ok(found);
        }
        if rest.is_empty() {
            // A comma at the end of the line has no value behind it.
            found.push(Value { text: String::new(), quoted: false });
            return Ok(found);
        }
    }
}

/// The values of a sparse row: places and values, all others are zero.
pub(super) fn sparse(text: &str, attributes: &[Attribute]) -> Result<Vec<Value>, Fault> {
    const REMEDY: &str = "write a sparse row as {place value, place value}, places from 0";
    let Some((inner, _)) = text.rsplit_once('}') else {
        return Err(("the sparse row has no closing brace".into(), REMEDY));
    };
    let mut row: Vec<Value> = attributes.iter().map(Attribute::zero).collect();
    let mut rest = inner.trim();
    while !rest.is_empty() {
        let (place, behind) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        let slot = place.parse::<usize>().ok().and_then(|place| row.get_mut(place));
        let Some(slot) = slot else {
            return Err((format!("{place:?} is the place of no attribute"), REMEDY));
        };
        let (found, behind) = value(behind.trim_start(), true)?;
        *slot = found;
        rest = behind.trim_start().trim_start_matches(',').trim_start();
    }
    Ok(row)
}

/// The first word of a text, in quotes or not, and what is behind it.
pub(super) fn first_word(text: &str) -> Result<(String, &str), Fault> {
    let (found, rest) = value(text, false)?;
    Ok((found.text, rest))
}

/// The value that a text begins with, and what is behind it.
fn value(text: &str, by_commas: bool) -> Result<(Value, &str), Fault> {
    if let Some(quote @ ('\'' | '"')) = text.chars().next() {
        let (text, rest) = quoted(&text[1..], quote)?;
        return Ok((Value { text, quoted: true }, rest));
    }
    let ends = |c: char| c == ',' || (!by_commas && c.is_whitespace());
    let end = text.find(ends).unwrap_or(text.len());
    let (found, rest) = text.split_at(end);
    Ok((Value { text: found.trim().to_owned(), quoted: false }, rest))
}

/// The text before the closing quote, and the text after it.
fn quoted(text: &str, quote: char) -> Result<(String, &str), Fault> {
    let mut found = String::new();
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' => match letters.next() {
                Some((_, 'n')) => found.push('\n'),
                Some((_, 't')) => found.push('\t'),
                Some((_, escaped)) => found.push(escaped),
                None => break,
            },
            letter if letter == quote => return Ok((found, &text[at + letter.len_utf8()..])),
            letter => found.push(letter),
        }
    }
    Err(("a quote is not closed in its line".into(), QUOTES))
}
