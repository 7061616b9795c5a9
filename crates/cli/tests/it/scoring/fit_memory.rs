//! The memory of a fit on many rows: a typed table and no more, however many columns one-hot encoding makes.
#![cfg(target_os = "linux")]

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::Stdio;
use std::time::Duration;

use crate::oddbench::Sandbox;

const ROWS: usize = 300_000;
const NUMBERS: usize = 20;

/// The most memory that a process ever had, in MiB, as Linux counts it until the process ends.
fn peak(child: &mut std::process::Child) -> f64 {
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0.0_f64;
    while child.try_wait().unwrap().is_none() {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib =
            line.and_then(|line| line.trim().trim_end_matches(" kB").trim().parse::<f64>().ok());
        peak = peak.max(kib.unwrap_or(0.0) / 1024.0);
        std::thread::sleep(Duration::from_millis(2));
    }
    peak
}

/// As texts and as a matrix of 220 columns the rows would take 360 MiB and more; as typed columns they take
/// 47 MiB.
#[test]
fn an_isolation_forest_is_fitted_on_many_rows_in_little_memory() {
    let sandbox = Sandbox::new();
    let mut file =
        std::io::BufWriter::new(std::fs::File::create(sandbox.path("flows.csv")).unwrap());
    let mut line = String::new();
    let names: Vec<String> = (0..NUMBERS).map(|at| format!("n{at}")).collect();
    writeln!(file, "service,{}", names.join(",")).unwrap();
    for row in 0..ROWS {
        line.clear();
        let _ = write!(line, "service-{}", row * 7 % 200);
        for at in 0..NUMBERS {
            let _ = write!(line, ",{}", row * (31 + at) % (1_009 + at));
        }
        writeln!(file, "{line}").unwrap();
    }
    file.flush().unwrap();
    drop(file);
    let mut command = sandbox.command();
    command.args([
        "fit",
        "--model",
        "isolation-forest",
        "--input",
        "flows.csv",
        "--output",
        "model",
    ]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let peak = peak(&mut child);
    assert!(child.wait().unwrap().success());
    assert!(peak > 20.0, "it was not measured");
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    // The program, the table, what one column needs while its preprocessing is fitted, and per thread a block.
    let allowed = 60.0 + 47.0 + 20.0 + 24.0 * threads.min(8) as f64;
    assert!(peak < allowed.min(320.0), "{peak:.0} MiB of {allowed:.0}");
}
