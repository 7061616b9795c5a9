//! What results were made from and with: the program, its sources and libraries, the machine and its devices, the files
//! of the rows. None of it is part of a trial's address. It explains why the same trial may have other scores
//! elsewhere.

use serde::{Deserialize, Serialize};

/// Where a trial or an experiment ran. What the system does not provide, or what was not kept when it was written, is
/// `None`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Environment {
    /// The version of oddbench.
    pub oddbench: String,
    /// Operating system and architecture.
    pub platform: String,
    /// The processor's name.
    pub cpu: Option<String>,
    /// Logical cores.
    pub cores: usize,
    /// Trials that ran at the same time at most.
    pub jobs: usize,
    /// Threads of the trial's process. `None` in a manifest, because trials may have different numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threads: Option<usize>,
    /// The machine's memory in MiB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_mb: Option<u64>,
    /// The features of the processor that decide which code runs, of those that numeric libraries ask for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu_features: Option<Vec<String>>,
    /// The instruction set that oddbench's own numeric code has chosen: `scalar`, `avx2`, `avx512` or `neon`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kernels: Option<String>,
    /// The operating system's own name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub os: Option<String>,
    /// The kernel of the operating system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub os_kernel: Option<String>,
    /// The C library, whose `exp` and `log` are in the scores.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub libc: Option<String>,
    /// What the program was built from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub build: Option<Build>,
}

/// What a program was built from.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Build {
    /// The git revision of its sources, `-dirty` if something that is compiled was changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<String>,
    /// SHA-256 of Cargo.lock, which names every library with its digest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lock_sha256: Option<String>,
    /// The compiler.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rustc: Option<String>,
    /// The target, the profile, and the processor features that the compiler may use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
}

/// A device that an experiment's backends name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeviceInfo {
    /// The backend.
    pub backend: String,
    /// What the device is called.
    pub name: String,
    /// The driver and the programming interface, with their versions if they are known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub driver: Option<String>,
    /// Its memory in MiB; for the processor, the memory of the machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_mb: Option<u64>,
}

/// A file that rows are read from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataFile {
    /// Its path below the cache or a mirror; for a user's own file, the path as the experiment resolves it. For a table
    /// in an archive, `/` and the name of the table follow.
    pub name: String,
    /// SHA-256 of what decides the rows: for a gzip file, of its content.
    pub sha256: String,
}
