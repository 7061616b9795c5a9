//! What is printed to a terminal of a certain width.
#![cfg(unix)]

use crate::oddbench::{PYTHON, Sandbox, answers, assert_code, stdout};

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

#[test]
fn tables_fit_the_terminal_without_colour_too() {
    let sandbox = Sandbox::new();
    if !answers(PYTHON, "tables fit the terminal without colour too") {
        return;
    }
    let script = sandbox.write("terminal.py", IN_TERMINAL);
    let shown = |no_color: &str| {
        let mut command = std::process::Command::new("python3");
        command.arg(&script).arg(env!("CARGO_BIN_EXE_oddbench")).arg("models");
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
