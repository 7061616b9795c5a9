//! What a command prints: lines that begin with `@` are answers, all others mean nothing to oddbench.

/// An answer.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Answer {
    /// The order has been carried out.
    Done,
    /// How long that took without what only this protocol costs.
    Seconds(f64),
    /// The version of something that it uses.
    Version(String, String),
    /// Something that a reader of the results must know.
    Note(String),
    /// Why it cannot carry out the order.
    Error(String),
    /// A line that begins like an answer but is not one.
    Unknown(String),
}

/// Reads a line; `None` if it is no answer.
pub(super) fn answer(line: &str) -> Option<Answer> {
    let line = line.trim().strip_prefix('@')?;
    let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let rest = rest.trim();
    Some(match word {
        "done" => Answer::Done,
        "seconds" => match rest.parse::<f64>() {
            Ok(seconds) if seconds.is_finite() && seconds >= 0.0 => Answer::Seconds(seconds),
            _ => Answer::Unknown(line.to_owned()),
        },
        "version" => match rest.rsplit_once(char::is_whitespace) {
            Some((name, version)) => Answer::Version(name.trim().to_owned(), version.to_owned()),
            None => Answer::Unknown(line.to_owned()),
        },
        "note" => Answer::Note(rest.to_owned()),
        "error" => Answer::Error(rest.to_owned()),
        _ => Answer::Unknown(line.to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_answers_or_none() {
        let version = Answer::Version("scikit-learn".into(), "1.9.1".into());
        for (line, expected) in [
            ("@done", Some(Answer::Done)),
            ("@done\r", Some(Answer::Done)),
            ("@seconds 0.25", Some(Answer::Seconds(0.25))),
            ("@version scikit-learn 1.9.1", Some(version)),
            ("@note it did not converge", Some(Answer::Note("it did not converge".into()))),
            ("@error  too few rows ", Some(Answer::Error("too few rows".into()))),
            ("@seconds soon", Some(Answer::Unknown("seconds soon".into()))),
            ("@seconds -1", Some(Answer::Unknown("seconds -1".into()))),
            ("@finished", Some(Answer::Unknown("finished".into()))),
            ("done", None),
            ("epoch 1 @done", None),
            ("", None),
        ] {
            assert_eq!(answer(line), expected, "{line}");
        }
    }
}
