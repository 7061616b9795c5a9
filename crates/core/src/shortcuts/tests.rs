//! Clean rows, on which nothing may be named, and planted shortcuts, each of which must be.

use super::*;
use crate::{Classes, Column, SplitMix64, Table};

/// A table of rows in the order of a file, of which every third is validated on and every third tested on.
struct File {
    table: Table,
    labels: Vec<bool>,
}

fn uniform(random: &mut SplitMix64) -> f64 {
    random.draw() as f64 / u64::MAX as f64
}

fn normal(random: &mut SplitMix64) -> f64 {
    (0..12).map(|_| uniform(random)).sum::<f64>() - 6.0
}

impl File {
    /// Normal features of which some are one standard deviation apart, a category that leans a little, and a
    /// flag that is rare; one row in five is an attack, in random order.
    fn clean(rows: usize, seed: u64) -> Self {
        let mut random = SplitMix64(seed);
        let labels: Vec<bool> = (0..rows).map(|_| uniform(&mut random) < 0.2).collect();
        let mut columns = Vec::new();
        for at in 0..20 {
            let shift = f64::from(at % 4) / 2.0;
            let of_row = |&l: &bool| normal(&mut random) + if l { shift } else { 0.0 };
            columns.push((format!("f{at}"), Column::Numeric(labels.iter().map(of_row).collect())));
        }
        let levels = ["tcp", "udp", "icmp"].map(String::from).to_vec();
        let code = |&l: &bool| match uniform(&mut random) {
            x if x < 0.5 => 0,
            x if x < if l { 0.6 } else { 0.8 } => 1,
            _ => 2,
        };
        let codes = labels.iter().map(code).collect();
        columns.push(("proto".to_owned(), Column::Categorical { codes, levels }));
        let rare = |_: &bool| f64::from(u8::from(uniform(&mut random) < 0.01));
        columns.push(("rare".to_owned(), Column::Numeric(labels.iter().map(rare).collect())));
        let mut file = Self { table: Table { columns, ..Table::default() }, labels };
        let mut random = SplitMix64(seed + 1);
        let class = |&l: &bool| if l { 1 + random.below(3) as u16 } else { 0 };
        let codes = file.labels.iter().map(class).collect();
        let names = ["normal", "scan", "flood", "worm"].map(String::from).to_vec();
        file.table.classes = Some(Classes { names, codes });
        file
    }

    fn with(mut self, name: &str, value: impl FnMut((usize, &bool)) -> f64) -> Self {
        let values = self.labels.iter().enumerate().map(value).collect();
        self.table.columns.push((name.to_owned(), Column::Numeric(values)));
        self
    }

    fn texts(mut self, name: &str, mut value: impl FnMut(usize, bool) -> String) -> Self {
        let mut levels: Vec<String> = Vec::new();
        let codes = self.labels.iter().enumerate().map(|(row, &label)| {
            let text = value(row, label);
            let known = levels.iter().position(|level| *level == text);
            known.unwrap_or_else(|| {
                levels.push(text);
                levels.len() - 1
            }) as u32
        });
        let codes = codes.collect();
        self.table.columns.push((name.to_owned(), Column::Categorical { codes, levels }));
        self
    }

    /// The rows of one label first.
    fn sorted(mut self) -> Self {
        let mut order: Vec<usize> = (0..self.labels.len()).collect();
        order.sort_by_key(|&row| self.labels[row]);
        let pick = |values: &[f64]| order.iter().map(|&row| values[row]).collect();
        for (_, column) in &mut self.table.columns {
            *column = match column {
                Column::Numeric(values) => Column::Numeric(pick(values)),
                Column::Categorical { codes, levels } => Column::Categorical {
                    codes: order.iter().map(|&row| codes[row]).collect(),
                    levels: levels.clone(),
                },
            };
        }
        self.labels = order.iter().map(|&row| self.labels[row]).collect();
        let classes = self.table.classes.as_ref().unwrap().select(&order);
        self.table.classes = Some(classes);
        self
    }

    fn sample(&self, part: usize) -> Sample<'_> {
        let rows: Vec<usize> = (0..self.labels.len()).filter(|row| row % 3 == part).collect();
        self.rows(rows)
    }

    fn rows(&self, rows: Vec<usize>) -> Sample<'_> {
        let labels = rows.iter().map(|&row| self.labels[row]).collect();
        let classes = self.table.classes.as_ref().unwrap();
        Sample { table: &self.table, classes, rows, labels }
    }

    fn audit_of(&self, mark: impl Fn(&str) -> Option<Mark>, samples: [Sample<'_>; 3]) -> Shortcuts {
        let [train, validation, test] = samples;
        let audit = ShortcutAudit::new(&train, &validation, &test);
        let seen = self.table.columns.iter().map(|(name, _)| (name, true));
        let columns = seen.chain(self.table.beside.iter().map(|(name, _)| (name, false)));
        let columns =
            columns.map(|(name, seen)| Audited { name: name.clone(), seen, mark: mark(name) });
        let columns: Vec<Audited> = columns.collect();
        let found = columns.iter().map(|column| audit.column(column)).collect();
        audit.finish(&columns, found)
    }

    fn audit(&self) -> Shortcuts {
        self.audit_of(|_| None, [0, 1, 2].map(|part| self.sample(part)))
    }
}

fn named(shortcuts: &Shortcuts) -> Vec<(Option<&str>, &[Reason])> {
    let of = |named| {
        let Named { column, reasons, .. }: &Named = named;
        (column.as_deref(), reasons.as_slice())
    };
    shortcuts.named.iter().map(of).collect()
}

#[test]
fn nothing_is_named_on_clean_rows() {
    for seed in 0..20 {
        let found = File::clean(3_000, seed).audit();
        assert_eq!(named(&found), [], "seed {seed}: {:?}", found.named);
        assert_eq!(found.columns.len(), 22);
        assert_eq!(found.learned_on, Some(LearnedOn::Validation));
        assert!(found.order.z.unwrap().abs() < 5.0, "{:?}", found.order);
        // A shift of 1.5 standard deviations is the strongest: Φ(1.5 / √2) = 0.856.
        let strongest = found.columns[0].strength().unwrap();
        assert!((0.81..0.90).contains(&strongest), "{strongest}");
    }
}

#[test]
fn a_column_that_gives_the_label_away_is_named_alone() {
    let mut random = SplitMix64(5);
    let gap = |(_, &label): (usize, &bool)| normal(&mut random) + if label { 6.0 } else { 0.0 };
    let found = File::clean(3_000, 1).with("leak", gap).audit();
    assert_eq!(named(&found), [(Some("leak"), [Reason::Tells].as_slice())]);
    let leak = &found.columns[0];
    assert_eq!((leak.column.as_str(), leak.seen), ("leak", true));
    assert!(leak.roc_auc.unwrap().value > 0.99);
    assert!(found.named[0].says.starts_with("\"leak\": it alone tells"), "{}", found.named[0].says);
    assert!(!found.named[0].remedy.is_empty());

    // Odd on both sides: no order shows it, the rule does.
    let mut random = SplitMix64(6);
    let both = |(row, &label): (usize, &bool)| {
        let side = if row % 2 == 0 { 8.0 } else { -8.0 };
        normal(&mut random) + if label { side } else { 0.0 }
    };
    let found = File::clean(3_000, 2).with("both", both).audit();
    assert_eq!(named(&found), [(Some("both"), [Reason::Tells].as_slice())]);
    assert!((found.columns[0].roc_auc.unwrap().value - 0.5).abs() < 0.1);
    assert_eq!(found.columns[0].one_rule.as_ref().unwrap().parts, 3);
}

#[test]
fn a_gap_that_follows_the_label_is_a_leak_too() {
    let mut random = SplitMix64(7);
    let gap = |(_, &l): (usize, &bool)| if l { f64::NAN } else { normal(&mut random) };
    let found = File::clean(3_000, 3).with("gap", gap).audit();
    assert!(named(&found)[0].1.contains(&Reason::Tells), "{:?}", found.named);
    assert_eq!(found.columns[0].roc_auc.unwrap().value, 1.0);
    assert!(found.columns[0].missing > 100);
}

#[test]
fn a_telling_value_is_named_and_said() {
    // Four inliers in ten have 31, and no outlier.
    let mut random = SplitMix64(8);
    let ttl = |(_, &l): (usize, &bool)| match uniform(&mut random) {
        x if x < 0.4 && !l => 31.0,
        x if x < 0.7 => 62.0,
        _ => 254.0,
    };
    let found = File::clean(6_000, 4).with("sttl", ttl).audit();
    assert_eq!(named(&found), [(Some("sttl"), [Reason::TellingValue].as_slice())]);
    let says = &found.named[0].says;
    assert!(
        says.contains("of the inliers and none of the outliers have the value \"31\""),
        "{says}"
    );
}

#[test]
fn a_value_that_one_class_alone_has_is_named_with_the_class() {
    let file = File::clean(6_000, 5);
    let classes = file.table.classes.clone().unwrap();
    let service = |row: usize, _| match classes.of(row) {
        "flood" => "eco_i".to_owned(),
        _ => ["http", "smtp", "ftp"][row / 3 % 3].to_owned(),
    };
    let found = file.texts("service", service).audit();
    assert_eq!(
        named(&found),
        [(Some("service"), [Reason::TellingValue, Reason::Constant].as_slice())]
    );
    let service = found.columns.iter().find(|of| of.column == "service").unwrap();
    let [constant] = service.constant_in.as_slice() else { panic!("{:?}", service.constant_in) };
    assert_eq!((constant.class.as_deref(), constant.value.as_str()), (Some("flood"), "eco_i"));
    assert_eq!(constant.elsewhere, 0.0);
    // A flag that is 0 in nearly every row may be 0 in a whole class: that gives nothing away.
    let quiet = found.columns.iter().find(|of| of.column == "rare").unwrap();
    assert_eq!(quiet.gives_away().count(), 0);
}

#[test]
fn a_file_that_is_sorted_by_label_is_named() {
    let found = File::clean(3_000, 6).sorted().audit();
    assert_eq!(named(&found), [(None, [Reason::Order].as_slice())]);
    let order = &found.order;
    assert_eq!(order.runs, 2);
    assert!(order.z.unwrap() < -20.0 && order.roc_auc.unwrap().value > 0.99, "{order:?}");
    assert!(found.named[0].says.contains("come in 2 runs"), "{}", found.named[0].says);
}

#[test]
fn attacks_that_come_in_bursts_are_named() {
    // Twelve bursts: no order from first to last, and yet the neighbours of a row give its label away.
    let mut file = File::clean(3_000, 7);
    let order: Vec<usize> = {
        let (out, inl): (Vec<usize>, Vec<usize>) = (0..3_000).partition(|&row| file.labels[row]);
        let (burst, quiet) = (out.len() / 12 + 1, inl.len() / 12 + 1);
        let pieces = inl.chunks(quiet).zip(out.chunks(burst));
        pieces.flat_map(|(inl, out)| inl.iter().chain(out).copied().collect::<Vec<_>>()).collect()
    };
    file.labels = order.iter().map(|&row| file.labels[row]).collect();
    file.table.columns.clear();
    file.table.classes = Some(file.table.classes.unwrap().select(&order));
    let found = file.audit();
    assert_eq!(named(&found), [(None, [Reason::Order].as_slice())]);
    assert!(found.order.roc_auc.unwrap().value < 0.7);
    assert!(found.order.one_rule.as_ref().unwrap().balanced_accuracy.value > 0.95);
}

#[test]
fn an_identifier_that_models_see_is_named_whatever_it_tells() {
    let file = File::clean(3_000, 8).with("flow_id", |(row, _)| row as f64);
    let mark = |name: &str| (name == "flow_id").then_some(Mark::Identifier);
    let samples = || [0, 1, 2].map(|part| file.sample(part));
    let found = file.audit_of(mark, samples());
    assert_eq!(named(&found), [(Some("flow_id"), [Reason::Identifies].as_slice())]);
    // A port is marked, and named only if it gives the label away.
    let port = |name: &str| (name == "f0").then_some(Mark::Port);
    let found = file.audit_of(port, samples());
    assert_eq!(named(&found), []);
    assert!(found.columns.iter().any(|of| of.mark == Some(Mark::Port)));
}

#[test]
fn unique_texts_are_worth_nothing_however_well_they_would_be_remembered() {
    let found = File::clean(600, 9).texts("uid", |row, _| format!("C{row}")).audit();
    let uid = found.columns.iter().find(|of| of.column == "uid").unwrap();
    assert_eq!(uid.roc_auc.unwrap().value, 0.5);
    assert_eq!(uid.one_rule.as_ref().unwrap().balanced_accuracy.value, 0.5);
}

#[test]
fn a_column_beside_the_features_is_named_as_unseen() {
    let mut file = File::clean(3_000, 10).sorted().with("time", |(row, _)| row as f64);
    let time = file.table.columns.pop().unwrap();
    file.table.beside.push(time);
    let found = file.audit_of(
        |name| (name == "time").then_some(Mark::Time),
        [0, 1, 2].map(|part| file.sample(part)),
    );
    let order = (None, [Reason::Order].as_slice());
    assert_eq!(named(&found), [order, (Some("time"), [Reason::Tells].as_slice())]);
    assert!(!found.named[1].seen && found.named[1].says.contains("which no model sees"));
}

#[test]
fn directions_and_rules_never_come_from_the_rows_that_are_judged() {
    let file = File::clean(3_000, 11);
    // The direction of this column turns between validation and test rows.
    let turned = |(row, &l): (usize, &bool)| {
        let sign = if row % 3 == 1 { 1.0 } else { -1.0 };
        if l { sign } else { 0.0 }
    };
    let file = file.with("turned", turned);
    let found = file.audit();
    let turned = found.columns.iter().find(|of| of.column == "turned").unwrap();
    assert_eq!(turned.roc_auc.unwrap().value, 0.0);
    // Where validation rows have one class, training rows teach; else half of the test rows does.
    let inliers = |sample: Sample<'_>| {
        let rows = sample.rows.iter().copied().filter(|&row| !file.labels[row]).collect();
        file.rows(rows)
    };
    let [a, b, c] = [0, 1, 2].map(|part| file.sample(part));
    let on = |samples| file.audit_of(|_| None, samples).learned_on;
    assert_eq!(on([a.clone(), inliers(b.clone()), c.clone()]), Some(LearnedOn::Training));
    assert_eq!(on([inliers(a), inliers(b), c]), Some(LearnedOn::TestHalf));
}

#[test]
fn one_class_is_not_measurable_and_no_zero() {
    let file = File::clean(900, 12);
    let quiet = file.rows((0..900).filter(|&row| !file.labels[row]).collect());
    let id = |name: &str| (name == "f3").then_some(Mark::Identifier);
    let found = file.audit_of(id, [file.sample(0), file.sample(1), quiet]);
    assert_eq!(found.unmeasured.as_deref(), Some("the test rows are all inliers"));
    assert_eq!((found.learned_on, found.columns.len()), (None, 22));
    assert!(found.columns.iter().all(|of| of.roc_auc.is_none() && of.one_rule.is_none()));
    assert_eq!((found.order.z, found.order.expected_runs), (None, None));
    // What a column is can be said without labels.
    assert_eq!(named(&found), [(Some("f3"), [Reason::Identifies].as_slice())]);
    let json = serde_json::to_string(&found).unwrap();
    assert_eq!(serde_json::from_str::<Shortcuts>(&json).unwrap(), found);
}

#[test]
fn columns_are_the_same_whichever_table_has_the_categories_first() {
    // Validation rows of another table, whose dictionary is in another order.
    let judged = File::clean(900, 13).texts("s", |_, l| if l { "b" } else { "a" }.to_owned());
    let learned = File::clean(900, 14).texts("s", |row, l| match (row, l) {
        (0, _) => "c".to_owned(),
        (_, true) => "b".to_owned(),
        _ => "a".to_owned(),
    });
    let samples = [learned.sample(0), learned.sample(1), judged.sample(2)];
    let found = judged.audit_of(|_| None, samples);
    let s = found.columns.iter().find(|of| of.column == "s").unwrap();
    assert_eq!(s.roc_auc.unwrap().value, 1.0);
    assert_eq!(s.one_rule.as_ref().unwrap().f1, Some(1.0));
}
