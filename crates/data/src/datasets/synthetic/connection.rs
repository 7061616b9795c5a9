//! One generated connection before its window counters are known, and the draws that make it.

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

/// A connection as a sensor would log it. Fields that stay 0 for a kind of traffic are left out of
/// its constructor.
#[derive(Debug, Clone)]
pub(super) struct Connection {
    /// Start, in milliseconds from the beginning of the log.
    pub at: u64,
    /// Source host.
    pub src: u32,
    /// Destination host.
    pub dst: u32,
    /// Source port; 0 for icmp.
    pub src_port: u16,
    pub protocol: &'static str,
    pub service: &'static str,
    pub flag: &'static str,
    /// Seconds.
    pub duration: u32,
    pub src_bytes: u32,
    pub dst_bytes: u32,
    pub wrong_fragment: u32,
    pub urgent: u32,
    pub content: Content,
    pub class: &'static str,
}

/// What a sensor sees inside a session: KDD's content features.
#[derive(Debug, Clone, Default)]
pub(super) struct Content {
    pub hot: u32,
    pub num_failed_logins: u32,
    pub logged_in: bool,
    pub num_compromised: u32,
    pub root_shell: bool,
    pub su_attempted: u32,
    pub num_root: u32,
    pub num_file_creations: u32,
    pub num_shells: u32,
    pub num_access_files: u32,
    pub is_guest_login: bool,
}

impl Content {
    pub(super) fn logged_in() -> Self {
        Self { logged_in: true, ..Self::default() }
    }
}

impl Connection {
    /// A completed connection (flag SF) without payload.
    pub(super) fn new(
        class: &'static str,
        at: u64,
        (src, dst): (u32, u32),
        src_port: u16,
        (protocol, service): (&'static str, &'static str),
    ) -> Self {
        Self {
            at,
            src,
            dst,
            src_port,
            protocol,
            service,
            flag: "SF",
            duration: 0,
            src_bytes: 0,
            dst_bytes: 0,
            wrong_fragment: 0,
            urgent: 0,
            content: Content::default(),
            class,
        }
    }

    pub(super) fn bytes(mut self, src: u32, dst: u32) -> Self {
        (self.src_bytes, self.dst_bytes) = (src, dst);
        self
    }

    pub(super) fn flag(mut self, flag: &'static str) -> Self {
        self.flag = flag;
        self
    }

    pub(super) fn lasting(mut self, seconds: u32) -> Self {
        self.duration = seconds;
        self
    }

    pub(super) fn with(mut self, content: Content) -> Self {
        self.content = content;
        self
    }

    /// Whether the handshake failed: half open or without an answer.
    pub(super) fn syn_error(&self) -> bool {
        matches!(self.flag, "S0" | "S1" | "S2" | "S3")
    }

    /// Whether it was rejected.
    pub(super) fn rejected(&self) -> bool {
        self.flag == "REJ"
    }
}

/// A seeded stream of draws. Only integer arithmetic and correctly rounded float operations are
/// used (no logarithms, no exponentials), so every platform draws the same.
pub(super) struct Draws(Xoshiro256PlusPlus);

impl Draws {
    pub(super) fn new(seed: u64) -> Self {
        Self(Xoshiro256PlusPlus::seed_from_u64(seed))
    }

    /// An integer in `low..=high`.
    pub(super) fn range(&mut self, low: u32, high: u32) -> u32 {
        low + self.below(u64::from(high - low) + 1) as u32
    }

    /// An integer in `0..n`, by multiplication: the bias of n / 2^64 is of no account here.
    pub(super) fn below(&mut self, n: u64) -> u64 {
        ((u128::from(self.0.next_u64()) * u128::from(n)) >> 64) as u64
    }

    /// True with that probability.
    pub(super) fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    fn unit(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// One of the choices, all equally likely. Panics if there are none.
    pub(super) fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len() as u64) as usize]
    }

    /// One of the choices by weight. Panics if there are none.
    pub(super) fn weighted<T: Copy>(&mut self, choices: &[(u32, T)]) -> T {
        let total: u32 = choices.iter().map(|(weight, _)| weight).sum();
        let mut left = self.below(u64::from(total)) as u32;
        for &(weight, choice) in choices {
            if left < weight {
                return choice;
            }
            left -= weight;
        }
        choices[choices.len() - 1].1
    }

    /// An integer from the distribution with these equally spaced quantiles (the first is the
    /// minimum, the last the maximum), linear in between: heavy tails without logarithms.
    pub(super) fn quantiles(&mut self, quantiles: &[u32]) -> u32 {
        let at = self.below((quantiles.len() as u64 - 1) * 65_536);
        let (i, share) = ((at >> 16) as usize, at & 0xffff);
        let (low, high) = (u64::from(quantiles[i]), u64::from(quantiles[i + 1]));
        (low + (((high - low) * share) >> 16)) as u32
    }

    /// An unprivileged source port.
    pub(super) fn port(&mut self) -> u16 {
        1024 + self.below(64_000) as u16
    }
}
