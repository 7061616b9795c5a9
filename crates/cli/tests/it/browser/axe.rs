//! Accessibility, judged by axe-core in the page itself. The package `axe-playwright-python` brings axe-core
//! (`requirements.txt` beside this file); axe-core is not part of this repository. Without it the tests print a message and skip this check.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use serde_json::{Value, json};

use super::webdriver::Browser;

/// The text of `axe.min.js`, if the package is here.
fn source() -> Option<&'static str> {
    static FOUND: OnceLock<Option<String>> = OnceLock::new();
    let found = FOUND.get_or_init(|| {
        let find = "import importlib.util as u; print(u.find_spec('axe_playwright_python').submodule_search_locations[0])";
        let output = Command::new("python3").args(["-c", find]).output().ok()?;
        let folder = String::from_utf8(output.stdout).ok()?;
        std::fs::read_to_string(PathBuf::from(folder.trim()).join("axe.min.js")).ok()
    });
    found.as_deref()
}

/// Whether axe-core is installed. If not, it writes that to stderr itself, because libtest would hide `eprintln!`.
pub fn is_here(test: &str) -> bool {
    if source().is_none() {
        use std::io::Write;
        let word = "NOT RUN (no axe-core: pip install --no-deps axe-playwright-python)";
        let _ = writeln!(std::io::stderr(), "{word}: {test}");
    }
    source().is_some()
}

/// Checks the page that is shown now by every rule of axe-core.
pub fn assert_accessible(browser: &Browser, page: &str) {
    let Some(axe) = source() else { return };
    let run = "return axe.run(document, { preload: false, resultTypes: ['violations'] }).then(({ violations }) => \
        violations.map((v) => ({ rule: v.id, help: v.help, nodes: v.nodes.slice(0, 4).map((n) => ({ html: n.html.slice(0, 300), why: n.failureSummary.slice(0, 400) })) })));";
    let found = browser.script(&format!("if (!window.axe) {{ {axe} }}\n{run}"), json!([]));
    assert_eq!(found, Value::Array(Vec::new()), "axe-core on {page}: {found:#}");
}
