//! Load on `POST /api/score`: clients that post batches of rows one after the other for a while.
//!
//! ```text
//! cargo run --release -p oddbench-serve --example load -- http://127.0.0.1:8080 MODEL [CLIENTS ROWS SECONDS]
//! ```
//!
//! Rows are generated connections with all of KDD's columns, sent as CSV. Printed are errors, latency
//! as the client sees it, and rows per second.

use std::error::Error;
use std::fmt::Write;
use std::thread;
use std::time::{Duration, Instant};

use oddbench_core::Column;
use oddbench_data::datasets::synthetic;
use oddbench_data::{Cache, Silent};
use ureq::Agent;

/// What one client saw.
#[derive(Default)]
struct Seen {
    seconds: Vec<f64>,
    errors: usize,
    last_error: Option<String>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let usage = "usage: load URL MODEL [CLIENTS ROWS SECONDS]";
    let (url, model) = (arguments.next().ok_or(usage)?, arguments.next().ok_or(usage)?);
    let mut number =
        |usual: usize| arguments.next().map_or(Ok(usual), |text| text.parse::<usize>());
    let (clients, rows, seconds) = (number(64)?, number(100)?, number(30)?);
    let url = format!("{}/api/score?model={model}", url.trim_end_matches('/'));
    let body = batch(rows)?;
    println!("{clients} clients, {rows} rows ({} bytes) a request, {seconds} s, {url}", body.len());
    let started = Instant::now();
    let end = started + Duration::from_secs(seconds as u64);
    let workers: Vec<_> = (0..clients)
        .map(|_| {
            let (url, body) = (url.clone(), body.clone());
            thread::spawn(move || client(&url, &body, end))
        })
        .collect();
    let seen: Vec<Seen> = workers.into_iter().filter_map(|worker| worker.join().ok()).collect();
    report(&seen, rows, started.elapsed().as_secs_f64());
    Ok(())
}

fn client(url: &str, body: &str, end: Instant) -> Seen {
    let agent: Agent = Agent::config_builder()
        .proxy(None)
        .timeout_global(Some(Duration::from_secs(60)))
        .build()
        .into();
    let mut seen = Seen::default();
    while Instant::now() < end {
        let started = Instant::now();
        let answer = agent
            .post(url)
            .header("content-type", "text/csv")
            .send(body)
            .and_then(|mut answer| answer.body_mut().read_to_vec());
        match answer {
            Ok(_) => seen.seconds.push(started.elapsed().as_secs_f64()),
            Err(error) => {
                seen.errors += 1;
                seen.last_error = Some(error.to_string());
            }
        }
    }
    seen
}

fn report(seen: &[Seen], rows: usize, took: f64) {
    let mut all: Vec<f64> = seen.iter().flat_map(|seen| seen.seconds.iter().copied()).collect();
    all.sort_by(f64::total_cmp);
    let errors: usize = seen.iter().map(|seen| seen.errors).sum();
    println!("requests {}, errors {errors}", all.len());
    if let Some(error) = seen.iter().find_map(|seen| seen.last_error.as_ref()) {
        println!("one of the errors: {error}");
    }
    let at = |share: f64| all.get(((all.len() as f64 - 1.0) * share).round() as usize);
    for (name, share) in [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("max", 1.0)] {
        if let Some(seconds) = at(share) {
            println!("{name} {:.1} ms", seconds * 1e3);
        }
    }
    println!(
        "{:.0} requests/s, {:.0} rows/s",
        all.len() as f64 / took,
        (all.len() * rows) as f64 / took
    );
}

/// So many generated connections as CSV.
fn batch(rows: usize) -> Result<String, Box<dyn Error>> {
    let source = synthetic(rows, 1);
    let columns: Vec<String> = source.info().columns.into_iter().map(|(name, _)| name).collect();
    let cache =
        Cache { dir: std::env::temp_dir(), mirror: None, offline: true, watch: Box::new(Silent) };
    let table = source.load(&cache, &columns, &[])?.train;
    let mut csv = columns.join(",");
    for row in 0..rows {
        for (at, (_, column)) in table.columns.iter().enumerate() {
            csv.push(if at == 0 { '\n' } else { ',' });
            match column {
                Column::Numeric(values) => write!(csv, "{}", values[row])?,
                Column::Categorical { codes, levels } => csv.push_str(&levels[codes[row] as usize]),
            }
        }
    }
    csv.push('\n');
    Ok(csv)
}
