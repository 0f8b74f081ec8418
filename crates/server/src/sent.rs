//! Bodies of answers that come from files, however large.

use std::convert::Infallible;
use std::fs::File;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Bytes;
use http_body::{Body as HttpBody, Frame};
use tokio::sync::mpsc;

/// Bytes read at once.
const SENT_AT_ONCE: usize = 64 * 1024;
/// Pieces that wait for the caller to take them.
const PIECES_WAITING: usize = 16;

/// A file that is sent piece by piece.
pub struct Sent {
    pieces: mpsc::Receiver<Bytes>,
}

impl Sent {
    /// The bytes of a file from where it is read next.
    pub fn of(mut file: File) -> Self {
        let (sender, pieces) = mpsc::channel(PIECES_WAITING);
        tokio::task::spawn_blocking(move || {
            loop {
                let mut piece = vec![0; SENT_AT_ONCE];
                match std::io::Read::read(&mut file, &mut piece) {
                    Ok(read @ 1..) => piece.truncate(read),
                    Ok(_) => return,
                    Err(error) => return tracing::warn!(%error, "a file that is sent"),
                }
                if sender.blocking_send(piece.into()).is_err() {
                    return;
                }
            }
        });
        Sent { pieces }
    }
}

impl HttpBody for Sent {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.pieces.poll_recv(context).map(|piece| piece.map(|piece| Ok(Frame::data(piece))))
    }
}
