//! From the bytes of a file to its text: an experiment file is UTF-8, and other encodings are named.

/// Why bytes are no text, and what to do.
pub(super) type NoText = (String, String);

/// The text of a file.
pub(super) fn text(bytes: Vec<u8>) -> Result<String, NoText> {
    if let Some(name) = wide(&bytes) {
        let help = "save it as UTF-8 (an editor offers this under Save as, Encoding)";
        return Err((
            format!("the file is {name} text, and an experiment file is UTF-8"),
            help.into(),
        ));
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let bytes = error.into_bytes();
        let control = |byte: &u8| *byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r');
        if bytes.iter().any(control) {
            return (
                format!("the file is not UTF-8 text (byte {at})"),
                "is this an experiment file? they are TOML text".to_owned(),
            );
        }
        let line = bytes[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
        (
            format!(
                "line {line} holds the byte {:#04X}, which is not UTF-8; the file may be windows-1252 or ISO-8859-1 text",
                bytes[at]
            ),
            "save it as UTF-8 (an editor offers this under Save as, Encoding), or convert it: iconv -f WINDOWS-1252 -t UTF-8"
                .to_owned(),
        )
    })
}

/// The name of an encoding of two or four bytes a character, by its byte order mark or by the zeros that
/// plain letters have in it.
fn wide(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xFF, 0xFE, 0, 0, ..] => Some("UTF-32"),
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => Some("UTF-16"),
        [first, 0, second, 0, ..] | [0, first, 0, second, ..]
            if first.is_ascii() && second.is_ascii() && *first != 0 && *second != 0 =>
        {
            Some("UTF-16")
        }
        _ => None,
    }
}
