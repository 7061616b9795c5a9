//! File names from labels.

use std::collections::BTreeSet;

/// One file name part per name, in order: lower-case letters, digits and single hyphens, and no two
/// alike.
pub fn slugs<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut taken = BTreeSet::new();
    let unique = |name: &str| {
        let base = slug(name);
        let mut candidate = base.clone();
        let mut number = 2;
        while !taken.insert(candidate.clone()) {
            candidate = format!("{base}-{number}");
            number += 1;
        }
        candidate
    };
    names.into_iter().map(unique).collect()
}

fn slug(name: &str) -> String {
    let mut out = String::new();
    for character in name.chars().flat_map(char::to_lowercase) {
        match character {
            'a'..='z' | '0'..='9' => out.push(character),
            _ if out.ends_with('-') || out.is_empty() => {}
            _ => out.push('-'),
        }
        if out.len() >= 60 {
            break;
        }
    }
    let out = out.trim_end_matches('-');
    if out.is_empty() { "model".into() } else { out.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_path_leaves_the_folder_and_no_two_collide() {
        let names = ["AE", "ae", "../../etc/passwd", "VAE (latent = 2)", "日本", "Ä", "ae-2"];
        let expected = ["ae", "ae-2", "etc-passwd", "vae-latent-2", "model", "model-2", "ae-2-2"];
        assert_eq!(slugs(names), expected);
    }
}
