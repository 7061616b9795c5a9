//! The headers of public data sets and of tools, with made-up rows: which columns are features and which
//! are not.

use std::collections::BTreeMap;

use super::made::{Draw, value};
use super::*;

/// Columns as `name = kind` or `name = kind:values`, one a line; those that are to be left out begin with a
/// hyphen.
fn check(layout: &str, columns: &str) {
    let mut expected = BTreeMap::new();
    let mut kinds = Vec::new();
    for line in columns.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (left_out, line) = match line.strip_prefix("- ") {
            Some(line) => (true, line),
            None => (false, line),
        };
        let (name, kind) = line.rsplit_once(" = ").unwrap();
        let (kind, of) = kind.split_once(':').unwrap_or((kind, ""));
        expected.insert(name.to_owned(), left_out);
        kinds.push((name, kind, of));
    }
    let mut draw = Draw(7);
    let header: Vec<&str> = kinds.iter().map(|(name, ..)| *name).collect();
    let mut text = format!("{}\n", header.join(","));
    for row in 0..600 {
        let attack = draw.next(5) == 0;
        let cells: Vec<String> =
            kinds.iter().map(|(_, kind, of)| value(kind, of, row, attack, &mut draw)).collect();
        text.push_str(&format!("{}\n", cells.join(",")));
    }
    let judgement = judged(&text, &Choices::default());
    let mut wrong = Vec::new();
    for column in &judgement.columns {
        if column.kind.is_none() != expected[column.name.as_str()] {
            wrong.push(format!("{}: {:?}, {}", column.name, column.role, column.reason));
        }
    }
    assert!(wrong.is_empty(), "{layout}: {wrong:#?}");
}

#[test]
fn cicflowmeter_in_both_spellings() {
    check(
        "CIC-IDS2017, machine learning",
        "Destination Port = port
         Flow Duration = size
         Total Fwd Packets = int:60
         Total Length of Fwd Packets = size
         Fwd Packet Length Max = int:1460
         Fwd Packet Length Mean = float
         Flow Bytes/s = float
         Flow Packets/s = float
         Flow IAT Mean = float
         Fwd IAT Total = size
         Fwd PSH Flags = int:2
         Bwd PSH Flags = zero
         Fwd Header Length = int:600
         Min Packet Length = int:60
         FIN Flag Count = int:2
         Down/Up Ratio = int:5
         Fwd Header Length.1 = int:600
         Subflow Fwd Bytes = size
         Init_Win_bytes_forward = int:65536
         act_data_pkt_fwd = int:40
         min_seg_size_forward = cat:20/32/40
         Active Mean = float
         Idle Max = size
         - Label = class:BENIGN/DDoS/PortScan/Web Attack – XSS",
    );
    check(
        "CICFlowMeter 4",
        "- Flow ID = flowid
         - Src IP = ip
         Src Port = port
         - Dst IP = ip
         Dst Port = int:65000
         Protocol = cat:6/17/0
         - Timestamp = us
         Flow Duration = size
         Tot Fwd Pkts = int:60
         Flow Byts/s = float
         Idle Max = size
         - Label = cat:No Label",
    );
}

#[test]
fn unsw_nb15_raw_and_as_partitions() {
    check(
        "UNSW-NB15 partition",
        "- id = row
         dur = float
         proto = cat:tcp/udp/arp/ospf
         service = cat:-/http/dns/smtp
         state = cat:FIN/CON/INT/REQ
         spkts = int:100
         dpkts = int:100
         sbytes = size
         rate = float
         sttl = cat:31/62/254/64
         dttl = cat:0/29/252/60
         sload = float
         swin = cat:0/255
         stcpb = size
         dtcpb = size
         tcprtt = float
         trans_depth = int:4
         response_body_len = size
         ct_srv_src = int:60
         ct_state_ttl = int:6
         ct_src_dport_ltm = int:50
         is_ftp_login = int:2
         is_sm_ips_ports = int:2
         - attack_cat = class:Normal/Generic/Exploits/Fuzzers/DoS
         - label = flag",
    );
    check(
        "UNSW-NB15 raw",
        "- srcip = ip
         sport = port
         - dstip = ip
         dsport = int:60000
         proto = cat:tcp/udp/unas
         state = cat:FIN/CON
         dur = float
         sbytes = size
         sttl = cat:31/62/254
         service = cat:-/http/dns
         Sload = float
         Stime_unused = gap
         - Stime = epoch
         - Ltime = epoch
         Sintpkt = float
         ct_ftp_cmd = int:3
         - attack_cat = class:/Generic/Exploits/ Fuzzers
         - Label = flag"
            .replace("Stime_unused = gap", "res_bdy_len = size")
            .as_str(),
    );
}

#[test]
fn zeek_and_suricata() {
    check(
        "Zeek conn.log",
        "- ts = epoch
         - uid = uid
         - id.orig_h = ip
         id.orig_p = port
         - id.resp_h = ip6
         id.resp_p = cat:53/80/443/22
         proto = cat:tcp/udp/icmp
         service = cat:dns/http/ssl/ssh
         duration = float
         orig_bytes = size
         resp_bytes = size
         conn_state = cat:SF/S0/REJ/RSTO
         local_orig = cat:T/F
         missed_bytes = zero
         history = cat:ShADadFf/D/Dd/S/ShR
         orig_pkts = int:90
         orig_ip_bytes = size
         resp_ip_bytes = size
         - tunnel_parents = gap
         - label = class:Benign/Malicious
         - detailed-label = class:-/PartOfAHorizontalPortScan/C&C",
    );
    check(
        "Suricata EVE, flattened",
        "- timestamp = iso
         - flow_id = size
         - src_ip = ip
         src_port = port
         - dest_ip = ip
         dest_port = cat:53/80/443
         proto = cat:TCP/UDP
         flow.pkts_toserver = int:50
         flow.bytes_toserver = size
         flow.age = int:300
         - flow.start = iso
         flow.state = cat:new/established/closed
         flow.reason = cat:timeout/forced
         - community_id = hex",
    );
}

#[test]
fn internet_of_things_and_botnets() {
    check(
        "ToN-IoT network",
        "- src_ip = ip
         src_port = port
         - dst_ip = ip
         dst_port = cat:53/80/443/8080
         proto = cat:tcp/udp/icmp
         service = cat:-/dns/http
         duration = float
         src_bytes = size
         conn_state = cat:S0/SF/OTH
         dns_qtype = cat:0/1/28
         dns_rcode = cat:0/3
         http_status_code = cat:0/200/404
         weird_addl = cat:-/x
         - label = flag
         - type = class:normal/ddos/scanning/xss/password/mitm",
    );
    check(
        "Bot-IoT, ten best features",
        "- pkSeqID = row
         proto = cat:tcp/udp/arp
         - saddr = ip
         sport = port
         - daddr = ip
         dport = cat:80/53/443
         seq = int:262144
         stddev = float
         N_IN_Conn_P_SrcIP = int:100
         min = float
         state_number = int:6
         mean = float
         N_IN_Conn_P_DstIP = int:100
         drate = float
         srate = float
         max = float
         - attack = flag
         - category = class:Normal/DoS/DDoS/Reconnaissance
         - subcategory = class:Normal/HTTP/TCP/UDP",
    );
    check(
        "CTU-13 binetflow",
        "- StartTime = argus
         Dur = float
         Proto = cat:tcp/udp/icmp
         - SrcAddr = ip
         Sport = port
         Dir = cat:->/<->/<?>
         - DstAddr = ip
         Dport = cat:80/443/25/53
         State = cat:FSPA_FSPA/CON/S_RA
         sTos = cat:0/2
         dTos = cat:0/3
         TotPkts = int:100
         TotBytes = size
         SrcBytes = size
         - Label = class:flow=Background-UDP-Established/flow=From-Botnet-V42-TCP-CC",
    );
    check(
        "Edge-IIoTset",
        "- frame.time = iso
         - ip.src_host = ip
         - ip.dst_host = ip
         tcp.dstport = port
         tcp.len = int:1400
         mqtt.msgtype = cat:0/1/3/8
         - Attack_label = flag
         - Attack_type = class:Normal/DDoS_UDP/MITM/SQL_injection",
    );
}

#[test]
fn netflow_v3() {
    check(
        "NF-UNSW-NB15-v3",
        "- FLOW_START_MILLISECONDS = ms
         - FLOW_END_MILLISECONDS = ms
         - IPV4_SRC_ADDR = ip
         L4_SRC_PORT = port
         - IPV4_DST_ADDR = ip
         L4_DST_PORT = int:60000
         PROTOCOL = cat:6/17/1
         L7_PROTO = cat:0.0/5.0/7.178
         IN_BYTES = size
         IN_PKTS = int:100
         TCP_FLAGS = cat:0/27/31
         FLOW_DURATION_MILLISECONDS = size
         MIN_TTL = cat:31/64/254
         MIN_IP_PKT_LEN = cat:40/44/52
         MAX_IP_PKT_LEN = int:1500
         SRC_TO_DST_SECOND_BYTES = float
         ICMP_TYPE = int:65536
         ICMP_IPV4_TYPE = int:256
         DNS_QUERY_ID = cat:0/0/0/0/51000/4242
         DNS_QUERY_TYPE = cat:0/1/28
         DNS_TTL_ANSWER = int:86400
         SRC_TO_DST_IAT_MIN = int:1000
         - Label = flag
         - Attack = class:Benign/Exploits/Fuzzers",
    );
}

#[test]
fn time_series_cards_and_hosts() {
    check(
        "TimeEval",
        "- timestamp = row
         value-0 = float
         value-1 = float
         - is_anomaly = flag",
    );
    check(
        "SKAB",
        "- datetime = iso
         Accelerometer1RMS = float
         Current = float
         Pressure = float
         Temperature = float
         - anomaly = flag
         - changepoint = flag",
    );
    check(
        "credit cards",
        "V1 = float
         V2 = float
         Amount = float
         - Class = flag",
    );
    check(
        "PaySim",
        "step = int:743
         type = cat:PAYMENT/TRANSFER/CASH_OUT/DEBIT
         amount = float
         - nameOrig = uid
         oldbalanceOrg = float
         - isFraud = flag
         isFlaggedRow = int:2",
    );
    check(
        "Kubernetes",
        "- timestamp = iso
         namespace = cat:default/kube-system/shop
         pod = cat:web-1/web-2/db-0
         node = cat:n1/n2
         - pod_ip = ip
         - container_id = hex
         cpu_usage_seconds = float
         memory_working_set_bytes = size
         restarts = int:3
         phase = cat:Running/Pending
         type = cat:Normal/Warning
         priority = cat:low/normal/high",
    );
    check(
        "host metrics",
        "- Unnamed: 0 = row
         - date = iso
         hour = int:24
         day_of_week = int:7
         cpu = rate
         load_1m = float
         disk_io_time = size
         response_time = float
         uptime_class_bytes = size
         users = int:4
         event_id = cat:4624/4625/4688
         severity = cat:info/warning/error
         anomaly_score = float",
    );
    check(
        "SWaT",
        "- Timestamp = us
         FIT101 = float
         MV101 = int:3
         P101 = cat:1/2
         - Normal/Attack = class:Normal/Attack",
    );
}

#[test]
fn labels_of_all_names() {
    check(
        "kept names",
        "bytes = size
         x = float
         target_bytes = size
         attack_surface = int:900
         class_of_service = cat:gold/silver
         traffic_volume = size
         - anomaly = flag
         - y = flag
         - ground_truth = flag
         - Malicious = bool
         - attack_name = class:-/one/two
         - Cat = class:Normal/Mirai/Scan
         - renamed = class:benign/weird thing/odd thing",
    );
    check(
        "coordinates",
        "x = float
         y = float
         z = float
         category = cat:a/b/c
         type = cat:1/2/3
         target = float
         status = cat:ok/failed
         result = cat:allow/deny",
    );
}
