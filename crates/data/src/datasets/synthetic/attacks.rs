//! Attacks of KDD's four categories: floods, scans, intrusions from outside, and users who become
//! root. Each call appends one attack: a burst, a scan or a single session.

use super::connection::{Connection, Content, Draws};
use super::normal::{DNS, FTP, LOGIN, MAIL, WEB, inside, outside};

type Attack = fn(&'static str, &mut Draws, u64, &mut Vec<Connection>);

/// Every attack with its share of the attack rows, in thousandths. The last four occur in KDD's
/// test table only, so that the label policy `published` takes them for normal here as well.
pub(super) const ATTACKS: [(&str, u32, Attack); 25] = [
    ("smurf", 270, smurf),
    ("neptune", 230, neptune),
    ("satan", 60, satan),
    ("portsweep", 60, portsweep),
    ("ipsweep", 60, ipsweep),
    ("nmap", 20, nmap),
    ("back", 45, back),
    ("teardrop", 20, teardrop),
    ("pod", 12, pod),
    ("land", 3, land),
    ("guess_passwd", 30, guess_passwd),
    ("warezclient", 35, warezclient),
    ("warezmaster", 8, warezmaster),
    ("ftp_write", 3, intrusion),
    ("imap", 4, intrusion),
    ("phf", 2, intrusion),
    ("multihop", 3, intrusion),
    ("buffer_overflow", 9, root),
    ("loadmodule", 3, root),
    ("perl", 2, root),
    ("rootkit", 5, root),
    ("snmpgetattack", 46, snmpgetattack),
    ("mailbomb", 30, mailbomb),
    ("mscan", 20, mscan),
    ("apache2", 20, apache2),
];

/// Services that a scan knocks at.
const SERVICES: [&str; 20] = [
    "private", "other", "telnet", "ftp", "smtp", "http", "finger", "gopher", "echo", "discard",
    "systat", "ssh", "nntp", "sunrpc", "imap4", "ldap", "whois", "uucp", "domain", "link",
];

/// Echo replies without a request, from a whole network at once.
fn smurf(class: &'static str, draws: &mut Draws, at: u64, log: &mut Vec<Connection>) {
    let (victim, size) = (draws.pick(&[1, 4, 8]), draws.pick(&[520, 1_032]));
    let mut at = at;
    for _ in 0..draws.range(120, 320) {
        let hosts = (outside(draws), victim);
        log.push(Connection::new(class, at, hosts, 0, ("icmp", "ecr_i")).bytes(size, 0));
        at += u64::from(draws.range(0, 8));
    }
}

/// A flood of handshakes that are never completed.
fn neptune(class: &'static str, draws: &mut Draws, at: u64, log: &mut Vec<Connection>) {
    let victim = draws.pick(&[1, 2, 4, 9]);
    let (service, many) = (draws.pick(&["private", "http", "telnet", "smtp"]), draws.chance(0.35));
    let flag = draws.weighted(&[(8, "S0"), (2, "REJ")]);
    let mut at = at;
    for _ in 0..draws.range(80, 260) {
        let hosts = (outside(draws), victim);
        let service = if many { draws.pick(&SERVICES) } else { service };
        log.push(Connection::new(class, at, hosts, draws.port(), ("tcp", service)).flag(flag));
        at += u64::from(draws.range(1, 12));
    }
}

/// Quick knocks at every service of one host.
fn satan(class: &'static str, draws: &mut Draws, at: u64, log: &mut Vec<Connection>) {
    let hosts = (outside(draws), draws.pick(&[1, 4, 8, 20]));
    let mut at = at;
    for _ in 0..draws.range(20, 70) {
        let knock = Connection::new(class, at, hosts, draws.port(), ("tcp", draws.pick(&SERVICES)));
        log.push(match draws.range(0, 9) {
            0..=5 => knock.flag("REJ"),
            6..=7 => knock.flag("S0"),
            _ => knock.bytes(draws.range(0, 12), draws.range(0, 40)),
        });
        at += u64::from(draws.range(5, 400));
    }
}

/// Slow knocks at one host after another port, hours if need be.
fn portsweep(class: &'static str, draws: &mut Draws, at: u64, log: &mut Vec<Connection>) {
    let hosts = (outside(draws), draws.pick(&[2, 5, 9, 21]));
    let port = draws.port();
    let mut at = at;
    for _ in 0..draws.range(12, 45) {
        let service = if draws.chance(0.7) { "private" } else { draws.pick(&SERVICES) };
        let flag = draws.weighted(&[(6, "REJ"), (5, "RSTR"), (2, "S0"), (1, "SF")]);
        let seconds = if flag == "RSTR" && draws.chance(0.2) { draws.range(100, 9_000) } else { 0 };
        let knock = Connection::new(class, at, hosts, port, ("tcp", service));
        log.push(knock.flag(flag).lasting(seconds));
        at += u64::from(draws.range(800, 6_000));
    }
}

/// One small echo request to each host in turn.
fn ipsweep(class: &'static str, draws: &mut Draws, at: u64, log: &mut Vec<Connection>) {
    let source = outside(draws);
    for i in 0..draws.range(15, 50) {
        let at = at + u64::from(i * draws.range(300, 900));
        let probe = Connection::new(class, at, (source, 10 + i), 0, ("icmp", "eco_i"));
        log.push(probe.bytes(draws.weighted(&[(8, 8), (2, 18)]), 0));
    }
}

/// Half-open packets, echo requests and datagrams to a host's closed ports.
fn nmap(class: &'static str, draws: &mut Draws, at: u64, log: &mut Vec<Connection>) {
    let hosts = (outside(draws), inside(draws));
    let (protocol, service, flag) =
        draws.pick(&[("tcp", "private", "SH"), ("icmp", "eco_i", "SF"), ("udp", "private", "SF")]);
    for i in 0..draws.range(6, 20) {
        let port = if protocol == "icmp" { 0 } else { draws.port() };
        let at = at + u64::from(i * 30);
        let probe = Connection::new(class, at, hosts, port, (protocol, service)).flag(flag);
        let size = match protocol {
            "icmp" => 8,
            "udp" => draws.range(100, 215),
            _ => 0,
        };
        log.push(probe.bytes(size, 0));
    }
}

/// Requests full of slashes that keep a web server busy.
fn back(class: &'static str, draws: &mut Draws, at: u64, log: &mut Vec<Connection>) {
    let hosts = (outside(draws), draws.pick(&WEB));
    for i in 0..draws.range(8, 40) {
        let at = at + u64::from(i * draws.range(100, 700));
        let flag = draws.weighted(&[(9, "SF"), (1, "RSTR")]);
        let request = Connection::new(class, at, hosts, draws.port(), ("tcp", "http")).flag(flag);
        let content = Content { hot: 2, num_compromised: 1, ..Content::logged_in() };
        log.push(request.bytes(54_540, draws.pick(&[8_314, 7_300])).with(content));
    }
}

/// Fragments that overlap.
fn teardrop(class: &'static str, draws: &mut Draws, at: u64, log: &mut Vec<Connection>) {
    let hosts = (outside(draws), inside(draws));
    for i in 0..draws.range(8, 25) {
        let at = at + u64::from(i * 20);
        let packet = Connection::new(class, at, hosts, draws.port(), ("udp", "private"));
        log.push(Connection { wrong_fragment: draws.pick(&[1, 3, 3]), ..packet.bytes(28, 0) });
    }
}

/// Echo requests too large for a datagram.
fn pod(class: &'static str, draws: &mut Draws, at: u64, log: &mut Vec<Connection>) {
    let hosts = (outside(draws), inside(draws));
    for i in 0..draws.range(3, 12) {
        let packet = Connection::new(class, at + u64::from(i * 100), hosts, 0, ("icmp", "ecr_i"));
        log.push(Connection { wrong_fragment: 1, ..packet.bytes(draws.pick(&[564, 1_480]), 0) });
    }
}

/// A handshake that a host seems to send to itself.
fn land(class: &'static str, draws: &mut Draws, at: u64, log: &mut Vec<Connection>) {
    let host = inside(draws);
    log.push(Connection::new(class, at, (host, host), 23, ("tcp", "telnet")).flag("S0"));
}

/// One password after another.
fn guess_passwd(class: &'static str, draws: &mut Draws, at: u64, log: &mut Vec<Connection>) {
    let (service, server) =
        draws.pick(&[("telnet", LOGIN[0]), ("telnet", LOGIN[1]), ("pop_3", MAIL[0])]);
    let source = outside(draws);
    for i in 0..draws.range(5, 25) {
        let at = at + u64::from(i * draws.range(1_500, 6_000));
        let guess = Connection::new(class, at, (source, server), draws.port(), ("tcp", service));
        let content = Content {
            num_failed_logins: u32::from(draws.chance(0.75)),
            hot: u32::from(draws.chance(0.4)),
            ..Content::default()
        };
        let flag = draws.weighted(&[(6, "SF"), (4, "RSTO")]);
        let (typed, shown) = (draws.range(25, 130), draws.range(90, 190));
        log.push(guess.flag(flag).bytes(typed, shown).lasting(draws.range(0, 5)).with(content));
    }
}

/// A guest fetches what others have hidden on the server: this looks nearly like normal use.
fn warezclient(class: &'static str, draws: &mut Draws, at: u64, log: &mut Vec<Connection>) {
    let client = outside(draws);
    let control = Connection::new(class, at, (client, FTP), draws.port(), ("tcp", "ftp"));
    log.push(control.bytes(draws.range(250, 1_200), draws.range(700, 4_000)).with(Content {
        hot: draws.quantiles(&[0, 2, 14, 28, 30]),
        is_guest_login: true,
        ..Content::logged_in()
    }));
    for i in 0..draws.range(2, 14) {
        let size = draws.quantiles(&[100, 1_200, 60_000, 500_000, 5_000_000]);
        let at = at + u64::from(i * draws.range(2_000, 9_000));
        let data = Connection::new(class, at, (client, FTP), 20, ("tcp", "ftp_data"));
        let content = Content { is_guest_login: draws.chance(0.5), ..Content::logged_in() };
        log.push(data.bytes(size, 0).lasting(size / 300_000).with(content));
    }
}

/// A guest stores what others will fetch.
fn warezmaster(class: &'static str, draws: &mut Draws, at: u64, log: &mut Vec<Connection>) {
    let client = outside(draws);
    let size = draws.range(200_000, 5_000_000);
    let control = Connection::new(class, at, (client, FTP), draws.port(), ("tcp", "ftp"));
    log.push(control.bytes(draws.range(90, 300), draws.range(200, 900)).lasting(15).with(
        Content {
            hot: draws.range(1, 20),
            num_file_creations: draws.range(0, 2),
            is_guest_login: true,
            ..Content::logged_in()
        },
    ));
    let data = Connection::new(class, at + 1_000, (client, FTP), 20, ("tcp", "ftp_data"));
    log.push(data.bytes(0, size).lasting(size / 350_000).with(Content::logged_in()));
}

/// A single session that gets in through a hole in a service.
fn intrusion(class: &'static str, draws: &mut Draws, at: u64, log: &mut Vec<Connection>) {
    let (service, server, flag) = match class {
        "phf" => ("http", WEB[0], "SF"),
        "imap" => ("imap4", MAIL[0], draws.pick(&["SF", "SH", "RSTO"])),
        "ftp_write" => (draws.pick(&["ftp", "ftp_data", "login"]), FTP, "SF"),
        _ => (draws.pick(&["telnet", "ftp_data"]), LOGIN[0], "SF"),
    };
    let content = Content {
        hot: draws.range(0, 6),
        num_file_creations: draws.range(0, 2),
        num_access_files: draws.range(0, 2),
        num_shells: u32::from(draws.chance(0.3)),
        root_shell: class == "imap" && draws.chance(0.3),
        ..Content::logged_in()
    };
    let (sent, got) = (draws.range(40, 1_800), draws.range(100, 9_000));
    let hosts = (outside(draws), server);
    let session = Connection::new(class, at, hosts, draws.port(), ("tcp", service)).flag(flag);
    log.push(session.bytes(sent, got).lasting(draws.quantiles(&[0, 2, 30, 400])).with(content));
}

/// A user becomes root: one login session, seen only in what happens inside.
fn root(class: &'static str, draws: &mut Draws, at: u64, log: &mut Vec<Connection>) {
    let seconds = draws.quantiles(&[1, 40, 120, 300, 1_200]);
    let content = Content {
        hot: draws.range(0, 5),
        num_compromised: draws.range(0, 4),
        root_shell: draws.chance(0.65),
        num_root: draws.range(0, 5),
        num_file_creations: draws.range(0, 4),
        num_shells: draws.range(0, 2),
        num_access_files: u32::from(draws.chance(0.3)),
        ..Content::logged_in()
    };
    let (sent, got) = (draws.range(100, 2_500), draws.range(300, 12_000));
    let hosts =
        (if draws.chance(0.5) { inside(draws) } else { outside(draws) }, draws.pick(&LOGIN));
    let service = draws.weighted(&[(8, "telnet"), (2, "ftp_data")]);
    let session = Connection::new(class, at, hosts, draws.port(), ("tcp", service));
    log.push(session.bytes(sent, got).lasting(seconds).with(content));
}

/// Management queries with a guessed community: on the wire, the same as honest ones.
fn snmpgetattack(class: &'static str, draws: &mut Draws, at: u64, log: &mut Vec<Connection>) {
    let hosts = (outside(draws), DNS);
    for i in 0..draws.range(10, 40) {
        let at = at + u64::from(i * draws.range(300, 1_500));
        let query = Connection::new(class, at, hosts, draws.port(), ("udp", "private"));
        log.push(query.bytes(draws.range(103, 106), draws.range(143, 147)));
    }
}

/// One mailbox, hundreds of messages.
fn mailbomb(class: &'static str, draws: &mut Draws, at: u64, log: &mut Vec<Connection>) {
    let hosts = (outside(draws), MAIL[1]);
    for i in 0..draws.range(25, 70) {
        let at = at + u64::from(i * draws.range(20, 120));
        let message = Connection::new(class, at, hosts, draws.port(), ("tcp", "smtp"));
        log.push(message.bytes(draws.range(2_560, 2_600), 293).with(Content::logged_in()));
    }
}

/// A scan of many hosts for a few services with known holes.
fn mscan(class: &'static str, draws: &mut Draws, at: u64, log: &mut Vec<Connection>) {
    let source = outside(draws);
    for i in 0..draws.range(15, 45) {
        let at = at + u64::from(i * draws.range(100, 600));
        let service = draws.pick(&["sunrpc", "imap4", "domain", "pop_3", "X11", "http"]);
        let flag = draws.weighted(&[(5, "REJ"), (3, "S0"), (2, "RSTO"), (2, "SF")]);
        let hosts = (source, 10 + i);
        log.push(Connection::new(class, at, hosts, draws.port(), ("tcp", service)).flag(flag));
    }
}

/// Requests with endless headers.
fn apache2(class: &'static str, draws: &mut Draws, at: u64, log: &mut Vec<Connection>) {
    let hosts = (outside(draws), draws.pick(&WEB));
    for i in 0..draws.range(10, 40) {
        let at = at + u64::from(i * draws.range(50, 400));
        let flag = draws.weighted(&[(5, "SF"), (3, "S3"), (2, "RSTR")]);
        let request = Connection::new(class, at, hosts, draws.port(), ("tcp", "http")).flag(flag);
        let (sent, seconds) = (draws.range(20_000, 75_000), draws.range(0, 900));
        log.push(request.bytes(sent, 0).lasting(seconds).with(Content::logged_in()));
    }
}
