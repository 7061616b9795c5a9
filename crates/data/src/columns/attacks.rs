//! Values that name normal traffic or attacks, as the public data sets write them.

/// Classes that mean "nothing is wrong", in lower case.
const NORMAL: &[&str] = &[
    "normal",
    "benign",
    "0",
    "false",
    "inlier",
    "no",
    "background",
    "legitimate",
    "legit",
    "clean",
    "no attack",
    "nominal",
    "regular",
    "not malicious",
    "good",
    "ok",
    "safe",
    // in other languages
    "normale",
    "normales",
    "normaal",
    "benigno",
    "legitimo",
    "legítimo",
    "légitime",
    "gutartig",
    "unauffällig",
    "正常",
    "良性",
];

/// Words of normal traffic that other columns hold, too: a single one in a column proves nothing.
const COMMON: &[&str] = &["0", "false", "no", "regular", "clean", "nominal", "good", "ok", "safe"];

/// Words among these that mean normal traffic where all other values are attacks.
const BESIDE_ATTACKS: &[&str] = &["clean", "nominal", "ok", "safe"];

/// Names of attacks and of groups of them: KDD Cup 99, NSL-KDD, UNSW-NB15, ToN-IoT, Bot-IoT, Edge-IIoT, and
/// words for "something is wrong". Lower case, with blanks for underscores and hyphens.
const ATTACKS: &[&str] = &[
    // KDD Cup 99 and NSL-KDD
    "apache2",
    "buffer overflow",
    "ftp write",
    "guess passwd",
    "httptunnel",
    "imap",
    "ipsweep",
    "land",
    "loadmodule",
    "mailbomb",
    "mscan",
    "multihop",
    "named",
    "neptune",
    "nmap",
    "perl",
    "phf",
    "pod",
    "portsweep",
    "processtable",
    "ps",
    "rootkit",
    "saint",
    "satan",
    "sendmail",
    "smurf",
    "snmpgetattack",
    "snmpguess",
    "spy",
    "sqlattack",
    "teardrop",
    "udpstorm",
    "warezclient",
    "warezmaster",
    "worm",
    "xlock",
    "xsnoop",
    "xterm",
    "r2l",
    "u2r",
    "probe",
    "probing",
    // UNSW-NB15
    "fuzzers",
    "fuzzer",
    "analysis",
    "backdoor",
    "backdoors",
    "dos",
    "exploits",
    "exploit",
    "generic",
    "reconnaissance",
    "shellcode",
    "worms",
    // ToN-IoT, Bot-IoT, Edge-IIoT, IoT-23, CTU-13
    "ddos",
    "injection",
    "mitm",
    "password",
    "ransomware",
    "scanning",
    "scan",
    "xss",
    "theft",
    "keylogging",
    "data exfiltration",
    "service scan",
    "os fingerprint",
    "uploading",
    "fingerprinting",
    "vulnerability scanner",
    "port scanning",
    "sql injection",
    "c&c",
    "mirai",
    "okiru",
    "gafgyt",
    // CIC-IDS2017, CSE-CIC-IDS2018
    "bot",
    "infiltration",
    "infilteration",
    "heartbleed",
    "portscan",
    "ftp patator",
    "ssh patator",
    // in general
    "anomaly",
    "anomalous",
    "abnormal",
    "attack",
    "attacks",
    "malicious",
    "malign",
    "outlier",
    "intrusion",
    "malware",
    "botnet",
    "fraud",
    "fraudulent",
    "phishing",
    "suspicious",
    "unsafe",
    // in other languages
    "angriff",
    "angriffe",
    "anomalie",
    "anomalia",
    "anomalía",
    "ataque",
    "ataques",
    "attacco",
    "attacchi",
    "attaque",
    "attaques",
    "bösartig",
    "intrusione",
    "intrusión",
    "malicioso",
    "malveillant",
    "恶意",
    "攻击",
    "攻擊",
    "异常",
    "異常",
    "入侵",
];

/// Parts of longer names: `DDoS attacks-LOIC-HTTP`, `Web Attack – XSS`, `flow=From-Botnet-V42-TCP`.
const PARTS: &[&str] = &[
    "ddos",
    "dos hulk",
    "dos goldeneye",
    "dos slow",
    "attack",
    "botnet",
    "bruteforce",
    "brute force",
    "port scan",
    "portscan",
    "malicious",
    "exploit",
    "flooding",
    "spoofing",
];

/// Parts of longer names of traffic that is not attacked.
const NORMAL_PARTS: &[&str] = &["from normal", "background", "to normal", "benign"];

/// What a value says of its row, if it is the name of a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ClassWord {
    Normal,
    Attack,
}

/// Whether a class counts as normal, by the usual names. A digit can be one: only labels are asked about.
pub fn is_normal_class(class: &str) -> bool {
    let class = plain(class);
    NORMAL.contains(&class.as_str())
}

/// What a text says, if it is a usual name of a class. A digit is none: any column may hold one.
pub(super) fn class_word(text: &str) -> Option<ClassWord> {
    if text.len() > 60 {
        return None;
    }
    let text = plain(text);
    if COMMON.contains(&text.as_str()) {
        return None;
    }
    let contains = |parts: &[&str]| parts.iter().any(|part| text.contains(part));
    if NORMAL.contains(&text.as_str()) || contains(NORMAL_PARTS) {
        Some(ClassWord::Normal)
    } else if ATTACKS.contains(&text.as_str()) || contains(PARTS) {
        Some(ClassWord::Attack)
    } else {
        None
    }
}

/// What a text says in a column in which all values are words of normal traffic or of attacks. Good and bad
/// are such words if the name of the column means a judgement.
pub(super) fn word_beside_others(text: &str, is_judgement: bool) -> Option<ClassWord> {
    if let Some(word) = class_word(text) {
        return Some(word);
    }
    match plain(text).as_str() {
        "good" if is_judgement => Some(ClassWord::Normal),
        "bad" if is_judgement => Some(ClassWord::Attack),
        text => BESIDE_ATTACKS.contains(&text).then_some(ClassWord::Normal),
    }
}

/// Lower case, blanks for underscores and hyphens, without KDD's full stop.
fn plain(text: &str) -> String {
    let text = text.trim().trim_end_matches('.');
    text.to_lowercase().replace(['_', '-'], " ")
}
