//! What users rely on when rows are preprocessed.

use super::*;

fn table(duration: &[f64], service: &[&str]) -> Table {
    let mut levels: Vec<String> = Vec::new();
    let codes = service
        .iter()
        .map(|name| match levels.iter().position(|level| level == name) {
            _ if name.is_empty() => Column::MISSING,
            Some(code) => code as u32,
            None => {
                levels.push((*name).to_owned());
                levels.len() as u32 - 1
            }
        })
        .collect();
    Table {
        columns: vec![
            ("duration".into(), Column::Numeric(duration.to_vec())),
            ("service".into(), Column::Categorical { codes, levels }),
        ],
        classes: None,
        beside: Vec::new(),
    }
}

fn settings(scale: Scale, encode: Encode, missing: Missing) -> PreprocessSettings {
    PreprocessSettings {
        scale,
        encode,
        missing,
        infinite: Infinite::Error,
        unseen: Unseen::Oddest,
        constant: Constant::Keep,
        transform: Transform::None,
    }
}

fn features() -> Vec<String> {
    vec!["duration".into(), "service".into()]
}

const PLAIN: PreprocessSettings = PreprocessSettings {
    scale: Scale::MinMax,
    encode: Encode::OneHot,
    missing: Missing::Error,
    infinite: Infinite::Error,
    unseen: Unseen::Oddest,
    constant: Constant::Keep,
    transform: Transform::None,
};

#[test]
fn categories_are_matched_by_name_and_an_unseen_one_is_all_zeros() {
    let train = table(&[2.0, 4.0, 6.0], &["smtp", "http", "http"]);
    let fitted = Preprocessor::fit(&train, &[0, 1, 2], &features(), PLAIN).unwrap();
    assert_eq!(fitted.columns(), ["duration", "service=http", "service=smtp"]);
    let test = table(&[8.0, 2.0, 4.0], &["icmp", "http", "smtp"]);
    let x = fitted.transform(&test, &[0, 1, 2]).unwrap();
    assert_eq!(x.as_slice(), [1.5, 0., 0., 0., 1., 0., 0.5, 0., 1.]);
}

#[test]
fn only_the_training_rows_are_learned_from() {
    let train = table(&[0.0, 10.0, 1e9], &["a", "b", "c"]);
    let fitted = Preprocessor::fit(&train, &[0, 1], &features(), PLAIN).unwrap();
    assert_eq!(fitted.columns(), ["duration", "service=a", "service=b"]);
    assert_eq!(fitted.transform(&train, &[1]).unwrap().row(0)[0], 1.0);
}

#[test]
fn ordinal_codes_are_scaled_and_an_unseen_category_is_minus_one() {
    let ordinal = settings(Scale::None, Encode::Ordinal, Missing::Error);
    let train = table(&[1.0, 1.0, 1.0], &["b", "a", "c"]);
    let fitted = Preprocessor::fit(&train, &[0, 1, 2], &features(), ordinal).unwrap();
    let test = table(&[0.0, 0.0], &["z", "b"]);
    assert_eq!(fitted.transform(&test, &[0, 1]).unwrap().as_slice(), [0., -1., 0., 1.]);
    let scaled = PreprocessSettings { scale: Scale::MinMax, ..ordinal };
    let fitted = Preprocessor::fit(&train, &[0, 1, 2], &features(), scaled).unwrap();
    assert_eq!(fitted.transform(&train, &[2]).unwrap().as_slice(), [0., 1.]);
}

#[test]
fn a_constant_column_becomes_zero() {
    for scale in [Scale::MinMax, Scale::Standard, Scale::Robust] {
        let rule = settings(scale, Encode::OneHot, Missing::Error);
        let train = table(&[0.1, 0.1, 0.1], &["a", "a", "a"]);
        let fitted = Preprocessor::fit(&train, &[0, 1, 2], &features(), rule).unwrap();
        assert!(fitted.transform(&train, &[0]).unwrap().row(0)[0].abs() < 1e-9, "{scale:?}");
    }
}

#[test]
fn constant_columns_are_dropped_by_name_and_later_values_there_are_not_read() {
    for encode in [Encode::OneHot, Encode::Ordinal] {
        let rule = PreprocessSettings { encode, constant: Constant::Drop, ..PLAIN };
        let train = table(&[0.1, 0.1, 9.0], &["a", "b", "a"]);
        let fitted = Preprocessor::fit(&train, &[0, 1], &features(), rule).unwrap();
        assert_eq!(fitted.dropped(), ["duration"]);
        assert!(fitted.columns().iter().all(|name| name.starts_with("service")));
        assert_eq!(fitted.features().collect::<Vec<_>>(), ["service"]);
        let later = table(&[f64::NAN], &["b"]);
        let x = fitted.transform(&later, &[0]).unwrap();
        assert_eq!(x.cols(), fitted.columns().len());
        // Only the third row differs in this column, and only training rows count.
        let fitted = Preprocessor::fit(&train, &[0, 2], &features(), rule).unwrap();
        assert_eq!(fitted.dropped(), ["service"]);
    }
}

#[test]
fn a_column_that_only_its_filled_gaps_would_vary_is_constant() {
    let rule = PreprocessSettings {
        constant: Constant::Drop,
        ..settings(Scale::MinMax, Encode::OneHot, Missing::Median)
    };
    let train = table(&[2.0, f64::NAN, 2.0], &["a", "", "b"]);
    let fitted = Preprocessor::fit(&train, &[0, 1, 2], &features(), rule).unwrap();
    assert_eq!((fitted.dropped(), fitted.columns().len()), (&["duration".to_owned()][..], 2));
}

#[test]
fn nothing_but_constant_columns_is_an_error() {
    let train = table(&[1.0, 1.0], &["a", "a"]);
    for constant in [Constant::Drop, Constant::Flag] {
        let rule = PreprocessSettings { constant, ..PLAIN };
        for rows in [&[0, 1][..], &[0]] {
            let error = Preprocessor::fit(&train, rows, &features(), rule).unwrap_err();
            assert_eq!(error, PreprocessError::AllConstant(rows.len()));
        }
    }
    let kept = Preprocessor::fit(&train, &[0, 1], &features(), PLAIN).unwrap();
    assert_eq!((kept.columns().len(), kept.dropped().len()), (2, 0));
}

#[test]
fn ten_thousand_categories_are_refused_one_hot_and_work_as_ordinals() {
    let names: Vec<String> = (0..10_000).map(|i| format!("n{i:05}")).collect();
    let codes = (0..10_000).collect();
    let column = Column::Categorical { codes, levels: names };
    let train = Table { columns: vec![("host".into(), column)], classes: None, beside: Vec::new() };
    let rows: Vec<usize> = (0..10_000).collect();
    let error = Preprocessor::fit(&train, &rows, &["host".into()], PLAIN).unwrap_err();
    let text = error.to_string();
    assert!(text.contains("\"host\" has 10000 categories") && text.contains("ordinal"), "{text}");
    let ordinal = PreprocessSettings { encode: Encode::Ordinal, ..PLAIN };
    let fitted = Preprocessor::fit(&train, &rows, &["host".into()], ordinal).unwrap();
    assert_eq!(fitted.transform(&train, &[0, 9_999]).unwrap().as_slice(), [0.0, 1.0]);
    // What is refused is the number of columns, not a large dictionary.
    let fitted = Preprocessor::fit(&train, &rows[..1_000], &["host".into()], PLAIN).unwrap();
    assert_eq!(fitted.columns().len(), MOST_CATEGORIES);
}

#[test]
fn missing_values_follow_the_rule() {
    let train = table(&[1.0, f64::NAN, 5.0, 9.0], &["a", "", "b", "b"]);
    let rows = [0, 1, 2, 3];
    let error = Preprocessor::fit(&train, &rows, &features(), PLAIN).unwrap_err();
    let gap = |column: &str| Gap { column: column.into(), rows: 1, first: 1 };
    let missing = vec![gap("duration"), gap("service")];
    assert_eq!(error, PreprocessError::Gaps { missing, infinite: vec![] });
    assert!(error.to_string().contains("\"duration\" (1 row, first row 2), \"service\" (1 row"));
    let median = settings(Scale::None, Encode::OneHot, Missing::Median);
    let fitted = Preprocessor::fit(&train, &rows, &features(), median).unwrap();
    assert_eq!(fitted.transform(&train, &[1]).unwrap().as_slice(), [5., 0., 1.]);
}

#[test]
fn infinity_is_an_error_under_every_rule_for_gaps_unless_it_counts_as_one() {
    let train =
        table(&[1.0, f64::INFINITY, 4.0, f64::NEG_INFINITY, 3.0], &["a", "a", "b", "a", "b"]);
    let rows = [0, 1, 2, 3, 4];
    for missing in [Missing::Error, Missing::Median, Missing::DropRow] {
        let rule = PreprocessSettings { missing, ..PLAIN };
        let error = Preprocessor::fit(&train, &rows, &features(), rule).unwrap_err();
        let infinite = vec![Gap { column: "duration".into(), rows: 2, first: 1 }];
        assert_eq!(error, PreprocessError::Gaps { missing: vec![], infinite });
        assert!(
            error.to_string().contains("set infinite = \"missing\" in [preprocess]"),
            "{error}"
        );
    }
    let rule = PreprocessSettings { infinite: Infinite::Missing, ..PLAIN };
    let error = Preprocessor::fit(&train, &rows, &features(), rule).unwrap_err();
    assert!(error.to_string().starts_with("values are missing in column \"duration\" (2 rows"));
    let rule = PreprocessSettings { missing: Missing::Median, scale: Scale::None, ..rule };
    let fitted = Preprocessor::fit(&train, &rows, &features(), rule).unwrap();
    // The median of the finite values.
    assert_eq!(fitted.transform(&train, &[1, 3]).unwrap().as_slice(), [3., 1., 0., 3., 1., 0.]);
}

#[test]
fn every_column_with_gaps_is_named_at_once() {
    let mut train = table(&[1.0, f64::INFINITY, f64::NAN], &["a", "", ""]);
    train.columns.push(("rate".into(), Column::Numeric(vec![1.0, f64::INFINITY, f64::INFINITY])));
    let features = [features(), vec!["rate".into()]].concat();
    let said = Preprocessor::fit(&train, &[0, 1, 2], &features, PLAIN).unwrap_err().to_string();
    for part in [
        "missing in columns \"duration\" (1 row, first row 3), \"service\" (2 rows, first row 2)",
        "infinite in columns \"duration\" (1 row, first row 2), \"rate\" (2 rows, first row 2)",
    ] {
        assert!(said.contains(part), "{part} is not in {said}");
    }
}

#[test]
fn the_rule_for_infinite_values_is_written_only_where_it_is_not_the_default() {
    let text = serde_json::to_string(&PLAIN).unwrap();
    assert!(!text.contains("infinite"), "{text}");
    let rule = PreprocessSettings { infinite: Infinite::Missing, ..PLAIN };
    let text = serde_json::to_string(&rule).unwrap();
    assert_eq!(serde_json::from_str::<PreprocessSettings>(&text).unwrap(), rule);
}

/// A fragment that never was becomes one unit, whatever the scale; so does a protocol.
#[test]
fn a_change_of_a_constant_column_is_one_unit() {
    let mut train = table(&[0.0, 0.0, 0.0], &["a", "a", "a"]);
    train.columns.push(("bytes".into(), Column::Numeric(vec![1.0, 2.0, 3.0])));
    let mut later = table(&[0.0, 900.0, -0.5, f64::NAN], &["a", "b", "a", ""]);
    later.columns.push(("bytes".into(), Column::Numeric(vec![2.0; 4])));
    let features = [features(), vec!["bytes".into()]].concat();
    for scale in [Scale::MinMax, Scale::Standard, Scale::Robust, Scale::None] {
        for encode in [Encode::OneHot, Encode::OneHotScaled, Encode::Ordinal] {
            let rule = PreprocessSettings {
                constant: Constant::Flag,
                ..settings(scale, encode, Missing::Median)
            };
            let fitted = Preprocessor::fit(&train, &[0, 1, 2], &features, rule).unwrap();
            assert_eq!(fitted.columns(), ["duration!=0", "service!=a", "bytes"]);
            assert_eq!(fitted.flagged().collect::<Vec<_>>(), ["duration", "service"]);
            let x = fitted.transform(&later, &[0, 1, 2, 3]).unwrap();
            let flags = |column| x.column(column).collect::<Vec<_>>();
            assert_eq!((flags(0), flags(1)), (vec![0., 1., 1., 0.], vec![0., 1., 0., 0.]));
            let back = fitted.invert(&x);
            assert_eq!(back[0].1, Column::Numeric(vec![0.0; 4]));
            let text = serde_json::to_string(&fitted).unwrap();
            assert_eq!(serde_json::from_str::<Preprocessor>(&text).unwrap(), fitted);
            let without_rule = PreprocessSettings { missing: Missing::Error, ..rule };
            let strict = Preprocessor::fit(&train, &[0, 1, 2], &features, without_rule).unwrap();
            assert!(matches!(strict.transform(&later, &[3]), Err(PreprocessError::Gaps { .. })));
        }
    }
}

#[test]
fn another_type_or_no_column_is_an_error() {
    let train = table(&[1.0, 2.0], &["a", "b"]);
    let fitted = Preprocessor::fit(&train, &[0, 1], &features(), PLAIN).unwrap();
    let mut other = train.clone();
    other.columns[0].1 = other.columns[1].1.clone();
    let error = fitted.transform(&other, &[0]).unwrap_err();
    assert_eq!(error, PreprocessError::WrongType("duration".into(), "numeric"));
    other.columns.remove(0);
    let error = fitted.transform(&other, &[0]).unwrap_err();
    assert_eq!(error, PreprocessError::NoColumn("duration".into()));
}

#[test]
fn it_survives_json() {
    let train = table(&[0.1, 0.7, 1e-9], &["a", "b", "b"]);
    for scale in [Scale::MinMax, Scale::Standard, Scale::Robust, Scale::None] {
        let rule = settings(scale, Encode::OneHot, Missing::Median);
        let fitted = Preprocessor::fit(&train, &[0, 1, 2], &features(), rule).unwrap();
        let text = serde_json::to_string(&fitted).unwrap();
        assert_eq!(serde_json::from_str::<Preprocessor>(&text).unwrap(), fitted);
    }
}

#[test]
fn a_column_without_a_value_and_one_too_large_are_named() {
    let rule = settings(Scale::None, Encode::OneHot, Missing::Median);
    let train = table(&[f64::NAN, f64::NAN], &["a", "a"]);
    let error = Preprocessor::fit(&train, &[0, 1], &features(), rule).unwrap_err();
    assert_eq!(error, PreprocessError::AllMissing("duration".into()));
    let too_large = PreprocessError::TooLarge("duration".into());
    let huge = table(&[1e300, -1e300], &["a", "a"]);
    let fitted = Preprocessor::fit(&huge, &[0, 1], &features(), rule).unwrap();
    assert_eq!(fitted.transform(&huge, &[0]).unwrap_err(), too_large);
    let standard = settings(Scale::Standard, Encode::OneHot, Missing::Error);
    let error = Preprocessor::fit(&huge, &[0, 1], &features(), standard).unwrap_err();
    assert_eq!(error, too_large);
}

#[test]
fn no_rows_to_fit_on_is_an_error_and_no_rows_to_transform_is_none() {
    let train = table(&[1.0, 2.0], &["a", "b"]);
    let error = Preprocessor::fit(&train, &[], &features(), PLAIN).unwrap_err();
    assert_eq!(error, PreprocessError::NoRows);
    let fitted = Preprocessor::fit(&train, &[0, 1], &features(), PLAIN).unwrap();
    let x = fitted.transform(&train, &[]).unwrap();
    assert_eq!((x.rows(), x.cols()), (0, 3));
}

#[test]
fn an_unseen_category_in_a_filled_column_stays_unseen() {
    let train = table(&[1.0, 1.0, 1.0], &["a", "b", "b"]);
    let rule = settings(Scale::None, Encode::OneHot, Missing::Median);
    let fitted = Preprocessor::fit(&train, &[0, 1, 2], &features(), rule).unwrap();
    let test = table(&[1.0, 1.0], &["z", ""]);
    assert_eq!(fitted.transform(&test, &[0, 1]).unwrap().as_slice(), [1., 0., 0., 1., 0., 1.]);
}

#[test]
fn complete_rows_are_those_without_a_gap_in_the_features() {
    let gaps = table(&[1.0, f64::NAN, 5.0, f64::INFINITY], &["a", "a", "", "b"]);
    let complete = |features: &[String]| complete_rows(&gaps, features, Infinite::Error);
    assert_eq!(complete(&features()), [0, 3]);
    assert_eq!(complete(&features()[..1]), [0, 2, 3]);
    assert_eq!(complete(&[]), [0, 1, 2, 3]);
    assert_eq!(complete_rows(&gaps, &features(), Infinite::Missing), [0]);
}

/// ln(1 + x) by the decimals of any table of logarithms, scaled by hand.
#[test]
fn the_logarithm_comes_before_the_scale() {
    let rule = PreprocessSettings { transform: Transform::Log, ..PLAIN };
    let train = table(&[0.0, 9.0, 99.0], &["a", "b", "a"]);
    let fitted = Preprocessor::fit(&train, &[0, 1, 2], &features(), rule).unwrap();
    let x = fitted.transform(&train, &[0, 1, 2]).unwrap();
    // log10(1), log10(10) and log10(100), over log10(100); categories are as ever.
    assert_eq!(x.as_slice(), [0., 1., 0., 0.5, 0., 1., 1., 1., 0.]);
}

#[test]
fn a_later_value_below_zero_mirrors_the_logarithm_of_its_size() {
    let rule = PreprocessSettings { scale: Scale::None, transform: Transform::Log, ..PLAIN };
    let train = table(&[0.0, 1.0], &["a", "a"]);
    let fitted = Preprocessor::fit(&train, &[0, 1], &features()[..1], rule).unwrap();
    let later = table(&[1.0, -1.0, 0.0], &["a", "a", "a"]);
    let x = fitted.transform(&later, &[0, 1, 2]).unwrap();
    let ln2 = std::f32::consts::LN_2;
    assert_eq!(x.as_slice(), [ln2, -ln2, 0.0]);
}

#[test]
fn a_column_with_a_training_value_below_zero_keeps_its_values() {
    let rule = PreprocessSettings { transform: Transform::Log, ..PLAIN };
    let train = table(&[-1.0, 3.0, 1.0], &["a", "b", "a"]);
    let rows = [0, 1, 2];
    let logged = Preprocessor::fit(&train, &rows, &features(), rule).unwrap();
    let plain = Preprocessor::fit(&train, &rows, &features(), PLAIN).unwrap();
    assert_eq!(logged.transform(&train, &rows), plain.transform(&train, &rows));
}

#[test]
fn gaps_are_filled_before_the_logarithm() {
    let rule = PreprocessSettings {
        scale: Scale::None,
        missing: Missing::Median,
        transform: Transform::Log,
        ..PLAIN
    };
    let train = table(&[1.0, f64::NAN, 1.0], &["a", "a", "a"]);
    let fitted = Preprocessor::fit(&train, &[0, 1, 2], &features()[..1], rule).unwrap();
    assert_eq!(fitted.transform(&train, &[1]).unwrap().as_slice(), [std::f32::consts::LN_2]);
}

#[test]
fn a_transform_of_none_is_not_written_and_a_saved_log_is_read_again() {
    let train = table(&[0.0, 9.0, 99.0], &["a", "b", "a"]);
    let fit = |transform| {
        let rule = PreprocessSettings { transform, ..PLAIN };
        Preprocessor::fit(&train, &[0, 1, 2], &features(), rule).unwrap()
    };
    let (plain, logged) = (fit(Transform::None), fit(Transform::Log));
    let text = serde_json::to_string(&plain).unwrap();
    assert!(!text.contains("log") && !text.contains("\"none\""), "{text}");
    for fitted in [plain, logged] {
        let text = serde_json::to_string(&fitted).unwrap();
        assert_eq!(serde_json::from_str::<Preprocessor>(&text).unwrap(), fitted);
    }
}
