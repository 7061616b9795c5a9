//! The counters that KDD Cup 99 derives from the connections before one (Lee and Stolfo 2000,
//! "A framework for constructing features and models for intrusion detection systems"): over the
//! last two seconds, and over the last connections to the same host.

use std::collections::{HashMap, VecDeque};

use super::connection::Connection;
use crate::categories::Categories;

/// The short window, in milliseconds.
const RECENT: u64 = 2_000;
/// Connections of the short window that are looked at, at most.
const RECENT_MOST: usize = 511;
/// Connections to one host that are looked at, at most.
const HOST_MOST: usize = 255;

/// The counters of one connection, in KDD's order from `count` to `dst_host_srv_rerror_rate`.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Counters {
    pub count: u32,
    pub srv_count: u32,
    pub serror_rate: f64,
    pub srv_serror_rate: f64,
    pub rerror_rate: f64,
    pub srv_rerror_rate: f64,
    pub same_srv_rate: f64,
    pub diff_srv_rate: f64,
    pub srv_diff_host_rate: f64,
    pub dst_host_count: u32,
    pub dst_host_srv_count: u32,
    pub dst_host_same_srv_rate: f64,
    pub dst_host_diff_srv_rate: f64,
    pub dst_host_same_src_port_rate: f64,
    pub dst_host_srv_diff_host_rate: f64,
    pub dst_host_serror_rate: f64,
    pub dst_host_srv_serror_rate: f64,
    pub dst_host_rerror_rate: f64,
    pub dst_host_srv_rerror_rate: f64,
}

/// The counters of every connection; the connections must be in order of time.
pub(super) fn counters(log: &[Connection]) -> Vec<Counters> {
    let log = keys(log);
    let mut by_host: HashMap<u32, VecDeque<Key>> = HashMap::new();
    let mut all = Vec::with_capacity(log.len());
    for (i, current) in log.iter().enumerate() {
        let mut counters = Counters::default();
        recent(&log[..=i], current, &mut counters);
        let host = by_host.entry(current.dst).or_default();
        if host.len() == HOST_MOST {
            host.pop_front();
        }
        host.push_back(*current);
        per_host(host, current, &mut counters);
        all.push(counters);
    }
    all
}

/// What the windows look at: small, because every connection is looked at some hundred times.
#[derive(Clone, Copy)]
struct Key {
    at: u64,
    src: u32,
    dst: u32,
    src_port: u16,
    service: u8,
    syn_error: bool,
    rejected: bool,
}

fn keys(log: &[Connection]) -> Vec<Key> {
    let mut services = Categories::new(log.len());
    log.iter().for_each(|connection| services.push(connection.service));
    let key = |(c, service): (&Connection, u32)| Key {
        at: c.at,
        src: c.src,
        dst: c.dst,
        src_port: c.src_port,
        // Lossless: some forty services.
        service: service as u8,
        syn_error: c.syn_error(),
        rejected: c.rejected(),
    };
    log.iter().zip(services.codes).map(key).collect()
}

/// A tally of connections that have something in common, the current one included.
#[derive(Default)]
struct Tally {
    n: u32,
    syn_errors: u32,
    rejected: u32,
}

impl Tally {
    fn add(&mut self, connection: &Key) {
        self.n += 1;
        self.syn_errors += u32::from(connection.syn_error);
        self.rejected += u32::from(connection.rejected);
    }

    /// A share of the tally, to two decimals as KDD has it.
    fn rate(&self, part: u32) -> f64 {
        (f64::from(part) / f64::from(self.n.max(1)) * 100.0).round() / 100.0
    }
}

/// A set of services; there are fewer than 128.
#[derive(Default)]
struct Services(u128);

impl Services {
    fn add(&mut self, service: u8) {
        self.0 |= 1 << (service & 127);
    }

    fn count(&self) -> u32 {
        self.0.count_ones()
    }
}

fn recent(log: &[Key], current: &Key, out: &mut Counters) {
    let (mut host, mut service) = (Tally::default(), Tally::default());
    let (mut both, mut elsewhere) = (0, 0);
    let mut other_services = Services::default();
    let window = log.iter().rev().take(RECENT_MOST);
    for seen in window.take_while(|seen| current.at - seen.at <= RECENT) {
        let (same_host, same_service) = (seen.dst == current.dst, seen.service == current.service);
        if same_host {
            host.add(seen);
            if same_service {
                both += 1;
            } else {
                other_services.add(seen.service);
            }
        }
        if same_service {
            service.add(seen);
            elsewhere += u32::from(!same_host);
        }
    }
    out.count = host.n;
    out.srv_count = service.n;
    out.serror_rate = host.rate(host.syn_errors);
    out.srv_serror_rate = service.rate(service.syn_errors);
    out.rerror_rate = host.rate(host.rejected);
    out.srv_rerror_rate = service.rate(service.rejected);
    out.same_srv_rate = host.rate(both);
    out.diff_srv_rate = host.rate(other_services.count());
    out.srv_diff_host_rate = service.rate(elsewhere);
}

fn per_host(window: &VecDeque<Key>, current: &Key, out: &mut Counters) {
    let (mut host, mut service) = (Tally::default(), Tally::default());
    let (mut same_port, mut other_source) = (0, 0);
    let mut other_services = Services::default();
    for seen in window {
        host.add(seen);
        same_port += u32::from(seen.src_port == current.src_port);
        if seen.service == current.service {
            service.add(seen);
            other_source += u32::from(seen.src != current.src);
        } else {
            other_services.add(seen.service);
        }
    }
    out.dst_host_count = host.n;
    out.dst_host_srv_count = service.n;
    out.dst_host_same_srv_rate = host.rate(service.n);
    out.dst_host_diff_srv_rate = host.rate(other_services.count());
    out.dst_host_same_src_port_rate = host.rate(same_port);
    out.dst_host_srv_diff_host_rate = service.rate(other_source);
    out.dst_host_serror_rate = host.rate(host.syn_errors);
    out.dst_host_srv_serror_rate = service.rate(service.syn_errors);
    out.dst_host_rerror_rate = host.rate(host.rejected);
    out.dst_host_srv_rerror_rate = service.rate(service.rejected);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn web(at: u64, src: u32, dst: u32) -> Connection {
        Connection::new("normal", at, (src, dst), 2000 + src as u16, ("tcp", "http"))
    }

    #[test]
    fn counters_follow_their_definition() {
        let log = [
            web(0, 1, 9),
            web(2_500, 2, 9).flag("S0"),
            web(3_000, 3, 8),
            web(3_500, 4, 9).flag("REJ"),
            Connection { service: "smtp", ..web(4_500, 2, 9) },
        ];
        let all = counters(&log);
        // At 3.5 s: two to host 9 in the last two seconds, three to http; three to host 9 ever.
        let at = all[3];
        assert_eq!((at.count, at.srv_count), (2, 3));
        assert_eq!((at.serror_rate, at.rerror_rate), (0.5, 0.5));
        assert_eq!((at.srv_serror_rate, at.srv_rerror_rate), (0.33, 0.33));
        assert_eq!((at.same_srv_rate, at.diff_srv_rate, at.srv_diff_host_rate), (1.0, 0.0, 0.33));
        assert_eq!((at.dst_host_count, at.dst_host_srv_count), (3, 3));
        assert_eq!(at.dst_host_srv_diff_host_rate, 0.67);
        assert_eq!((at.dst_host_serror_rate, at.dst_host_rerror_rate), (0.33, 0.33));
        // At 4.5 s: smtp for the first time, on a host that three http connections went to.
        let at = all[4];
        assert_eq!((at.count, at.srv_count), (3, 1));
        assert_eq!((at.same_srv_rate, at.diff_srv_rate), (0.33, 0.33));
        assert_eq!((at.dst_host_count, at.dst_host_srv_count), (4, 1));
        assert_eq!((at.dst_host_same_srv_rate, at.dst_host_diff_srv_rate), (0.25, 0.25));
        assert_eq!(at.dst_host_same_src_port_rate, 0.5);
        assert_eq!((at.dst_host_srv_serror_rate, at.dst_host_srv_rerror_rate), (0.0, 0.0));
    }

    #[test]
    fn windows_are_bounded() {
        let log: Vec<_> = (0..1_000).map(|i| web(i, 1, 9)).collect();
        let last = counters(&log)[999];
        assert_eq!((last.count, last.dst_host_count), (511, 255));
    }
}
