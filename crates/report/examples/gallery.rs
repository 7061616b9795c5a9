//! Writes the report of a made-up experiment of 16 models with 10 seeds on 10,000 test rows, and says
//! how long that took: `cargo run --release -p oddbench-report --example gallery -- OUT [ROUNDS]`.

#[allow(dead_code, clippy::expect_used, clippy::unwrap_used, missing_docs)]
#[path = "../tests/it/fixture.rs"]
mod fixture;
#[allow(dead_code, clippy::expect_used, clippy::unwrap_used, missing_docs)]
#[path = "../tests/it/gallery.rs"]
mod gallery;

use std::path::PathBuf;
use std::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let out = PathBuf::from(arguments.next().ok_or("which folder?")?);
    let rounds: usize = arguments.next().map_or(Ok(5), |text| text.parse())?;
    let results = gallery::large(16, 10, 10_000);
    for round in 1..=rounds {
        let start = Instant::now();
        let files = oddbench_report::write(&results, &oddbench_report::summarize(&results), &out)?;
        println!("round {round}: {} files in {:.3} s", files.len(), start.elapsed().as_secs_f64());
    }
    let small = fixture::small(true, vec![fixture::ORACLE, fixture::SOUND]);
    oddbench_report::write(&small, &oddbench_report::summarize(&small), &out.join("small"))?;
    Ok(())
}
