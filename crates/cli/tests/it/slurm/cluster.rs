//! A Slurm of two nodes on this machine, and ways to break it.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant, SystemTime};

use tempfile::TempDir;

use crate::oddbench::{Sandbox, answers, workspace};

/// A controller and the nodes `a` and `b`; stopped when it is dropped.
pub struct Cluster {
    folder: TempDir,
}

impl Cluster {
    /// Starts one at ports of its own. `None`, with a word to stderr, where Slurm is not installed.
    pub fn start(test: &str, port: u16, cpus: usize) -> Option<Self> {
        if !answers(&["slurmctld", "-V"], test) {
            return None;
        }
        let cluster = Self { folder: tempfile::tempdir().unwrap() };
        let (port, cpus) = (port.to_string(), cpus.to_string());
        let log = cluster.folder.path().join("up.log");
        // Daemons hold what they inherit: a pipe of this test would never end.
        let out = std::fs::File::create(&log).unwrap();
        let up = Command::new(workspace().join("scripts/slurm-up.sh"))
            .arg(cluster.dir())
            .args([port, cpus])
            .stdin(Stdio::null())
            .stderr(out.try_clone().unwrap())
            .stdout(out)
            .status()
            .unwrap();
        assert!(up.success(), "{}", std::fs::read_to_string(log).unwrap());
        Some(cluster)
    }

    fn dir(&self) -> PathBuf {
        self.folder.path().join("slurm")
    }

    fn conf(&self) -> PathBuf {
        self.dir().join("slurm.conf")
    }

    /// oddbench on a machine of this cluster.
    fn command(&self, sandbox: &Sandbox, args: &[&str]) -> Command {
        let mut command = sandbox.command();
        command.env("SLURM_CONF", self.conf()).args(args);
        command
    }

    /// Runs it, for five minutes at most.
    pub fn run(&self, sandbox: &Sandbox, args: &[&str]) -> Output {
        self.run_while(sandbox, args, || ())
    }

    /// The same, while something else is done again and again.
    pub fn run_while(
        &self,
        sandbox: &Sandbox,
        args: &[&str],
        mut meanwhile: impl FnMut(),
    ) -> Output {
        let mut command = self.command(sandbox, args);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn().unwrap();
        let pid = child.id();
        let (sender, output) = mpsc::channel();
        std::thread::spawn(move || sender.send(child.wait_with_output()));
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(300) {
            if let Ok(output) = output.recv_timeout(Duration::from_millis(500)) {
                return output.unwrap();
            }
            meanwhile();
        }
        signal("-KILL", pid);
        let said = output.recv().unwrap().unwrap().stderr;
        panic!(
            "{args:?} has not ended: {}\n{}",
            String::from_utf8_lossy(&said),
            self.ask("squeue", &["--array", "--states=all", "--format=%F_%K %T %r %N"])
        )
    }

    /// The same in the background; what it says goes into that file of the sandbox.
    pub fn spawn(&self, sandbox: &Sandbox, args: &[&str], log: &str) -> Child {
        let file = std::fs::File::create(sandbox.path(log)).unwrap();
        let mut command = self.command(sandbox, args);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(file).spawn().unwrap()
    }

    /// What a program of Slurm prints.
    pub fn ask(&self, program: &str, args: &[&str]) -> String {
        let mut command = Command::new(program);
        let output = command.args(args).env("SLURM_CONF", self.conf()).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    }

    /// How many tasks are in the queue and not over.
    pub fn tasks(&self) -> usize {
        self.ask("squeue", &["--noheader", "--array"]).lines().count()
    }

    /// Kills everything of a node at once: its daemon, the daemons of its tasks, and the tasks. How many processes
    /// of tasks there were.
    pub fn kill_node(&self, node: &str) -> usize {
        let mut pids = vec![self.pid(&format!("run/slurmd-{node}.pid"))];
        let of_tasks = self.processes_on(node);
        for &pid in &of_tasks {
            let parent = parent_of(pid).filter(|parent| comm_of(*parent).starts_with("slurmstepd"));
            pids.extend(parent);
            pids.push(pid);
        }
        pids.iter().for_each(|pid| signal("-KILL", *pid));
        of_tasks.len()
    }

    /// Kills the processes of the tasks of a node; the node itself stays.
    pub fn kill_tasks(&self, node: &str) {
        self.processes_on(node).iter().for_each(|pid| signal("-KILL", *pid));
    }

    /// Kills the controller, and starts another one on what it had written. That is some seconds old.
    pub fn restart_controller(&self) {
        self.restart_controller_on(None);
    }

    /// Kills the controller, and starts another one on what it had written when that copy was made.
    pub fn restart_controller_on(&self, copy: Option<&Path>) {
        let pid = self.pid("run/slurmctld.pid");
        signal("-KILL", pid);
        wait_for("the end of the controller", || comm_of(pid) != "slurmctld");
        if let Some(copy) = copy {
            let state = self.dir().join("state");
            std::fs::remove_dir_all(&state).unwrap();
            std::fs::rename(copy, &state).unwrap();
        }
        let mut controller = Command::new("slurmctld");
        controller.env("SLURM_CONF", self.conf()).stdin(Stdio::null());
        let started = controller.stdout(Stdio::null()).stderr(Stdio::null()).status();
        assert!(started.unwrap().success());
        wait_for("an answer of the controller", || self.ask("scontrol", &["ping"]).contains("UP"));
    }

    /// Holds a task, and copies what the controller has written since.
    pub fn hold_and_copy(&self, task: &str) -> PathBuf {
        self.ask("scontrol", &["hold", task]);
        self.wait_for_write();
        let copy = self.dir().join("state-copy");
        let mut copied = Command::new("cp");
        copied.arg("-a").arg(self.dir().join("state")).arg(&copy);
        assert!(copied.status().unwrap().success());
        copy
    }

    /// Waits until the controller writes what it knows: five seconds after the last time, if something has changed.
    pub fn wait_for_write(&self) {
        let start = SystemTime::now();
        let file = self.dir().join("state/job_state");
        let written = || std::fs::metadata(&file).and_then(|file| file.modified()).ok();
        wait_for("the controller to write", || written().is_some_and(|at| at > start));
    }

    /// Does what an administrator would: a controller that has forgotten tasks gives their numbers to others, and
    /// puts a node aside that has seen a number before.
    pub fn resume_nodes(&self) {
        let nodes = self.ask("sinfo", &["--noheader", "--Node", "--format=%N|%T|%E"]);
        for line in nodes.lines() {
            let fields: Vec<&str> = line.trim().split('|').collect();
            if fields[1].starts_with("drained") && fields[2] == "Duplicate jobid" {
                let node = format!("nodename={}", fields[0]);
                self.ask("scontrol", &["update", &node, "state=resume"]);
            }
        }
    }

    /// Every process of a task of that node.
    fn processes_on(&self, node: &str) -> Vec<u32> {
        let marks =
            [format!("SLURM_CONF={}", self.conf().display()), format!("SLURMD_NODENAME={node}")];
        let is_of_task = |pid: &u32| {
            let environment = std::fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
            let variables: Vec<&[u8]> = environment.split(|byte| *byte == 0).collect();
            marks.iter().all(|mark| variables.contains(&mark.as_bytes()))
        };
        let entries = std::fs::read_dir("/proc").unwrap().flatten();
        let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        pids.filter(is_of_task).collect()
    }

    fn pid(&self, file: &str) -> u32 {
        std::fs::read_to_string(self.dir().join(file)).unwrap().trim().parse().unwrap()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let mut down = Command::new(workspace().join("scripts/slurm-down.sh"));
        let down = down.arg(self.dir()).stdout(Stdio::null()).stderr(Stdio::null()).status();
        assert!(down.is_ok_and(|status| status.success()) || std::thread::panicking());
    }
}

fn comm_of(pid: u32) -> String {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    // A process that has ended and was not waited for is gone as well.
    let gone = status.lines().any(|line| line.starts_with("State:") && line.contains('Z'));
    let name = status.lines().find_map(|line| line.strip_prefix("Name:"));
    name.filter(|_| !gone).unwrap_or_default().trim().to_owned()
}

fn parent_of(pid: u32) -> Option<u32> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    status.lines().find_map(|line| line.strip_prefix("PPid:"))?.trim().parse().ok()
}

/// Sends a signal; a process that is gone gets none.
pub fn signal(name: &str, pid: u32) {
    let mut kill = Command::new("kill");
    kill.args([name, &pid.to_string()]).stderr(Stdio::null()).status().unwrap();
}

/// How a client has ended.
pub fn end_of(client: &mut Child) -> ExitStatus {
    let mut status = None;
    wait_for("the end of the client", || {
        status = client.try_wait().unwrap();
        status.is_some()
    });
    status.unwrap()
}

/// Waits for at most three minutes.
pub fn wait_for(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < Duration::from_secs(180), "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// The records of an experiment by the names of their trials' folders: their bytes.
pub fn records(dir: &Path) -> std::collections::BTreeMap<String, Vec<u8>> {
    let Ok(trials) = std::fs::read_dir(dir.join("trials")) else { return Default::default() };
    let read = |entry: std::fs::DirEntry| {
        let bytes = std::fs::read(entry.path().join("record.json")).ok()?;
        Some((entry.file_name().into_string().unwrap(), bytes))
    };
    trials.flatten().filter_map(read).collect()
}
