//! How wide text may be, and prose in lines of that width.

use std::io::{IsTerminal, stdout};

use comfy_table::Table;
use textwrap::{WordSeparator, WordSplitter};

/// The width of prose in a file or a pipe, and the widest in a terminal: longer lines are hard to read.
const PROSE: usize = 100;

/// How wide a line of prose on stdout may be.
pub fn prose() -> usize {
    let terminal = stdout().is_terminal().then(|| Table::new().width()).flatten();
    terminal.map_or(PROSE, |columns| usize::from(columns).clamp(20, PROSE))
}

/// A paragraph in lines of that width, each with blanks in front.
pub fn indented(paragraph: &str, blanks: usize, width: usize) -> String {
    let indent = " ".repeat(blanks);
    // Options, paths and names of kinds hold hyphens and are not cut in two.
    let options = textwrap::Options::new(width)
        .initial_indent(&indent)
        .subsequent_indent(&indent)
        .word_separator(WordSeparator::AsciiSpace)
        .word_splitter(WordSplitter::NoHyphenation)
        .break_words(false);
    textwrap::fill(paragraph, options)
}

/// A line for stdout: in a terminal it is broken between words, elsewhere it stays whole.
pub fn told(line: &str) -> String {
    match stdout().is_terminal() {
        true => indented(line, 0, prose()),
        false => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_no_wider_than_asked_and_words_stay_whole() {
        let text = indented("some words and a-very-long-name-that-fits-nowhere end", 2, 20);
        assert!(text.lines().all(|line| line.starts_with("  ")), "{text}");
        assert!(text.contains("a-very-long-name-that-fits-nowhere"), "{text}");
        let wide = text.lines().filter(|line| line.len() > 20).count();
        assert_eq!(wide, 1, "{text}");
    }
}
