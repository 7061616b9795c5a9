//! Measures seconds per epoch and per scoring call of the fused kernels on this machine's graphics card:
//!
//! ```text
//! cargo run --release -p oddbench-kernels --example epochs
//! cargo run --release -p oddbench-kernels --example epochs -- networks=vae models=1,132 rows=10000
//! ```
//!
//! With `format=csv` standard output is a file of measured epochs, which an experiment can name in `[report]
//! measured_epochs`, and the lines for people go to standard error.
//!
//! With the word `counts` it needs no graphics card: it prints what a step costs, counted from the networks.
//!
//! Rows are random numbers, because only the shapes decide the time. The first epoch is not counted. After it, epochs run
//! in chains, as in a fit: as many as the device trains in a quarter of a second. Each line has the median of the chains'
//! seconds per epoch, for all models together, and what the driver took to compile. Orders and noise are sent to the device
//! in this time. A fit also draws them on the processor, which is not measured here. If the device holds fewer models than
//! were asked for, the line is about those.
//!
//! A software renderer is refused, unless `software=yes` is given.

use std::time::Instant;

use oddbench_kernels::{
    Activation, Adam, Autoencoder, Bigan, Counts, EpochInput, Error, Factors, Gpu, Limits, Measure,
    Network, Plan, Rows, Scoring, Seq2Seq, Start, Trainer, Vae, Variant, stack,
};

/// What the command line asks for.
struct Options {
    networks: Vec<String>,
    models: Vec<usize>,
    variants: Vec<Variant>,
    rows: usize,
    /// How often each is measured.
    repeats: usize,
    batch: Option<usize>,
    csv: bool,
    /// Whether a software renderer may be measured.
    software: bool,
    /// Rows of a scoring call; 0 measures none.
    scored: usize,
}

impl Options {
    fn parse() -> Result<Self, String> {
        let mut options = Self {
            networks: ["autoencoder", "vae", "bigan", "seq2seq"].map(String::from).to_vec(),
            models: vec![1, 8, 30, 132, 264, 1000],
            variants: vec![Variant::Subgroup, Variant::Portable],
            rows: 97_278,
            repeats: 3,
            batch: None,
            csv: false,
            software: false,
            scored: 100_000,
        };
        for argument in std::env::args().skip(1) {
            let (key, value) =
                argument.split_once('=').ok_or(format!("{argument}: not key=value"))?;
            let number = |text: &str| text.parse().map_err(|_| format!("{text}: not a number"));
            match key {
                "networks" => options.networks = value.split(',').map(String::from).collect(),
                "models" => {
                    options.models = value.split(',').map(number).collect::<Result<_, _>>()?
                }
                "variant" if value == "portable" => options.variants = vec![Variant::Portable],
                "variant" if value == "subgroup" => options.variants = vec![Variant::Subgroup],
                "rows" => options.rows = number(value)?,
                "repeats" => options.repeats = number(value)?.max(1),
                "scored" => options.scored = number(value)?,
                "batch" => options.batch = Some(number(value)?),
                "format" if value == "csv" => options.csv = true,
                "software" if value == "yes" => options.software = true,
                _ => return Err(format!("{key}: no such option")),
            }
        }
        Ok(options)
    }

    /// Prints a line for people: beside the file, if that goes to standard output.
    fn say(&self, line: &str) {
        match self.csv {
            true => eprintln!("{line}"),
            false => println!("{line}"),
        }
    }
}

/// The published network of that name and its batch size.
fn published(name: &str) -> Result<(Network, usize), String> {
    let (linear, sigmoid) = (Activation::Linear, Activation::Sigmoid);
    let leaky = Activation::LeakyRelu;
    let next = |layers: &[oddbench_kernels::Dense]| layers.last().map_or(0, |layer| layer.end());
    match name {
        "autoencoder" => {
            let mut layers = stack(0, &[18, 15, 7, 2], leaky(0.2), linear);
            layers.extend(stack(next(&layers), &[2, 7, 15, 18], leaky(0.2), sigmoid));
            Ok((Network::Autoencoder(Autoencoder { layers }), 128))
        }
        "vae" => {
            let encoder = stack(0, &[18, 15, 7, 4], leaky(0.2), linear);
            let decoder = stack(next(&encoder), &[2, 7, 15, 18], leaky(0.2), sigmoid);
            Ok((Network::Vae(Vae { encoder, decoder, latent: 2 }), 128))
        }
        "bigan" => {
            let encoder = stack(0, &[18, 128, 2], leaky(0.2), linear);
            let generator = stack(next(&encoder), &[2, 128, 18], Activation::Relu, sigmoid);
            let discriminator = stack(next(&generator), &[20, 128, 1], leaky(0.1), linear);
            let pair = |layers: Vec<_>| <[_; 2]>::try_from(layers).map_err(|_| "two layers");
            let bigan = Bigan {
                encoder: pair(encoder)?,
                generator: pair(generator)?,
                discriminator: pair(discriminator)?,
                latent: 2,
                generator_updates: 1,
                cycle: true,
            };
            Ok((Network::Bigan(bigan), 256))
        }
        "seq2seq" => {
            let seq2seq = Seq2Seq {
                steps: 18,
                units: 10,
                roll: false,
                reverse: true,
                teacher_forcing: false,
                output: sigmoid,
                dropout: true,
                clip: true,
            };
            Ok((Network::Seq2Seq(seq2seq), 256))
        }
        _ => Err(format!("{name}: no such network")),
    }
}

/// Numbers in [0, 1) that look random: the fractions of multiples of the golden ratio.
fn numbers(count: usize) -> Vec<f32> {
    (0..count).map(|k| (k as f64 * 0.618_033_988_749_895).fract() as f32).collect()
}

/// What a number of models took.
struct Measured {
    /// How many there were: as many as were asked for, or as the device holds.
    models: usize,
    /// Of an epoch of all models.
    seconds: f64,
    /// Of the driver, to compile the kernel.
    compile: f64,
    /// The sum of the losses of the last epoch: networks that do not learn are no measurement.
    loss: f64,
}

fn measure(
    gpu: &Gpu,
    (network, batch): &(Network, usize),
    variant: Variant,
    models: usize,
    options: &Options,
) -> Result<Measured, Error> {
    let plan = Plan::new(network, *batch, gpu.limits(), variant)?;
    let models = models.min(Trainer::most_models(gpu, network, &plan)).max(1);
    let x = numbers(options.rows * network.n_features());
    let adam = Adam { learning_rate: 0.001, beta_1: 0.9, beta_2: 0.999, epsilon: 1e-7 };
    let factors =
        Factors { discriminator_rate: 0.0002, kept: 1.25, cycle_weight: 100.0, gradient_clip: 1.0 };
    let parameters: Vec<f32> = numbers(network.n_params()).iter().map(|v| v - 0.5).collect();
    let starts = vec![Start { parameters, adam, factors }; models];
    let rows = Rows::send(gpu, &x, network.n_features())?;
    let mut trainer = Trainer::new(gpu, network, plan, &rows, &starts)?;
    let order: Vec<u32> = (0..options.rows as u32).collect();
    let draws: Vec<u32> =
        numbers(options.rows * network.draws_per_row()).iter().map(|draw| draw.to_bits()).collect();
    let input = EpochInput { order: &order, draws: &draws, loss_weight: 0.1 };
    let inputs = vec![input; models];
    trainer.epoch(&inputs)?;
    let mut seconds = Vec::new();
    let mut loss = 0.0;
    for _ in 0..options.repeats {
        let epochs = vec![inputs.clone(); trainer.epochs_at_once(options.rows)];
        let started = Instant::now();
        let passed = trainer.epochs(&epochs, &mut [])?;
        seconds.push(started.elapsed().as_secs_f64() / epochs.len() as f64);
        let last = passed.last().map_or(&[][..], |epoch| &epoch.losses[0][..]);
        loss = last.iter().map(|loss| f64::from(*loss)).sum::<f64>();
    }
    seconds.sort_by(f64::total_cmp);
    let seconds = seconds[seconds.len() / 2];
    Ok(Measured { models, seconds, compile: trainer.compile_seconds(), loss })
}

/// Seconds of the first call and the median of the others, with the driver's seconds before them.
fn measure_scoring(gpu: &Gpu, network: &Network, options: &Options) -> Result<String, Error> {
    let columns = network.n_features();
    let x = numbers(options.scored * columns);
    let send = |rows: std::ops::Range<usize>| {
        Rows::send(gpu, &x[rows.start * columns..rows.end * columns], columns)
    };
    let parameters: Vec<f32> = numbers(network.n_params()).iter().map(|v| v - 0.5).collect();
    let scoring = Scoring::new(gpu, network, Measure::Squared)?;
    let compile = scoring.compile_seconds();
    let trained = scoring.of_trained(&parameters, [1.0, 0.0], 1)?;
    let mut seconds = Vec::new();
    let mut sum = 0.0;
    for _ in 0..=options.repeats {
        let started = Instant::now();
        let errors = trained.errors(options.scored, send, |_| Vec::new())?;
        seconds.push(started.elapsed().as_secs_f64());
        sum = errors.iter().map(|error| f64::from(*error)).sum::<f64>();
    }
    let first = seconds.remove(0);
    seconds.sort_by(f64::total_cmp);
    Ok(format!("{first:9.4}  {:9.4}  {compile:8.2}  {sum:12.4}", seconds[seconds.len() / 2]))
}

/// A table of seconds per epoch.
fn print_epochs(gpu: &Gpu, options: &Options) -> Result<(), String> {
    options.say(&format!("seconds per epoch of {} rows, for all models together", options.rows));
    options.say("network      batch  variant   models    seconds   compile          loss");
    if options.csv {
        println!("network,engine,device,batch,rows,models,seconds");
    }
    for name in &options.networks {
        let (network, batch) = published(name)?;
        let case = (network, options.batch.unwrap_or(batch));
        for &variant in &options.variants {
            for &models in &options.models {
                let measured = measure(gpu, &case, variant, models, options);
                print_epoch((name, case.1, variant), (gpu, options), models, measured);
            }
        }
    }
    Ok(())
}

fn print_epoch(
    (name, batch, variant): (&str, usize, Variant),
    (gpu, options): (&Gpu, &Options),
    asked: usize,
    measured: Result<Measured, Error>,
) {
    let start = |models: usize| format!("{name:11}  {batch:5}  {variant:8?}  {models:6}  ");
    match measured {
        Err(error) => options.say(&format!("{}{error}", start(asked))),
        Ok(Measured { models, seconds, compile, loss }) => {
            options.say(&format!("{}{seconds:9.4}  {compile:8.2}  {loss:12.4}", start(models)));
            if options.csv {
                let engine = format!("oddbench kernels, {variant:?}").to_lowercase();
                let (device, rows) = (gpu.name(), options.rows);
                println!("{name},\"{engine}\",\"{device}\",{batch},{rows},{models},{seconds}");
            }
        }
    }
}

/// A table of seconds per scoring call.
fn print_scoring(gpu: &Gpu, options: &Options) -> Result<(), String> {
    options.say(&format!("seconds to score {} rows", options.scored));
    options.say("network          first    seconds   compile           sum");
    for name in &options.networks {
        let (network, _) = published(name)?;
        let line =
            measure_scoring(gpu, &network, options).unwrap_or_else(|error| error.to_string());
        options.say(&format!("{name:11}  {line}"));
    }
    Ok(())
}

/// A table of what a step costs on a device like an H200, which allows 48 KiB of workgroup memory.
fn print_counts() -> Result<(), Box<dyn std::error::Error>> {
    let limits = Limits::H200;
    println!(
        "| network, batch | variant | workgroups | parameters | multiply-adds | shuffles | staged | barriers | workgroup bytes | device bytes | lines of WGSL |"
    );
    println!("|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
    let large = [("autoencoder", 4096), ("autoencoder", 65_536)];
    let published_sizes = ["autoencoder", "vae", "bigan", "seq2seq"].map(|name| (name, 0));
    for (name, batch) in published_sizes.into_iter().chain(large) {
        let (network, own) = published(name)?;
        let batch = if batch == 0 { own } else { batch };
        for variant in [Variant::Subgroup, Variant::Portable] {
            let plan = Plan::new(&network, batch, &limits, variant)?;
            let counts = Counts::new(&network, &plan);
            let texts = oddbench_kernels::wgsl::of_training(&network, &plan);
            let lines: usize = texts.iter().map(|text| text.lines().count()).sum();
            println!(
                "| {name}, {batch} | {variant:?} | {} | {} | {} | {} | {} | {} | {} | {} | {lines} |",
                plan.groups,
                plan.n_params,
                counts.multiply_adds,
                counts.shuffles,
                counts.staged,
                counts.barriers,
                counts.workgroup_bytes,
                counts.device_bytes,
            );
        }
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    if std::env::args().nth(1).as_deref() == Some("counts") {
        return print_counts();
    }
    let options = Options::parse()?;
    let gpu = Gpu::open()?;
    if gpu.is_software() && !options.software {
        return Err(format!(
            "{} is a software renderer, on which this takes hours: install the GPU's Vulkan driver, or give \
             software=yes",
            gpu.name()
        )
        .into());
    }
    options.say(&format!("{}: {:?}", gpu.name(), gpu.limits()));
    print_epochs(&gpu, &options)?;
    if options.scored > 0 {
        print_scoring(&gpu, &options)?;
    }
    Ok(())
}
