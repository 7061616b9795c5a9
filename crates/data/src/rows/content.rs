//! The bytes of a source: decompressed if they are gzip, and never more than the limit.

use std::io::{self, Cursor, Read};

/// The first two bytes of every gzip file.
pub(crate) const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// A source after decompression.
pub(super) type Content = Box<dyn Read + Send>;

/// Looks at the first bytes, decompresses if they say so, and counts what comes out. Says whether they are
/// compressed.
pub(super) fn open(source: Content, limit: u64) -> io::Result<(Content, bool)> {
    let (start, source) = peek(source, GZIP_MAGIC.len(), GZIP_MAGIC.len())?;
    let gzip = start == GZIP_MAGIC;
    let content: Content = match gzip {
        true => Box::new(flate2::read::MultiGzDecoder::new(source)),
        false => source,
    };
    Ok((Box::new(Bounded { content, left: limit }), gzip))
}

/// The first bytes (fewer at the end), and the content with them still in front. It waits for `least` bytes
/// and takes up to `most` that are there already.
pub(super) fn peek(
    mut content: Content,
    least: usize,
    most: usize,
) -> io::Result<(Vec<u8>, Content)> {
    let mut start = Vec::with_capacity(most);
    // One read at a time: a pipe may hold one line for long, and that is enough to go on.
    while start.len() < least {
        let mut buffer = vec![0; most - start.len()];
        match content.read(&mut buffer) {
            Ok(0) => break,
            Ok(length) => start.extend_from_slice(&buffer[..length]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok((start.clone(), Box::new(Cursor::new(start).chain(content))))
}

/// Marks the error of a source that is larger than the limit.
#[derive(Debug)]
pub(super) struct TooLarge;

impl std::fmt::Display for TooLarge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("there are more bytes than the limit allows")
    }
}

impl std::error::Error for TooLarge {}

/// Whether an error says that the limit was exceeded. Libraries may have wrapped it.
pub(super) fn is_too_large(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|inner| inner.is::<TooLarge>())
}

struct Bounded {
    content: Content,
    left: u64,
}

impl Read for Bounded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let most = usize::try_from(self.left).map_or(buffer.len(), |left| left.min(buffer.len()));
        if most == 0 {
            // Only a byte more than the limit is too many.
            let more = self.content.read(&mut [0])?;
            return if more == 0 { Ok(0) } else { Err(io::Error::other(TooLarge)) };
        }
        let length = self.content.read(&mut buffer[..most])?;
        self.left -= length as u64;
        Ok(length)
    }
}
