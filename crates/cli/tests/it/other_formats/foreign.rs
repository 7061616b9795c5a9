//! Files that are no tables: named, with what to do, by every verb that reads one.

use super::fit;
use crate::oddbench::{Sandbox, assert_code, stderr};

#[test]
fn a_file_that_is_no_table_is_named_with_a_remedy() {
    let sandbox = Sandbox::new();
    let mut xlsx = b"PK\x03\x04\x14\0\0\0\x08\0".to_vec();
    xlsx.extend([0; 20]);
    xlsx.extend(b"xl/workbook.xml");
    // The name does not matter: people rename files until something takes them.
    std::fs::write(sandbox.path("flows.csv"), &xlsx).unwrap();
    std::fs::write(sandbox.path("capture.csv"), b"\xd4\xc3\xb2\xa1\x02\0\x04\0").unwrap();
    for (file, what, remedy) in
        [("flows.csv", "xlsx file", "save the sheet as CSV"), ("capture.csv", "pcap", "Zeek")]
    {
        let output = fit(&sandbox, file, &[]);
        let text = stderr(&output);
        assert_code(&output, 2);
        assert!(text.contains(what) && text.contains(remedy), "{text}");
        let toml = format!(
            "name = \"own\"\n[dataset]\nkind = \"csv\"\npath = {file:?}\nlabel = \"class\"\ninliers = [\"normal\"]\n\
             [split]\nkind = \"holdout\"\n[threshold]\nrule = \"max-f1\"\n[[model]]\nkind = \"hbos\"\n"
        );
        let experiment = sandbox.write("own.toml", &toml);
        let output = sandbox.run(&["check", experiment.to_str().unwrap()]);
        let text = stderr(&output);
        assert_code(&output, 2);
        assert!(text.contains(what), "{text}");
    }
}
