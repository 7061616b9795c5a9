//! Texts in other encodings than UTF-8. A byte order mark says that a text is UTF-16, as do zero bytes
//! beside plain letters; any other encoding must be stated. `encoding_rs` decodes: it is Firefox's
//! decoder, has no dependency, and works on a stream.

use std::io::{self, Read};

use encoding_rs::{Decoder, DecoderResult, UTF_8, UTF_16BE, UTF_16LE};

use super::content::Content;

/// A text encoding that a user may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Encoding(&'static encoding_rs::Encoding);

impl Encoding {
    /// The encoding of that name, in any case of letters: `windows-1252` (which `latin1` is read as),
    /// `utf-16`, `shift_jis`, and the other labels of the web's Encoding Standard. `cp1252` and the like
    /// are `windows-1252`.
    pub fn named(name: &str) -> Option<Self> {
        let name = name.trim();
        let lower = name.to_ascii_lowercase();
        let found = encoding_rs::Encoding::for_label(lower.as_bytes()).or_else(|| {
            let page = lower.strip_prefix("cp")?.trim_start_matches(['-', '_']);
            encoding_rs::Encoding::for_label(format!("windows-{page}").as_bytes())
        });
        found
            .or_else(|| encoding_rs::Encoding::for_label(lower.replace('_', "-").as_bytes()))
            .map(Self)
    }

    /// What to call it.
    pub fn name(self) -> &'static str {
        self.0.name()
    }
}

/// Bytes that decide what a text is: two characters of UTF-16.
const START: usize = 4;

/// Turns a text that arrives in pieces into UTF-8.
pub struct TextDecoder {
    stated: Option<Encoding>,
    state: State,
}

enum State {
    /// Fewer bytes than decide.
    Waiting(Vec<u8>),
    /// The text is UTF-8, or was not recognised: its bytes pass.
    Plain,
    Decoding(Box<Decoder>),
}

impl TextDecoder {
    /// Decodes a text in that encoding, or in one that its first bytes show.
    pub fn new(stated: Option<Encoding>) -> Self {
        Self { stated, state: State::Waiting(Vec::new()) }
    }

    /// The text begins again.
    pub fn restart(&mut self) {
        self.state = State::Waiting(Vec::new());
    }

    /// The encoding that the text is in, once that is known and it is not UTF-8.
    pub fn encoding(&self) -> Option<Encoding> {
        match &self.state {
            State::Decoding(decoder) => Some(Encoding(decoder.encoding())),
            State::Waiting(_) | State::Plain => None,
        }
    }

    /// Appends the next bytes as UTF-8; `last` says that no more will come. An error if they are not of
    /// the text's encoding.
    pub fn decode(&mut self, bytes: &[u8], last: bool, text: &mut Vec<u8>) -> io::Result<()> {
        if let State::Waiting(start) = &mut self.state {
            start.extend_from_slice(bytes);
            if start.len() < START && !last {
                return Ok(());
            }
            let start = std::mem::take(start);
            self.state = decide(&start, self.stated)?;
            return self.pass(&start, last, text);
        }
        self.pass(bytes, last, text)
    }

    fn pass(&mut self, bytes: &[u8], last: bool, text: &mut Vec<u8>) -> io::Result<()> {
        match &mut self.state {
            State::Decoding(decoder) => convert(decoder, bytes, last, text),
            State::Plain | State::Waiting(_) => {
                text.extend_from_slice(bytes);
                Ok(())
            }
        }
    }
}

/// What the first bytes say.
fn decide(start: &[u8], stated: Option<Encoding>) -> io::Result<State> {
    if let [0xff, 0xfe, 0, 0] | [0, 0, 0xfe, 0xff] = start.get(..START).unwrap_or_default() {
        let what = "it is UTF-32, which is not read; save it as UTF-8";
        return Err(io::Error::new(io::ErrorKind::Unsupported, what));
    }
    let plain = |byte: u8| matches!(byte, b'\t' | b'\r' | b'\n' | b' '..=b'~');
    let found = match *start {
        [0xef, 0xbb, 0xbf, ..] => Some(UTF_8),
        [0xff, 0xfe, ..] => Some(UTF_16LE),
        [0xfe, 0xff, ..] => Some(UTF_16BE),
        [one, 0, two, 0, ..] if plain(one) && plain(two) => Some(UTF_16LE),
        [0, one, 0, two, ..] if plain(one) && plain(two) => Some(UTF_16BE),
        _ => stated.map(|Encoding(encoding)| encoding),
    };
    Ok(match found {
        None => State::Plain,
        Some(encoding) if encoding == UTF_8 => State::Plain,
        Some(encoding) => State::Decoding(Box::new(encoding.new_decoder_with_bom_removal())),
    })
}

fn convert(decoder: &mut Decoder, bytes: &[u8], last: bool, text: &mut Vec<u8>) -> io::Result<()> {
    let mut rest = bytes;
    let mut buffer = [0; 1 << 13];
    loop {
        let (result, read, written) =
            decoder.decode_to_utf8_without_replacement(rest, &mut buffer, last);
        text.extend_from_slice(&buffer[..written]);
        rest = &rest[read..];
        match result {
            DecoderResult::InputEmpty => return Ok(()),
            DecoderResult::OutputFull => {}
            DecoderResult::Malformed(..) => {
                let name = decoder.encoding().name();
                let what = format!("it holds bytes that are not {name}; state its --encoding");
                return Err(io::Error::new(io::ErrorKind::InvalidData, what));
            }
        }
    }
}

/// A stream as UTF-8, and the encoding that it was in if that was another.
pub(super) fn decode(
    content: Content,
    stated: Option<Encoding>,
) -> io::Result<(Content, Option<Encoding>)> {
    let mut decoded = Decoded {
        content,
        decoder: TextDecoder::new(stated),
        text: Vec::new(),
        at: 0,
        ended: false,
    };
    while matches!(decoded.decoder.state, State::Waiting(_)) && !decoded.ended {
        decoded.more()?;
    }
    let encoding = decoded.decoder.encoding();
    Ok((Box::new(decoded), encoding))
}

struct Decoded {
    content: Content,
    decoder: TextDecoder,
    /// The decoded text, given out up to `at`.
    text: Vec<u8>,
    at: usize,
    ended: bool,
}

impl Decoded {
    fn more(&mut self) -> io::Result<()> {
        let mut buffer = [0; 1 << 13];
        let length = match self.content.read(&mut buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(()),
            read => read?,
        };
        self.ended = length == 0;
        self.text.drain(..self.at);
        self.at = 0;
        self.decoder.decode(&buffer[..length], self.ended, &mut self.text)
    }
}

impl Read for Decoded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.at == self.text.len() {
            if self.ended {
                return Ok(0);
            }
            if matches!(self.decoder.state, State::Plain) {
                // The usual text needs no copy.
                return self.content.read(buffer);
            }
            self.more()?;
        }
        let length = buffer.len().min(self.text.len() - self.at);
        buffer[..length].copy_from_slice(&self.text[self.at..self.at + length]);
        self.at += length;
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "a\tb\r\n1,5\tcafé €\r\n";

    fn utf16(little: bool, mark: bool) -> Vec<u8> {
        let units = mark.then_some(0xfeff).into_iter().chain(TEXT.encode_utf16());
        units
            .flat_map(|unit| if little { unit.to_le_bytes() } else { unit.to_be_bytes() })
            .collect()
    }

    fn read(bytes: &[u8], stated: Option<&str>) -> io::Result<(String, Option<Encoding>)> {
        let stated = stated.map(|name| Encoding::named(name).unwrap());
        let content: Content = Box::new(io::Cursor::new(bytes.to_vec()));
        let (mut content, encoding) = decode(content, stated)?;
        let mut text = String::new();
        content.read_to_string(&mut text)?;
        Ok((text, encoding))
    }

    #[test]
    fn utf_16_is_recognised_with_and_without_a_mark() {
        for (little, mark) in [(true, true), (true, false), (false, true), (false, false)] {
            let (text, encoding) = read(&utf16(little, mark), None).unwrap();
            assert_eq!(text, TEXT);
            assert_eq!(encoding.unwrap().name(), if little { "UTF-16LE" } else { "UTF-16BE" });
        }
        // The mark counts more than what is stated.
        assert_eq!(read(&utf16(true, true), Some("latin1")).unwrap().0, TEXT);
    }

    #[test]
    fn other_encodings_are_read_as_stated() {
        let bytes = b"a;b\n1;caf\xe9 \x80\n";
        for name in ["windows-1252", "Latin1", "iso-8859-1", "cp1252", "CP-1252"] {
            assert_eq!(read(bytes, Some(name)).unwrap().0, "a;b\n1;café €\n", "{name}");
        }
        assert_eq!(read("ä;b\n".as_bytes(), Some("utf-8")).unwrap(), ("ä;b\n".into(), None));
        assert!(Encoding::named("klingon").is_none());
        let error = read(b"a\n\xff\xff\n", Some("shift_jis")).unwrap_err();
        assert!(error.to_string().contains("not Shift_JIS"), "{error}");
    }

    #[test]
    fn pieces_of_any_size_make_the_same_text() {
        let bytes = utf16(true, true);
        for size in 1..7 {
            let mut decoder = TextDecoder::new(None);
            let mut text = Vec::new();
            bytes.chunks(size).for_each(|piece| decoder.decode(piece, false, &mut text).unwrap());
            decoder.decode(&[], true, &mut text).unwrap();
            assert_eq!(String::from_utf8(text).unwrap(), TEXT);
        }
        let mut short = TextDecoder::new(None);
        let mut text = Vec::new();
        short.decode(b"a", false, &mut text).unwrap();
        short.decode(&[], true, &mut text).unwrap();
        assert_eq!(text, b"a");
    }
}
