//! Quotes that a program escaped by backslashes. CSV doubles them, so such a text would be read without an error and
//! mangled: `"say \"hi\""` ends behind the backslash for CSV.

use super::Quotes;

/// Where the first backslash stands that escapes a quote; `None`: the quotes are those of CSV. A backslash in front
/// of a quote is no escape by itself, for `"C:\dir\"` is a path. It is one if the quoted value goes on behind the
/// quote that ends it, or never ends.
pub(super) fn escape(text: &[u8], delimiter: u8, unclosed: bool) -> Option<usize> {
    if !text.windows(2).any(|pair| pair == b"\\\"") {
        return None;
    }
    let (mut quotes, mut found) = (Quotes::ValueStart, None);
    for (at, &byte) in text.iter().enumerate() {
        match (quotes, byte) {
            (Quotes::ValueStart, b'"') => found = None,
            (Quotes::Inside, b'"') if text[..at].ends_with(b"\\") => found = found.or(Some(at - 1)),
            (Quotes::Closing, b'"') => {}
            (Quotes::Closing, _) if found.is_some() && !ends_value(&text[at..], delimiter) => {
                return found;
            }
            _ => {}
        }
        quotes = quotes.after(&[byte], delimiter);
    }
    found.filter(|_| unclosed && quotes == Quotes::Inside)
}

/// Whether nothing but blanks stands in front of the delimiter or the end of the line.
fn ends_value(text: &[u8], delimiter: u8) -> bool {
    let mut rest = text.iter().skip_while(|&&byte| byte != delimiter && b" \t".contains(&byte));
    rest.next().is_none_or(|&byte| byte == delimiter || matches!(byte, b'\n' | b'\r'))
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn escaped_quotes_are_told_from_paths_and_doubled_quotes() {
        for (text, unclosed, at) in [
            (r#"1,"say \"hi\" tcp""#, false, Some(7)),
            (r#"1,"say \"a, b\" x""#, false, Some(7)),
            (r#""5\" disk",2"#, false, Some(2)),
            ("1,\"5\\\"\"\n2,\"6\\\"\"\n", false, Some(4)),
            ("1,\"5\\\"\"\n", true, Some(4)),
            (r#""C:\dir\",1"#, false, None),
            ("\"C:\\dir\\\" ,\"D:\\\"\r\n", false, None),
            (r#""C:\dir\";"D:\""#, false, None),
            (r#""say ""hi"" tcp",1"#, false, None),
            // JSON in CSV.
            (r#""{""a"":""x\""y\"" z""}",1"#, false, None),
            (r#"5" disk \" x,"a"b"#, false, None),
        ] {
            let delimiter = if text.contains(';') { b';' } else { b',' };
            assert_eq!(escape(text.as_bytes(), delimiter, unclosed), at, "{text}");
        }
    }
}
