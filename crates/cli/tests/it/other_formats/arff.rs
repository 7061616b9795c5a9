//! ARFF as Weka writes it.

use std::fmt::Write as _;

use super::{fit, score};
use crate::oddbench::{Sandbox, assert_code, number, summary};

#[test]
fn an_arff_file_is_a_data_set_and_can_be_fitted_and_scored() {
    let sandbox = Sandbox::new();
    let mut text =
        "% flows\n@relation flows\n@attribute bytes numeric\n@attribute 'proto name' {tcp,udp}\n\
                    @attribute class {normal,anomaly}\n@data\n"
            .to_owned();
    for row in 0..300 {
        let odd = row % 10 == 0;
        let bytes = if odd { "9e6".to_owned() } else { format!("{}.5", 100 + row * 7 % 91) };
        let _ = writeln!(
            text,
            "{bytes}, {}, {}",
            ["tcp", "udp"][row % 2],
            ["normal", "anomaly"][usize::from(odd)]
        );
    }
    sandbox.write("flows.arff", &text);
    let toml = "name = \"own\"\n[dataset]\nkind = \"arff\"\npath = \"flows.arff\"\nlabel = \"class\"\ninliers = [\"normal\"]\n\
                [split]\nkind = \"holdout\"\n[threshold]\nrule = \"max-f1\"\n[[model]]\nkind = \"knn\"\n";
    let file = sandbox.write("own.toml", toml);
    assert_code(&sandbox.run(&["run", file.to_str().unwrap(), "--no-report"]), 0);
    let lines = summary(&sandbox.path("results/own/summary.csv"));
    assert_eq!(number(&lines[0], "roc_auc"), 1.0);

    assert_code(&fit(&sandbox, "flows.arff", &[]), 0);
    let scored = score(&sandbox, "flows.arff", "scored.csv");
    let mut lines = scored.lines();
    assert!(lines.next().unwrap().starts_with("bytes,proto name,class,score,"), "{scored}");
    assert!(lines.next().unwrap().starts_with("9e6,tcp,anomaly,"), "{scored}");
}
