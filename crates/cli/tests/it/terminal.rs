//! What is printed to a terminal of a certain width.
#![cfg(unix)]

use crate::oddbench::{PYTHON, Sandbox, answers, assert_code, stderr, stdout};

/// Runs a command in a terminal of 60 columns and prints what it printed.
const IN_TERMINAL: &str = r#"
import fcntl, os, pty, struct, sys, termios
child, ours = pty.fork()
if child == 0:
    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 60, 0, 0))
    os.execv(sys.argv[1], sys.argv[1:])
try:
    while piece := os.read(ours, 65536):
        os.write(1, piece)
except OSError:
    pass  # Linux's way to say that the other end is closed.
_, status = os.waitpid(child, 0)
sys.exit(os.waitstatus_to_exitcode(status))
"#;

/// The script that runs a command in a terminal; `None` without Python.
fn in_terminal(sandbox: &Sandbox, test: &str) -> Option<std::path::PathBuf> {
    answers(PYTHON, test).then(|| sandbox.write("terminal.py", IN_TERMINAL))
}

#[test]
fn tables_fit_the_terminal_without_colour_too() {
    let sandbox = Sandbox::new();
    let Some(script) = in_terminal(&sandbox, "tables fit the terminal without colour too") else {
        return;
    };
    for arguments in [&["models"][..], &["models", "autoencoder"]] {
        let shown = |no_color: &str| {
            let mut command = std::process::Command::new("python3");
            command.arg(&script).arg(env!("CARGO_BIN_EXE_oddbench")).args(arguments);
            let output = command.env("NO_COLOR", no_color).output().unwrap();
            assert_code(&output, 0);
            stdout(&output)
        };
        let plain = shown("1");
        let widest = plain.lines().map(|line| line.trim_end().chars().count()).max();
        assert!(widest <= Some(60), "{widest:?}:\n{plain}");
        assert!(!plain.contains('\x1b'), "{plain}");
        // An empty value asks for nothing. Colour changes no line.
        let coloured = shown("");
        assert!(coloured.contains('\x1b'), "{coloured}");
        assert_eq!(coloured.lines().count(), plain.lines().count());
    }
}

/// A program can read parquet from a pipe. A person cannot read it on a terminal.
#[test]
fn parquet_is_not_written_onto_a_terminal() {
    let sandbox = Sandbox::new();
    let Some(script) = in_terminal(&sandbox, "parquet is not written onto a terminal") else {
        return;
    };
    let rows: String = (0..60).map(|row| format!("{},{}\n", row * 37 % 41, row % 7)).collect();
    sandbox.write("rows.csv", &format!("a,b\n{rows}"));
    let fit = ["fit", "--model", "hbos", "--input", "rows.csv", "--output", "model"];
    assert_code(&sandbox.run(&fit), 0);
    let score = ["score", "--model", "model", "--input", "rows.csv", "--format", "parquet"];
    let piped = sandbox.run(&score);
    assert_code(&piped, 0);
    assert!(piped.stdout.starts_with(b"PAR1"));
    let mut command = std::process::Command::new("python3");
    command.arg(&script).arg(env!("CARGO_BIN_EXE_oddbench")).args(score);
    let shown = command.current_dir(sandbox.path("")).output().unwrap();
    assert_code(&shown, 2);
    let told = stdout(&shown);
    assert!(told.contains("stdout is a terminal") && told.contains("--output"), "{told}");
}

/// In a pipe there is no terminal: no colour, nothing cut, and the same text whatever the window.
#[test]
fn every_parameter_says_what_is_allowed_in_lines_that_can_be_read() {
    let sandbox = Sandbox::new();
    let models = stdout(&sandbox.run(&["models", "--json"]));
    let models: serde_json::Value = serde_json::from_str(&models).unwrap();
    for kind in models["models"].as_array().unwrap() {
        let kind = kind["kind"].as_str().unwrap();
        let output =
            sandbox.command().args(["models", kind]).env("COLUMNS", "40").output().unwrap();
        let text = stdout(&output);
        let widest = text.lines().map(|line| line.chars().count()).max();
        assert!(widest <= Some(100) && !text.contains('\x1b'), "{kind}: {widest:?}\n{text}");
        let parameters = text.lines().filter(|line| line.contains(" = ") && !line.starts_with(' '));
        assert_eq!(parameters.count(), text.matches("    allowed: ").count(), "{kind}:\n{text}");
    }
    let text = stdout(&sandbox.run(&["models", "autoencoder"]));
    assert!(text.contains("latent = "), "{text}");
    assert!(text.contains("allowed: a whole number, 1 to 4096"), "{text}");
    let output = sandbox.run(&["models", "iforest"]);
    assert_code(&output, 2);
    assert!(stderr(&output).contains("did you mean \"isolation-forest\"?"), "{}", stderr(&output));
}

const SWEEP: &str = r#"
name = "swept"
dataset = { kind = "synthetic", rows = 600, features = ["src_bytes", "count", "serror_rate"] }
split = { kind = "holdout" }
threshold = [{ rule = "quantile", quantile = 0.99 }]
model = [
  { kind = "pca", name = "PCA", sweep = { n_components = [1, 2] } },
  { kind = "isolation-forest", params = { n_estimators = 5 } },
]
"#;

#[test]
fn sweeps_ranges_of_seeds_and_the_value_of_a_rule_are_visible() {
    let sandbox = Sandbox::new();
    sandbox.write("swept.toml", SWEEP);
    let plan = sandbox.run(&["plan", "swept.toml", "--seeds", "1-3,7"]);
    assert_code(&plan, 0);
    let text = stdout(&plan);
    assert!(text.contains("PCA (n_components = 1)") && text.contains("6 trials"), "{text}");
    let next = "next: oddbench run swept.toml --seeds 1,2,3,7";
    assert!(stderr(&plan).contains(next), "{}", stderr(&plan));

    let run = sandbox.run(&["run", "swept.toml"]);
    assert_code(&run, 0);
    let (shown, told) = (stdout(&run), stderr(&run));
    assert!(told.contains("PCA (n_components = 2): fitted in"), "{told}");
    let winner =
        shown.split("PCA (best of 2: n_components = ").nth(1).unwrap_or_else(|| panic!("{shown}"));
    assert!(winner.starts_with(['1', '2']), "{shown}");
    assert!(shown.contains("Threshold: 0.99 quantile of the"), "{shown}");
    assert!(told.ends_with("(the dashboard; or open the report in a browser)\n"), "{told}");

    // A trial's id as the report prints it names its model.
    let report = std::fs::read_to_string(sandbox.path("reports/swept/report.md")).unwrap();
    let trials: Vec<String> = std::fs::read_dir(sandbox.path("results/swept/trials"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let id =
        trials.iter().find(|id| report.contains(&id[..12])).unwrap_or_else(|| panic!("{report}"));
    sandbox.write("rows.csv", "src_bytes,count,serror_rate\n1,2,0.5\n");
    let score = |model: &str| sandbox.run(&["score", "--model", model, "--input", "rows.csv"]);
    let whole = score(&format!("results/swept/trials/{id}"));
    assert_code(&whole, 0);
    for short in [id[..12].to_owned(), format!("results/swept/trials/{}", &id[..12])] {
        assert_eq!(score(&short).stdout, whole.stdout, "{short}");
    }
    assert_code(&score("results/swept/trials/0000000000"), 2);
}
