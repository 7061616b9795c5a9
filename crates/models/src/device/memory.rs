//! What the system says about a device, and neither wgpu nor burn does: how much memory it has, and the driver of
//! an NVIDIA card.

use std::process::{Command, Stdio};

/// The memory of an NVIDIA card of that name in MiB, as `nvidia-smi` tells; `None` for other cards.
pub(super) fn of_nvidia_card(name: &str) -> Option<u64> {
    of_listed_card(&nvidia_smi("memory.total")?, name)?.parse().ok()
}

/// The version of the driver of an NVIDIA card of that name.
#[cfg(feature = "cuda")]
pub(super) fn driver_of_nvidia_card(name: &str) -> Option<String> {
    of_listed_card(&nvidia_smi("driver_version")?, name).map(str::to_owned)
}

/// Lines of `name, value`.
fn nvidia_smi(value: &str) -> Option<String> {
    let query = [&format!("--query-gpu=name,{value}"), "--format=csv,noheader,nounits"];
    let output = Command::new("nvidia-smi").args(query).stderr(Stdio::null()).output().ok()?;
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn of_listed_card<'l>(list: &'l str, name: &str) -> Option<&'l str> {
    let cards = list.lines().filter_map(|line| line.rsplit_once(','));
    let (_, value) = cards.into_iter().find(|(card, _)| card.trim() == name)?;
    Some(value.trim())
}

/// The machine's memory in MiB; Linux only.
pub(super) fn of_machine() -> Option<u64> {
    let info = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = info.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib / 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_card_by_its_name() {
        let list = "NVIDIA H200, 143771\nNVIDIA T4, 15360\n";
        assert_eq!(of_listed_card(list, "NVIDIA T4"), Some("15360"));
        assert_eq!(of_listed_card(list, "NVIDIA H200"), Some("143771"));
        assert_eq!(of_listed_card(list, "llvmpipe"), None);
        let unknown = of_listed_card("NVIDIA T4, [N/A]\n", "NVIDIA T4");
        assert_eq!(unknown.and_then(|memory| memory.parse::<u64>().ok()), None);
        assert_eq!(of_listed_card("", "NVIDIA T4"), None);
    }
}
