//! The part of the WebDriver protocol (W3C) that these tests need, to control chromium. It is written by hand, because
//! the client crates need an async runtime, and because the crate `webdriver` has a licence (MPL-2.0) that `deny.toml`
//! does not allow.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

/// The longest time that a test waits for something on a page. A debug build reads KDD Cup 99 slowly.
const PATIENCE: Duration = Duration::from_secs(150);
/// The JSON key that holds the id of an element in WebDriver's answers.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// Keys that are no characters (WebDriver, section 17.4.2).
pub mod keys {
    pub const TAB: &str = "\u{E004}";
    pub const ENTER: &str = "\u{E007}";
    pub const ESCAPE: &str = "\u{E00C}";
    pub const SPACE: &str = " ";
    pub const RIGHT: &str = "\u{E014}";
    pub const DOWN: &str = "\u{E015}";
}

/// What a page is shown on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Screen {
    /// 390 x 844 with touch.
    Phone,
    /// 1440 x 900.
    Desktop,
}

/// The colours that the system asks pages for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    Light,
    Dark,
}

/// A browser with its own profile. It ends when the value is dropped.
pub struct Browser {
    driver: Child,
    session: String,
    agent: ureq::Agent,
    /// The size of its screen.
    pub screen: Screen,
    /// The colours that its system asks for.
    pub theme: Theme,
    /// The folder of its downloads.
    pub downloads: TempDir,
    _profile: TempDir,
}

/// Starts chromium. Without chromedriver it writes that to stderr itself, because libtest would hide `eprintln!`.
pub fn browser(test: &str, screen: Screen, theme: Theme) -> Option<Browser> {
    let Some((driver, port)) = start_driver() else {
        let _ = writeln!(std::io::stderr(), "SKIPPED (no chromedriver): {test}");
        return None;
    };
    let agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(PATIENCE * 2))
        .build()
        .new_agent();
    let (profile, downloads) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let session = String::new();
    let mut browser =
        Browser { driver, session, agent, screen, theme, downloads, _profile: profile };
    let base = format!("http://127.0.0.1:{port}/session");
    let wanted = capabilities(browser._profile.path(), browser.downloads.path(), screen);
    let answer = browser.send("POST", &base, Some(wanted));
    browser.session = format!("{base}/{}", answer["sessionId"].as_str().unwrap());
    browser.shown_as("screen");
    Some(browser)
}

/// How often chromedriver is started before a test gives up.
const STARTS: usize = 5;

/// Starts chromedriver, which chooses a free port. `None` if it is not installed.
///
/// It wants the port that it finds for IPv4 on IPv6 too, and ends if another program has taken it there in the meantime. So
/// a driver that ends before it names its port is started again.
fn start_driver() -> Option<(Child, u16)> {
    for _ in 0..STARTS {
        let (mut driver, port) = try_driver()?;
        match port {
            Some(port) => return Some((driver, port)),
            None => {
                let _ = driver.wait();
            }
        }
    }
    panic!(
        "chromedriver ended {STARTS} times before it named its port: run `chromedriver --port=0`"
    );
}

/// A driver with its port. There is no port if the driver has ended before it named one.
fn try_driver() -> Option<(Child, Option<u16>)> {
    let mut driver = Command::new("chromedriver")
        .arg("--port=0")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines();
    let port = lines.by_ref().map_while(Result::ok).find_map(|line| {
        let rest = line.split("started successfully on port ").nth(1)?;
        rest.trim_end_matches('.').parse().ok()
    });
    // Its later output is read and dropped, so that the pipe does not fill.
    std::thread::spawn(move || lines.for_each(drop));
    Some((driver, port))
}

fn capabilities(profile: &Path, downloads: &Path, screen: Screen) -> Value {
    let mut arguments = [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--window-size=1440,900",
    ]
    .map(str::to_owned)
    .to_vec();
    arguments.push(format!("--user-data-dir={}", profile.display()));
    let mut options = json!({
        "args": arguments,
        "prefs": { "download.default_directory": downloads, "download.prompt_for_download": false },
    });
    if screen == Screen::Phone {
        options["mobileEmulation"] = json!({ "deviceMetrics": { "width": 390, "height": 844, "pixelRatio": 1.0, "touch": true } });
    }
    json!({ "capabilities": { "alwaysMatch": {
        "goog:chromeOptions": options,
        "goog:loggingPrefs": { "browser": "ALL" },
        // axe-core is slow on a page with many cells.
        "timeouts": { "script": PATIENCE.as_millis() as u64 },
    } } })
}

impl Browser {
    /// Sends a command and returns the `value` of the answer. An error of the protocol ends the test.
    fn send(&self, method: &str, url: &str, body: Option<Value>) -> Value {
        self.try_send(method, url, body).unwrap_or_else(|error| panic!("{method} {url}: {error}"))
    }

    fn try_send(&self, method: &str, url: &str, body: Option<Value>) -> Result<Value, String> {
        let answer = match (method, body) {
            ("DELETE", _) => self.agent.delete(url).call(),
            ("GET", _) => self.agent.get(url).call(),
            (_, body) => {
                let body = body.unwrap_or_else(|| json!({})).to_string();
                self.agent.post(url).header("Content-Type", "application/json").send(body)
            }
        };
        let mut answer = answer.map_err(|error| error.to_string())?;
        let text = answer
            .body_mut()
            .with_config()
            .limit(64 << 20)
            .read_to_string()
            .map_err(|error| error.to_string())?;
        let value: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
        let value = value["value"].clone();
        match value.get("error").and_then(Value::as_str) {
            Some(error) if answer.status() != 200 => {
                Err(format!("{error}: {}", value["message"].as_str().unwrap_or_default()))
            }
            _ => Ok(value),
        }
    }

    fn post(&self, command: &str, body: Value) -> Value {
        self.send("POST", &format!("{}/{command}", self.session), Some(body))
    }

    /// A command of the developer tools.
    pub fn tools(&self, command: &str, params: Value) -> Value {
        self.post("goog/cdp/execute", json!({ "cmd": command, "params": params }))
    }

    /// Shows pages as on a `screen` or as in `print`, in the colours of the browser's theme.
    pub fn shown_as(&self, media: &str) {
        let value = if self.theme == Theme::Dark { "dark" } else { "light" };
        let features = json!([{ "name": "prefers-color-scheme", "value": value }]);
        self.tools("Emulation.setEmulatedMedia", json!({ "media": media, "features": features }));
    }

    /// Opens an address.
    pub fn open(&self, url: &str) {
        self.post("url", json!({ "url": url }));
    }

    /// Runs a script with these `arguments` and returns its result.
    pub fn script(&self, script: &str, args: Value) -> Value {
        self.post("execute/sync", json!({ "script": script, "args": args }))
    }

    /// Calls `probe` until it returns something. It ends the test after [`PATIENCE`].
    pub fn until<T>(&self, what: &str, mut probe: impl FnMut() -> Option<T>) -> T {
        let start = Instant::now();
        loop {
            if let Some(found) = probe() {
                return found;
            }
            if start.elapsed() > PATIENCE {
                let text = self.text("body").unwrap_or_default();
                panic!(
                    "waited in vain for {what}; console {:?}; the page says:\n{text}",
                    self.console()
                );
            }
            std::thread::sleep(Duration::from_millis(40));
        }
    }

    /// The visible text of the first element that the selector finds.
    pub fn text(&self, css: &str) -> Option<String> {
        let script = "const e = document.querySelector(arguments[0]); return e && e.innerText;";
        self.script(script, json!([css])).as_str().map(|text| text.trim().to_owned())
    }

    /// The texts of all elements that the selector finds.
    pub fn texts(&self, css: &str) -> Vec<String> {
        let script =
            "return [...document.querySelectorAll(arguments[0])].map((e) => e.innerText.trim());";
        serde_json::from_value(self.script(script, json!([css]))).unwrap()
    }

    /// How many elements the selector finds.
    pub fn number_of(&self, css: &str) -> u64 {
        self.script("return document.querySelectorAll(arguments[0]).length;", json!([css]))
            .as_u64()
            .unwrap()
    }

    /// Waits for an element and returns its id.
    fn element(&self, css: &str) -> String {
        self.until(css, || {
            let found = self.try_send(
                "POST",
                &format!("{}/element", self.session),
                Some(json!({ "using": "css selector", "value": css })),
            );
            found.ok()?.get(ELEMENT)?.as_str().map(str::to_owned)
        })
    }

    /// Waits until the selector finds something.
    pub fn wait_for(&self, css: &str) {
        self.element(css);
    }

    /// Waits until `check` accepts the text of the first element, and returns the text.
    pub fn wait_text(&self, css: &str, check: impl Fn(&str) -> bool) -> String {
        self.until(&format!("the right text in {css}"), || self.text(css).filter(|t| check(t)))
    }

    /// Scrolls to an element and clicks it, as a user does. It waits until this is possible.
    pub fn click(&self, css: &str) {
        let scroll = "document.querySelector(arguments[0])?.scrollIntoView({ block: 'center', behavior: 'instant' });";
        self.until(&format!("a click on {css}"), || {
            let element = self.element(css);
            self.script(scroll, json!([css]));
            let url = format!("{}/element/{element}/click", self.session);
            self.try_send("POST", &url, Some(json!({}))).ok()
        });
    }

    /// Moves the mouse onto an element.
    pub fn hover(&self, css: &str) {
        let element = self.element(css);
        let origin = json!({ ELEMENT: element });
        let go = json!({ "type": "pointerMove", "duration": 0, "x": 0, "y": 0, "origin": origin });
        let pointer = json!({ "type": "pointer", "id": "mouse", "parameters": { "pointerType": "mouse" }, "actions": [go] });
        self.post("actions", json!({ "actions": [pointer] }));
    }

    /// Types a text into an element. In a file input, the text is the path of the file to choose.
    pub fn type_into(&self, css: &str, text: &str) {
        let element = self.element(css);
        self.post(&format!("element/{element}/value"), json!({ "text": text }));
    }

    /// Presses keys. The element with the focus receives them.
    pub fn press(&self, keys: &str) {
        let strokes: Vec<Value> = keys
            .chars()
            .flat_map(|key| [("keyDown", key), ("keyUp", key)])
            .map(|(kind, key)| json!({ "type": kind, "value": key.to_string() }))
            .collect();
        self.post(
            "actions",
            json!({ "actions": [{ "type": "key", "id": "keys", "actions": strokes }] }),
        );
    }

    /// Drags with the mouse from one point of the window to another.
    pub fn drag(&self, from: (f64, f64), to: (f64, f64)) {
        let go = |(x, y): (f64, f64)| json!({ "type": "pointerMove", "duration": 30, "x": x as i64, "y": y as i64 });
        let actions = [
            go(from),
            json!({ "type": "pointerDown", "button": 0 }),
            go(((from.0 + to.0) / 2.0, to.1)),
            go(to),
            json!({ "type": "pointerUp", "button": 0 }),
        ];
        let pointer = json!({ "type": "pointer", "id": "mouse", "parameters": { "pointerType": "mouse" }, "actions": actions });
        self.post("actions", json!({ "actions": [pointer] }));
    }

    /// Chooses the option with this value in a select, and sends the page the event.
    pub fn choose(&self, css: &str, value: &str) {
        self.wait_for(css);
        let script = "const s = document.querySelector(arguments[0]); \
            if (![...s.options].some((o) => o.value === arguments[1])) return false; \
            s.value = arguments[1]; s.dispatchEvent(new Event('change', { bubbles: true })); return true;";
        self.until(&format!("the option {value} of {css}"), || {
            self.script(script, json!([css, value])).as_bool().filter(|chosen| *chosen)
        });
    }

    /// Sets the value of an input, and sends the page the event that typing sends.
    pub fn set(&self, css: &str, value: &str) {
        self.wait_for(css);
        let script = "const i = document.querySelector(arguments[0]); i.value = arguments[1]; \
            i.dispatchEvent(new Event('input', { bubbles: true }));";
        self.script(script, json!([css, value]));
    }

    /// The warnings and errors that the console has received since the last call.
    pub fn console(&self) -> Vec<String> {
        let lines = self.post("se/log", json!({ "type": "browser" }));
        let lines = lines.as_array().cloned().unwrap_or_default();
        lines
            .iter()
            .filter(|line| line["level"] != "INFO" && line["level"] != "DEBUG")
            .map(|line| line["message"].as_str().unwrap_or_default().to_owned())
            .collect()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if !self.session.is_empty() {
            let _ = self.try_send("DELETE", &self.session.clone(), None);
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
