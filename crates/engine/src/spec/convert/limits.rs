//! `timeout` and `max_memory`, of `[limits]` and of a model: what a trial may take; `run_timeout` and `run_max_memory`:
//! what a run may take as a whole.

use oddbench_core::experiment::Limits;

use crate::spec::error::Fault;
use crate::spec::locate::KeyPath;

/// The two keys of the section at `at`.
pub(super) fn limits(
    at: &KeyPath,
    time: Option<&str>,
    memory: Option<&str>,
) -> Result<Limits, Fault> {
    named(at, ["timeout", "max_memory"], time, memory)
}

/// The two keys of `[limits]` that are of the run as a whole.
pub(super) fn run_limits(
    at: &KeyPath,
    time: Option<&str>,
    memory: Option<&str>,
) -> Result<Limits, Fault> {
    named(at, ["run_timeout", "run_max_memory"], time, memory)
}

fn named(
    at: &KeyPath,
    names: [&'static str; 2],
    time: Option<&str>,
    memory: Option<&str>,
) -> Result<Limits, Fault> {
    let time = time.map(|text| timeout(at, names[0], text)).transpose()?;
    let memory = memory.map(|text| max_memory(at, names[1], text)).transpose()?;
    Ok(Limits { timeout_seconds: time, max_memory_mb: memory })
}

fn timeout(at: &KeyPath, name: &'static str, text: &str) -> Result<u64, Fault> {
    seconds(&at.key(name), text, "\"10m\", \"90s\" or \"2h 30m\"")
}

/// A time of a second or more.
pub(super) fn seconds(key: &KeyPath, text: &str, examples: &str) -> Result<u64, Fault> {
    let seconds = humantime::parse_duration(text).map(|duration| duration.as_secs());
    match seconds {
        Ok(seconds @ 1..) => Ok(seconds),
        _ => {
            let name = key.last_key().unwrap_or_default();
            let message = format!("\"{text}\" is no time of a second or more");
            let help = match text.trim().parse::<u64>() {
                Ok(number @ 1..) => {
                    format!("write the unit too: {name} = \"{number}s\" or \"{number}m\"")
                }
                _ => format!("write it like this: {name} = {examples}"),
            };
            Err(Fault::value(key, message, help))
        }
    }
}

/// MiB.
fn max_memory(at: &KeyPath, name: &'static str, text: &str) -> Result<u64, Fault> {
    let key = &at.key(name);
    if !cfg!(target_os = "linux") {
        let message = "what a process holds is known on Linux alone, so that this cannot be kept";
        return Err(Fault::name(key, message, "remove it"));
    }
    mebibytes(text).ok_or_else(|| {
        let help = format!("write it like this: {name} = \"4 GB\", \"800 MB\" or \"2 GiB\"");
        no_size(key, text, &help)
    })
}

pub(super) fn no_size(key: &KeyPath, text: &str, help: &str) -> Fault {
    Fault::value(key, format!("\"{text}\" is no size of a MiB or more"), help)
}

/// The MiB of a size such as `4 GB`.
pub fn mebibytes(text: &str) -> Option<u64> {
    let text = text.trim();
    let unit = text.find(|c: char| c.is_ascii_alphabetic())?;
    let (number, unit) = text.split_at(unit);
    let bytes = match unit.to_ascii_lowercase().as_str() {
        "mb" => 1e6,
        "gb" => 1e9,
        "tb" => 1e12,
        "mib" => 1_048_576.0,
        "gib" => 1_073_741_824.0,
        "tib" => 1_099_511_627_776.0,
        _ => return None,
    };
    let mib = number.trim().parse::<f64>().ok()? * bytes / 1_048_576.0;
    // Below 2⁵³, so that the conversion is exact.
    (1.0..9e15).contains(&mib).then_some(mib as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_without_a_unit_is_refused_with_the_unit() {
        let refused =
            |text: &str| timeout(&KeyPath::of(&["limits"]), "timeout", text).unwrap_err().help;
        assert_eq!(timeout(&KeyPath::of(&["limits"]), "timeout", "5s").ok(), Some(5));
        assert_eq!(refused("5"), "write the unit too: timeout = \"5s\" or \"5m\"");
        assert!(refused("soon").starts_with("write it like this: "));
    }

    #[test]
    fn sizes_have_a_number_and_a_unit() {
        for (text, mib) in [
            ("4 GB", Some(3814)),
            ("4GiB", Some(4096)),
            ("0.5 gib", Some(512)),
            ("800 MB", Some(762)),
            ("1 MiB", Some(1)),
            ("1 KB", None),
            ("GB", None),
            ("-1 GB", None),
            ("4096", None),
            ("lots", None),
        ] {
            assert_eq!(mebibytes(text), mib, "{text}");
        }
    }
}
