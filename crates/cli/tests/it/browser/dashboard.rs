//! `oddbench serve` with the results of a small run.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};

use super::webdriver::Browser;
use crate::oddbench::{Sandbox, assert_code};

/// A running server; it ends with the value.
pub struct Dashboard {
    server: Child,
    /// `http://127.0.0.1:PORT`
    pub url: String,
    /// The folder that it serves, with `results/`.
    pub sandbox: Sandbox,
}

impl Dashboard {
    /// Serves the results in `sandbox` on a port that the system chooses.
    pub fn of(sandbox: Sandbox) -> Self {
        Self::start(sandbox, None, &[])
    }

    /// The same with a mirror of the real data.
    pub fn with(sandbox: Sandbox, mirror: &OsStr) -> Self {
        Self::start(sandbox, Some(mirror), &[])
    }

    /// The same with further options.
    pub fn serving(sandbox: Sandbox, options: &[&str]) -> Self {
        Self::start(sandbox, None, options)
    }

    /// The same for those who know the token.
    pub fn guarded(sandbox: Sandbox, token: &str) -> Self {
        Self::start(sandbox, None, &["--token", token])
    }

    fn start(sandbox: Sandbox, mirror: Option<&OsStr>, more: &[&str]) -> Self {
        let mut command = sandbox.command();
        if let Some(mirror) = mirror {
            command.env("ODDBENCH_MIRROR", mirror);
        }
        let mut server = command
            .args(["--json", "serve", "--addr", "127.0.0.1:0"])
            .args(more)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(server.stdout.take().unwrap()).lines();
        let url = lines.by_ref().map_while(Result::ok).find_map(|line| {
            let start = line.find("http://")?;
            let end = line[start..].find('"')?;
            Some(line[start..start + end].trim_end_matches('/').to_owned())
        });
        std::thread::spawn(move || lines.for_each(drop));
        Self { server, url: url.unwrap(), sandbox }
    }

    /// Opens a page, given as `detect` or `results/name`, and waits until it has read what it shows.
    pub fn open(&self, browser: &Browser, page: &str) {
        browser.open("about:blank");
        browser.open(&format!("{}/#/{page}", self.url));
        let path = page.split('?').next().unwrap();
        browser.wait_for(&format!("#main[data-shown='{path}']"));
        browser
            .until("the page to settle", || (browser.number_of("main .busy") == 0).then_some(()));
    }
}

impl Drop for Dashboard {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// Runs the experiment file `text` in a sandbox that holds `files`.
pub fn run(text: &str, files: &[(&str, &str)]) -> Sandbox {
    let sandbox = Sandbox::new();
    for (name, content) in files {
        sandbox.write(name, content);
    }
    let file = sandbox.write("experiment.toml", text);
    assert_code(&sandbox.run(&["run", file.to_str().unwrap(), "--no-report"]), 0);
    sandbox
}
