//! Which program the results are from.

use super::*;

#[test]
fn the_revision_of_the_program_is_told() {
    let mut results = with(&[("one", "vae", 1, 2.0)]);
    results.manifest.git_revision = None;
    let facts = |results: &ExperimentResults| read(&report(results), "report.md").replace('\\', "");
    assert!(facts(&results).contains("of an unknown git revision"));
    results.manifest.environment.build = Some(oddbench_core::provenance::Build {
        revision: Some("0123456789ab".into()),
        ..Default::default()
    });
    let text = facts(&results);
    assert!(
        text.contains("built from git 0123456789ab") && !text.contains("unknown git"),
        "{text}"
    );
}
