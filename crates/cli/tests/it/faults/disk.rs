//! Runs the command with `disk.c` loaded before the C library.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::oddbench::Sandbox;

pub const EPERM: i32 = 1;
pub const EIO: i32 = 5;
pub const ENOSPC: i32 = 28;
pub const EROFS: i32 = 30;
pub const ENOLCK: i32 = 37;
pub const ENOSYS: i32 = 38;

/// What is planted.
#[derive(Debug, Clone, Copy, Default)]
pub struct Fault {
    /// The number of the call that fails, from 1; 0: none.
    pub at: u64,
    pub errno: i32,
    /// Whether all later calls fail, too.
    pub lasts: bool,
    /// The errno of locking a file; 0: it can be locked.
    pub locks: i32,
    /// The errno of a second name for a file; 0: it can have one.
    pub links: i32,
    /// The number of the call from which on the clock says an hour less; 0: none.
    pub clock_at: u64,
}

/// The folder of a sandbox whose file system has faults.
pub struct Disk {
    pub folder: PathBuf,
    counter: PathBuf,
    log: PathBuf,
}

impl Disk {
    pub fn of(sandbox: &Sandbox) -> Self {
        let folder = sandbox.path("disk");
        fs::create_dir_all(&folder).unwrap();
        let folder = folder.canonicalize().unwrap();
        let [counter, log] = ["counter", "log"].map(|name| sandbox.path(name));
        Self { folder, counter, log }
    }

    /// Plants a fault in a command that was not started yet. Counts begin again.
    pub fn plant(&self, command: &mut Command, fault: &Fault) {
        fs::write(&self.counter, [0; 4096]).unwrap();
        let _ = fs::remove_file(&self.log);
        command.env("LD_PRELOAD", library());
        command.env("FAULT_FOLDER", &self.folder);
        command.env("FAULT_COUNTER", &self.counter).env("FAULT_LOG", &self.log);
        let numbers = [
            ("FAULT_AT", fault.at),
            ("FAULT_ERRNO", fault.errno as u64),
            ("FAULT_LASTS", u64::from(fault.lasts)),
            ("FAULT_LOCKS", fault.locks as u64),
            ("FAULT_LINKS", fault.links as u64),
            ("FAULT_CLOCK_AT", fault.clock_at),
        ];
        for (name, number) in numbers.into_iter().filter(|(_, number)| *number > 0) {
            command.env(name, number.to_string());
        }
    }

    /// How many calls have changed files, and how many have read the clock.
    pub fn counts(&self) -> [u64; 2] {
        let bytes = fs::read(&self.counter).unwrap();
        [0, 1].map(|at| u64::from_ne_bytes(bytes[8 * at..8 * at + 8].try_into().unwrap()))
    }

    /// The calls that have failed, in words.
    pub fn failed(&self) -> String {
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        let failed: Vec<&str> = log.lines().filter(|line| line.ends_with(" FAILS")).collect();
        failed.first().map(ToString::to_string).unwrap_or_default()
    }
}

/// The compiled library. A machine that builds oddbench has a C compiler.
fn library() -> &'static Path {
    static LIBRARY: OnceLock<PathBuf> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/faults/disk.c");
        // Another process of this test may be at it.
        let new = folder.join(format!("faulty-disk-{}.so", std::process::id()));
        let mut compiler = Command::new(std::env::var_os("CC").unwrap_or_else(|| "cc".into()));
        compiler.args(["-shared", "-fPIC", "-O1", "-std=gnu11", "-Wall", "-Wextra", "-Werror"]);
        let output = compiler.arg("-o").arg(&new).arg(&source).arg("-ldl").output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let library = folder.join("faulty-disk.so");
        fs::rename(&new, &library).unwrap();
        library
    })
}

/// A library that is not loaded, or does not count, would make every sweep here pass.
#[test]
fn the_planted_fault_is_met() {
    let sandbox = Sandbox::new();
    let disk = Disk::of(&sandbox);
    let run = |fault: &Fault| {
        let mut shell = Command::new("sh");
        shell.current_dir(&disk.folder).args(["-c", "echo a > a; echo b > b; mkdir c"]);
        disk.plant(&mut shell, fault);
        shell.output().unwrap()
    };
    assert!(run(&Fault::default()).status.success());
    let [calls, _] = disk.counts();
    // Each file is opened and written.
    assert!(calls >= 5, "{calls}");
    assert_eq!(disk.failed(), "");
    fs::remove_dir_all(&disk.folder).unwrap();
    fs::create_dir(&disk.folder).unwrap();
    let output = run(&Fault { at: 1, errno: ENOSPC, ..Fault::default() });
    assert!(String::from_utf8_lossy(&output.stderr).contains("No space left"), "{output:?}");
    assert!(disk.failed().ends_with("/a FAILS"), "{}", disk.failed());
    assert!(!disk.folder.join("a").exists() && disk.folder.join("b").exists());
    run(&Fault { at: 2, errno: EROFS, lasts: true, ..Fault::default() });
    assert!(!disk.folder.join("c").join("c").exists());
}
