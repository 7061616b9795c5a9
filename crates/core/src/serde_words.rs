//! serde's messages name values by the types of Rust; a reader of a file knows texts, numbers, lists and sections.

/// What serde found, in a reader's words: `the text "30 %"` for `string "30 %"`.
pub fn found(words: &str) -> String {
    let plain = words.trim().replace('`', "");
    match plain.split_once(' ') {
        Some(("string", text)) => format!("the text {text}"),
        Some(("integer", number)) => format!("the number {number}"),
        Some(("boolean", value)) => value.to_owned(),
        _ => match plain.strip_prefix("floating point ") {
            Some(number) => format!("the number {number}"),
            None => match plain.as_str() {
                "sequence" => "a list".to_owned(),
                "map" => "a section".to_owned(),
                "null" | "unit value" => "nothing".to_owned(),
                _ => plain,
            },
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_of_rust_become_words_of_a_file() {
        for (words, plain) in [
            ("string \"30 %\"", "the text \"30 %\""),
            ("integer `-2`", "the number -2"),
            ("floating point `0.5`", "the number 0.5"),
            ("boolean `true`", "true"),
            ("sequence", "a list"),
            ("map", "a section"),
            ("`third`", "third"),
        ] {
            assert_eq!(found(words), plain);
        }
    }
}
