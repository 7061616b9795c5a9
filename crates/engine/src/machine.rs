//! What the system says about the machine, the time and the source tree, and what the program knows about itself.
//! An unknown fact is `None`.

use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use oddbench_core::record::{Build, DeviceInfo, Environment};
use oddbench_models::{Backend, kernels};

static BUILD: OnceLock<Build> = OnceLock::new();

/// Says what this program was built from, once, before anything runs. Only the program's own build script knows.
pub fn built_from(build: Build) {
    // The first value counts: a program is built from one revision.
    let _ = BUILD.set(build);
}

/// This machine, with `jobs` trials at the same time.
pub(crate) fn environment(jobs: usize) -> Environment {
    static HERE: OnceLock<Environment> = OnceLock::new();
    let here = HERE.get_or_init(|| Environment {
        oddbench: crate::VERSION.to_owned(),
        platform: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        cpu: cpu_name(),
        cores: cores(),
        jobs: 1,
        threads: None,
        memory_mb: Backend::Cpu.open().ok().and_then(|processor| processor.memory_mb()),
        cpu_features: cpu_features(),
        kernels: kernels().ok(),
        os: os_name(),
        os_kernel: os_kernel(),
        libc: output("getconf", &["GNU_LIBC_VERSION"]),
        build: BUILD.get().cloned(),
    });
    Environment { jobs, ..here.clone() }
}

/// This machine as one trial sees it, of `jobs` at the same time.
pub(crate) fn environment_of_trial(jobs: usize) -> Environment {
    Environment { threads: Some(rayon::current_num_threads()), ..environment(jobs) }
}

/// The devices of those backends; none of a backend that is not there.
pub(crate) fn devices(backends: &[Backend]) -> Vec<DeviceInfo> {
    let opened = backends.iter().filter_map(|backend| backend.open().ok());
    let device = |device: oddbench_models::Device| DeviceInfo {
        backend: device.backend().name().to_owned(),
        name: device.name().to_owned(),
        driver: device.driver().map(str::to_owned),
        memory_mb: device.memory_mb(),
    };
    opened.map(device).collect()
}

/// Logical cores that this process may use.
pub(crate) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

fn cpu_name() -> Option<String> {
    let text = std::fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

/// The features of this processor that numeric libraries look for before they choose their code.
fn cpu_features() -> Option<Vec<String>> {
    macro_rules! there {
        ($detected:ident: $($feature:tt)+) => {
            [$(($feature, std::arch::$detected!($feature))),+]
        };
    }
    #[cfg(target_arch = "x86_64")]
    let features = there!(is_x86_feature_detected:
        "sse4.2" "avx" "avx2" "fma" "f16c" "avx512f" "avx512bw" "avx512dq" "avx512vl" "avx512vnni");
    #[cfg(target_arch = "aarch64")]
    let features = there!(is_aarch64_feature_detected: "neon" "fp16" "fcma" "dotprod" "sve" "sve2");
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    return None;
    #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
    Some(features.iter().filter(|(_, there)| *there).map(|(name, _)| (*name).to_owned()).collect())
}

/// As Linux distributions state it.
fn os_name() -> Option<String> {
    let text = std::fs::read_to_string("/etc/os-release").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="))?;
    Some(line.trim_matches(['"', '\'']).to_owned())
}

/// Linux says it without another process.
fn os_kernel() -> Option<String> {
    let told = |file: &str| std::fs::read_to_string(format!("/proc/sys/kernel/{file}")).ok();
    match (told("ostype"), told("osrelease")) {
        (Some(name), Some(release)) => Some(format!("{} {}", name.trim(), release.trim())),
        _ => output("uname", &["-sr"]),
    }
}

/// The first line that a program prints; `None` if it is not there, fails or prints nothing.
fn output(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().next().map(str::trim).filter(|line| !line.is_empty())?;
    output.status.success().then(|| line.to_owned())
}

/// The largest resident memory that this process ever had, in MiB; Linux only.
pub(crate) fn peak_rss_mb() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some((kib / 1024.0 * 10.0).round() / 10.0)
}

/// The revision of the source tree that this runs in, `-dirty` if tracked files were changed.
pub(crate) fn git_revision() -> Option<String> {
    let revision = git(&["rev-parse", "HEAD"])?;
    let changes = git(&["status", "--porcelain", "--untracked-files=no"])?;
    Some(if changes.is_empty() { revision } else { format!("{revision}-dirty") })
}

fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Now, as RFC 3339 in UTC with whole seconds.
pub(crate) fn now_utc() -> String {
    // A clock before 1970 is a broken clock; the epoch itself shows that in the record.
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    rfc3339(since.as_secs())
}

fn rfc3339(unix_seconds: u64) -> String {
    humantime::format_rfc3339_seconds(UNIX_EPOCH + Duration::from_secs(unix_seconds)).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `/proc/cpuinfo` lists the same features under the kernel's names.
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    #[test]
    fn the_processors_features_are_those_that_the_system_lists() {
        let text = std::fs::read_to_string("/proc/cpuinfo").unwrap();
        let line = text.lines().find(|line| line.starts_with("flags")).unwrap();
        let listed: Vec<&str> = line.split_whitespace().collect();
        let found = environment(1).cpu_features.unwrap();
        for (name, flag) in
            [("avx2", "avx2"), ("fma", "fma"), ("avx512f", "avx512f"), ("sse4.2", "sse4_2")]
        {
            assert_eq!(
                found.iter().any(|f| f == name),
                listed.contains(&flag),
                "{name}: {found:?}"
            );
        }
        let kernels = environment(1).kernels.unwrap();
        assert!(["scalar", "avx2", "avx512"].contains(&kernels.as_str()), "{kernels}");
    }

    #[test]
    fn a_program_that_is_not_there_tells_nothing() {
        assert_eq!(output("no-such-program", &[]), None);
        #[cfg(unix)]
        assert_eq!(output("false", &[]), None);
    }

    #[test]
    fn dates_agree_with_the_date_command() {
        // date -u -d @N +%FT%TZ
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_735_689_599, "2024-12-31T23:59:59Z"),
            (1_795_241_419, "2026-11-21T06:10:19Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(rfc3339(seconds), text);
        }
    }
}
