//! Programs of the user's in a report: the versions that they reported, and what they noted.

use oddbench_core::external::ExternalRun;
use oddbench_core::record::Outcome;
use oddbench_core::results::ExperimentResults;

use crate::fixture::{SOUND, small};
use crate::{read, report};

/// The three trials of `AE` and the one of `PCA` are programs that reported those versions.
fn with_versions(versions: [&[(&str, &str)]; 4]) -> ExperimentResults {
    let mut results = small(false, vec![SOUND]);
    for (trial, versions) in results.trials.iter_mut().zip(versions) {
        let versions = versions.iter().map(|&(name, version)| (name.into(), version.into()));
        let run = ExternalRun { versions: versions.collect(), ..ExternalRun::default() };
        trial.record.as_mut().unwrap().external = Some(run);
    }
    results
}

#[test]
fn reported_versions_stand_under_what_was_run_with_their_rows() {
    let numpy = &[("numpy", "2.4.6")][..];
    let both = &[("numpy", "2.4.6"), ("python", "3.11.2")][..];
    let newer = &[("numpy", "2.5.0"), ("python", "3.11.2")][..];
    for (versions, said) in [
        ([both; 4], "numpy 2.4.6, python 3.11.2 (AE, PCA)"),
        ([both, both, both, numpy], "numpy 2.4.6 (PCA); numpy 2.4.6, python 3.11.2 (AE)"),
        // A run that was resumed after an update.
        ([both, newer, both, &[]], "numpy 2.4.6 and 2.5.0, python 3.11.2 (AE)"),
    ] {
        let report = report(&with_versions(versions));
        let line = format!("| Reported versions | {said} |");
        let markdown = read(&report, "report.md");
        assert!(markdown.contains(&line), "{line}\n{markdown}");
        let page = read(&report, "index.html");
        let line = format!("<dt>Reported versions</dt><dd>{said}</dd>");
        assert!(page.contains(&line), "{line}");
    }
    let silent = report(&with_versions([&[]; 4]));
    assert!(!read(&silent, "report.md").contains("Reported versions"));
}

#[test]
fn what_a_program_noted_stands_with_its_model_in_every_page() {
    let mut results = with_versions([&[]; 4]);
    let record = results.trials[3].record.as_mut().unwrap();
    let Outcome::Completed { notes, .. } = &mut record.outcome else { panic!("completed") };
    notes.push("it did not converge".into());
    let report = report(&results);
    for file in ["report.md", "index.html"] {
        let text = read(&report, file);
        let (_, models) = text.split_once("PCA</h3>").or(text.split_once("### PCA")).unwrap();
        assert!(models.contains("it did not converge"), "{file}");
    }
}
