//! Normal traffic of a small site: web, mail, name service, file transfer, remote logins, services
//! that idle along, and the mishaps that make honest traffic look odd.

use super::connection::{Connection, Content, Draws};

const CLASS: &str = "normal";

/// Hosts: a few servers, the site's clients, and the world outside.
pub(super) const WEB: [u32; 3] = [1, 2, 3];
pub(super) const MAIL: [u32; 2] = [4, 5];
pub(super) const DNS: u32 = 6;
pub(super) const FTP: u32 = 7;
pub(super) const LOGIN: [u32; 2] = [8, 9];

pub(super) fn inside(draws: &mut Draws) -> u32 {
    draws.range(10, 60)
}

pub(super) fn outside(draws: &mut Draws) -> u32 {
    draws.range(1_000, 3_000)
}

/// One session that begins at `at`: one connection or several, in any order of time.
pub(super) fn session(draws: &mut Draws, at: u64, log: &mut Vec<Connection>) {
    type Kind = fn(&mut Draws, u64, &mut Vec<Connection>);
    let kinds: [(u32, Kind); 9] = [
        (300, web),
        (170, mail),
        (160, dns),
        (40, ftp),
        (45, login),
        (110, idle),
        (30, ping),
        (1, server_down),
        (2, monitor),
    ];
    draws.weighted(&kinds)(draws, at, log);
}

/// A visitor loads a page and what it links to.
fn web(draws: &mut Draws, at: u64, log: &mut Vec<Connection>) {
    let hosts = (if draws.chance(0.7) { outside(draws) } else { inside(draws) }, draws.pick(&WEB));
    let mut at = at;
    for _ in 0..draws.quantiles(&[1, 2, 3, 5, 9, 22]) {
        let port = draws.port();
        let request = draws.quantiles(&[120, 195, 225, 250, 290, 345, 900]);
        let answer = draws.quantiles(&[0, 230, 480, 1_100, 2_400, 5_200, 14_000, 90_000]);
        let connection = Connection::new(CLASS, at, hosts, port, ("tcp", "http"));
        let flag = draws.weighted(&[(950, "SF"), (20, "REJ"), (8, "RSTR"), (8, "S1"), (6, "S0")]);
        log.push(match flag {
            "REJ" | "S0" => connection.flag(flag),
            _ => connection
                .flag(flag)
                .bytes(request, answer)
                .lasting(if draws.chance(0.06) { draws.range(1, 25) } else { 0 })
                .with(Content::logged_in()),
        });
        at += u64::from(draws.quantiles(&[5, 60, 250, 900, 4_000]));
    }
}

/// A message is delivered; many servers ask back who sends it.
fn mail(draws: &mut Draws, at: u64, log: &mut Vec<Connection>) {
    let (client, server) = (outside(draws), draws.pick(&MAIL));
    let sent = draws.quantiles(&[350, 750, 1_000, 1_400, 2_600, 60_000]);
    let (port, answer) = (draws.port(), draws.range(290, 420));
    let message = Connection::new(CLASS, at, (client, server), port, ("tcp", "smtp"));
    log.push(if draws.chance(0.015) {
        message.flag("REJ")
    } else {
        let seconds = draws.quantiles(&[0, 0, 1, 1, 2, 9]);
        message.bytes(sent, answer).lasting(seconds).with(Content::logged_in())
    });
    if draws.chance(0.12) {
        let flag = draws.pick(&["SF", "REJ", "RSTO"]);
        let (port, reply) = (draws.port(), draws.range(0, 30));
        let ask = Connection::new(CLASS, at + 40, (server, client), port, ("tcp", "auth"));
        log.push(ask.flag(flag).bytes(if flag == "SF" { 9 } else { 0 }, reply));
    }
    if draws.chance(0.15) {
        let (reader, port) = (inside(draws), draws.port());
        let (command, mails) = (draws.range(25, 45), draws.quantiles(&[90, 300, 1_900, 20_000]));
        let fetch = Connection::new(CLASS, at + 9_000, (reader, server), port, ("tcp", "pop_3"));
        log.push(fetch.bytes(command, mails).with(Content::logged_in()));
    }
}

/// Names are looked up, one or a list of them.
fn dns(draws: &mut Draws, at: u64, log: &mut Vec<Connection>) {
    let client = if draws.chance(0.5) { inside(draws) } else { outside(draws) };
    let mut at = at;
    for _ in 0..draws.quantiles(&[1, 1, 2, 3, 8, 40]) {
        let port = if draws.chance(0.5) { 53 } else { draws.port() };
        let (question, answer) = (draws.range(28, 46), draws.quantiles(&[0, 44, 80, 110, 150]));
        let lookup = Connection::new(CLASS, at, (client, DNS), port, ("udp", "domain_u"));
        log.push(lookup.bytes(question, answer));
        at += u64::from(draws.quantiles(&[1, 8, 30, 150, 700]));
    }
}

/// Files are fetched or stored; guests are welcome.
fn ftp(draws: &mut Draws, at: u64, log: &mut Vec<Connection>) {
    let (client, guest) = (outside(draws), draws.chance(0.45));
    let files = draws.quantiles(&[0, 1, 2, 4, 12]);
    let hot = if guest { draws.quantiles(&[0, 1, 1, 2, 6, 24]) } else { 0 };
    let commands = 90 + 35 * files + draws.range(0, 60);
    let control = Connection::new(CLASS, at, (client, FTP), draws.port(), ("tcp", "ftp"));
    log.push(control.bytes(commands, 4 * commands).lasting(3 + 4 * files).with(Content {
        hot,
        is_guest_login: guest,
        num_file_creations: u32::from(draws.chance(0.05)),
        ..Content::logged_in()
    }));
    for i in 0..files {
        let size = draws.quantiles(&[0, 250, 1_500, 12_000, 400_000, 4_000_000]);
        let (sent, got) = if draws.chance(0.75) { (size, 0) } else { (0, size) };
        let at = at + 1_500 + u64::from(4_000 * i);
        let data = Connection::new(CLASS, at, (client, FTP), 20, ("tcp", "ftp_data"));
        let content =
            Content { is_guest_login: guest && draws.chance(0.2), ..Content::logged_in() };
        log.push(data.bytes(sent, got).lasting(size / 400_000).with(content));
    }
}

/// Somebody works on a remote machine, mistypes a password, becomes root now and then.
fn login(draws: &mut Draws, at: u64, log: &mut Vec<Connection>) {
    let client = if draws.chance(0.6) { inside(draws) } else { outside(draws) };
    let service = draws.pick(&["telnet", "telnet", "telnet", "ssh", "login", "IRC"]);
    let seconds = draws.quantiles(&[2, 20, 130, 700, 2_500, 12_000]);
    let typed = 40 + seconds.min(3_000) * draws.range(1, 4) / 3;
    let shown = typed * draws.range(2, 30) / 2;
    let root = draws.chance(0.05);
    let content = Content {
        num_failed_logins: u32::from(draws.chance(0.04)),
        hot: draws.quantiles(&[0, 0, 0, 0, 0, 4]),
        su_attempted: u32::from(root),
        root_shell: root,
        num_root: if root { draws.range(1, 9) } else { 0 },
        num_compromised: if root { draws.range(0, 5) } else { 0 },
        num_file_creations: draws.quantiles(&[0, 0, 0, 0, 0, 0, 3]),
        num_access_files: u32::from(draws.chance(0.03)),
        ..Content::logged_in()
    };
    let session =
        Connection::new(CLASS, at, (client, draws.pick(&LOGIN)), draws.port(), ("tcp", service));
    log.push(session.bytes(typed, shown).lasting(seconds).with(content));
}

/// Clocks, fingers, news, network management: small, regular, dull.
fn idle(draws: &mut Draws, at: u64, log: &mut Vec<Connection>) {
    let server = draws.pick(&[DNS, FTP, 8, 9, 20, 21]);
    let (client, port) =
        (if draws.chance(0.6) { inside(draws) } else { outside(draws) }, draws.port());
    let make =
        |protocol, service| Connection::new(CLASS, at, (client, server), port, (protocol, service));
    log.push(match draws.range(0, 9) {
        0..=1 => make("udp", "ntp_u").bytes(48, 48),
        2..=4 => {
            let sent = draws.range(100, 110);
            make("udp", "private").bytes(sent, draws.range(120, 150)) // management queries
        }
        5 => make("tcp", "finger").bytes(draws.range(3, 12), draws.quantiles(&[0, 80, 150, 800])),
        6 => make("tcp", "time").bytes(0, 4),
        7 => {
            let (sent, got) = (draws.range(0, 150), draws.range(100, 140));
            make("udp", "other").bytes(sent, got).lasting(draws.quantiles(&[0, 0, 5, 900, 14_000]))
        }
        8 => make("tcp", "X11")
            .bytes(draws.range(2_000, 60_000), draws.range(2_000, 90_000))
            .lasting(draws.range(60, 4_000)),
        _ => make("tcp", "other").flag(draws.pick(&["REJ", "RSTO", "SF", "S3"])),
    });
}

/// Echo requests and replies.
fn ping(draws: &mut Draws, at: u64, log: &mut Vec<Connection>) {
    let hosts = (inside(draws), draws.pick(&[DNS, 1, 4, 8]));
    let (service, size) =
        draws.pick(&[("ecr_i", 30), ("ecr_i", 64), ("eco_i", 30), ("urp_i", 105)]);
    for i in 0..draws.quantiles(&[1, 1, 3, 6, 30]) {
        let at = at + 1_000 * u64::from(i);
        log.push(Connection::new(CLASS, at, hosts, 0, ("icmp", service)).bytes(size, 0));
    }
}

/// A server is down for some seconds and its visitors try again: no attack, and it looks like one.
fn server_down(draws: &mut Draws, at: u64, log: &mut Vec<Connection>) {
    let server = draws.pick(&WEB);
    let flag = draws.pick(&["S0", "REJ"]);
    let mut at = at;
    for _ in 0..draws.range(15, 60) {
        let hosts = (outside(draws), server);
        log.push(Connection::new(CLASS, at, hosts, draws.port(), ("tcp", "http")).flag(flag));
        at += u64::from(draws.range(10, 220));
    }
}

/// The site's own monitor looks at a service on every host: an honest sweep.
fn monitor(draws: &mut Draws, at: u64, log: &mut Vec<Connection>) {
    let (protocol, service) = draws.pick(&[("icmp", "eco_i"), ("tcp", "ssh"), ("udp", "private")]);
    for i in 0..draws.range(12, 35) {
        let at = at + u64::from(i) * 120;
        let port = if protocol == "icmp" { 0 } else { draws.port() };
        let check = Connection::new(CLASS, at, (10, 10 + i), port, (protocol, service));
        log.push(if protocol == "tcp" && draws.chance(0.4) {
            check.flag("REJ")
        } else {
            check.bytes(draws.pick(&[8, 18, 30]), 0)
        });
    }
}
