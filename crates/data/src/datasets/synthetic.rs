//! Connections in the shape of KDD Cup 99 from a seeded generator: 41 columns and KDD's class
//! names, but no row of KDD. For first steps without a network and for tests.
//!
//! A log of normal sessions and attacks is drawn on a common clock, put in order of time, and the
//! window counters are computed from it by their definition. Some normal traffic looks odd (a server
//! that is down, a monitor's sweep, forgotten passwords) and some attacks look normal (stolen files,
//! management queries), so models differ and none is perfect.

mod attacks;
mod connection;
mod normal;
mod windows;

use oddbench_core::{Beside, BesideKind, Classes, Column, FeatureKind, Table};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::described::info_of;
use super::keys::{self, KeyFault};
use super::kind::{DatasetKind, Source};
use super::set::{DataSet, SourceInfo, Tables};
use crate::catalog;
use crate::categories::Categories;
use crate::digest;
use crate::error::DataError;
use crate::fetch::Cache;
use connection::{Connection, Draws};
use windows::Counters;

/// Raised whenever the same seed would give other rows.
const GENERATOR_VERSION: &str = "oddbench-synthetic/1";

/// Attack rows in a hundred.
const ATTACK_SHARE: usize = 20;

/// Milliseconds of log per normal row.
const PACE: u64 = 110;

pub(super) const KIND: DatasetKind = DatasetKind {
    name: "synthetic",
    summary: "generated, no network",
    synthetic: true,
    own_files: false,
    open: &|given, _| {
        let keys: Keys = keys::read(given)?;
        if !(100..=10_000_000).contains(&keys.rows) {
            let message = format!("{} is out of range", keys.rows);
            return Err(KeyFault::value("rows", message, "use 100 to 10000000 rows"));
        }
        Ok((keys::to_value(&keys), Box::new(keys)))
    },
    schema: &keys::schema::<Keys>,
    entry: None,
};

#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
struct Keys {
    /// Number of rows to generate.
    #[schemars(range(min = 100, max = 10_000_000))]
    rows: usize,
    /// Seed of the generator.
    seed: u64,
}

impl Default for Keys {
    fn default() -> Self {
        Self { rows: 20_000, seed: 1 }
    }
}

/// So many generated connections.
pub fn synthetic(rows: usize, seed: u64) -> Source {
    let keys = Keys { rows, seed };
    Source::new(&KIND, keys::to_value(&keys), Box::new(keys))
}

impl DataSet for Keys {
    fn info(&self) -> SourceInfo {
        let kdd = catalog::kdd99();
        let policies = ["corrected", "published"].into_iter();
        SourceInfo {
            summary: "Synthetic: generated connections with KDD's 41 columns and class names; no row of KDD.".into(),
            label_policies: policies
                .filter_map(|name| Some((name.to_owned(), kdd.policy(name)?)))
                .collect(),
            beside: beside_columns(),
            time: Some(TIME.to_owned()),
            ..info_of(kdd, kdd.features().unwrap_or_default())
        }
    }

    fn has_test_table(&self) -> bool {
        false
    }

    fn digest(&self) -> String {
        digest::of_parts([GENERATOR_VERSION, &self.rows.to_string(), &self.seed.to_string()])
    }

    fn load(&self, _: &Cache, columns: &[String], beside: &[Beside]) -> Result<Tables, DataError> {
        let log = generate(self.rows, self.seed);
        let counters = windows::counters(&log);
        let mut table =
            Table { columns: Vec::with_capacity(columns.len()), classes: None, beside: Vec::new() };
        for name in columns {
            table.columns.push((name.clone(), column(name, &log, &counters)?));
        }
        for asked in beside {
            table.beside.push((asked.name.clone(), beside_column(asked, &log)?));
        }
        let mut classes = Categories::new(self.rows);
        log.iter().for_each(|c| classes.push(c.class));
        // Lossless: there are 26 class names.
        let codes = classes.codes.iter().map(|&code| code as u16).collect();
        table.classes = Some(Classes { names: classes.names, codes });
        Ok((table, None))
    }
}

/// The column of times.
const TIME: &str = "time";

/// When the log begins: 2000-01-01 00:00 UTC, in seconds since 1970.
const START: f64 = 946_684_800.0;

/// The columns that are no features.
fn beside_columns() -> Vec<Beside> {
    let of = |name: &str, kind| Beside { name: name.to_owned(), kind };
    vec![
        of(TIME, BesideKind::Time),
        of("src_host", BesideKind::Category),
        of("dst_host", BesideKind::Category),
    ]
}

fn beside_column(asked: &Beside, log: &[Connection]) -> Result<Column, DataError> {
    if !beside_columns().contains(asked) {
        return Err(DataError::UnknownColumn { column: asked.name.clone() });
    }
    let hosts = |host: fn(&Connection) -> u32| {
        let mut hosts = Categories::new(log.len());
        log.iter().for_each(|connection| hosts.push(&format!("host-{}", host(connection))));
        Column::Categorical { codes: hosts.codes, levels: hosts.names }
    };
    Ok(match asked.name.as_str() {
        "src_host" => hosts(|connection| connection.src),
        "dst_host" => hosts(|connection| connection.dst),
        _ => Column::Numeric(log.iter().map(|c| START + c.at as f64 / 1_000.0).collect()),
    })
}

/// The log in order of time: exactly `rows` connections.
fn generate(rows: usize, seed: u64) -> Vec<Connection> {
    let mut draws = Draws::new(seed);
    let mut log = Vec::with_capacity(rows + 256);
    let wanted = rows * ATTACK_SHARE / 100;
    let duration = ((rows - wanted) as u64 * PACE).max(1);
    let mut share = 0;
    for (class, thousandths, attack) in attacks::ATTACKS {
        share += thousandths as usize;
        let end = wanted * share / 1_000;
        while log.len() < end {
            let at = draws.below(duration);
            attack(class, &mut draws, at, &mut log);
            log.truncate(end);
        }
    }
    while log.len() < rows {
        let at = draws.below(duration);
        normal::session(&mut draws, at, &mut log);
        log.truncate(rows);
    }
    // Stable: connections of the same millisecond keep the order in which they were drawn.
    log.sort_by_key(|connection| connection.at);
    log
}

/// The column of that name over the whole log.
fn column(name: &str, log: &[Connection], counters: &[Counters]) -> Result<Column, DataError> {
    let unknown = || DataError::UnknownColumn { column: name.to_owned() };
    let features = catalog::kdd99().features().unwrap_or_default();
    let (_, kind) = features.iter().find(|(feature, _)| feature == name).ok_or_else(unknown)?;
    if *kind == FeatureKind::Categorical {
        let text = categorical(name).ok_or_else(unknown)?;
        let mut categories = Categories::new(log.len());
        log.iter().for_each(|c| categories.push(text(c)));
        return Ok(Column::Categorical { codes: categories.codes, levels: categories.names });
    }
    if let Some(value) = logged(name) {
        return Ok(Column::Numeric(log.iter().map(|c| f64::from(value(c))).collect()));
    }
    let value = counter(name).ok_or_else(unknown)?;
    Ok(Column::Numeric(counters.iter().map(value).collect()))
}

fn categorical(name: &str) -> Option<fn(&Connection) -> &'static str> {
    Some(match name {
        "protocol_type" => |c| c.protocol,
        "service" => |c| c.service,
        "flag" => |c| c.flag,
        _ => return None,
    })
}

/// Columns that one connection decides alone.
fn logged(name: &str) -> Option<fn(&Connection) -> u32> {
    Some(match name {
        "duration" => |c| c.duration,
        "src_bytes" => |c| c.src_bytes,
        "dst_bytes" => |c| c.dst_bytes,
        "land" => |c| u32::from(c.src == c.dst),
        "wrong_fragment" => |c| c.wrong_fragment,
        "urgent" => |c| c.urgent,
        "hot" => |c| c.content.hot,
        "num_failed_logins" => |c| c.content.num_failed_logins,
        "logged_in" => |c| u32::from(c.content.logged_in),
        "num_compromised" => |c| c.content.num_compromised,
        "root_shell" => |c| u32::from(c.content.root_shell),
        "su_attempted" => |c| c.content.su_attempted,
        "num_root" => |c| c.content.num_root,
        "num_file_creations" => |c| c.content.num_file_creations,
        "num_shells" => |c| c.content.num_shells,
        "num_access_files" => |c| c.content.num_access_files,
        // Zero in every row of KDD as well.
        "num_outbound_cmds" | "is_host_login" => |_| 0,
        "is_guest_login" => |c| u32::from(c.content.is_guest_login),
        _ => return None,
    })
}

/// Columns that the connections before decide.
fn counter(name: &str) -> Option<fn(&Counters) -> f64> {
    Some(match name {
        "count" => |c| f64::from(c.count),
        "srv_count" => |c| f64::from(c.srv_count),
        "serror_rate" => |c| c.serror_rate,
        "srv_serror_rate" => |c| c.srv_serror_rate,
        "rerror_rate" => |c| c.rerror_rate,
        "srv_rerror_rate" => |c| c.srv_rerror_rate,
        "same_srv_rate" => |c| c.same_srv_rate,
        "diff_srv_rate" => |c| c.diff_srv_rate,
        "srv_diff_host_rate" => |c| c.srv_diff_host_rate,
        "dst_host_count" => |c| f64::from(c.dst_host_count),
        "dst_host_srv_count" => |c| f64::from(c.dst_host_srv_count),
        "dst_host_same_srv_rate" => |c| c.dst_host_same_srv_rate,
        "dst_host_diff_srv_rate" => |c| c.dst_host_diff_srv_rate,
        "dst_host_same_src_port_rate" => |c| c.dst_host_same_src_port_rate,
        "dst_host_srv_diff_host_rate" => |c| c.dst_host_srv_diff_host_rate,
        "dst_host_serror_rate" => |c| c.dst_host_serror_rate,
        "dst_host_srv_serror_rate" => |c| c.dst_host_srv_serror_rate,
        "dst_host_rerror_rate" => |c| c.dst_host_rerror_rate,
        "dst_host_srv_rerror_rate" => |c| c.dst_host_srv_rerror_rate,
        _ => return None,
    })
}
