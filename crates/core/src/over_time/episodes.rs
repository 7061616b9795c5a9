//! Episodes of attacks, and how long each lasted before its first alarm.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Timeline;

/// The longest gap, in seconds, between two rows of one episode, unless an experiment says otherwise.
pub const DEFAULT_EPISODE_GAP: f64 = 600.0;

/// Attack rows of one class of which each comes soon after the one before, whatever other rows lie between.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Episode {
    /// The class of its rows.
    pub class: String,
    /// The time of its first row, in seconds since 1970-01-01 UTC.
    pub start: f64,
    /// The time of its last row.
    pub end: f64,
    /// Its rows.
    pub rows: usize,
    /// Seconds from its first row to its first alarm; `None`: it was missed.
    pub delay: Option<f64>,
}

impl Timeline<'_> {
    /// The episodes in order of their starts. A gap of more than `gap` seconds between two rows of a class ends
    /// one episode and begins another. Only outliers under the label policy are attacks.
    pub fn episodes(&self, threshold: f64, gap: f64) -> Vec<Episode> {
        let mut open: BTreeMap<u16, Episode> = BTreeMap::new();
        let mut closed = Vec::new();
        for &(time, row) in self.rows.iter().filter(|(_, row)| self.part.labels[*row]) {
            let code = self.part.classes.codes[row];
            if open.get(&code).is_some_and(|episode| time - episode.end > gap) {
                closed.extend(open.remove(&code));
            }
            let episode = open.entry(code).or_insert_with(|| Episode {
                class: self.part.classes.of(row).to_owned(),
                start: time,
                end: time,
                rows: 0,
                delay: None,
            });
            episode.end = time;
            episode.rows += 1;
            if episode.delay.is_none() && self.part.scores[row] > threshold {
                episode.delay = Some(time - episode.start);
            }
        }
        closed.extend(open.into_values());
        closed.sort_by(|a, b| a.start.total_cmp(&b.start).then_with(|| a.class.cmp(&b.class)));
        closed
    }
}
