//! The columns of a user's file that are offered beside its features, and what is wrong with its times.

use std::path::Path;

use super::kinds::TableOptions;
use super::read::of_row;
use crate::columns::Judgement;
use crate::datasets::beside::{Offered, Second, TimeChoice, TimeFault};
use crate::datasets::keys::KeyFault;
use crate::rows::RowReader;

/// What the test table holds.
pub(super) fn of_test(
    options: &TableOptions,
    path: &Path,
    judgement: &Judgement,
) -> Result<Second, KeyFault> {
    let fault = |error| of_row("test_path", error);
    let mut reader = RowReader::open(path, &options.read).map_err(fault)?;
    let most = options.limit.unwrap_or(usize::MAX);
    Second::scan(&mut reader, &judgement.times, most).map_err(fault)
}

/// The columns that are offered; the judgement has the notes about them.
pub(super) fn offered(
    options: &TableOptions,
    judgement: &mut Judgement,
    second: Option<&Second>,
) -> Result<Offered, KeyFault> {
    let choice = TimeChoice { column: options.time.as_deref(), key: options.time_format };
    if let (Some(name), Some(second)) = (&options.time, second)
        && !second.names.contains(name)
    {
        let file = options.test_path.as_deref().unwrap_or(Path::new("")).display();
        let message = format!("{file} has no column \"{name}\"");
        let help =
            "the test table needs the time of each row, too: add the column, or leave time away";
        return Err(KeyFault::value("time", message, help));
    }
    let (offered, notes) = Offered::of(judgement, second, choice).map_err(|fault| match fault {
        TimeFault::NoTimes => {
            let message = "no column holds times";
            KeyFault::value("time_format", message, "name the column with time = \"...\"")
        }
        TimeFault::Values { name, trouble } => {
            let path = match (trouble.second, &options.test_path) {
                (true, Some(path)) => path,
                _ => &options.path,
            };
            let unit = judgement.unit();
            let line = trouble.line.map(|line| format!(", {unit} {line}")).unwrap_or_default();
            let what = &trouble.what;
            let message = format!("{}{line}: the column \"{name}\" {what}", path.display());
            let key = if options.time.is_some() { "time" } else { "time_format" };
            KeyFault::value(key, message, &trouble.remedy)
        }
    })?;
    judgement.notes.extend(notes);
    Ok(offered)
}
