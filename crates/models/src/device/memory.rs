//! How much memory a device has, asked of the system: neither wgpu nor burn tells.

use std::process::{Command, Stdio};

/// The memory of an NVIDIA card of that name in MiB, as `nvidia-smi` tells; `None` for other cards.
pub(super) fn of_nvidia_card(name: &str) -> Option<u64> {
    let query = ["--query-gpu=name,memory.total", "--format=csv,noheader,nounits"];
    let output = Command::new("nvidia-smi").args(query).stderr(Stdio::null()).output().ok()?;
    of_listed_card(&String::from_utf8_lossy(&output.stdout), name)
}

/// Lines of `name, MiB`.
fn of_listed_card(list: &str, name: &str) -> Option<u64> {
    let cards = list.lines().filter_map(|line| line.rsplit_once(','));
    let (_, memory) = cards.into_iter().find(|(card, _)| card.trim() == name)?;
    memory.trim().parse().ok()
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
        assert_eq!(of_listed_card(list, "NVIDIA T4"), Some(15_360));
        assert_eq!(of_listed_card(list, "NVIDIA H200"), Some(143_771));
        assert_eq!(of_listed_card(list, "llvmpipe"), None);
        assert_eq!(of_listed_card("NVIDIA T4, [N/A]\n", "NVIDIA T4"), None);
        assert_eq!(of_listed_card("", "NVIDIA T4"), None);
    }
}
