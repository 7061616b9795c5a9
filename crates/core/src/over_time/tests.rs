//! Hand counts, planted episodes, planted drift, and no drift where there is none.

use super::*;
use crate::dataset::Classes;

/// Rows of time, class (`normal` is benign) and score.
fn part(rows: &[(f64, &str, f64)]) -> ScoredPart {
    let mut names: Vec<String> = Vec::new();
    let mut code = |class: &str| {
        let at = names.iter().position(|name| name == class).unwrap_or_else(|| {
            names.push(class.to_owned());
            names.len() - 1
        });
        at as u16
    };
    let codes = rows.iter().map(|(_, class, _)| code(class)).collect();
    ScoredPart {
        rows: (0..rows.len() as u32).collect(),
        labels: rows.iter().map(|(_, class, _)| *class != "normal").collect(),
        scores: rows.iter().map(|(.., score)| *score).collect(),
        times: Some(rows.iter().map(|(time, ..)| *time).collect()),
        classes: Classes { names, codes }.into(),
    }
}

#[test]
fn there_is_no_timeline_without_two_times() {
    let none = ScoredPart { times: None, ..part(&[(0.0, "normal", 0.0), (1.0, "dos", 1.0)]) };
    assert!(Timeline::new(&none).is_none());
    assert!(Timeline::new(&part(&[])).is_none());
    assert!(Timeline::new(&part(&[(5.0, "normal", 0.0), (5.0, "dos", 1.0)])).is_none());
    let gaps = part(&[(f64::NAN, "normal", 0.0), (7.0, "dos", 1.0), (5.0, "normal", 0.0)]);
    let timeline = Timeline::new(&gaps).unwrap();
    assert_eq!((timeline.rows(), timeline.without_time()), (2, 1));
    assert_eq!(timeline.period(), Period { from: 5.0, to: 7.0 });
}

#[test]
fn the_bucket_is_the_shortest_of_which_there_are_few() {
    let of = |seconds: f64| Bucket::of(Period { from: 10.0, to: 10.0 + seconds });
    assert_eq!(of(200.0), Bucket::Second);
    assert_eq!(of(201.0), Bucket::Minute);
    assert_eq!(of(12_000.0), Bucket::Minute);
    assert_eq!(of(12_001.0), Bucket::Hour);
    assert_eq!(of(720_000.0), Bucket::Hour);
    assert_eq!(of(720_001.0), Bucket::Day);
    assert_eq!(of(1e9), Bucket::Day);
}

#[test]
fn alarms_are_counted_by_minute() {
    // The threshold is 1: a score of 1 is no alarm. Rows are not in order of time.
    let rows = part(&[
        (119.9, "dos", 2.0),
        (0.0, "normal", 2.0),
        (59.9, "normal", 1.0),
        (60.0, "dos", 0.5),
        (250.0, "normal", 3.0),
        (61.0, "normal", 1.5),
    ]);
    let found = Timeline::new(&rows).unwrap().alarms(1.0, Bucket::Minute);
    let counts: Vec<_> =
        found.iter().map(|b| (b.start, b.rows, b.false_alarms, b.true_alarms, b.attacks)).collect();
    assert_eq!(counts, [(0.0, 2, 1, 0, 0), (60.0, 3, 1, 1, 2), (240.0, 1, 1, 0, 0)]);
}

#[test]
fn planted_episodes_are_found_with_their_delays() {
    let rows = part(&[
        // A flood from 100 to 160 s, found after 45 s; benign rows between do not end it.
        (100.0, "dos", 0.0),
        (130.0, "normal", 0.0),
        (145.0, "dos", 2.0),
        (160.0, "dos", 2.0),
        // A scan at the same time is a separate episode, found at once.
        (150.0, "scan", 2.0),
        // Exactly the gap later is still the same episode; a second more is another one, which is missed.
        (760.0, "dos", 2.0),
        (1_361.0, "dos", 0.0),
        (1_400.0, "dos", 1.0),
        (f64::NAN, "dos", 9.0),
    ]);
    let found = Timeline::new(&rows).unwrap().episodes(1.0, DEFAULT_EPISODE_GAP);
    let told: Vec<_> =
        found.iter().map(|e| (e.class.as_str(), e.start, e.end, e.rows, e.delay)).collect();
    assert_eq!(
        told,
        [
            ("dos", 100.0, 760.0, 4, Some(45.0)),
            ("scan", 150.0, 150.0, 1, Some(0.0)),
            ("dos", 1_361.0, 1_400.0, 2, None),
        ]
    );
    // With a shorter gap the flood falls apart.
    let shorter = Timeline::new(&rows).unwrap().episodes(1.0, 20.0);
    assert_eq!(shorter.len(), 6);
}

/// Benign rows, one a second; `rate` of the share of time that has passed is the chance of an alarm, and
/// each draw decides `burst` rows.
fn benign(rows: usize, burst: usize, seed: u64, rate: impl Fn(f64) -> f64) -> ScoredPart {
    let mut random = crate::split_mix::SplitMix64(seed);
    let mut alarm = false;
    let of_row = |row: usize| {
        if row.is_multiple_of(burst) {
            let drawn = (random.draw() >> 11) as f64 / (1_u64 << 53) as f64;
            alarm = drawn < rate(row as f64 / rows as f64);
        }
        (row as f64, "normal", f64::from(u8::from(alarm)))
    };
    part(&(0..rows).map(of_row).collect::<Vec<_>>())
}

/// Whether a trend is claimed; rows of too few alarms are not tested.
fn claims(rows: &ScoredPart) -> bool {
    let drift = Timeline::new(rows).unwrap().drift(0.5).unwrap();
    drift.trend.is_ok_and(|trend| trend.p_value < 0.05)
}

#[test]
fn the_tenths_and_the_ratio_are_hand_counts() {
    // 120 rows; alarms are rows 0, 1 and 110 to 119.
    let alarm = |row: usize| f64::from(u8::from(!(2..110).contains(&row)));
    let rows: Vec<_> = (0..120).map(|row| (row as f64, "normal", alarm(row))).collect();
    let drift = Timeline::new(&part(&rows)).unwrap().drift(0.5).unwrap();
    let alarms: Vec<u64> = drift.tenths.iter().map(|tenth| tenth.alarms).collect();
    assert_eq!(alarms, [2, 0, 0, 0, 0, 0, 0, 0, 0, 10]);
    assert!(drift.tenths.iter().all(|tenth| tenth.rows == 12));
    assert_eq!((drift.tenths[9].from, drift.tenths[9].to), (108.0, 119.0));
    assert_eq!(drift.ratio, Some(5.0));
    let interval = drift.ratio_interval.unwrap();
    assert!(interval.low > 1.0 && interval.low < 5.0 && interval.high > 5.0, "{interval:?}");
    assert!(Timeline::new(&part(&rows[..99])).unwrap().drift(0.5).is_none(), "too few rows");
    let quiet = Timeline::new(&part(&rows[..109])).unwrap().drift(0.5).unwrap();
    assert_eq!(quiet.trend, Err(Untested::FewAlarms));
}

/// What `scripts/peer/drift.py` prints (NumPy, and SciPy 1.17.1 for Student's t).
#[test]
fn the_test_for_a_trend_is_that_of_the_script() {
    let counts = [3_u64, 4, 2, 6, 5, 9, 7, 8, 12, 11];
    let mut rows = Vec::new();
    for (tenth, &alarms) in counts.iter().enumerate() {
        for row in 0..200_u64 {
            rows.push((
                (tenth * 200) as f64 + row as f64,
                "normal",
                f64::from(u8::from(row < alarms)),
            ));
        }
    }
    let trend = Timeline::new(&part(&rows)).unwrap().drift(0.5).unwrap().trend.unwrap();
    assert!((trend.statistic - STATISTIC).abs() < 1e-9, "{trend:?}");
    assert!((trend.p_value - P_VALUE).abs() < 1e-9, "{trend:?}");
    assert_eq!(trend.dispersion, 1.0);
}

const STATISTIC: f64 = 3.569_345_956_833_88;
const P_VALUE: f64 = 0.007_300_624_258_700_045;

#[test]
fn planted_drift_is_found() {
    let rises = (0..40).filter(|&seed| claims(&benign(4_000, 1, seed, |t| 0.01 + 0.04 * t)));
    assert!(rises.count() >= 38);
    let step = |t: f64| if t < 0.5 { 0.06 } else { 0.02 };
    let falls = (0..40).filter(|&seed| {
        let rows = benign(4_000, 1, seed, step);
        let trend = Timeline::new(&rows).unwrap().drift(0.5).unwrap().trend.unwrap();
        trend.p_value < 0.05 && trend.statistic < 0.0
    });
    assert!(falls.count() >= 38);
}

#[test]
fn no_drift_is_claimed_where_there_is_none() {
    for (burst, rate) in [(1, 0.02), (1, 0.3), (20, 0.1)] {
        let found = (0..1_000).filter(|&seed| claims(&benign(2_000, burst, seed, |_| rate)));
        let found = found.count();
        assert!(found <= 50, "{found} of 1,000 with bursts of {burst} and a rate of {rate}");
    }
}

#[test]
fn shuffled_times_show_no_drift() {
    let found = (0..1_000).filter(|&seed| {
        let rows = benign(2_000, 1, seed, |t| 0.01 + 0.08 * t);
        let times = rows.times.clone().unwrap();
        let mut order: Vec<usize> = (0..times.len()).collect();
        let mut random = crate::split_mix::SplitMix64(seed + 1_000_000);
        for at in (1..order.len()).rev() {
            order.swap(at, random.below(at + 1));
        }
        let shuffled = order.iter().map(|&at| times[at]).collect();
        claims(&ScoredPart { times: Some(shuffled), ..rows })
    });
    let found = found.count();
    assert!(found <= 50, "{found} of 1,000");
}
