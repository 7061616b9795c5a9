//! The answer to the operator's question in words.

use crate::aggregate::SummaryRow;
use crate::contenders::{best_first, contends, is_sanity};
use crate::format;
use crate::operating::OperatingFigure;
use crate::runs;

use super::{View, digits_of_reached, is_least, precision};

/// What share of the attacks the best model of each group finds at the main rate, how sure that is, and what its
/// alarms are worth where attacks are rarest. Rows that are no models of the experiment's own are not called the best.
pub fn sentences(view: &View<'_>) -> Vec<String> {
    let of = |supervised: bool| {
        let of_group = |row: &&SummaryRow| row.supervised == supervised && contends(row);
        let group: Vec<&SummaryRow> = view.subject.rows.iter().filter(of_group).collect();
        sentence(view, &group)
    };
    let said: Vec<String> = [false, true].into_iter().filter_map(of).collect();
    if said.is_empty() { vec![] } else { vec![said.join(" ")] }
}

/// Of the models of one group; `None` if none has figures.
fn sentence(view: &View<'_>, group: &[&SummaryRow]) -> Option<String> {
    let recall = |row: &SummaryRow| Some(view.at_main(row).recall?.median.value);
    let known = || group.iter().copied().filter_map(|row| Some((row, recall(row)?)));
    let held = known().filter(|(row, _)| view.at_main(row).held() == Some(true));
    let held = best_first(held);
    let ranked = if held.is_empty() { best_first(known()) } else { held };
    let (&(row, own), others) = ranked.split_first()?;
    let point = view.at_main(row);
    let several = known().count() > 1;
    let missed = best_first(known().filter(|(_, found)| *found > own));
    let saw = if row.supervised { "that saw labels" } else { "without labels" };
    let whose = if missed.is_empty() { "" } else { " whose threshold held" };
    if several && is_nothing(own) {
        let rate = false_alarms(point.fpr);
        let mut said = match own {
            0.0 => format!("At {rate}, no model {saw}{whose} finds an attack."),
            _ => format!(
                "At {rate}, no model {saw}{whose} finds more than one attack in two thousand."
            ),
        };
        said.extend(sanity(view, row));
        said.extend(not_held(view, &missed));
        return Some(said);
    }
    let as_many = as_many(own, others);
    let most = if as_many.is_some() { "as many as any of" } else { "most among" };
    let among = format!(" finds {most} the models {saw}{whose}:");
    let mut said = format!(
        "At {}, {}{} {} {}.",
        false_alarms(point.fpr),
        row.name,
        match (row.supervised, several) {
            (_, true) => &among,
            (true, false) => ", which saw labels, finds",
            (false, false) => " finds",
        },
        figure(point.recall?, format::share),
        of_which_attacks(view),
    );
    if point.held() == Some(false)
        && let Some(reached) = point.fpr_reached
    {
        let reached = format::significant(reached.median.value, digits_of_reached(point));
        said.push_str(&format!(
            " Its threshold did not hold: the false positive rate on the test rows is {reached}."
        ));
    }
    let rarest = point.precision.iter().min_by(|a, b| a.prevalence.total_cmp(&b.prevalence));
    if let Some(rarest) = rarest
        && let Some(worst) = rarest.precision
    {
        said.push_str(&format!(" Where {} is an attack, ", one_in(rarest.prevalence)));
        said.push_str(&worth(worst));
    }
    // After what is said of the alarms: "its alarms" are those of the model that is named first.
    said.extend(as_many);
    said.extend(sanity(view, row));
    said.extend(not_held(view, &missed));
    Some(said)
}

/// The models that find as many, as the table shows it: it has all of them in bold.
fn as_many(own: f64, others: &[(&SummaryRow, f64)]) -> Option<String> {
    let is_same = |found: f64| format::share(found) == format::share(own);
    let same = others.iter().filter(|(_, found)| is_same(*found));
    let names: Vec<String> = same.map(|(row, _)| row.name.clone()).collect();
    let find = format::agreed(names.len(), "finds", "find");
    (!names.is_empty()).then(|| format!(" {} {find} as many.", format::listed(&names)))
}

/// Whether the share is shown as nothing.
fn is_nothing(share: f64) -> bool {
    format::share(share) == format::share(0.0)
}

/// The models that find more than the one that is named, the best first: their thresholds did not hold.
fn not_held(view: &View<'_>, missed: &[(&SummaryRow, f64)]) -> Option<String> {
    let [(row, found), others @ ..] = missed else { return None };
    let point = view.at_main(row);
    let reached = format::significant(point.fpr_reached?.median.value, digits_of_reached(point));
    let mut said = format!(
        " {} finds {} %, but its threshold did not hold: it reached a false positive rate of {reached}.",
        row.name,
        format::percent(*found)
    );
    let names: Vec<&str> = others.iter().map(|(row, _)| row.name.as_str()).collect();
    match names.as_slice() {
        [] => {}
        [name] => said
            .push_str(&format!(" {name} finds more, too, and its threshold did not hold either.")),
        names => said.push_str(&format!(
            " Other models find more, too, and their thresholds did not hold either: {}.",
            names.join(", ")
        )),
    }
    Some(said)
}

/// What share of the alarms are attacks. A precision of 1 rests on no false alarm among a few rows and would say too much:
/// the sentence has the low end of its interval, as the table has.
fn worth(figure_of: OperatingFigure) -> String {
    match is_least(Some(figure_of)) {
        true => {
            let least = format::as_percent(&precision(figure_of.median.interval.low));
            format!(
                "at least {least} % of its alarms are attacks (the low end of the 95 % interval: no false alarm was seen on the test rows)."
            )
        }
        false => format!("{} of its alarms are attacks.", figure(figure_of, precision)),
    }
}

/// A sanity model that finds more at the same rate: what a model should surpass.
fn sanity(view: &View<'_>, best: &SummaryRow) -> Option<String> {
    let recall = |row: &SummaryRow| view.at_main(row).recall.map(|recall| recall.median.value);
    let own = recall(best)?;
    let rows = view.subject.rows.iter().filter(|row| is_sanity(row));
    let above = rows.filter(|row| view.at_main(row).held() != Some(false));
    let above = above.filter_map(|row| Some((row, recall(row)?))).filter(|(_, found)| *found > own);
    let &(row, found) = best_first(above).first()?;
    let (name, found) = (&row.name, format::percent(found));
    Some(match is_nothing(own) {
        true => format!(" {name}, a sanity model, finds {found} %."),
        false => format!(" {name}, a sanity model, finds more: {found} %."),
    })
}

/// Which attacks the recall is of: with folds it is a median over folds, each of which may have other attacks.
fn of_which_attacks(view: &View<'_>) -> &'static str {
    let results = view.subject.results;
    let by_family = results.trials.iter().any(|trial| trial.trial.fold_name.is_some());
    match (runs::has_folds(results), by_family) {
        (false, _) => "of the attacks",
        (true, false) => "of the attacks of the median fold",
        (true, true) => "of the attacks of the median family that was left out",
    }
}

/// `81.2 % (95 % interval 79.9 to 82.4 %)`, with the digits that the table shows.
fn figure(figure: OperatingFigure, shown: fn(f64) -> String) -> String {
    let interval = figure.median.interval;
    let percent = |value: f64| format::as_percent(&shown(value));
    let [value, low, high] = [figure.median.value, interval.low, interval.high].map(percent);
    format!("{value} % (95 % interval {low} to {high} %)")
}

/// `one false alarm per thousand benign rows`, or the rate where it is not one in a whole number.
pub fn false_alarms(rate: f64) -> String {
    match whole(rate) {
        Some(rows) => format!("one false alarm per {} benign rows", number(rows)),
        None => format!("a false positive rate of {}", format::rate(rate)),
    }
}

/// `one row in a thousand`, or the share where it is not one in a whole number.
pub fn one_in(share: f64) -> String {
    match whole(share) {
        Some(100 | 1_000) => format!("one row in a {}", number(whole(share).unwrap_or_default())),
        Some(rows) => format!("one row in {}", number(rows)),
        None => format!("a share of {} of the rows", format::rate(share)),
    }
}

/// How many rows one is the share of, if that is a whole number.
fn whole(share: f64) -> Option<usize> {
    let rows = 1.0 / share;
    ((rows - rows.round()).abs() < 1e-6 * rows).then(|| rows.round() as usize)
}

/// As it is said: `hundred`, `thousand`, `20`.
fn number(rows: usize) -> String {
    match rows {
        100 => "hundred".to_owned(),
        1_000 => "thousand".to_owned(),
        10_000 => "ten thousand".to_owned(),
        rows => format::count(rows),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_said_as_people_say_them() {
        assert_eq!(false_alarms(1e-3), "one false alarm per thousand benign rows");
        assert_eq!(false_alarms(1e-4), "one false alarm per ten thousand benign rows");
        assert_eq!(false_alarms(0.05), "one false alarm per 20 benign rows");
        assert_eq!(false_alarms(0.03), "a false positive rate of 0.03");
        assert_eq!(one_in(0.01), "one row in a hundred");
        assert_eq!(one_in(1e-3), "one row in a thousand");
        assert_eq!(one_in(1e-5), "one row in 100,000");
    }
}
