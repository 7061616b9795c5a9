//! Foreign text in the formats that several crates write: a field of a CSV file, a word of a shell
//! command, a text of a TOML file, a line of a terminal.

use std::borrow::Cow;

/// A field of a CSV file (RFC 4180): quoted where it has to be.
pub fn csv(text: &str) -> Cow<'_, str> {
    match text.contains(['"', ',', '\n', '\r']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")).into(),
        false => text.into(),
    }
}

/// A word of a POSIX shell command: quoted where it has to be.
pub fn shell(text: &str) -> Cow<'_, str> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,@%+".contains(c);
    match !text.is_empty() && text.chars().all(plain) {
        true => text.into(),
        false => format!("'{}'", text.replace('\'', r"'\''")).into(),
    }
}

/// A text of a TOML file, in double quotes.
pub fn toml(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            control if control.is_control() => {
                quoted.push_str(&format!("\\u{:04X}", control as u32))
            }
            letter => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}

/// A line without characters that a terminal obeys: colours, a title, a clipboard, a cursor. Each becomes a space.
/// Tabs stay.
pub fn line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\t' { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_has_to_be_is_quoted() {
        assert_eq!(csv("tcp/http"), "tcp/http");
        assert_eq!(csv("<b a=\"x\">|_\\&'\u{1}"), "\"<b a=\"\"x\"\">|_\\&'\u{1}\"");
        assert_eq!(csv("a,b\nc"), "\"a,b\nc\"");
        assert_eq!(shell("model.AE.params.epochs=3"), "model.AE.params.epochs=3");
        assert_eq!(shell("it's; rm"), r"'it'\''s; rm'");
        assert_eq!(shell(""), "''");
        assert_eq!(line("\u{1b}[31mred\r\n\u{9b}2J a\tb\u{7}é"), " [31mred   2J a\tb é");
        assert_eq!(toml("Flow Bytes/s"), "\"Flow Bytes/s\"");
        assert_eq!(toml("a\"b\\c\td"), r#""a\"b\\c\u0009d""#);
    }
}
