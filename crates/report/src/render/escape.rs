//! Text that came from outside, made harmless in each format.

use oddbench_core::quote;

/// For XML and HTML, in text and in quoted attributes. Control characters that XML forbids become
/// the replacement character.
pub fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\t' | '\n' | '\r' => out.push(character),
            c if c.is_control() || matches!(c, '\u{FFFE}' | '\u{FFFF}') => out.push('\u{FFFD}'),
            c => out.push(c),
        }
    }
    out
}

/// For running text and table cells of GitHub's Markdown; a line break becomes a space.
pub fn markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '&' | '~' | '#' | '$' | '!' => {
                out.push('\\');
                out.push(character);
            }
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// For LaTeX text; a line break becomes a space.
pub fn latex(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            '\\' => out.push_str(r"\textbackslash{}"),
            '~' => out.push_str(r"\textasciitilde{}"),
            '^' => out.push_str(r"\textasciicircum{}"),
            '{' | '}' | '$' | '&' | '#' | '_' | '%' => {
                out.push('\\');
                out.push(character);
            }
            '±' => out.push_str(r"$\pm$"),
            '†' => out.push_str(r"$^\dagger$"),
            '‡' => out.push_str(r"$^\ddagger$"),
            '–' => out.push_str("--"),
            '−' => out.push_str("$-$"),
            '×' => out.push_str(r"$\times$"),
            'µ' => out.push_str(r"$\mu$"),
            '§' => out.push_str(r"\S{}"),
            '≥' => out.push_str(r"$\geq$"),
            '…' => out.push_str(r"\ldots{}"),
            '<' => out.push_str(r"\textless{}"),
            '>' => out.push_str(r"\textgreater{}"),
            '|' => out.push_str(r"\textbar{}"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// A field of a CSV file.
pub fn csv(text: &str) -> String {
    quote::csv(text).into_owned()
}

/// A word of a shell command.
pub fn shell(text: &str) -> String {
    quote::shell(text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_format_is_safe_from_its_own_signs() {
        let text = "<b a=\"x\">|_\\&'\u{1}";
        assert_eq!(xml(text), "&lt;b a=&quot;x&quot;&gt;|_\\&amp;&#39;\u{FFFD}");
        assert_eq!(markdown(text), "\\<b a=\"x\"\\>\\|\\_\\\\\\&' ");
        assert_eq!(
            latex(text),
            "\\textless{}b a=\"x\"\\textgreater{}\\textbar{}\\_\\textbackslash{}\\&' "
        );
    }
}
