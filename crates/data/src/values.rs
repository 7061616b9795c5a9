//! What the text of a value means: a number, or the name of a class.

/// A number, NaN where the text says that there is none; `None` if it is something else.
pub(crate) fn number(text: &str) -> Option<f64> {
    match text {
        "" | "NA" => Some(f64::NAN),
        _ => text.parse().ok(),
    }
}

/// The class that a label stands for: numbers are compared as numbers, so that `0`, `0.0` and `00` are
/// one class; everything else is compared as the text that it is, without spaces around it.
pub(crate) fn class_name(label: &str) -> String {
    let label = label.trim();
    let numeric = label.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c));
    match label.parse::<f64>() {
        // Longer ones may not survive double precision.
        Ok(value) if numeric && value.is_finite() && label.len() <= 15 => {
            if value == 0.0 {
                "0".into()
            } else {
                value.to_string()
            }
        }
        _ => label.into(),
    }
}
