//! The order of trials, and what fits beside what.

use super::*;

/// A batch of trials that wait, each with the memory and the seconds that it is expected to take.
fn schedule(expected: &[(f64, Option<f64>)], jobs: usize, most_mb: Option<f64>) -> Schedule {
    let count = expected.len();
    let expected = expected.iter().map(|&(memory_mb, seconds)| Expected { memory_mb, seconds });
    Schedule {
        states: (0..count).map(|_| State::Waiting).collect(),
        processes: Vec::new(),
        elsewhere: (0..count).map(|_| None).collect(),
        estimates: Estimates::nothing(),
        expected: expected.collect(),
        rows: RowMemory::default(),
        together: Together::default(),
        jobs,
        cores: 8,
        most_mb,
        stopped: false,
    }
}

fn started(schedule: &mut Schedule) -> (usize, usize) {
    match schedule.next() {
        Next::Run(Start { trials, threads, too_large: None }) if trials.len() == 1 => {
            (trials[0], threads)
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_unknown_start_first_and_then_the_longest() {
    let seconds = [Some(1.0), None, Some(5.0), None, Some(3.0)];
    let mut schedule = schedule(&seconds.map(|seconds| (1.0, seconds)), 5, Some(1e6));
    let order: Vec<usize> = (0..5).map(|_| started(&mut schedule).0).collect();
    assert_eq!(order, [1, 3, 2, 4, 0]);
    assert_eq!(schedule.next(), Next::Wait);
    (0..5).for_each(|at| schedule.over(at, None));
    assert_eq!(schedule.next(), Next::Nothing);
}

#[test]
fn what_does_not_fit_waits_and_what_fits_beside_is_started() {
    let needs = [(600.0, None), (600.0, None), (300.0, None)];
    let mut schedule = schedule(&needs, 3, Some(1000.0));
    assert_eq!(started(&mut schedule).0, 0);
    assert_eq!(started(&mut schedule).0, 2);
    assert_eq!(schedule.next(), Next::Wait);
    schedule.over(2, None);
    assert_eq!(schedule.next(), Next::Wait);
    schedule.over(0, None);
    assert_eq!(started(&mut schedule).0, 1);
}

#[test]
fn rows_that_processes_share_count_once() {
    let mut schedule = schedule(&[(500.0, None); 4], 4, Some(1000.0));
    schedule.rows = RowMemory::new(&[0, 1, 0, 0], &[300.0, 300.0]);
    let order = [started(&mut schedule).0, started(&mut schedule).0];
    assert_eq!(order, [0, 1], "other rows count in full, and fit exactly");
    schedule.over(1, None);
    // 500, and twice the 200 of those that read the same rows.
    let order = [started(&mut schedule).0, started(&mut schedule).0];
    assert_eq!(order, [2, 3]);
}

#[test]
fn what_is_too_large_for_all_runs_alone_and_is_told() {
    let mut schedule = schedule(&[(5000.0, None), (10.0, None)], 2, Some(1000.0));
    let start = Start { trials: vec![0], threads: 4, too_large: Some((5000.0, 1000.0)) };
    assert_eq!(schedule.next(), Next::Run(start));
    assert_eq!(schedule.next(), Next::Wait);
    schedule.over(0, None);
    assert_eq!(started(&mut schedule), (1, 8));
}

#[test]
fn threads_are_shared_and_never_more_than_cores() {
    let mut four = schedule(&[(1.0, None); 6], 4, Some(1e6));
    let threads: Vec<usize> = (0..4).map(|_| started(&mut four).1).collect();
    assert_eq!(threads, [2, 2, 2, 2]);
    // The last ones have the cores to themselves.
    (0..4).for_each(|at| four.over(at, None));
    assert_eq!([started(&mut four).1, started(&mut four).1], [4, 4]);
    let mut three = schedule(&[(1.0, None); 3], 3, Some(1e6));
    let threads: Vec<usize> = (0..3).map(|_| started(&mut three).1).collect();
    assert_eq!(threads.iter().sum::<usize>(), 8);
    let mut many = schedule(&[(1.0, None); 20], 20, Some(1e6));
    assert!((0..20).all(|_| started(&mut many).1 == 1));
}

#[test]
fn the_time_left_is_that_of_all_places_together_and_at_least_the_longest() {
    let of = |seconds: &[Option<f64>], jobs| {
        let expected: Vec<_> = seconds.iter().map(|&seconds| (1.0, seconds)).collect();
        schedule(&expected, jobs, None).seconds_left()
    };
    assert_eq!(of(&[None, None], 2), None);
    assert_eq!(of(&[Some(10.0), Some(20.0), Some(30.0)], 1), Some(60.0));
    assert_eq!(of(&[Some(10.0), Some(20.0), Some(30.0)], 2), Some(30.0));
    assert_eq!(of(&[Some(10.0), None, Some(30.0)], 1), Some(60.0), "the mean stands in");
    assert_eq!(of(&[Some(2.0), Some(50.0)], 2), Some(50.0));
}

#[test]
fn a_trial_elsewhere_is_looked_at_and_can_come_back() {
    let mut schedule = schedule(&[(1.0, None)], 1, Some(1e6));
    assert_eq!(started(&mut schedule).0, 0);
    assert!(!schedule.elsewhere(0, || None), "it is told only after a while");
    assert_eq!(schedule.next(), Next::Wait);
    std::thread::sleep(LOOKS[0] + Duration::from_millis(20));
    assert_eq!(schedule.next(), Next::Look { at: 0 });
    schedule.again(0);
    assert_eq!(started(&mut schedule).0, 0);
}

fn trials(schedule: &mut Schedule) -> Vec<usize> {
    match schedule.next() {
        Next::Run(Start { trials, .. }) => trials,
        other => panic!("{other:?}"),
    }
}

#[test]
fn equals_start_in_one_process_and_others_beside_it() {
    let mut schedule = schedule(&[(100.0, None); 6], 3, Some(1e6));
    schedule.together =
        Together::new(&[Some(0), None, Some(0), Some(1), Some(0), Some(1)], 10.0, 256);
    assert_eq!(trials(&mut schedule), [0, 2, 4]);
    assert_eq!(trials(&mut schedule), [1]);
    assert_eq!(trials(&mut schedule), [3, 5]);
    assert_eq!(schedule.next(), Next::Wait);
    // One of them turned out to be run elsewhere, and comes back.
    schedule.again(2);
    assert_eq!(trials(&mut schedule), [2]);
    (0..6).for_each(|at| schedule.over(at, None));
    assert_eq!(schedule.next(), Next::Nothing);
}

#[test]
fn a_process_takes_as_many_as_fit_the_memory() {
    let mut schedule = schedule(&[(500.0, None); 5], 5, Some(1100.0));
    schedule.together = Together::new(&[Some(0); 5], 100.0, 3);
    assert_eq!(trials(&mut schedule), [0, 1, 2], "no more than three");
    assert_eq!(schedule.next(), Next::Wait, "500 and twice 100 of 1100 leave too little");
    (0..3).for_each(|at| schedule.over(at, None));
    schedule.most_mb = Some(650.0);
    assert_eq!(trials(&mut schedule), [3, 4]);
}

#[test]
fn a_process_of_several_trials_has_the_cores_of_one() {
    let mut schedule = schedule(&[(1.0, None); 5], 2, Some(1e6));
    schedule.together = Together::new(&[Some(0), Some(0), Some(0), Some(0), None], 1.0, 256);
    match schedule.next() {
        Next::Run(Start { trials, threads, .. }) => {
            assert_eq!((trials, threads), (vec![0, 1, 2, 3], 4))
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(started(&mut schedule), (4, 4));
}

/// A batch of five: three train in one process, which takes half of the cores, and two alone. 1050 MiB are enough for
/// the process, or for two that train alone.
fn a_process_and_two_alone() -> Schedule {
    let mut schedule = schedule(&[(500.0, None); 5], 2, Some(1050.0));
    schedule.together = Together::new(&[Some(0), Some(0), Some(0), None, None], 100.0, 256);
    match schedule.next() {
        Next::Run(Start { trials, threads, .. }) => {
            assert_eq!((trials, threads), (vec![0, 1, 2], 4))
        }
        other => panic!("{other:?}"),
    }
    schedule
}

#[test]
fn a_process_counts_until_its_last_trial_is_over() {
    let mut schedule = a_process_and_two_alone();
    // Another run has just finished the first.
    schedule.over(0, None);
    schedule.started(1, std::process::id());
    assert_eq!(schedule.next(), Next::Wait, "500 and 100 of 1050 leave too little");
    schedule.over(1, None);
    assert_eq!(started(&mut schedule), (3, 4), "500 of 1050 and half of the cores are free");
    assert_eq!(schedule.next(), Next::Wait);
    schedule.over(2, None);
    assert_eq!(started(&mut schedule), (4, 4));
}

#[test]
fn a_process_counts_while_another_one_runs_its_first_trial() {
    let mut schedule = a_process_and_two_alone();
    schedule.elsewhere(0, || None);
    assert_eq!(schedule.next(), Next::Wait);
    // A trial that comes back belongs to no process.
    schedule.over(1, None);
    schedule.again(0);
    schedule.over(2, None);
    assert_eq!(started(&mut schedule), (0, 4));
    assert_eq!(started(&mut schedule), (3, 4));
}
