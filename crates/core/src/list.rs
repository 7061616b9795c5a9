//! Lists within a sentence.

/// The first items with commas between them, and how many more there are: `a, b and 3 more`.
pub fn first_of<T: AsRef<str>>(items: &[T], most: usize) -> String {
    let shown: Vec<&str> = items.iter().take(most).map(AsRef::as_ref).collect();
    match items.len() - shown.len() {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::first_of;

    #[test]
    fn a_long_list_ends_with_a_count() {
        assert_eq!(first_of(&["a", "b"], 2), "a, b");
        assert_eq!(first_of(&["a", "b", "c", "d"], 2), "a, b and 2 more");
        assert_eq!(first_of::<&str>(&[], 2), "");
    }
}
