//! Points in time, however a file writes them: how the texts and numbers of one column are read as seconds
//! since 1970-01-01 UTC. [`Evidence`] looks at all values of a column, [`TimeFormat`] is the conclusion
//! and reads them.

mod evidence;
mod format;
#[cfg(test)]
mod tests;
mod text;
mod zones;

pub(crate) use evidence::{Evidence, Resolved, TimeTrouble};
pub(crate) use format::TimeFormat;
pub use format::TimeKey;
pub(crate) use text::{is_clock, is_date_number, is_timestamp};
