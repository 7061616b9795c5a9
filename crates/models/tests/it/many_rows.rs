//! Networks score many rows in blocks: a row's score does not depend on the block that it stands in.

use oddbench_core::{Matrix, Silent, Train};
use oddbench_models::{Backend, find};

/// More rows than are scored at once, and no multiple of any block.
const ROWS: usize = (1 << 17) + 321;
const PERIOD: usize = 77;
const COLUMNS: usize = 4;

/// The same 77 rows again and again.
fn rows(n: usize) -> Matrix {
    let value =
        |row: usize, column: usize| ((row % PERIOD * 37 + column * 11) % 101) as f32 / 100.0;
    let values = (0..n * COLUMNS).map(|i| value(i / COLUMNS, i % COLUMNS)).collect();
    Matrix::new(n, COLUMNS, values).unwrap()
}

#[test]
fn equal_rows_have_equal_scores_in_every_block() {
    for name in ["autoencoder", "vae", "bigan", "seq2seq"] {
        let kind = find(name).unwrap();
        let detector = kind.build(&kind.quick(), &Backend::Cpu.open().unwrap()).unwrap();
        let few = rows(PERIOD);
        let train = Train { x: &few, labels: None, validation: None };
        let fitted = detector.fit(train, 1, &mut Silent).unwrap();
        let (of_few, of_many) = (fitted.score(&few).unwrap(), fitted.score(&rows(ROWS)).unwrap());
        assert_eq!(of_many.len(), ROWS);
        for (at, score) in of_many.iter().enumerate() {
            assert_eq!(score.to_bits(), of_few[at % PERIOD].to_bits(), "{name}, row {at}");
        }
    }
}
