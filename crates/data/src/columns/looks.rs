//! What one text looks like: a point in time, an address, a hash, or none of them.

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::times::is_timestamp;

/// What a text looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Looks {
    Plain,
    Timestamp,
    Address,
    Hash,
}

/// What a text looks like.
pub(super) fn looks(text: &str) -> Looks {
    let text = text.trim();
    if is_address(text) {
        Looks::Address
    } else if is_timestamp(text) {
        Looks::Timestamp
    } else if is_hash(text) {
        Looks::Hash
    } else {
        Looks::Plain
    }
}

/// IPv4, IPv6 and hardware addresses, with or without a port or the length of a prefix.
pub(super) fn is_address(text: &str) -> bool {
    let digit_or_hex = |byte: u8| byte.is_ascii_hexdigit() || b"[:.".contains(&byte);
    if text.len() < 2 || text.len() > 64 || !text.bytes().next().is_some_and(digit_or_hex) {
        return false;
    }
    let number = |text: &str, most: u32| text.parse::<u32>().is_ok_and(|value| value <= most);
    let (host, prefix) = match text.rsplit_once('/') {
        Some((host, prefix)) if number(prefix, 128) => (host, true),
        Some(_) => return false,
        None => (text, false),
    };
    if host.parse::<Ipv4Addr>().is_ok() || host.parse::<Ipv6Addr>().is_ok() {
        return true;
    }
    if prefix {
        return false;
    }
    if let Some((host, _)) = host.split_once('%') {
        return host.parse::<Ipv6Addr>().is_ok();
    }
    if let Some((host, port)) = host.rsplit_once(':')
        && number(port, 65_535)
    {
        let bracketed = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        if host.parse::<Ipv4Addr>().is_ok()
            || bracketed.is_some_and(|host| host.parse::<Ipv6Addr>().is_ok())
        {
            return true;
        }
    }
    is_hardware_address(host)
}

/// `aa:bb:cc:dd:ee:ff`, also with hyphens, or `aabb.ccdd.eeff`.
fn is_hardware_address(text: &str) -> bool {
    let cut = |separator: char, groups: usize, digits: usize| {
        let mut count = 0;
        text.split(separator).all(|group| {
            count += 1;
            group.len() == digits && group.bytes().all(|byte| byte.is_ascii_hexdigit())
        }) && count == groups
    };
    cut(':', 6, 2) || cut('-', 6, 2) || cut('.', 3, 4)
}

/// A UUID, the digits of a hash, or one of the names that Zeek makes for connections and files.
fn is_hash(text: &str) -> bool {
    let hex = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let (mut digits, mut letters, mut upper) = (false, false, false);
    for byte in text.bytes() {
        digits |= byte.is_ascii_digit();
        letters |= byte.is_ascii_lowercase();
        upper |= byte.is_ascii_uppercase();
    }
    let groups: Vec<usize> = text.split('-').map(str::len).collect();
    let uuid = groups == [8, 4, 4, 4, 12] && text.split('-').all(hex);
    let zeek = (17..=18).contains(&text.len())
        && text.starts_with(['C', 'F'])
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && digits
        && letters
        && upper;
    let community =
        text.strip_prefix("1:").is_some_and(|rest| rest.len() == 28 && rest.ends_with('='));
    uuid || zeek || community || (text.len() >= 16 && hex(text) && digits && (letters || upper))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_times_and_hashes_are_told_apart() {
        for (text, expected) in [
            ("192.168.10.24", Looks::Address),
            ("10.0.0.1:443", Looks::Address),
            ("10.0.0.0/8", Looks::Address),
            ("::1", Looks::Address),
            ("fe80::1%eth0", Looks::Address),
            ("[2001:db8::7]:8080", Looks::Address),
            ("2001:db8:0:1:1:1:1:1", Looks::Address),
            ("00:0c:29:9f:aa:01", Looks::Address),
            ("00-0C-29-9F-AA-01", Looks::Address),
            ("000c.299f.aa01", Looks::Address),
            ("05/03/2024 09:26:07 AM", Looks::Timestamp),
            ("550e8400-e29b-41d4-a716-446655440000", Looks::Hash),
            ("d41d8cd98f00b204e9800998ecf8427e", Looks::Hash),
            ("CHhAvVGS1DHFjwGM9", Looks::Hash),
            ("1:LQU9qZlK+B5F3KDmev6m5PMibrg=", Looks::Hash),
            ("192.168.10.24-8.8.8.8-6503-443-6", Looks::Plain),
            ("tcp", Looks::Plain),
            ("http/1.1", Looks::Plain),
            ("abc", Looks::Plain),
            ("1.2.3", Looks::Plain),
            ("RSTOS0", Looks::Plain),
            ("ConnectionAttempts", Looks::Plain),
        ] {
            assert_eq!(looks(text), expected, "{text}");
        }
    }
}
