//! Shares in text: one rule of rounding for tables, sentences and messages. A figure is rounded once, from its full
//! value, to three decimals. As per cent it has the same digits, so that a sentence agrees with a table.

/// Three decimals: `0.407`.
pub fn share(value: f64) -> String {
    format!("{value:.3}")
}

/// A share as per cent, with the digits of [`share`]: `40.7`. Rounding 100 times the value would be another rule:
/// 0.4075 is stored as slightly less and gives 0.407, but 100 times as much is 40.75, which gives 40.8.
pub fn percent(value: f64) -> String {
    as_percent(&share(value))
}

/// A share as a table shows it, as per cent with the same digits: `0.407` is `40.7`, and `6.4e-5` is `0.0064`.
pub fn as_percent(shown: &str) -> String {
    let (digits, exponent) = shown.split_once('e').unwrap_or((shown, "0"));
    let decimals = digits.split_once('.').map_or(0, |(_, decimals)| decimals.len() as i32);
    match (shown.parse::<f64>(), exponent.parse::<i32>()) {
        (Ok(value), Ok(exponent)) => {
            let decimals = (decimals - exponent - 2).max(0) as usize;
            format!("{:.decimals$}", 100.0 * value)
        }
        _ => shown.to_owned(),
    }
}

/// A count as per cent of another one; 0.0 of none.
pub fn percent_of(part: usize, whole: usize) -> String {
    percent(part as f64 / whole.max(1) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_in_per_cent_has_the_digits_of_the_share() {
        for thousandths in 0..10_000 {
            // Halves too, which are no exact binary fractions.
            let value = f64::from(thousandths) / 10_000.0;
            let digits = share(value).replace('.', "");
            let as_percent = percent(value).replace('.', "");
            assert_eq!(digits.trim_start_matches('0'), as_percent.trim_start_matches('0'));
        }
        assert_eq!((share(0.9755), percent(0.9755)), ("0.976".into(), "97.6".into()));
        assert_eq!((share(0.4075), percent(0.4075)), ("0.407".into(), "40.7".into()));
        let shown = ["0.407", "0.0099", "6.4e-5", "1.000", "0.5", "–"].map(as_percent);
        assert_eq!(shown, ["40.7", "0.99", "0.0064", "100.0", "50", "–"]);
        assert_eq!([percent_of(163, 400), percent_of(0, 0)], ["40.7", "0.0"]);
    }
}
