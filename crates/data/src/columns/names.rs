//! What the name of a column says: whether it is usual for identifiers, times, addresses, ports or labels.

use super::attacks::{ClassWord, class_word};

/// The words of a name in lower case: `attack_cat`, `AttackCat` and `Attack Cat` are `attack`, `cat`.
pub(super) fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let letters: Vec<char> = name.chars().collect();
    for (at, &letter) in letters.iter().enumerate() {
        if !letter.is_alphanumeric() {
            words.push(std::mem::take(&mut word));
            continue;
        }
        let before = at.checked_sub(1).map(|at| letters[at]);
        let after = letters.get(at + 1);
        let hump = letter.is_uppercase()
            && (before.is_some_and(char::is_lowercase)
                || before.is_some_and(char::is_uppercase)
                    && after.is_some_and(|letter| letter.is_lowercase())
                    && word.len() > 1);
        if hump {
            words.push(std::mem::take(&mut word));
        }
        word.extend(letter.to_lowercase());
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    // pandas numbers names that occur twice.
    if words.len() > 1 && words.last().is_some_and(|word| word.parse::<u32>().is_ok()) {
        let unnamed = words[0] == "unnamed" || words[0] == "level";
        if !unnamed {
            words.pop();
        }
    }
    words
}

/// Whether a word is in a list with blanks between its words.
fn is_in(list: &str, word: &str) -> bool {
    list.split(' ').any(|listed| listed == word)
}

fn is_one_of(word: Option<&String>, list: &str) -> bool {
    word.is_some_and(|word| is_in(list, word))
}

/// How much a name speaks for an identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum IdName {
    No,
    /// It ends in `id`: that may be the number of a kind of things.
    Perhaps,
    Yes,
}

/// Names of identifiers, without the characters between their words.
const IDENTIFIERS: &str = "id ids uid uids fuid uuid guid index idx ix rowid rowindex rowno rownum rownumber row \
    recordid recordno recordnumber recordindex no sno srno serialno serialnumber flowid \
    flowuid connid connectionid sessionid traceid spanid requestid transactionid txid \
    messageid msgid communityid pkseqid sampleid instanceid packetid pktid framenumber logid \
    recid";

/// Whether a name is usual for identifiers.
pub(super) fn identifier(words: &[String]) -> IdName {
    let joined = words.concat();
    let unnamed = matches!(words, [first, number] if (first == "unnamed" || first == "level") && number.parse::<u32>().is_ok());
    if unnamed || is_in(IDENTIFIERS, &joined) {
        IdName::Yes
    } else if is_one_of(words.last(), "id uid uuid guid hash key index") {
        IdName::Perhaps
    } else {
        IdName::No
    }
}

/// Whether a name may mean a point in time. Names of durations pass, too (`idle time`): the values decide.
pub(super) fn time(words: &[String]) -> bool {
    const WORDS: &str = "time times ts timestamp timestamps date datetime stime ltime starttime endtime start \
        end first last seen epoch created when since begin stop milliseconds timestart day days clock \
        ymd yyyymmdd dt dtg zeit \
        zeitstempel uhrzeit datum fecha hora heure jour 时间 日期";
    words.iter().any(|word| is_in(WORDS, word) || word.ends_with("stamp"))
}

/// Whether a name means time itself, from whatever moment it may count.
pub(super) fn time_alone(words: &[String]) -> bool {
    const NAMES: &str = "time ts timestamp datetime date epoch elapsed elapsedtime timesec timeseconds \
        frametimeepoch frametimerelative";
    is_in(NAMES, &words.concat())
}

/// Whether a name leaves no doubt that a column of numbers holds points in time, whatever they count.
pub(super) fn surely_time(words: &[String]) -> bool {
    matches!(
        words.concat().as_str(),
        "timestamp" | "timestamps" | "tstamp" | "datetime" | "ts" | "epoch"
    )
}

/// Whether a name means a size, a count, a rate or a duration: its values may rise and differ as row numbers
/// do.
pub(super) fn measurement(words: &[String]) -> bool {
    const WORDS: &str = "bytes octets packets pkts byts duration dur count counts cnt size sizes length lengths \
        len lens rate rates ratio ttl window age mean avg average std variance var load loss latency delay rtt \
        jitter iat throughput bandwidth speed";
    identifier(words) == IdName::No && words.iter().any(|word| is_in(WORDS, word))
}

/// Whether a name means something that every row has and whose values may be called like an attack: a service
/// `backdoor`.
pub(super) fn of_traffic(words: &[String]) -> bool {
    is_one_of(
        words.last(),
        "service services proto protocol protocols app application state program process",
    )
}

/// Whether a name means an address.
pub(super) fn address(words: &[String]) -> bool {
    const WORDS: &str = "ip addr address ipaddr ipaddress ipv4 ipv6 srcip dstip srcaddr dstaddr saddr daddr \
        sip dip mac srcmac dstmac smac dmac macaddr sourceip destip destinationip";
    let zeek = words.len() == 3 && words[0] == "id" && words[2] == "h";
    zeek || is_one_of(words.last(), WORDS)
}

/// Whether a name means a port.
pub(super) fn port(words: &[String]) -> bool {
    const WORDS: &str = "port sport dport dsport srcport dstport lport rport sourceport destport \
        destinationport localport remoteport portnumber";
    let zeek = words.len() == 3 && words[0] == "id" && words[2] == "p";
    zeek || is_one_of(words.last(), WORDS)
}

/// How much a name speaks for a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum LabelName {
    No,
    /// `type`, `category`: only the values decide.
    Perhaps,
    /// `attack`, `is_anomaly`, `class`: a label if it has few values.
    Likely,
    /// `label`.
    Yes,
}

/// Words of a judgement about a row.
const JUDGEMENTS: &str = "attack attacks attacked anomaly anomalies anomalous abnormal outlier outliers malicious \
    malign fraud fraudulent intrusion malware benign botnet infected threat changepoint \
    compromised groundtruth isanomaly angriff ataque attacco attaque anomalie anomalia anomalía \
    攻击 攻擊 异常 異常 入侵";

/// Words that may be added to a judgement without making it a measurement: `attack_cat`, `is_anomaly`.
const BESIDE: &str = "is has cat category categories type types name class id flag binary multi multiclass sub \
    subcategory family normal traffic or no lable y status";

/// Words for a label.
const LABELS: &str = "label labels labelled labeled etiqueta etiquetas etiquette étiquette etikett etichetta \
    rótulo rotulo 标签 標籤 标记 ラベル";

/// Words that make a measurement of a label: how many there are, or how long one is.
const OF_LABELS: &str = "count counts cnt length lengths len size depth stack bytes rate ratio sum total mean avg std \
    min max";

fn is_attack(words: &[String]) -> bool {
    class_word(&words.join(" ")) == Some(ClassWord::Attack)
}

/// Names of columns of classes, without the characters between their words.
const CLASSES: &str = "class classes target targets y gt groundtruth classname classid classtype \
    classlabel binaryclass multiclass attackclass trafficclass trueclass attemptedcategory tag \
    isattack isfraud isoutlier isanomaly ismalicious verdict attflag attlabel attcat atttype attclass \
    klasse classe clase 类别 類別";

/// Last words of names that labels have, and features too.
const PERHAPS: &str = "type types category categories subcategory cat scenario family traffic activity tag \
    result stage severity event normal detection subtype alert";

/// Whether a name is usual for labels.
pub(super) fn label(words: &[String]) -> LabelName {
    let joined = words.concat();
    let is = |list: &str, word: &String| is_in(list, word);
    // num_labels, number_of_labels
    let counted = words.len() > 1 && matches!(words[0].as_str(), "num" | "number" | "n" | "nr");
    if counted || (words.len() > 1 && is_one_of(words.last(), OF_LABELS)) {
        return LabelName::No;
    }
    if words.iter().any(|word| is(LABELS, word)) || joined == "ytrue" {
        return LabelName::Yes;
    }
    let judgement = words.iter().any(|word| is(JUDGEMENTS, word));
    // Nothing that makes it a measurement: attack_cat, and not attack_count.
    let alone =
        words.iter().all(|word| is(JUDGEMENTS, word) || is(BESIDE, word) || word.len() <= 2);
    // is_ddos, is_scan
    let attack = words.len() > 1 && words[0] == "is" && is_attack(&words[1..]);
    let truth = words.iter().any(|word| is("truth groundtruth", word));
    if attack || truth || (judgement && alone) || is_in(CLASSES, &joined) {
        LabelName::Likely
    } else if is_one_of(words.last(), PERHAPS) {
        LabelName::Perhaps
    } else {
        LabelName::No
    }
}

/// Whether a name means a judgement about a row, or an outcome.
pub(super) fn is_judgement(words: &[String]) -> bool {
    label(words) > LabelName::No || is_one_of(words.last(), "status outcome judgement judgment")
}

/// Whether a name means how hard the label of a row is to predict, as in NSL-KDD.
pub(super) fn difficulty(words: &[String]) -> bool {
    matches!(
        words.concat().as_str(),
        "difficulty" | "difficultylevel" | "difficultyscore" | "successfulpred"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str) -> Vec<String> {
        words(name)
    }

    #[test]
    fn words_of_all_spellings() {
        for (name, expected) in [
            ("attack_cat", &["attack", "cat"][..]),
            ("AttackCat", &["attack", "cat"]),
            ("isFraud", &["is", "fraud"]),
            (" Flow ID", &["flow", "id"]),
            ("FlowID", &["flow", "id"]),
            ("id.orig_h", &["id", "orig", "h"]),
            ("IPV4_SRC_ADDR", &["ipv4", "src", "addr"]),
            ("L4_SRC_PORT", &["l4", "src", "port"]),
            ("Label.1", &["label"]),
            ("Unnamed: 0", &["unnamed", "0"]),
            ("SrcAddr", &["src", "addr"]),
            ("pkSeqID", &["pk", "seq", "id"]),
            ("V1", &["v1"]),
            ("UUID", &["uuid"]),
        ] {
            assert_eq!(of(name), expected, "{name}");
        }
    }

    #[test]
    fn names_of_labels() {
        for (name, expected) in [
            ("label", LabelName::Yes),
            (" Label", LabelName::Yes),
            ("detailed-label", LabelName::Yes),
            ("Attack_label", LabelName::Yes),
            ("attack_cat", LabelName::Likely),
            ("Attack", LabelName::Likely),
            ("is_anomaly", LabelName::Likely),
            ("isFraud", LabelName::Likely),
            ("ground_truth", LabelName::Likely),
            ("Malicious", LabelName::Likely),
            ("Normal/Attack", LabelName::Likely),
            ("Attack LABLE (1:No Attack, -1:Attack)", LabelName::Likely),
            ("Attempted Category", LabelName::Likely),
            ("attack_P1", LabelName::Likely),
            ("Class", LabelName::Likely),
            ("y", LabelName::Likely),
            ("is_ddos", LabelName::Likely),
            ("is_ftp_login", LabelName::No),
            ("is_guest_login", LabelName::No),
            ("su_attempted", LabelName::No),
            ("num_compromised", LabelName::No),
            ("type", LabelName::Perhaps),
            ("subcategory", LabelName::Perhaps),
            ("verdict", LabelName::Likely),
            ("att_flag", LabelName::Likely),
            ("attack_flag", LabelName::Likely),
            ("Etiqueta", LabelName::Yes),
            ("标签", LabelName::Yes),
            ("Klasse", LabelName::Likely),
            ("classe", LabelName::Likely),
            ("anomaly_score_truth", LabelName::Likely),
            ("label_id", LabelName::Yes),
            ("label_num", LabelName::Yes),
            ("label_count", LabelName::No),
            ("label_length", LabelName::No),
            ("Label Stack", LabelName::No),
            ("num_labels", LabelName::No),
            ("target_size", LabelName::No),
            ("anomaly_score", LabelName::No),
            ("attack_count", LabelName::No),
            ("class_of_service", LabelName::No),
            ("serror_rate", LabelName::No),
            ("dst_host_count", LabelName::No),
        ] {
            assert_eq!(label(&of(name)), expected, "{name}");
        }
    }
}
