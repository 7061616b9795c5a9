//! The columns that a described data set offers beside its features.

use crate::catalog::{Entry, LeftOutKind, TimeEntry};
use crate::columns::Judgement;
use crate::datasets::beside::{Offered, TimeChoice, TimeFault};
use crate::datasets::keys::KeyFault;
use crate::rows::{BesideColumn, BesideRead};
use crate::times::TimeFormat;

/// The columns that the file states; for a judged table, the columns that the judge leaves out.
pub(super) fn offered(
    entry: &Entry,
    judgement: Option<&mut Judgement>,
) -> Result<Offered, KeyFault> {
    let Some(judgement) = judgement else { return Ok(stated(entry)) };
    let time = entry.time.as_ref().filter(|time| judgement.of(&time.column).is_some());
    let choice = TimeChoice {
        column: time.map(|time| time.column.as_str()),
        key: time.and_then(|time| time.format),
    };
    let (mut offered, notes) = Offered::of(judgement, None, choice).map_err(|fault| {
        let (what, remedy) = match fault {
            TimeFault::NoTimes => ("no column holds times".to_owned(), "take time away".to_owned()),
            TimeFault::Values { name, trouble, .. } => {
                let unit = judgement.unit();
                let line = trouble.line.map(|line| format!(", {unit} {line}")).unwrap_or_default();
                (format!("{name:?}{line} {}", trouble.what), trouble.remedy)
            }
        };
        KeyFault::value("kind", format!("{}, time: {what}", entry.name), &remedy)
    })?;
    judgement.notes.extend(notes);
    offered.columns.retain_mut(|column| match entry.leave_out.get(&column.name) {
        Some(left_out) => {
            let is_time = matches!(column.read, BesideRead::Time(_));
            column.read = if is_time { column.read } else { read_of(left_out.kind) };
            left_out.kind != LeftOutKind::Label
        }
        None => true,
    });
    Ok(offered)
}

fn stated(entry: &Entry) -> Offered {
    let time = entry.time.as_ref().map(|TimeEntry { column, format, first_hour }| BesideColumn {
        name: column.clone(),
        read: BesideRead::Time(TimeFormat::stated(*format, *first_hour)),
    });
    let is_time = |name: &String| time.as_ref().is_some_and(|time| time.name == *name);
    let others = entry
        .leave_out
        .iter()
        .filter(|(name, left_out)| left_out.kind != LeftOutKind::Label && !is_time(name));
    let others = others
        .map(|(name, left_out)| BesideColumn { name: name.clone(), read: read_of(left_out.kind) });
    let name = time.as_ref().map(|time| time.name.clone());
    let columns = time.clone().into_iter().chain(others).collect();
    Offered { columns, time: name, unread: Vec::new() }
}

fn read_of(kind: LeftOutKind) -> BesideRead {
    match kind {
        LeftOutKind::Number => BesideRead::Number,
        LeftOutKind::Category | LeftOutKind::Label => BesideRead::Category,
    }
}
