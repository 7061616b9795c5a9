//! What the documents promise: each can be found, paths and links lead somewhere, the glossary has the words that the
//! documents use, and the program has the messages of the page on troubleshooting.

mod sources;

use std::collections::BTreeSet;

use sources::{files, read, root};

/// The documents that are written by hand.
fn documents() -> Vec<String> {
    let written = |path: &String| !path.starts_with("docs/performance/");
    let docs = files(&["docs"], ".md").into_iter().filter(written);
    let top = ["README.md", "CONTRIBUTING.md", "results/README.md", "reports/README.md"];
    docs.chain(top.map(str::to_owned)).collect()
}

#[test]
fn the_table_of_contents_leads_to_every_document() {
    let summary = read("docs/SUMMARY.md");
    let own = |path: &&String| path.starts_with("docs/") && path.as_str() != "docs/SUMMARY.md";
    for path in documents().iter().filter(own) {
        let link = format!("({})", path.trim_start_matches("docs/"));
        assert!(summary.contains(&link), "docs/SUMMARY.md does not name {path}");
    }
    assert!(read("README.md").contains("(docs/SUMMARY.md)"));
}

#[test]
fn the_readme_is_short() {
    let lines = read("README.md").lines().count();
    assert!(lines <= 150, "README.md has {lines} lines; the limit is 150");
}

/// What `scripts/newcomer.sh` understands, above a block of commands.
#[test]
fn the_marks_for_the_newcomers_script_are_right() {
    let mut checked = 0;
    for document in ["README.md", "docs/TUTORIAL.md"] {
        let text = read(document);
        let lines: Vec<&str> = text.lines().collect();
        for (at, line) in lines.iter().enumerate().filter(|(_, line)| line.contains("newcomer:")) {
            let mark =
                line.strip_prefix("<!-- newcomer: ").and_then(|rest| rest.strip_suffix(" -->"));
            let mark = mark.unwrap_or_else(|| panic!("{document}: {line}"));
            let known = ["data", "slow"].contains(&mark)
                || ["skip, because ", "stop after ", "file "]
                    .iter()
                    .any(|kind| mark.starts_with(kind));
            assert!(known, "{document}: scripts/newcomer.sh does not know {mark:?}");
            assert!(lines[at + 1].starts_with("```"), "{document}: no block below {line}");
            checked += 1;
        }
    }
    assert!(checked > 3, "{checked} marks were found");
}

#[test]
fn paths_in_the_documents_exist() {
    let folders = [".ci/", "benches/", "crates/", "data/", "docs/", "experiments/", "scripts/"];
    let mut checked = 0;
    for document in documents() {
        let text = read(&document);
        // Every second piece between backticks is code.
        for code in text.split('`').skip(1).step_by(2) {
            let path = code.split([':', '#']).next().unwrap();
            let plain = path.chars().all(|c| c.is_ascii_alphanumeric() || "._/-".contains(c));
            if plain && folders.iter().any(|folder| path.starts_with(folder)) {
                assert!(root().join(path).exists(), "{document} names {path}, which is not there");
                checked += 1;
            }
        }
    }
    assert!(checked > 20, "{checked} paths were found");
}

/// The targets of `](...)` in a text, code aside.
fn links(text: &str) -> Vec<String> {
    let fenced: String = text.split("```").step_by(2).collect();
    let plain: String = fenced.split('`').step_by(2).collect();
    let ends = plain.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    ends.map(str::to_owned).collect()
}

/// The name under which a heading can be linked to.
fn anchor(heading: &str) -> String {
    let kept = heading.trim().to_lowercase().replace(' ', "-");
    kept.chars().filter(|c| c.is_alphanumeric() || "-_".contains(*c)).collect()
}

fn anchors(text: &str) -> BTreeSet<String> {
    let prose: String = text.split("```").step_by(2).collect();
    let headings = prose.lines().filter(|line| line.starts_with('#'));
    headings.map(|line| anchor(line.trim_start_matches('#'))).collect()
}

#[test]
fn links_in_the_documents_lead_somewhere() {
    let mut checked = 0;
    for document in documents() {
        let text = read(&document);
        for link in links(&text).iter().filter(|link| !link.contains("://")) {
            let (path, fragment) = link.split_once('#').unwrap_or((link.as_str(), ""));
            let target = match path {
                "" => root().join(&document),
                path => root().join(&document).parent().unwrap().join(path),
            };
            assert!(target.exists(), "{document} links to {link}, which is not there");
            if !fragment.is_empty() {
                let there = anchors(&std::fs::read_to_string(&target).unwrap());
                assert!(there.contains(fragment), "{document} links to {link}: no such heading");
            }
            checked += 1;
        }
    }
    assert!(checked > 50, "{checked} links were found");
}

/// Words that the documents use in a sense of their own, or that a newcomer may not know.
const TERMS: [&str; 47] = [
    "anchor",
    "audit",
    "backend",
    "base rate",
    "bit-equal",
    "bootstrap",
    "catalog",
    "category",
    "ceiling",
    "class",
    "collapse",
    "configuration",
    "conformal p-value",
    "contract",
    "digest",
    "ensemble",
    "episode",
    "family",
    "fingerprint",
    "flag",
    "fold",
    "greedy",
    "holdout",
    "k-fold",
    "kind",
    "label policy",
    "manifest",
    "member",
    "mirror",
    "model name",
    "native threshold",
    "oracle",
    "part",
    "preset",
    "prevalence",
    "record",
    "regression",
    "sanity model",
    "seed",
    "shortcut",
    "stand-in",
    "suite",
    "surprisal",
    "sweep",
    "tolerance",
    "unknown row",
    "view",
];

#[test]
fn the_glossary_has_the_words_of_the_documents() {
    let glossary = read("docs/GLOSSARY.md");
    let rows = glossary.lines().filter_map(|line| line.strip_prefix("| "));
    let words: Vec<String> =
        rows.skip(1).map(|row| row.split(" | ").next().unwrap().to_lowercase()).collect();
    assert!(words.is_sorted(), "the glossary is not in the order of the alphabet: {words:?}");
    assert_eq!(words.iter().collect::<BTreeSet<_>>().len(), words.len(), "a word stands twice");
    let others = documents().into_iter().filter(|path| path != "docs/GLOSSARY.md");
    let text: String = others.map(|path| read(&path).to_lowercase()).collect();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for term in TERMS {
        assert!(words.iter().any(|word| word == term), "docs/GLOSSARY.md does not define {term:?}");
        assert!(text.contains(term), "no document uses {term:?}: take it out of this list");
    }
}

/// The sources as one text, their broken string literals joined.
fn program() -> String {
    let paths = files(&["crates"], ".rs").into_iter().chain(files(&["crates"], ".js"));
    let sources = paths.filter(|path| !path.contains("/tests/")).map(|path| read(&path));
    let mut joined = String::new();
    for source in sources {
        let mut pieces = source.split("\\\n");
        joined.push_str(pieces.next().unwrap_or_default());
        pieces.for_each(|piece| joined.push_str(piece.trim_start()));
    }
    joined
}

#[test]
fn the_messages_of_the_troubleshooting_page_are_those_of_the_program() {
    let page = read("docs/TROUBLESHOOTING.md");
    let program = program();
    let mut checked = 0;
    for line in page.lines().filter_map(|line| line.strip_prefix("| ")) {
        let first = line.split(" | ").next().unwrap();
        for message in first.split(['`', '"']).skip(1).step_by(2) {
            assert!(program.contains(message), "no source has the message {message:?}");
            checked += 1;
        }
    }
    assert!(checked > 20, "{checked} messages were found");
}

/// The citations of a text, such as "Arp et al. (2022)" and "(McLachlan and Peel 2000)": the last name before the year,
/// and the year.
fn citations(text: &str) -> Vec<(String, String)> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut found = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let year = word.trim_matches(|c: char| !c.is_alphanumeric());
        let is_year = year.len() == 4 && (1900..2100).contains(&year.parse().unwrap_or(0));
        let name = words[..at].iter().rev().find(|word| !["et", "al."].contains(word));
        let Some(name) = name.filter(|_| is_year) else { continue };
        let name = name.trim_matches(|c: char| !c.is_alphanumeric()).trim_end_matches("'s");
        if name.starts_with(char::is_uppercase) && !["The", "Cup"].contains(&name) {
            found.push((name.to_owned(), year.to_owned()));
        }
    }
    found
}

#[test]
fn citations_are_found_in_a_text() {
    let text = "The 2020 study, of KDD Cup 1999. Arp et al. (2022) say; (Axelsson 2000), McLachlan and Peel 2000, Wilson's (1927).";
    let pairs = [("Arp", "2022"), ("Axelsson", "2000"), ("Peel", "2000"), ("Wilson", "1927")];
    assert_eq!(citations(text), pairs.map(|(name, year)| (name.to_owned(), year.to_owned())));
}

#[test]
fn the_bibliography_has_every_work_that_is_cited() {
    let text = read("docs/BIBLIOGRAPHY.md");
    let entries: Vec<&str> = text.split("\n- ").skip(1).collect();
    let mut checked = 0;
    for document in
        ["docs/METHODOLOGY.md", "docs/ARCHITECTURE.md", "docs/GLOSSARY.md", "docs/BIAS.md"]
    {
        for (name, year) in citations(&read(document)) {
            let year = format!("({year})");
            let listed = entries.iter().any(|work| work.contains(&name) && work.contains(&year));
            assert!(listed, "{document} cites {name} {year}, which docs/BIBLIOGRAPHY.md lacks");
            checked += 1;
        }
    }
    assert!(checked > 15, "{checked} citations were found");
}
