//! `[preprocess]`: how columns become numbers.

use oddbench_core::preprocess::{Constant, Encode, Missing, PreprocessSettings, Scale, Transform};

use super::choose;
use crate::spec::error::Fault;
use crate::spec::locate::KeyPath;
use crate::spec::wire::WirePreprocess;

/// What holds where a file says nothing.
pub(super) const DEFAULT_PREPROCESS: PreprocessSettings = PreprocessSettings {
    scale: Scale::MinMax,
    encode: Encode::OneHot,
    missing: Missing::Error,
    constant: Constant::Drop,
    transform: Transform::None,
};

/// The keys of a section in place of those of `base`.
pub(super) fn preprocess(
    section: &KeyPath,
    wire: &WirePreprocess,
    base: PreprocessSettings,
) -> Result<PreprocessSettings, Fault> {
    let scales = [
        ("min-max", Scale::MinMax),
        ("standard", Scale::Standard),
        ("robust", Scale::Robust),
        ("none", Scale::None),
    ];
    let encodings = [
        ("one-hot", Encode::OneHot),
        ("one-hot-scaled", Encode::OneHotScaled),
        ("ordinal", Encode::Ordinal),
    ];
    let rules =
        [("error", Missing::Error), ("median", Missing::Median), ("drop-row", Missing::DropRow)];
    let constants = [("drop", Constant::Drop), ("keep", Constant::Keep)];
    let transforms = [("none", Transform::None), ("log", Transform::Log)];
    Ok(PreprocessSettings {
        scale: word(section, "scale", &wire.scale, &scales, base.scale)?,
        encode: word(section, "encode", &wire.encode, &encodings, base.encode)?,
        missing: word(section, "missing", &wire.missing, &rules, base.missing)?,
        constant: word(section, "constant", &wire.constant, &constants, base.constant)?,
        transform: word(section, "transform", &wire.transform, &transforms, base.transform)?,
    })
}

/// The choice that a key makes, or the base's without the key.
fn word<T: Copy>(
    section: &KeyPath,
    key: &str,
    value: &Option<String>,
    options: &[(&str, T)],
    base: T,
) -> Result<T, Fault> {
    match value {
        Some(value) => choose(&section.key(key), value, options),
        None => Ok(base),
    }
}
