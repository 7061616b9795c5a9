//! Remedies in the words of the pages. The readers of files name flags of the command and keys of an experiment
//! file; whoever sits before a page has neither, but a form that says the same.

/// A flag or a key that a remedy may name, and what to do on the page.
const WORDS: &[(&str, &str)] = &[
    ("--encoding", "choose its encoding under “How the file is read”, or save it as UTF-8"),
    (
        "--delimiter",
        "choose the delimiter under “How the file is read”, or put quotes around a value that holds it",
    ),
    ("--no-header", "say under “How the file is read” whether the first line holds the names"),
    ("--header", "say under “How the file is read” whether the first line holds the names"),
    (
        "--na ",
        "if it stands for a missing value, name it under “How the file is read”; else mend the value",
    ),
    ("--event-type", "name one type of events under “How the file is read”"),
    ("--decimal", "“How the file is read” has a choice of decimal marks"),
    ("--thousands", "“How the file is read” has a choice of decimal marks"),
    ("--ignore", "leave the column out of the file"),
    ("--prefix", "rename the column"),
    ("--threshold", "move the threshold to where you want it"),
    ("--", "change the file"),
    ("preprocess.", "fit a model here, which fills gaps, or choose another one"),
    ("[dataset]", "change the file"),
];

/// The text with other words for each clause that names a flag or a key.
pub fn in_page_words(text: &str) -> String {
    if !WORDS.iter().any(|(flag, _)| text.contains(flag)) {
        return text.to_owned();
    }
    let mut clauses: Vec<&str> = Vec::new();
    for clause in text.split("; ") {
        let words = WORDS.iter().find(|(flag, _)| clause.contains(flag)).map(|(_, words)| *words);
        let clause = words.unwrap_or(clause);
        // Several flags may be one choice on the page.
        if !clauses.contains(&clause) {
            clauses.push(clause);
        }
    }
    clauses.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clause_with_a_flag_says_what_to_do_on_the_page_and_others_stay() {
        let told = "\"a\": the comma is taken for the decimal mark, as in 3,14; --decimal . leaves such texts as they are";
        assert_eq!(
            in_page_words(told),
            "\"a\": the comma is taken for the decimal mark, as in 3,14; “How the file is read” has a choice of decimal marks"
        );
        let header = "if the file has no header, say --no-header, with --names A,B,... if you like (header = false, names = [...]); if these are names, say --header (header = true)";
        assert_eq!(
            in_page_words(header),
            "say under “How the file is read” whether the first line holds the names"
        );
        let plain = "quote it; or leave it out - as you like";
        assert_eq!(in_page_words(plain), plain);
    }
}
