//! `oddbench run --executor slurm` on a real Slurm of two nodes, which each test starts for itself: what a lost
//! node, a lost client and a lost controller leave, and the messages for the user.

mod cluster;
mod lost;
mod told;
mod without;

/// An experiment of trials of two models that take a moment, under that name and with that many seeds.
fn trials(name: &str, seeds: usize) -> String {
    let seeds: Vec<String> = (1..=seeds).map(|seed| seed.to_string()).collect();
    format!(
        r#"
name = "{name}"
[dataset]
kind = "synthetic"
rows = 3000
[split]
kind = "holdout"
[threshold]
rule = "max-f1"
[run]
seeds = [{}]
[executor.slurm]
poll = "1s"
memory = "400 MB"
[[model]]
kind = "autoencoder"
params = {{ epochs = 20 }}
[[model]]
kind = "isolation-forest"
"#,
        seeds.join(", ")
    )
}

/// The same of one model whose trials take about a second, so that much can happen meanwhile.
fn slow_trials(name: &str, seeds: usize) -> String {
    let text = trials(name, seeds).replace("epochs = 20", "epochs = 800");
    text.replace("[[model]]\nkind = \"isolation-forest\"\n", "")
}

/// An experiment whose only trial never ends.
fn endless(name: &str) -> String {
    let whole = trials(name, 1);
    let (head, _) = whole.split_once("[[model]]").unwrap();
    format!("{head}[[model]]\nkind = \"external\"\ncommand = [\"sleep\", \"900\"]\n")
}
