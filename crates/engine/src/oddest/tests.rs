//! No kind of detector may call a row less odd because training never saw what it holds.

use oddbench_core::preprocess::{
    Constant, Encode, Infinite, Missing, PreprocessSettings, Scale, Transform, Unseen,
};
use oddbench_core::{Column, Silent, Table, Train};
use oddbench_models::{Backend, kinds};

use super::*;

const SERVICES: [&str; 5] = ["http", "dns", "ssh", "ftp", "smtp"];
const PROTOCOLS: [&str; 3] = ["tcp", "udp", "icmp"];

/// A row: bytes, packets, service, protocol, fragments.
type Row<'a> = (f64, f64, &'a str, &'a str, f64);

fn table(rows: &[Row<'_>]) -> Table {
    let categories = |names: Vec<&str>| {
        let mut levels: Vec<String> = Vec::new();
        let code = |name: &str| {
            let at = levels.iter().position(|level| level == name).unwrap_or_else(|| {
                levels.push(name.to_owned());
                levels.len() - 1
            });
            at as u32
        };
        let codes = names.into_iter().map(code).collect();
        Column::Categorical { codes, levels }
    };
    let columns = vec![
        ("bytes".into(), Column::Numeric(rows.iter().map(|row| row.0).collect())),
        ("packets".into(), Column::Numeric(rows.iter().map(|row| row.1).collect())),
        ("service".into(), categories(rows.iter().map(|row| row.2).collect())),
        ("protocol".into(), categories(rows.iter().map(|row| row.3).collect())),
        ("fragments".into(), Column::Numeric(rows.iter().map(|row| row.4).collect())),
    ];
    Table { columns, classes: None, beside: Vec::new() }
}

/// 160 rows whose services are of unlike frequency and go with unlike bytes; no fragments.
fn train() -> Table {
    let rows: Vec<Row<'_>> = (0..160usize)
        .map(|i| {
            let service = [0, 0, 0, 0, 1, 1, 1, 2, 2, if i % 50 == 9 { 4 } else { 3 }][i % 10];
            let spread = ((i * 37) % 23) as f64;
            let protocol = PROTOCOLS[if i % 40 == 39 { 2 } else { usize::from(service == 1) }];
            let bytes = 100.0 * (1 + service) as f64 + spread;
            (bytes, 1.0 + ((i * 11) % 7) as f64, SERVICES[service], protocol, 0.0)
        })
        .collect();
    table(&rows)
}

fn settings(encode: Encode) -> PreprocessSettings {
    PreprocessSettings {
        scale: if encode == Encode::OneHotScaled { Scale::Standard } else { Scale::MinMax },
        encode,
        missing: Missing::Error,
        infinite: Infinite::Error,
        unseen: Unseen::Oddest,
        constant: Constant::Flag,
        transform: Transform::None,
    }
}

struct Fitted {
    name: String,
    supervised: bool,
    /// The greatest score of a training row.
    oddest: f64,
    floor: ChangeFloor,
    preprocessor: Preprocessor,
    detector: Box<dyn FittedDetector>,
}

impl Fitted {
    fn scores(&self, rows: &[Row<'_>]) -> Vec<f64> {
        let (table, all) = (table(rows), (0..rows.len()).collect::<Vec<_>>());
        let x = self.preprocessor.transform(&table, &all).unwrap();
        let unseen = self.preprocessor.unseen(&table, &all).unwrap();
        self.scorer().score(&x, &unseen).unwrap().scores
    }

    fn scorer(&self) -> Scorer<'_> {
        let (detector, preprocessor) = (self.detector.as_ref(), &self.preprocessor);
        Scorer { detector, preprocessor, positional: false, floor: self.floor }
    }

    /// The scores of the detector for the unchanged rows.
    fn plain(&self, rows: &[Row<'_>]) -> Vec<f64> {
        let (table, all) = (table(rows), (0..rows.len()).collect::<Vec<_>>());
        self.detector.score(&self.preprocessor.transform(&table, &all).unwrap()).unwrap()
    }
}

/// Every kind whose score is about the row, under every encoding.
fn all() -> Vec<Fitted> {
    let train = train();
    let rows: Vec<usize> = (0..train.rows()).collect();
    let features = ["bytes", "packets", "service", "protocol", "fragments"].map(String::from);
    let labels: Vec<bool> = rows.iter().map(|row| row % 5 == 1 || row % 7 == 3).collect();
    let mut fitted = Vec::new();
    for encode in [Encode::OneHot, Encode::OneHotScaled, Encode::Ordinal] {
        let preprocessor = Preprocessor::fit(&train, &rows, &features, settings(encode)).unwrap();
        let x = preprocessor.transform(&train, &rows).unwrap();
        for kind in kinds().iter().filter(|kind| !kind.positional) {
            let detector = kind.build(&kind.quick(), &Backend::Cpu.open().unwrap()).unwrap();
            let labels = kind.supervised.then_some(labels.as_slice());
            let train = Train { x: &x, labels, validation: None };
            let detector = detector.fit(train, 1, &mut Silent).unwrap();
            let floor = match kind.supervised {
                true => ChangeFloor::NONE,
                false => ChangeFloor::of(detector.as_ref(), &preprocessor, &x).unwrap(),
            };
            let scores = detector.score_training(&x).unwrap();
            fitted.push(Fitted {
                name: format!("{} {encode:?}", kind.name),
                supervised: kind.supervised,
                oddest: scores.into_iter().fold(f64::NEG_INFINITY, f64::max),
                floor,
                preprocessor: preprocessor.clone(),
                detector,
            });
        }
    }
    fitted
}

#[test]
fn an_unseen_category_is_never_less_odd_than_a_known_one() {
    for fitted in all() {
        for (bytes, packets, protocol) in
            [(110.0, 2.0, "tcp"), (215.0, 3.0, "udp"), (450.0, 6.0, "icmp"), (9e4, 40.0, "tcp")]
        {
            let row = |service| (bytes, packets, service, protocol, 0.0);
            let known = SERVICES.map(row);
            let unseen = fitted.scores(&[row("irc")])[0];
            for (service, score) in SERVICES.iter().zip(fitted.plain(&known)) {
                let name = &fitted.name;
                assert!(unseen >= score, "{name}: {unseen} < {score} of {service}, {bytes} bytes");
            }
            assert!(unseen >= fitted.plain(&[row("irc")])[0], "{}: as it is", fitted.name);
        }
    }
}

#[test]
fn several_unseen_columns_are_never_less_odd_than_any_known_combination() {
    for fitted in all() {
        let row = |service, protocol| (215.0, 3.0, service, protocol, 0.0);
        let both = fitted.scores(&[row("irc", "sctp")])[0];
        for service in SERVICES {
            // Neither than the same row of which one of the columns is known.
            let one = fitted.scores(&[row(service, "sctp")])[0];
            assert!(both >= one, "{}: {both} < {one} of {service}", fitted.name);
            for score in fitted.plain(&PROTOCOLS.map(|protocol| row(service, protocol))) {
                assert!(one >= score, "{}: {one} < {score} of {service}", fitted.name);
            }
        }
    }
}

#[test]
fn a_change_of_a_constant_column_is_never_less_odd_than_none() {
    for fitted in all() {
        for service in SERVICES {
            let row = |fragments| (215.0, 3.0, service, "udp", fragments);
            let (usual, changed) = (fitted.plain(&[row(0.0)])[0], fitted.scores(&[row(3.0)])[0]);
            assert!(changed >= usual, "{}: {changed} < {usual}", fitted.name);
            assert_eq!(changed, fitted.scores(&[row(1e12)])[0], "{}: one unit", fitted.name);
        }
    }
}

/// Trees and pseudo-inverses learn nothing from a column that never varied; its change must still count.
#[test]
fn a_change_of_a_constant_column_is_as_odd_as_the_oddest_training_row() {
    for fitted in all().into_iter().filter(|fitted| !fitted.supervised) {
        for service in SERVICES {
            let changed = fitted.scores(&[(215.0, 3.0, service, "udp", 3.0)])[0];
            assert!(changed >= fitted.oddest, "{}: {changed} < {}", fitted.name, fitted.oddest);
        }
    }
}

#[test]
fn what_raises_a_score_is_for_the_changed_columns() {
    let all = all();
    let forest = all.iter().find(|fitted| fitted.name.starts_with("isolation-forest")).unwrap();
    let rows = table(&[(215.0, 3.0, "dns", "udp", 3.0), (215.0, 3.0, "dns", "udp", 0.0)]);
    let x = forest.preprocessor.transform(&rows, &[0, 1]).unwrap();
    let unseen = forest.preprocessor.unseen(&rows, &[0, 1]).unwrap();
    let found = forest.scorer().score(&x, &unseen).unwrap();
    let [(cell, part)] = found.raised[..] else { panic!("{:?}", found.raised) };
    // The fifth column is the one that changed.
    assert_eq!((cell.row, cell.input, found.scores[0]), (0, 4, forest.oddest));
    let plain = forest.detector.score(&found.as_scored(&x)).unwrap();
    assert!((plain[0] + part - found.scores[0]).abs() < 1e-12);
    assert_eq!(plain[1], found.scores[1]);
}

#[test]
fn rows_that_hold_nothing_new_keep_their_score_to_the_bit() {
    let rows = [
        (110.0, 2.0, "http", "tcp", 0.0),
        (215.0, 3.0, "irc", "tcp", 0.0),
        (9e4, 40.0, "ssh", "icmp", 0.0),
        (300.0, 1.0, "irc", "sctp", 2.0),
        (215.0, 3.0, "dns", "udp", 0.0),
    ];
    for fitted in all() {
        let (scores, plain) = (fitted.scores(&rows), fitted.plain(&rows));
        for known in [0, 2, 4] {
            assert_eq!(scores[known].to_bits(), plain[known].to_bits(), "{}", fitted.name);
        }
        for (at, row) in rows.iter().enumerate() {
            let alone = fitted.scores(&[*row])[0];
            assert_eq!(alone.to_bits(), scores[at].to_bits(), "{}: row {at} alone", fitted.name);
        }
    }
}

/// Counts the rows that it scores, and finds a row odd if its columns differ.
struct Counting(std::sync::atomic::AtomicUsize);

impl FittedDetector for Counting {
    fn score(&self, x: &Matrix) -> Result<Vec<f64>, DetectorError> {
        self.0.fetch_add(x.rows(), std::sync::atomic::Ordering::Relaxed);
        Ok(x.iter_rows().map(|row| row.iter().map(|v| f64::from(*v)).sum()).collect())
    }
    fn save(&self, _: &std::path::Path) -> Result<(), DetectorError> {
        Ok(())
    }
    fn n_features(&self) -> usize {
        4
    }
}

/// Four columns of 100 categories each have 10⁸ combinations.
#[test]
fn many_combinations_are_searched_column_by_column() {
    let rows: Vec<usize> = (0..100).collect();
    let names: Vec<String> = ["a", "b", "c", "d"].map(String::from).to_vec();
    let column = |levels: Vec<String>| {
        let codes = (0u32..).take(levels.len()).collect();
        Column::Categorical { codes, levels }
    };
    let levels: Vec<String> = (0..100).map(|level| format!("{level:02}")).collect();
    let of = |levels: &[String]| {
        let columns = names.iter().map(|name| (name.clone(), column(levels.to_vec())));
        Table { columns: columns.collect(), classes: None, beside: Vec::new() }
    };
    let rule = PreprocessSettings { scale: Scale::None, ..settings(Encode::Ordinal) };
    let preprocessor = Preprocessor::fit(&of(&levels), &rows, &names, rule).unwrap();
    let later = of(&["new".to_owned()]);
    let x = preprocessor.transform(&later, &[0]).unwrap();
    let unseen = preprocessor.unseen(&later, &[0]).unwrap();
    assert_eq!(unseen.len(), 4);
    let detector = Counting(0.into());
    let scorer = |positional| Scorer {
        detector: &detector,
        preprocessor: &preprocessor,
        positional,
        floor: ChangeFloor::NONE,
    };
    let found = scorer(false).score(&x, &unseen).unwrap();
    // The code after the last in each of the columns.
    assert_eq!(
        (found.scores.as_slice(), found.as_scored(&x).row(0)),
        (&[400.0][..], &[100.0f32; 4][..])
    );
    let scored = detector.0.load(std::sync::atomic::Ordering::Relaxed);
    assert!(scored <= 1 + 2 * 4 * 102, "{scored}");
    // A detector whose scores say nothing about a row's values is asked once.
    assert_eq!(scorer(true).score(&x, &unseen).unwrap().scores, [-4.0]);
    assert_eq!(detector.0.into_inner(), scored + 1);
}
