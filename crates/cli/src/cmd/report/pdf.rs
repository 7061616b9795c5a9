//! A report as PDF: an installed browser prints its page. A renderer of HTML as a crate would bring a browser's size and
//! not its quality, and the page has its own style for print.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::error::CliError;

/// What browsers of chromium's kind are called, in the order in which they are tried.
const BROWSERS: [&str; 7] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
    "msedge",
];

/// The file's name, beside the page.
const FILE: &str = "report.pdf";

/// Prints the page; gives the path of the PDF.
pub fn print(page: &Path) -> Result<PathBuf, CliError> {
    let browser = find(env::var_os("PATH").unwrap_or_default().as_os_str()).ok_or_else(none)?;
    let folder = page.parent().unwrap_or(Path::new("."));
    let file = folder.join(FILE);
    let mut output = run(&browser, page, &file, false)?;
    // As root, as in most containers, chromium cannot separate its processes and does not start. The page was written
    // by oddbench a moment ago, and loads nothing from elsewhere.
    if !output.status.success() && said(&output).contains("--no-sandbox") {
        output = run(&browser, page, &file, true)?;
    }
    if !output.status.success() || !file.is_file() {
        let said = said(&output);
        let last = said.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("no reason given");
        return Err(CliError::System {
            message: format!(
                "{} did not print {}: {last}; open the page in a browser and print it there",
                browser.display(),
                page.display()
            ),
        });
    }
    oddbench_report::own(folder, FILE)
        .map_err(|error| CliError::System { message: error.to_string() })?;
    Ok(file)
}

fn none() -> CliError {
    CliError::User {
        message: "--pdf needs chromium, Chrome or Edge on PATH, and none is there".to_owned(),
        help: Some(
            "install one, or open the report's index.html in any browser and print it to a file"
                .to_owned(),
        ),
    }
}

/// The first of [`BROWSERS`] in a list of folders as `PATH` is one.
fn find(path: &std::ffi::OsStr) -> Option<PathBuf> {
    let folders: Vec<PathBuf> = env::split_paths(path).collect();
    let files = BROWSERS.iter().flat_map(|name| {
        let name = format!("{name}{}", env::consts::EXE_SUFFIX);
        folders.iter().map(move |folder| folder.join(&name)).collect::<Vec<_>>()
    });
    files.into_iter().find(|file| file.is_file())
}

fn run(browser: &Path, page: &Path, file: &Path, unboxed: bool) -> Result<Output, CliError> {
    let failed = |what: &Path, error: std::io::Error| CliError::System {
        message: format!("{}: {error}", what.display()),
    };
    // A separate profile: else a browser that is already open takes the page, and nothing is printed.
    let profile = tempfile::tempdir().map_err(|error| failed(&env::temp_dir(), error))?;
    let page = page.canonicalize().map_err(|error| failed(page, error))?;
    let mut command = Command::new(browser);
    command.args(["--headless", "--disable-gpu", "--no-first-run", "--no-pdf-header-footer"]);
    if unboxed {
        command.arg("--no-sandbox");
    }
    command
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(format!("--print-to-pdf={}", file.display()))
        .arg(page)
        .output()
        .map_err(|error| failed(browser, error))
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_browser_on_the_path_is_taken_and_none_is_a_mistake_with_a_remedy() {
        let folder = tempfile::tempdir().unwrap();
        let name = |name: &str| folder.path().join(format!("{name}{}", env::consts::EXE_SUFFIX));
        assert_eq!(find(folder.path().as_os_str()), None);
        std::fs::write(name("chrome"), "").unwrap();
        assert_eq!(find(folder.path().as_os_str()), Some(name("chrome")));
        std::fs::write(name("chromium"), "").unwrap();
        assert_eq!(find(folder.path().as_os_str()), Some(name("chromium")));
        assert!(matches!(none(), CliError::User { help: Some(_), .. }));
    }
}
