//! Groups stay whole, shares are met, and names are held against the rows.

use proptest::prelude::*;

use super::made::{Made, all_rows, known, texts};
use super::*;
use crate::dataset::Column;
use crate::keys::Help;

fn by(test: Groups, validation: Groups) -> ByGroup {
    ByGroup {
        column: "capture".into(),
        test,
        validation,
        seed: 3,
        train_on: TrainOn::All,
        days: false,
    }
}

fn named(names: &[&str]) -> Groups {
    Groups::Named(names.iter().map(ToString::to_string).collect())
}

proptest! {
    #[test]
    fn every_group_is_in_one_part_and_shares_are_met_within_a_group(
        groups in prop::collection::vec(0usize..25, 60..300), seed: u32,
    ) {
        let names: Vec<String> = groups.iter().map(|group| format!("host {group}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let made = Made::labelled(groups.len(), 50).with("capture", texts(&names));
        let split = ByGroup { seed, ..by(Groups::Share(0.3), Groups::Share(0.2)) };
        let Ok(split) = made.draw(&split) else { return Ok(()) };
        prop_assert_eq!(all_rows(&split), (0..groups.len()).collect::<Vec<_>>());
        let largest = (0..25).map(|g| groups.iter().filter(|of| **of == g).count()).max().unwrap();
        for (part, share) in [(&split.test, 0.3), (&split.validation, 0.2)] {
            let wanted = numpy_rng::fraction(groups.len(), share);
            prop_assert!(part.rows.len().abs_diff(wanted) <= largest);
            let others = [&split.train, &split.validation, &split.test].into_iter();
            for other in others.filter(|other| other.rows != part.rows) {
                let of = |part: &Part| part.rows.iter().map(|&r| groups[r]).collect::<Vec<_>>();
                prop_assert!(of(part).iter().all(|group| !of(other).contains(group)));
            }
        }
    }
}

#[test]
fn stated_groups_are_taken_and_the_rest_is_drawn() {
    let days = ["Mon", "Tue", "Wed", "Thu", "Fri"];
    let names: Vec<&str> = (0..100).map(|row| days[row / 20]).collect();
    let made = Made::labelled(100, 4).with("capture", texts(&names));
    let split = made.draw(&by(named(&["Fri"]), named(&["Wed", "Thu"]))).unwrap();
    assert_eq!(split.test.rows, (80..100).collect::<Vec<_>>());
    assert_eq!(split.validation.rows, (40..80).collect::<Vec<_>>());
    assert_eq!(split.train.rows, (0..40).collect::<Vec<_>>());
    let drawn = made.draw(&by(named(&["Fri"]), Groups::Share(0.2))).unwrap();
    assert_eq!((drawn.test.rows, drawn.validation.rows.len()), (split.test.rows, 20));
    let inliers = ByGroup { train_on: TrainOn::Inliers, ..by(named(&["Fri"]), named(&["Thu"])) };
    let split = made.draw(&inliers).unwrap();
    assert_eq!(split.train.rows, (0..60).filter(|row| row % 4 != 0).collect::<Vec<_>>());
    let Err(SplitError::Key(fault)) = made.draw(&by(named(&["Fri", "Frday"]), named(&["Thu"])))
    else {
        panic!("no such group")
    };
    assert_eq!((fault.keys.as_slice(), fault.item), (&["test"][..], Some(1)));
    assert!(matches!(fault.help, Help::Choose { among, .. } if among == days));
    let all = made.draw(&by(named(&["Fri", "Mon", "Tue"]), named(&["Wed", "Thu"])));
    assert!(matches!(all, Err(SplitError::Key(fault)) if fault.keys == ["column"]));
}

/// The two large groups of a skewed column do not starve a part, and another seed draws others.
#[test]
fn large_groups_leave_rows_for_every_part() {
    let mut names = vec!["tcp"; 520];
    names.extend(vec!["udp"; 350]);
    let small: Vec<String> = (0..130).map(|at| format!("proto {at}")).collect();
    names.extend(small.iter().map(String::as_str));
    let made = Made::labelled(1000, 3).with("capture", texts(&names));
    let split = made.draw(&by(Groups::Share(0.3), Groups::Share(0.2))).unwrap();
    let sizes = [&split.train, &split.validation, &split.test].map(|part| part.rows.len());
    // tcp trains; udp is tested on; the others make up what is left of the shares.
    assert_eq!(sizes, [520, 130, 350]);
    let hosts: Vec<&str> = (0..900).map(|row| small[row % 90].as_str()).collect();
    let made = Made::labelled(900, 4).with("capture", texts(&hosts));
    let test = |seed| {
        let split = ByGroup { seed, ..by(Groups::Share(0.3), Groups::Share(0.2)) };
        made.draw(&split).unwrap().test.rows
    };
    assert_eq!((test(1).len(), test(1)), (270, test(1)));
    assert_ne!(test(1), test(2));
}

#[test]
fn days_are_the_groups_of_times_and_numbers_are_groups_too() {
    let times: Vec<f64> = (0..72).map(|hour| 1_499_212_800.0 + 3600.0 * f64::from(hour)).collect();
    let made = Made::labelled(72, 5).with("when", Column::Numeric(times));
    let mut split =
        ByGroup { column: "when".into(), ..by(named(&["2017-07-07"]), Groups::Share(0.0)) };
    known(|data| split.complete(data)).unwrap();
    assert!(split.days);
    let drawn = made.draw(&split).unwrap();
    assert_eq!(drawn.test.rows, (48..72).collect::<Vec<_>>());
    let hosts: Vec<f64> = (0..30).map(|row| f64::from(row % 3)).collect();
    let made = Made::labelled(30, 7).with("id", Column::Numeric(hosts));
    let split = ByGroup { column: "id".into(), ..by(named(&["2"]), named(&["0"])) };
    assert_eq!(made.draw(&split).unwrap().test.rows, (2..30).step_by(3).collect::<Vec<_>>());
}

#[test]
fn rows_without_a_group_and_wrong_keys_are_faults() {
    let Column::Categorical { mut codes, levels } = texts(&["a", "b", "c", "a"]) else { panic!() };
    codes[2] = Column::MISSING;
    let made = Made::labelled(4, 9).with("capture", Column::Categorical { codes, levels });
    let error = made.draw(&by(Groups::Share(0.3), Groups::Share(0.0))).unwrap_err();
    assert!(
        matches!(error, SplitError::MissingValues { count: 1, ref first, .. } if *first == [2])
    );
    let fault = |mut split: ByGroup| known(|data| split.complete(data)).unwrap_err();
    assert_eq!(fault(by(Groups::Share(0.0), Groups::Share(0.2))).keys, ["test"]);
    assert_eq!(fault(by(named(&["a"]), named(&["b", "a"]))).item, Some(1));
    assert_eq!(fault(by(Groups::Share(0.6), Groups::Share(0.4))).keys, ["test", "validation"]);
    let split = ByGroup { column: "captur".into(), ..by(Groups::Share(0.3), Groups::Share(0.2)) };
    assert!(
        matches!(fault(split).help, Help::Choose { among, .. } if among.contains(&"capture".into()))
    );
}
