//! Values of the kinds that the columns of layouts have.

/// A source of numbers.
pub(super) struct Draw(pub(super) u64);

impl Draw {
    pub(super) fn next(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % below
    }
}

/// A value of one of the kinds that layouts are written in; `of` holds what stands behind the kind.
pub(super) fn value(kind: &str, of: &str, row: u64, attack: bool, draw: &mut Draw) -> String {
    match kind {
        "row" => (row + 1).to_string(),
        "int" => draw.next(of.parse().unwrap()).to_string(),
        "size" => {
            let bits = 4 + draw.next(24);
            (40 + draw.next(1 << bits)).to_string()
        }
        "float" => format!("{}", draw.next(1_000_000) as f64 / 997.0),
        "rate" => format!("{:.2}", draw.next(101) as f64 / 100.0),
        "cat" => {
            let values: Vec<&str> = of.split('/').collect();
            values[draw.next(values.len() as u64) as usize].to_owned()
        }
        "zero" => "0".into(),
        "gap" => String::new(),
        "ip" => format!("192.168.{}.{}", draw.next(4), draw.next(250)),
        "ip6" => format!("2001:db8::{:x}", draw.next(500)),
        "mac" => format!("00:0c:29:9f:aa:{:02x}", draw.next(9)),
        "port" => (1024 + draw.next(60_000)).to_string(),
        "uid" => format!(
            "C{:x}Zq{:x}aB9",
            draw.next(1 << 30) + (1 << 30),
            draw.next(1 << 16) + (1 << 16)
        ),
        "hex" => format!("{:016x}{:016x}", draw.next(u64::MAX), draw.next(u64::MAX)),
        "flowid" => format!("192.168.1.{}-8.8.8.8-{}-443-6", draw.next(200), draw.next(60_000)),
        "iso" => format!(
            "2024-03-05T{:02}:{:02}:{:02}.{}Z",
            row / 60 % 24,
            row % 60,
            draw.next(60),
            draw.next(999)
        ),
        "us" => format!(
            "{:02}/03/2024 {:02}:{:02}:{:02} PM",
            1 + row % 28,
            1 + draw.next(12),
            draw.next(60),
            draw.next(60)
        ),
        "argus" => {
            format!("2011/08/10 09:{:02}:{:02}.{:06}", row / 60 % 60, row % 60, draw.next(999_999))
        }
        "epoch" => {
            format!("{}.{:06}", 1_709_629_567 + row * 3 + draw.next(200), draw.next(999_999))
        }
        "ms" => (1_424_242_190_000 + draw.next(90_000_000)).to_string(),
        "flag" => u8::from(attack).to_string(),
        "bool" => ["False", "True"][usize::from(attack)].into(),
        // The first name for normal rows, the others for attacks.
        "class" => {
            let names: Vec<&str> = of.split('/').collect();
            match attack {
                false => names[0].to_owned(),
                true => names[1 + draw.next(names.len() as u64 - 1) as usize].to_owned(),
            }
        }
        other => panic!("{other}"),
    }
}
