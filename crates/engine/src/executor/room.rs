//! How much memory trials may still take. The limit is the machine's, or that of this process's control group.

use std::fs;
use std::path::Path;

use super::MIB;

/// Where control groups are mounted.
const GROUPS: &str = "/sys/fs/cgroup";

/// MiB that processes may still take; `None` where the system does not say.
pub(super) fn available_mb() -> Option<f64> {
    let machine = fs::read_to_string("/proc/meminfo").ok().and_then(|text| mem_available(&text));
    let own = fs::read_to_string("/proc/self/cgroup").ok();
    let group = own.and_then(|own| group_mb(Path::new(GROUPS), &own));
    [machine, group].into_iter().flatten().reduce(f64::min)
}

fn mem_available(meminfo: &str) -> Option<f64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kib: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib / 1024.0)
}

/// The files of one version of control groups.
struct Version {
    limit: &'static str,
    used: &'static str,
    /// In `memory.stat`: pages of files, which the system takes back when somebody needs memory.
    reclaimable: &'static str,
}

const V1: Version = Version {
    limit: "memory.limit_in_bytes",
    used: "memory.usage_in_bytes",
    reclaimable: "total_inactive_file ",
};
const V2: Version =
    Version { limit: "memory.max", used: "memory.current", reclaimable: "inactive_file " };

/// MiB that the control groups of this process leave. `/proc/self/cgroup` names the groups. The least of a group and
/// the groups around it counts. `None` if none has a limit.
fn group_mb(mount: &Path, own: &str) -> Option<f64> {
    let mut least: Option<f64> = None;
    for line in own.lines() {
        let mut fields = line.splitn(3, ':');
        let (_, controllers, path) = (fields.next()?, fields.next()?, fields.next()?);
        let (top, version) = match controllers {
            "" => (mount.to_owned(), V2),
            names if names.split(',').any(|name| name == "memory") => (mount.join("memory"), V1),
            _ => continue,
        };
        let own = top.join(path.trim_start_matches('/'));
        let groups = own.ancestors().take_while(|group| group.starts_with(&top));
        least = groups.filter_map(|group| left_mb(group, &version)).chain(least).reduce(f64::min);
    }
    least
}

fn left_mb(group: &Path, version: &Version) -> Option<f64> {
    let number = |file: &str| -> Option<f64> {
        fs::read_to_string(group.join(file)).ok()?.trim().parse().ok()
    };
    // "max" is no number, and without a limit the first version has one beyond all machines.
    let limit = number(version.limit)?;
    let used = number(version.used)?;
    let stat = fs::read_to_string(group.join("memory.stat")).unwrap_or_default();
    let pages = stat.lines().find_map(|line| line.strip_prefix(version.reclaimable));
    let pages: f64 = pages.and_then(|pages| pages.trim().parse().ok()).unwrap_or(0.0);
    Some((limit - used + pages.min(used)).max(0.0) / MIB)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(mount: &Path, path: &str, files: &[(&str, &str)]) {
        let folder = mount.join(path);
        fs::create_dir_all(&folder).unwrap();
        files.iter().for_each(|(name, text)| fs::write(folder.join(name), text).unwrap());
    }

    #[test]
    fn the_narrowest_group_counts_and_pages_of_files_are_free() {
        let mount = tempfile::tempdir().unwrap();
        let mount = mount.path();
        let mib = |n: u64| format!("{}\n", n * 1024 * 1024);
        let (limit, used) = (mib(1000), mib(600));
        let stat = format!("anon 1\ninactive_file {}", mib(100));
        let outer = [("memory.max", &*limit), ("memory.current", &*used), ("memory.stat", &*stat)];
        group(mount, "a", &outer);
        group(mount, "a/b", &[("memory.max", "max\n"), ("memory.current", &*used)]);
        assert_eq!(group_mb(mount, "0::/a/b\n"), Some(500.0));
        let (limit, used) = (mib(400), mib(350));
        group(mount, "a/b", &[("memory.max", &*limit), ("memory.current", &*used)]);
        assert_eq!(group_mb(mount, "0::/a/b\n"), Some(50.0));
        group(mount, "c", &[]);
        assert_eq!(group_mb(mount, "0::/c\n"), None);
    }

    #[test]
    fn groups_of_the_first_version_are_read_too() {
        let mount = tempfile::tempdir().unwrap();
        let files = [
            ("memory.limit_in_bytes", "104857600\n"),
            ("memory.usage_in_bytes", "52428800\n"),
            ("memory.stat", "total_inactive_file 10485760\n"),
        ];
        group(mount.path(), "memory/job", &files);
        let own = "4:cpu,cpuacct:/other\n3:memory:/job\n";
        assert_eq!(group_mb(mount.path(), own), Some(60.0));
    }

    #[test]
    fn what_is_available_is_read_in_kib() {
        assert_eq!(mem_available("MemTotal: 9 kB\nMemAvailable:   2048 kB\n"), Some(2.0));
        assert_eq!(mem_available("MemTotal: 9 kB\n"), None);
    }
}
