//! Where lines arrive: a file that grows, or stdin.

use std::io::{self, Read};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use oddbench_data::rows::{Arrival, Tail};

/// Bytes taken from stdin at a time.
const CHUNK: usize = 1 << 16;

/// How long stdin is waited for.
const POLL: Duration = Duration::from_millis(10);

/// A place where bytes arrive.
pub enum Source {
    /// A file that grows.
    File(Tail),
    /// A pipe.
    Stdin(Receiver<io::Result<(Vec<u8>, Instant)>>),
}

impl Source {
    /// Reads stdin in a separate thread, so that waiting for it can end.
    pub fn stdin() -> Self {
        let (sender, receiver) = sync_channel(4);
        std::thread::spawn(move || {
            let mut stdin = io::stdin().lock();
            loop {
                let mut chunk = vec![0; CHUNK];
                let arrived = match stdin.read(&mut chunk) {
                    Ok(0) => return,
                    Ok(length) => {
                        chunk.truncate(length);
                        Ok((chunk, Instant::now()))
                    }
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                    Err(error) => Err(error),
                };
                let failed = arrived.is_err();
                if sender.send(arrived).is_err() || failed {
                    return;
                }
            }
        });
        Self::Stdin(receiver)
    }

    /// The next bytes, or nothing after a short wait.
    pub fn next(&mut self) -> io::Result<Arrival> {
        match self {
            Self::File(tail) => tail.look(),
            Self::Stdin(receiver) => match receiver.recv_timeout(POLL) {
                Ok(arrived) => arrived.map(|(bytes, at)| Arrival::Bytes(bytes, at)),
                Err(RecvTimeoutError::Timeout) => Ok(Arrival::Nothing),
                Err(RecvTimeoutError::Disconnected) => Ok(Arrival::End),
            },
        }
    }
}
