//! The sets whose files cannot be had here, on small files with the published header.

use std::path::Path;

use oddbench_core::{Column, Dataset, Table};
use oddbench_data::{Mirror, Source, datasets};
use serde_json::{Value, json};

use crate::support::{offline, real_data};

/// A folder of files.
struct Files(tempfile::TempDir);

impl Files {
    fn new(files: &[(&str, String)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        Self(folder)
    }

    fn open(&self, kind: &str, mut keys: Value) -> Source {
        keys["path"] = json!(self.0.path());
        let kind = datasets::find(kind).unwrap();
        kind.open(keys.as_object().unwrap(), Path::new("")).unwrap()
    }

    /// The data set with all its features; there is no digest that the files could match.
    fn load(&self, kind: &str, keys: Value) -> Dataset {
        let source = self.open(kind, keys);
        assert!(!source.notes().is_empty(), "{kind}: nothing says whether these are the files");
        let cache = offline(self.0.path(), None);
        source.load(&cache, &source.info().column_names(), &[]).unwrap()
    }
}

/// Rows under a header: the value of a column is what `special` says, or `1`.
fn rows(header: &str, rows: &[&[(&str, &str)]]) -> String {
    let mut text = format!("{header}\n");
    for special in rows {
        let value = |name: &str| {
            let name = name.trim();
            special.iter().find(|(column, _)| *column == name).map_or("1", |(_, value)| *value)
        };
        let values: Vec<&str> = header.split(',').map(value).collect();
        text.push_str(&values.join(","));
        text.push('\n');
    }
    text
}

fn classes(table: &Table) -> Vec<&str> {
    let classes = table.classes.as_ref().unwrap();
    (0..table.rows()).map(|row| classes.of(row)).collect()
}

fn numbers<'a>(table: &'a Table, column: &str) -> &'a [f64] {
    match table.column(column) {
        Some(Column::Numeric(values)) => values,
        _ => panic!("{column} holds no numbers"),
    }
}

const CORRECTED: &str = "Flow ID,Src IP,Src Port,Dst IP,Dst Port,Protocol,Timestamp,Flow Duration,Total Fwd Packet,Total Bwd packets,Total Length of Fwd Packet,Total Length of Bwd Packet,Fwd Packet Length Max,Fwd Packet Length Min,Fwd Packet Length Mean,Fwd Packet Length Std,Bwd Packet Length Max,Bwd Packet Length Min,Bwd Packet Length Mean,Bwd Packet Length Std,Flow Bytes/s,Flow Packets/s,Flow IAT Mean,Flow IAT Std,Flow IAT Max,Flow IAT Min,Fwd IAT Total,Fwd IAT Mean,Fwd IAT Std,Fwd IAT Max,Fwd IAT Min,Bwd IAT Total,Bwd IAT Mean,Bwd IAT Std,Bwd IAT Max,Bwd IAT Min,Fwd PSH Flags,Bwd PSH Flags,Fwd URG Flags,Bwd URG Flags,Fwd Header Length,Bwd Header Length,Fwd Packets/s,Bwd Packets/s,Packet Length Min,Packet Length Max,Packet Length Mean,Packet Length Std,Packet Length Variance,FIN Flag Count,SYN Flag Count,RST Flag Count,PSH Flag Count,ACK Flag Count,URG Flag Count,CWR Flag Count,ECE Flag Count,Down/Up Ratio,Average Packet Size,Fwd Segment Size Avg,Bwd Segment Size Avg,Fwd Bytes/Bulk Avg,Fwd Packet/Bulk Avg,Fwd Bulk Rate Avg,Bwd Bytes/Bulk Avg,Bwd Packet/Bulk Avg,Bwd Bulk Rate Avg,Subflow Fwd Packets,Subflow Fwd Bytes,Subflow Bwd Packets,Subflow Bwd Bytes,FWD Init Win Bytes,Bwd Init Win Bytes,Fwd Act Data Pkts,Fwd Seg Size Min,Active Mean,Active Std,Active Max,Active Min,Idle Mean,Idle Std,Idle Max,Idle Min,Label";

#[test]
fn the_corrected_cic_ids2017_trains_on_monday_and_leaves_attempts_to_a_choice() {
    let day = |labels: &[&str]| {
        let rows_of: Vec<Vec<(&str, &str)>> = labels
            .iter()
            .map(|label| vec![("Label", *label), ("Flow Bytes/s", "Infinity"), ("Protocol", "6")])
            .collect();
        rows(CORRECTED, &rows_of.iter().map(Vec::as_slice).collect::<Vec<_>>())
    };
    let files = Files::new(&[
        ("Monday-WorkingHours.csv", day(&["BENIGN", "BENIGN"])),
        ("Tuesday-WorkingHours.csv", day(&["BENIGN", "FTP-Patator"])),
        ("Wednesday-WorkingHours.csv", day(&["DoS Hulk", "DoS Hulk - Attempted"])),
        ("Thursday-WorkingHours.csv", day(&["Infiltration"])),
        ("Friday-WorkingHours.csv", day(&["PortScan", "BENIGN"])),
    ]);
    let data = files.load("cic-ids2017", json!({}));
    assert_eq!(classes(&data.train), ["BENIGN", "BENIGN"]);
    let test = data.test.unwrap();
    assert_eq!((test.rows(), test.columns.len()), (7, 77));
    assert!(numbers(&test, "Flow Bytes/s")[0].is_infinite());
    for name in ["Flow ID", "Src IP", "Dst IP", "Src Port", "Dst Port", "Timestamp", "Label"] {
        assert!(test.column(name).is_none(), "{name}");
    }
    let source = files.open("cic-ids2017", json!({}));
    let outliers = |policy: usize| {
        let policy = &source.info().label_policies[policy].1;
        policy.labels(test.classes.as_ref().unwrap()).iter().filter(|outlier| **outlier).count()
    };
    assert_eq!((outliers(0), outliers(1)), (4, 5), "an attempt is benign, or an attack");
    let data = files.load("cic-ids2017", json!({ "days": "wednesday", "attempts": "left-out" }));
    assert_eq!((classes(&data.train), data.test), (vec!["DoS Hulk"], None));
    assert_eq!(files.load("cic-ids2017", json!({ "days": "all" })).train.rows(), 9);
}

const CSE: &str = "Dst Port,Protocol,Timestamp,Flow Duration,Tot Fwd Pkts,Tot Bwd Pkts,TotLen Fwd Pkts,TotLen Bwd Pkts,Fwd Pkt Len Max,Fwd Pkt Len Min,Fwd Pkt Len Mean,Fwd Pkt Len Std,Bwd Pkt Len Max,Bwd Pkt Len Min,Bwd Pkt Len Mean,Bwd Pkt Len Std,Flow Byts/s,Flow Pkts/s,Flow IAT Mean,Flow IAT Std,Flow IAT Max,Flow IAT Min,Fwd IAT Tot,Fwd IAT Mean,Fwd IAT Std,Fwd IAT Max,Fwd IAT Min,Bwd IAT Tot,Bwd IAT Mean,Bwd IAT Std,Bwd IAT Max,Bwd IAT Min,Fwd PSH Flags,Bwd PSH Flags,Fwd URG Flags,Bwd URG Flags,Fwd Header Len,Bwd Header Len,Fwd Pkts/s,Bwd Pkts/s,Pkt Len Min,Pkt Len Max,Pkt Len Mean,Pkt Len Std,Pkt Len Var,FIN Flag Cnt,SYN Flag Cnt,RST Flag Cnt,PSH Flag Cnt,ACK Flag Cnt,URG Flag Cnt,CWE Flag Count,ECE Flag Cnt,Down/Up Ratio,Pkt Size Avg,Fwd Seg Size Avg,Bwd Seg Size Avg,Fwd Byts/b Avg,Fwd Pkts/b Avg,Fwd Blk Rate Avg,Bwd Byts/b Avg,Bwd Pkts/b Avg,Bwd Blk Rate Avg,Subflow Fwd Pkts,Subflow Fwd Byts,Subflow Bwd Pkts,Subflow Bwd Byts,Init Fwd Win Byts,Init Bwd Win Byts,Fwd Act Data Pkts,Fwd Seg Size Min,Active Mean,Active Std,Active Max,Active Min,Idle Mean,Idle Std,Idle Max,Idle Min,Label";

#[test]
fn a_day_of_cse_cic_ids2018_is_read_with_either_header() {
    let attack: &[(&str, &str)] = &[("Label", "DoS attacks-Hulk"), ("Flow Byts/s", "NaN")];
    let benign: &[(&str, &str)] = &[("Label", "Benign"), ("Timestamp", "16/02/2018 08:27:23")];
    let with_addresses = format!("Flow ID,Src IP,Src Port,Dst IP,{CSE}");
    let files = Files::new(&[
        ("Friday-16-02-2018_TrafficForML_CICFlowMeter.csv", rows(CSE, &[benign, attack])),
        ("Thuesday-20-02-2018_TrafficForML_CICFlowMeter.csv", rows(&with_addresses, &[benign])),
    ]);
    let day = |day: &str| files.load("cse-cic-ids2018", json!({ "day": day })).train;
    let hulk = day("16-02");
    assert_eq!(classes(&hulk), ["Benign", "DoS attacks-Hulk"]);
    assert_eq!(hulk.columns.len(), 77);
    assert!(numbers(&hulk, "Flow Byts/s")[1].is_nan());
    assert_eq!(day("20-02").rows(), 1);
    let kind = datasets::find("cse-cic-ids2018").unwrap();
    let fault = kind.open(&serde_json::Map::new(), Path::new("")).unwrap_err();
    assert_eq!(fault.key, "path", "it has no home");
}

#[test]
fn the_labels_of_ctu_13_are_three_classes() {
    let header = "StartTime,Dur,Proto,SrcAddr,Sport,Dir,DstAddr,Dport,State,sTos,dTos,TotPkts,TotBytes,SrcBytes,Label";
    let row = |label: &'static str| {
        [("Label", label), ("Proto", "icmp"), ("Dport", "0x0303"), ("Dir", "  <->"), ("sTos", "")]
    };
    let labels = [
        "flow=Background-UDP-Established",
        "flow=From-Botnet-V42-TCP-Attempt",
        "flow=From-Normal-V42-Jist",
        "flow=To-Background-CVUT-Proxy",
    ];
    let rows_of = labels.map(row);
    let text = rows(header, &rows_of.iter().map(|row| &row[..]).collect::<Vec<_>>());
    let files = Files::new(&[("capture20110810.binetflow", text)]);
    let data = files.load("ctu-13", json!({}));
    assert_eq!(classes(&data.train), ["background", "botnet", "normal", "background"]);
    assert_eq!(data.train.columns.len(), 9);
    let Some(Column::Categorical { levels, .. }) = data.train.column("Dir") else { panic!() };
    assert_eq!(levels, &["<->"]);
    let data = files.load("ctu-13", json!({ "scenario": 1, "background": "left-out" }));
    assert_eq!(classes(&data.train), ["botnet", "normal"]);
    let policy = files.open("ctu-13", json!({})).info().label_policies[0].1.clone();
    assert_eq!(policy.labels(data.train.classes.as_ref().unwrap()), [true, false]);
}

#[test]
fn nf_unsw_nb15_v3_is_a_single_file_that_a_path_names() {
    let header = "FLOW_START_MILLISECONDS,FLOW_END_MILLISECONDS,IPV4_SRC_ADDR,L4_SRC_PORT,IPV4_DST_ADDR,L4_DST_PORT,PROTOCOL,L7_PROTO,IN_BYTES,IN_PKTS,OUT_BYTES,OUT_PKTS,TCP_FLAGS,CLIENT_TCP_FLAGS,SERVER_TCP_FLAGS,FLOW_DURATION_MILLISECONDS,DURATION_IN,DURATION_OUT,MIN_TTL,MAX_TTL,LONGEST_FLOW_PKT,SHORTEST_FLOW_PKT,MIN_IP_PKT_LEN,MAX_IP_PKT_LEN,SRC_TO_DST_SECOND_BYTES,DST_TO_SRC_SECOND_BYTES,RETRANSMITTED_IN_BYTES,RETRANSMITTED_IN_PKTS,RETRANSMITTED_OUT_BYTES,RETRANSMITTED_OUT_PKTS,SRC_TO_DST_AVG_THROUGHPUT,DST_TO_SRC_AVG_THROUGHPUT,NUM_PKTS_UP_TO_128_BYTES,NUM_PKTS_128_TO_256_BYTES,NUM_PKTS_256_TO_512_BYTES,NUM_PKTS_512_TO_1024_BYTES,NUM_PKTS_1024_TO_1514_BYTES,TCP_WIN_MAX_IN,TCP_WIN_MAX_OUT,ICMP_TYPE,ICMP_IPV4_TYPE,DNS_QUERY_ID,DNS_QUERY_TYPE,DNS_TTL_ANSWER,FTP_COMMAND_RET_CODE,SRC_TO_DST_IAT_MIN,SRC_TO_DST_IAT_MAX,SRC_TO_DST_IAT_AVG,SRC_TO_DST_IAT_STDDEV,DST_TO_SRC_IAT_MIN,DST_TO_SRC_IAT_MAX,DST_TO_SRC_IAT_AVG,DST_TO_SRC_IAT_STDDEV,Label,Attack";
    assert_eq!(header.split(',').count(), 55);
    let files = Files::new(&[(
        "any-name.csv",
        rows(
            header,
            &[
                &[("Attack", "Benign"), ("Label", "0"), ("IPV4_SRC_ADDR", "59.166.0.2")],
                &[("Attack", "Exploits"), ("IPV4_SRC_ADDR", "175.45.176.1"), ("IN_BYTES", "7")],
            ],
        ),
    )]);
    let kind = datasets::find("nf-unsw-nb15-v3").unwrap();
    let keys = json!({ "path": files.0.path().join("any-name.csv"), "limit": 1_000 });
    let source = kind.open(keys.as_object().unwrap(), Path::new("")).unwrap();
    let cache = offline(files.0.path(), None);
    let columns = source.info().column_names();
    assert_eq!(columns.len(), 55 - 2 - 6 - 1, "without labels, times, addresses, ports, query");
    let data = source.load(&cache, &columns, &[]).unwrap();
    assert_eq!(classes(&data.train), ["Benign", "Exploits"]);
    assert_eq!(numbers(&data.train, "IN_BYTES"), [1.0, 7.0]);
    let [note] = &source.notes()[..] else { panic!() };
    assert!(note.contains("is not the published NF-UNSW-NB15-v3"), "{note}");
}

const ORIGINAL: &str = "Flow ID, Source IP, Source Port, Destination IP, Destination Port, Protocol, Timestamp, Flow Duration, Total Fwd Packets, Total Backward Packets,Total Length of Fwd Packets, Total Length of Bwd Packets, Fwd Packet Length Max, Fwd Packet Length Min, Fwd Packet Length Mean, Fwd Packet Length Std,Bwd Packet Length Max, Bwd Packet Length Min, Bwd Packet Length Mean, Bwd Packet Length Std,Flow Bytes/s, Flow Packets/s, Flow IAT Mean, Flow IAT Std, Flow IAT Max, Flow IAT Min,Fwd IAT Total, Fwd IAT Mean, Fwd IAT Std, Fwd IAT Max, Fwd IAT Min,Bwd IAT Total, Bwd IAT Mean, Bwd IAT Std, Bwd IAT Max, Bwd IAT Min,Fwd PSH Flags, Bwd PSH Flags, Fwd URG Flags, Bwd URG Flags, Fwd Header Length, Bwd Header Length,Fwd Packets/s, Bwd Packets/s, Min Packet Length, Max Packet Length, Packet Length Mean, Packet Length Std, Packet Length Variance,FIN Flag Count, SYN Flag Count, RST Flag Count, PSH Flag Count, ACK Flag Count, URG Flag Count, CWE Flag Count, ECE Flag Count, Down/Up Ratio, Average Packet Size, Avg Fwd Segment Size, Avg Bwd Segment Size, Fwd Header Length,Fwd Avg Bytes/Bulk, Fwd Avg Packets/Bulk, Fwd Avg Bulk Rate, Bwd Avg Bytes/Bulk, Bwd Avg Packets/Bulk,Bwd Avg Bulk Rate,Subflow Fwd Packets, Subflow Fwd Bytes, Subflow Bwd Packets, Subflow Bwd Bytes,Init_Win_bytes_forward, Init_Win_bytes_backward, act_data_pkt_fwd, min_seg_size_forward,Active Mean, Active Std, Active Max, Active Min,Idle Mean, Idle Std, Idle Max, Idle Min, Label";

#[test]
fn the_original_cic_ids2017_is_read_with_all_its_quirks() {
    assert_eq!(ORIGINAL.split(',').count(), 85);
    let benign: &[(&str, &str)] = &[("Label", "BENIGN"), ("Timestamp", "7/6/2017 9:00")];
    let web: &[(&str, &str)] = &[("Label", "Web Attack ~ XSS"), ("Flow Bytes/s", "Infinity")];
    // The dash is byte 0x96 of Windows-1252, and lines of commas alone follow.
    let text = rows(ORIGINAL, &[benign, web]) + &",".repeat(84) + "\n";
    let bytes: Vec<u8> = text.bytes().map(|byte| if byte == b'~' { 0x96 } else { byte }).collect();
    let files = Files::new(&[]);
    let name = "Thursday-WorkingHours-Morning-WebAttacks.pcap_ISCX.csv";
    std::fs::write(files.0.path().join(name), bytes).unwrap();
    let data = files.load("cic-ids2017-original", json!({ "days": "thursday-webattacks" }));
    assert_eq!(classes(&data.train), ["BENIGN", "Web Attack \u{2013} XSS"]);
    assert_eq!(data.train.columns.len(), 76);
    assert!(numbers(&data.train, "Flow Bytes/s")[1].is_infinite());
    // The archive without addresses has fewer columns and the same features.
    let few =
        ORIGINAL.split_once(" Destination Port").unwrap().1.replace(" Protocol, Timestamp,", "");
    std::fs::write(files.0.path().join(name), rows(&format!(" Destination Port{few}"), &[benign]))
        .unwrap();
    let data = files.load("cic-ids2017-original", json!({ "days": "thursday-webattacks" }));
    assert_eq!((data.train.rows(), data.train.columns.len()), (1, 76));
}

#[test]
fn a_dash_of_ton_iot_is_a_missing_value() {
    let header = "src_ip,src_port,dst_ip,dst_port,proto,service,duration,src_bytes,dst_bytes,conn_state,missed_bytes,src_pkts,src_ip_bytes,dst_pkts,dst_ip_bytes,dns_query,dns_qclass,dns_qtype,dns_rcode,dns_AA,dns_RD,dns_RA,dns_rejected,ssl_version,ssl_cipher,ssl_resumed,ssl_established,ssl_subject,ssl_issuer,http_trans_depth,http_method,http_uri,http_version,http_request_body_len,http_response_body_len,http_status_code,http_user_agent,http_orig_mime_types,http_resp_mime_types,weird_name,weird_addl,weird_notice,label,type";
    let normal: &[(&str, &str)] =
        &[("type", "normal"), ("label", "0"), ("service", "-"), ("http_trans_depth", "-")];
    let attack: &[(&str, &str)] = &[("type", "backdoor"), ("service", "dns")];
    let files = Files::new(&[("Train_Test_Network.csv", rows(header, &[normal, attack]))]);
    let data = files.load("ton-iot", json!({}));
    assert_eq!(classes(&data.train), ["normal", "backdoor"]);
    let Some(Column::Categorical { codes, levels }) = data.train.column("service") else {
        panic!()
    };
    assert_eq!((levels.as_slice(), codes[0]), (&["dns".to_owned()][..], Column::MISSING));
    let depth = numbers(&data.train, "http_trans_depth");
    assert!(depth[0].is_nan() && depth[1] == 1.0);
    for name in ["type", "label", "src_ip", "dst_port", "dns_query"] {
        assert!(data.train.column(name).is_none(), "{name}");
    }
}

/// Results are addressed by these digests: SHA-256 over the version and the digests of the contents, a line each.
#[test]
fn the_digests_of_the_published_sets_stay_the_same() {
    let digest = |name: &str| {
        let kind = datasets::find(name).unwrap();
        kind.open(&serde_json::Map::new(), Path::new("")).unwrap().digest()
    };
    let known = [
        ("kdd99", "5e993a5995cc8d37b83d6053da9067ad358f657a105d380fc7f4799f157c64fb"),
        ("nsl-kdd", "42ba78fed07764910ea96a0fc7d25ae75529b5f74096f1a7ac06f3073153c99c"),
        ("unsw-nb15", "799230331776fd79d78496bc2363c47e381ab79d0ef79f9ae6b4b828199ff258"),
    ];
    for (name, sha256) in known {
        assert_eq!(digest(name), sha256, "{name}");
    }
}

/// Rows, features and outliers, as numpy counts them.
const ADBENCH: [(&str, usize, usize, usize); 22] = [
    ("ALOI", 49_534, 27, 1_508),
    ("annthyroid", 7_200, 6, 534),
    ("breastw", 683, 9, 239),
    ("cardio", 1_831, 21, 176),
    ("Cardiotocography", 2_114, 21, 466),
    ("fault", 1_941, 27, 673),
    ("http", 567_498, 3, 2_211),
    ("Ionosphere", 351, 32, 126),
    ("mammography", 11_183, 6, 260),
    ("musk", 3_062, 166, 97),
    ("optdigits", 5_216, 64, 150),
    ("PageBlocks", 5_393, 10, 510),
    ("pendigits", 6_870, 16, 156),
    ("Pima", 768, 8, 268),
    ("satellite", 6_435, 36, 2_036),
    ("satimage-2", 5_803, 36, 71),
    ("shuttle", 49_097, 9, 3_511),
    ("smtp", 95_156, 3, 30),
    ("thyroid", 3_772, 6, 93),
    ("vowels", 1_456, 12, 50),
    ("Wilt", 4_819, 5, 257),
    ("wine", 129, 13, 10),
];

#[test]
fn the_classical_sets_of_adbench_have_their_rows_and_outliers() {
    let Some(mirror) = real_data("the_classical_sets_of_adbench") else { return };
    let folder = tempfile::tempdir().unwrap();
    let cache = offline(folder.path(), Some(Mirror::Folder(mirror)));
    let kind = datasets::find("adbench").unwrap();
    for (set, rows, features, outliers) in ADBENCH {
        let keys = json!({ "set": set });
        let source = kind.open(keys.as_object().unwrap(), Path::new("")).unwrap();
        assert_eq!(source.info().columns.len(), features, "{set}");
        // One column is enough to count the rows.
        let data = source.load(&cache, &["x1".into()], &[]).unwrap().train;
        assert_eq!(data.rows(), rows, "{set}");
        let labels = source.info().label_policies[0].1.labels(data.classes.as_ref().unwrap());
        assert_eq!(labels.iter().filter(|outlier| **outlier).count(), outliers, "{set}");
    }
    let source = kind.open(&serde_json::Map::new(), Path::new("")).unwrap();
    assert_eq!(source.params(), &json!({ "set": "cardio" }));
    let data = source.load(&cache, &source.info().column_names(), &[]).unwrap().train;
    let first = data.columns.iter().map(|(name, _)| numbers(&data, name)[0]);
    let first: Vec<f64> = first.take(3).collect();
    assert_eq!(first, [0.004912314661768384, 0.6931907749193863, -0.20364048566636067]);
}
