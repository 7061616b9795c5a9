//! The usual mistakes in a text that is no TOML, each with its remedy.

use std::ops::Range;

/// What is wrong, where, and what to do.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Slip {
    pub(super) span: Range<usize>,
    pub(super) message: String,
    pub(super) help: String,
}

/// The line of an error, and where the error is in it.
struct Line<'t> {
    text: &'t str,
    /// Bytes before the line.
    start: usize,
    /// Bytes of the line before the error.
    at: usize,
}

/// Says what the parser's complaint about a text means.
pub(super) fn slip(text: &str, error: &toml::de::Error) -> Slip {
    let end = text.trim_end().len();
    let span = error.span().unwrap_or(end..end);
    let line = Line::around(text, span.start);
    let complaint = error.message().lines().next().unwrap_or("not TOML");
    let known = json(text)
        .or_else(|| backslash(&line, complaint))
        .or_else(|| control(&line))
        .or_else(|| comment(&line))
        .or_else(|| twice(text, &span, complaint))
        .or_else(|| plain(&line, complaint));
    known.unwrap_or_else(|| {
        let details: Vec<&str> = error.message().lines().skip(1).map(str::trim).collect();
        let help = match details.is_empty() {
            true => "this is not TOML: https://toml.io shows the syntax".to_owned(),
            false => details.join("; "),
        };
        Slip { span, message: complaint.to_owned(), help }
    })
}

impl<'t> Line<'t> {
    fn around(text: &'t str, at: usize) -> Self {
        let at = at.min(text.len());
        let start = text[..at].rfind('\n').map_or(0, |end| end + 1);
        let length = text[start..].find('\n').unwrap_or(text.len() - start);
        let line = text[start..start + length].trim_end_matches('\r');
        Self { text: line, start, at: (at - start).min(line.len()) }
    }

    fn slip(&self, at: usize, length: usize, message: &str, help: impl Into<String>) -> Slip {
        let start = self.start + at;
        Slip { span: start..start + length, message: message.to_owned(), help: help.into() }
    }

    /// Where double quotes open the text that holds the error, and its bytes up to the closing ones.
    fn quoted(&self) -> Option<(usize, &'t str)> {
        let mut open = None;
        for (at, c) in self.text[..self.at].char_indices() {
            let escaped = at > 0 && self.text.as_bytes()[at - 1] == b'\\';
            match (c, open) {
                ('"', None) => open = Some(at),
                ('"', Some(_)) if !escaped => open = None,
                _ => {}
            }
        }
        let open = open.or_else(|| self.text.find('"'))?;
        let inner = self.text[open..].trim_start_matches('"');
        let first = self.text.len() - inner.len();
        // A path may end with a backslash: then the quotes behind it were meant to close it.
        let close = inner.find('"').unwrap_or(inner.len());
        Some((first, &inner[..close]))
    }
}

/// A text in JSON: no line of it can be mended alone.
fn json(text: &str) -> Option<Slip> {
    let body = text.trim_start_matches('\u{feff}').trim_start();
    let inner = body.strip_prefix('{')?.trim_start();
    let start = text.len() - body.len();
    inner.starts_with(['"', '}']).then(|| Slip {
        span: start..start + 1,
        message: "this is JSON, and an experiment file is TOML".to_owned(),
        help: "write `key = value` on lines of their own, below headers such as [dataset]; \
               `oddbench new` writes a file to begin with"
            .to_owned(),
    })
}

/// A path of Windows in double quotes.
fn backslash(line: &Line<'_>, complaint: &str) -> Option<Slip> {
    let escape = ["escaped value", "unicode value", "escape sequence", "basic string"];
    if !escape.iter().any(|words| complaint.contains(words)) {
        return None;
    }
    let (at, inner) = line.quoted().filter(|(_, inner)| inner.contains('\\'))?;
    Some(line.slip(at, inner.len(), BACKSLASH, as_written(inner)))
}

/// What a backslash in double quotes does.
const BACKSLASH: &str = "a backslash in double quotes begins an escape, such as \\n or \\u, and does not stand for itself";

/// How a text with backslashes is written.
pub(super) fn as_written(text: &str) -> String {
    // Two backslashes in front name a server, elsewhere they stand for one.
    let (server, path) = match text.trim_start_matches('\\') {
        path if path.len() + 1 < text.len() => ("//", path),
        _ => ("", text),
    };
    let slashes = format!("{server}{}", path.replace("\\\\", "\\").replace('\\', "/"));
    match text.contains('\'') {
        false => {
            format!("put it in single quotes: '{text}'; in a path / does as well: \"{slashes}\"")
        }
        true => format!("write each backslash twice; in a path / does as well: \"{slashes}\""),
    }
}

/// A character that no text holds.
fn control(line: &Line<'_>) -> Option<Slip> {
    let (at, found) =
        line.text.char_indices().find(|(_, c)| c.is_control() && !matches!(c, '\t' | '\r'))?;
    let message = format!("a control character (U+{:04X}) stands in the line", u32::from(found));
    Some(line.slip(at, found.len_utf8(), &message, "remove it"))
}

/// `// comment`
fn comment(line: &Line<'_>) -> Option<Slip> {
    let mut quotes = None;
    let mut before = ' ';
    for (at, c) in line.text.char_indices() {
        match (c, quotes) {
            ('"' | '\'', None) => quotes = Some(c),
            (c, Some(open)) if c == open => quotes = None,
            ('#', None) => return None,
            ('/', None) if line.text[at..].starts_with("//") && before.is_whitespace() => {
                let comment = line.text[at..].trim_start_matches('/').trim();
                let help = format!("write # {comment}");
                return Some(line.slip(
                    at,
                    2,
                    "`//` begins no comment: comments begin with #",
                    help,
                ));
            }
            _ => {}
        }
        before = c;
    }
    None
}

/// A key or a section that is there twice.
fn twice(text: &str, span: &Range<usize>, complaint: &str) -> Option<Slip> {
    if !complaint.contains("duplicate key") {
        return None;
    }
    let name = text.get(span.clone())?.trim();
    let header = |open: &str, close: &str| {
        let header = format!("{open}{name}{close}");
        text.lines().filter(|line| line.split('#').next().unwrap_or("").trim() == header).count()
    };
    let (single, double) = (header("[", "]"), header("[[", "]]"));
    let (message, help) = match (single, double) {
        (1.., 1..) => (
            format!("`{name}` is here as [{name}] and as [[{name}]]"),
            format!("write [[{name}]] above each of them"),
        ),
        (2.., 0) if ["model", "ensemble", "threshold"].contains(&name) => {
            (format!("[{name}] is there twice"), format!("write [[{name}]] above each of them"))
        }
        (2.., 0) => (
            format!("[{name}] is there twice"),
            format!("put all keys of [{name}] below one header"),
        ),
        _ => (format!("`{name}` is there twice"), "keep one of them".to_owned()),
    };
    Some(Slip { span: span.clone(), message, help })
}

/// Slips that one character shows.
fn plain(line: &Line<'_>, complaint: &str) -> Option<Slip> {
    let code = line.text.split('#').next().unwrap_or_default().trim_end();
    if complaint.contains("carriage return") {
        let help = "save it with line ends of Unix (LF) or Windows (CR LF)";
        return Some(line.slip(line.at, 0, "the lines end with a carriage return alone", help));
    }
    let header = code.trim_start();
    if header.starts_with('[') && !header.contains([']', '=']) {
        let at = code.len() - header.len();
        let close = if header.starts_with("[[") { "]]" } else { "]" };
        let help = format!("write {header}{close}");
        return Some(line.slip(at, header.len(), "the header of the section is not closed", help));
    }
    let (key, value) = match code.split_once(['=', ':']) {
        Some((key, value)) => (key.trim(), value.trim()),
        None => return None,
    };
    let at = code.len() - code.trim_start().len();
    if code.contains(':') && !code.contains('=') && !key.is_empty() {
        let help = format!("write {key} = {value}");
        return Some(line.slip(
            at,
            code.trim().len(),
            "between a key and its value stands `=`",
            help,
        ));
    }
    let value_at = |equals: usize| code.len() - code[equals + 1..].trim_start().len();
    let (message, help) = value_slip(key, value, complaint)?;
    Some(line.slip(code.find('=').map_or(at, value_at), value.len(), message, help))
}

/// Slips in the value of a key.
fn value_slip(key: &str, value: &str, complaint: &str) -> Option<(&'static str, String)> {
    if value.starts_with(TYPOGRAPHIC) {
        let inner: String = value.chars().filter(|c| c.is_ascii() && *c != '"').collect();
        let help = format!("write plain ones: {key} = \"{inner}\"");
        return Some(("these are typographic quotes", help));
    }
    if let Some(rest) = value.strip_prefix('=') {
        let help = format!("write {key} = {}", rest.trim());
        return Some(("one `=` stands between a key and its value", help));
    }
    if let Some(stem) = value.strip_suffix([';', ',']) {
        let help = format!("write {key} = {}", stem.trim_end());
        return Some(("no mark stands at the end of a line", help));
    }
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let whole = |part: &str| digits(part.strip_prefix(['-', '+']).unwrap_or(part));
    if let Some((before, after)) =
        value.split_once(',').filter(|(before, after)| whole(before) && digits(after))
    {
        let help = format!("write {key} = {before}.{after}");
        return Some(("a number has a decimal point, not a comma", help));
    }
    let lower = value.to_ascii_lowercase();
    if ["true", "false"].contains(&lower.as_str()) && lower != value {
        let help = format!("write {key} = {lower}");
        return Some(("true and false are written in lower case", help));
    }
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''));
    if let Some(quote) = quote.filter(|quote| value.matches(*quote).count() == 1) {
        return Some(("the quotes are not closed", format!("write {key} = {value}{quote}")));
    }
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '/');
    let bare = complaint.contains("must be quoted") && value.chars().all(is_word);
    let help = || ("a text stands in quotes", format!("write {key} = \"{value}\""));
    (bare && !value.is_empty()).then(help)
}

/// Quotes that word processors make.
const TYPOGRAPHIC: [char; 6] =
    ['\u{201c}', '\u{201d}', '\u{201e}', '\u{2018}', '\u{2019}', '\u{ab}'];
