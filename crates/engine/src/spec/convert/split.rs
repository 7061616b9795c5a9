//! `[split]`: which rows train, validate and test.

use oddbench_core::split::{Holdout, KFold, Predefined, Published};

use super::{choose, misplaced, share};
use crate::spec::SplitSpec;
use crate::spec::error::Fault;
use crate::spec::locate::KeyPath;
use crate::spec::wire::WireSplit;

const DEFAULT_TEST: f64 = 0.3;
const DEFAULT_VALIDATION: f64 = 0.2;
const DEFAULT_SEED: u32 = 1;
const DEFAULT_FOLDS: u32 = 5;
const HOLDOUT: &str = "kind = \"holdout\"";

#[derive(Clone, Copy)]
enum Kind {
    Published(Published),
    Holdout,
    KFold,
    Predefined,
}

pub(super) fn split(
    wire: &WireSplit,
    dataset: &str,
    has_test_table: bool,
) -> Result<SplitSpec, Fault> {
    let section = KeyPath::of(&["split"]);
    let options = [
        ("published-8020", Kind::Published(Published::P8020)),
        ("published-9010", Kind::Published(Published::P9010)),
        ("published-all", Kind::Published(Published::All)),
        ("holdout", Kind::Holdout),
        ("k-fold", Kind::KFold),
        ("predefined", Kind::Predefined),
    ];
    let kind = choose(&section.key("kind"), &wire.kind, &options, &[])?;
    refuse_idle_keys(&section, wire, kind)?;
    match kind {
        Kind::Published(which) if dataset == "kdd99" => Ok(SplitSpec::Published(which)),
        Kind::Published(_) if has_test_table => Err(Fault::value(
            &section.key("kind"),
            format!("\"{}\" is the 2020 study's split of kdd99, not of {dataset}", wire.kind),
            "use kind = \"predefined\": it tests on the test table of the data set",
        )),
        Kind::Predefined if has_test_table => predefined(&section, wire).map(SplitSpec::Predefined),
        Kind::Predefined => Err(Fault::value(
            &section.key("kind"),
            format!("\"predefined\" needs a separate test table, which {dataset} does not have"),
            "use kind = \"holdout\", or a data set of two tables, such as dataset.kind = \"nsl-kdd\"",
        )),
        Kind::Published(_) => Err(Fault::value(
            &section.key("kind"),
            format!("\"{}\" needs a separate test table, which {dataset} does not have", wire.kind),
            "use kind = \"holdout\", or dataset.kind = \"kdd99\"",
        )),
        Kind::Holdout => {
            let transfer = transfer(&section, wire, dataset, has_test_table)?;
            Ok(SplitSpec::Holdout { shares: holdout(&section, wire)?, transfer })
        }
        Kind::KFold => k_fold(&section, wire).map(SplitSpec::KFold),
    }
}

fn refuse_idle_keys(section: &KeyPath, wire: &WireSplit, kind: Kind) -> Result<(), Fault> {
    if !matches!(kind, Kind::Holdout) {
        misplaced(&section.key("test"), wire.test.is_some(), HOLDOUT)?;
        misplaced(&section.key("transfer"), wire.transfer.is_some(), HOLDOUT)?;
        let given = wire.test_prevalence.is_some();
        misplaced(&section.key("test_prevalence"), given, HOLDOUT)?;
    }
    if !matches!(kind, Kind::KFold) {
        misplaced(&section.key("folds"), wire.folds.is_some(), "kind = \"k-fold\"")?;
    }
    if matches!(kind, Kind::Published(_)) {
        let owner = "kind = \"holdout\", \"k-fold\" and \"predefined\"";
        misplaced(&section.key("validation"), wire.validation.is_some(), owner)?;
        misplaced(&section.key("seed"), wire.seed.is_some(), owner)?;
        misplaced(&section.key("train_on"), wire.train_on.is_some(), owner)?;
    }
    Ok(())
}

fn transfer(
    section: &KeyPath,
    wire: &WireSplit,
    dataset: &str,
    has_test_table: bool,
) -> Result<bool, Fault> {
    let wanted = wire.transfer.unwrap_or(false);
    match wanted && !has_test_table {
        false => Ok(wanted),
        true => Err(Fault::value(
            &section.key("transfer"),
            format!("there is nothing to transfer to: {dataset} has no separate test table"),
            "remove this key, or use a data set of two tables, such as dataset.kind = \"kdd99\"",
        )),
    }
}

fn holdout(section: &KeyPath, wire: &WireSplit) -> Result<Holdout, Fault> {
    let test = share(&section.key("test"), wire.test.unwrap_or(DEFAULT_TEST))?;
    let validation = validation(section, wire)?;
    if test + validation >= 1.0 {
        let key = if wire.test.is_some() { "test" } else { "validation" };
        return Err(Fault::value(
            &section.key(key),
            format!("test ({test}) and validation ({validation}) leave no rows to train on"),
            "their sum must be below 1",
        ));
    }
    let inliers_only = inliers_only(section, wire)?;
    let test_prevalence = wire
        .test_prevalence
        .map(|value| share(&section.key("test_prevalence"), value))
        .transpose()?;
    let seed = wire.seed.unwrap_or(DEFAULT_SEED);
    Ok(Holdout { test, validation, seed, inliers_only, test_prevalence })
}

fn k_fold(section: &KeyPath, wire: &WireSplit) -> Result<KFold, Fault> {
    let folds = wire.folds.unwrap_or(DEFAULT_FOLDS);
    if !(2..=20).contains(&folds) {
        let message = format!("{folds} is out of range");
        return Err(Fault::value(&section.key("folds"), message, "use 2 to 20 folds"));
    }
    Ok(KFold {
        folds,
        validation: validation(section, wire)?,
        seed: wire.seed.unwrap_or(DEFAULT_SEED),
        inliers_only: inliers_only(section, wire)?,
    })
}

fn predefined(section: &KeyPath, wire: &WireSplit) -> Result<Predefined, Fault> {
    Ok(Predefined {
        validation: validation(section, wire)?,
        seed: wire.seed.unwrap_or(DEFAULT_SEED),
        inliers_only: inliers_only(section, wire)?,
    })
}

/// A share, or 0 for none.
fn validation(section: &KeyPath, wire: &WireSplit) -> Result<f64, Fault> {
    match wire.validation.unwrap_or(DEFAULT_VALIDATION) {
        0.0 => Ok(0.0),
        validation => share(&section.key("validation"), validation),
    }
}

fn inliers_only(section: &KeyPath, wire: &WireSplit) -> Result<bool, Fault> {
    match &wire.train_on {
        Some(on) => choose(&section.key("train_on"), on, &[("inliers", true), ("all", false)], &[]),
        None => Ok(true),
    }
}
