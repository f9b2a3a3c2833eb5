//! What the `h2` crate does not offer a server: changing MAX_CONCURRENT_STREAMS on a live connection, and GOAWAY with a text and a
//! stream of one's own choice. [`Wire`] sits between `h2` and TLS, follows the frame boundaries in both directions (RFC 9113,
//! section 4.1), puts such frames between those of `h2`, and keeps the acknowledgements of its SETTINGS from it.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::{Buf, BufMut, Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

const PREFACE: usize = 24;
const HEADER: usize = 9;
const TYPE_SETTINGS: u8 = 4;
const TYPE_GOAWAY: u8 = 7;
const FLAG_ACK: u8 = 1;
const MAX_CONCURRENT_STREAMS: u16 = 3;
const SETTING: usize = 6;
const READ_SIZE: usize = 16 * 1024;
/// More than this is not taken from `h2` before some of it was written.
const WRITE_LIMIT: usize = 256 * 1024;

/// Frames to be written at the next opportunity. The connection has to be polled afterwards.
#[derive(Clone, Default)]
pub(crate) struct Injector(Arc<Mutex<BytesMut>>);

impl Injector {
    /// SETTINGS with another stream limit.
    pub(crate) fn stream_limit(&self, limit: u32) {
        self.push(&frame(TYPE_SETTINGS, &setting(limit)));
    }

    /// GOAWAY without an error: streams up to `last_stream` will be answered, later ones were not looked at.
    pub(crate) fn go_away(&self, last_stream: u32, text: &[u8]) {
        let mut payload = BytesMut::new();
        payload.put_u32(last_stream);
        payload.put_u32(0);
        payload.put_slice(text);
        self.push(&frame(TYPE_GOAWAY, &payload));
    }

    fn push(&self, frame: &[u8]) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend_from_slice(frame);
    }

    fn take(&self) -> Bytes {
        let mut frames = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if frames.is_empty() {
            Bytes::new()
        } else {
            frames.split().freeze()
        }
    }
}

fn setting(limit: u32) -> BytesMut {
    let mut setting = BytesMut::with_capacity(SETTING);
    setting.put_u16(MAX_CONCURRENT_STREAMS);
    setting.put_u32(limit);
    setting
}

fn frame(kind: u8, payload: &[u8]) -> BytesMut {
    let mut frame = BytesMut::with_capacity(HEADER + payload.len());
    frame.put_uint(payload.len() as u64, 3);
    frame.put_u8(kind);
    frame.put_u8(0);
    frame.put_u32(0);
    frame.put_slice(payload);
    frame
}

/// Follows a stream of frames.
#[derive(Default)]
struct Walker {
    header: BytesMut,
    payload_left: usize,
}

enum Piece<'a> {
    /// A whole frame header.
    Header(BytesMut),
    /// A part of the payload of the last header.
    Payload(&'a [u8]),
}

impl Walker {
    fn at_boundary(&self) -> bool {
        self.header.is_empty() && self.payload_left == 0
    }

    /// The next piece of `input`. `None` when it is used up; the beginning of a header is kept.
    fn next<'a>(&mut self, input: &mut &'a [u8]) -> Option<Piece<'a>> {
        if self.payload_left > 0 {
            let (piece, rest) = input
                .split_at_checked(self.payload_left)
                .unwrap_or((input, &[]));
            self.payload_left -= piece.len();
            *input = rest;
            return (!piece.is_empty()).then_some(Piece::Payload(piece));
        }
        let missing = HEADER - self.header.len();
        let (piece, rest) = input.split_at_checked(missing).unwrap_or((input, &[]));
        self.header.extend_from_slice(piece);
        *input = rest;
        if self.header.len() < HEADER {
            return None;
        }
        let header = self.header.split();
        self.payload_left = payload_length(&header);
        Some(Piece::Header(header))
    }
}

fn payload_length(header: &[u8]) -> usize {
    match header {
        [a, b, c, ..] => usize::from(*a) << 16 | usize::from(*b) << 8 | usize::from(*c),
        _ => 0,
    }
}

/// The transport that `h2` gets.
pub(crate) struct Wire<T> {
    inner: T,
    injector: Injector,
    outgoing: Outgoing,
    incoming: Incoming,
}

struct Outgoing {
    walker: Walker,
    /// The limit to put into the first SETTINGS; `None` when that was sent.
    first_limit: Option<u32>,
    buffer: BytesMut,
}

struct Incoming {
    preface_left: usize,
    walker: Walker,
    /// Whether the client acknowledged the SETTINGS of `h2`; all later acknowledgements are for ours.
    acknowledged: bool,
    buffer: BytesMut,
}

impl<T> Wire<T> {
    /// A transport over `inner` whose first SETTINGS will carry `limit`. `h2` must not set a limit itself.
    pub(crate) fn new(inner: T, limit: u32) -> (Self, Injector) {
        let injector = Injector::default();
        let outgoing = Outgoing {
            walker: Walker::default(),
            first_limit: Some(limit),
            buffer: BytesMut::new(),
        };
        let incoming = Incoming {
            preface_left: PREFACE,
            walker: Walker::default(),
            acknowledged: false,
            buffer: BytesMut::new(),
        };
        (
            Self {
                inner,
                injector: injector.clone(),
                outgoing,
                incoming,
            },
            injector,
        )
    }
}

impl Outgoing {
    /// Takes bytes from `h2`; the first frame, which is SETTINGS, gets the limit in front of its own settings.
    fn absorb(&mut self, mut input: &[u8]) {
        while let Some(piece) = self.walker.next(&mut input) {
            match piece {
                Piece::Payload(payload) => self.buffer.extend_from_slice(payload),
                Piece::Header(header) => match self.first_limit.take() {
                    None => self.buffer.extend_from_slice(&header),
                    Some(limit) => {
                        self.buffer
                            .put_uint((payload_length(&header) + SETTING) as u64, 3);
                        self.buffer
                            .extend_from_slice(header.get(3..).unwrap_or_default());
                        self.buffer.extend_from_slice(&setting(limit));
                    }
                },
            }
        }
    }
}

impl Incoming {
    /// Takes bytes from the client; leaves out the acknowledgements that are not for `h2`.
    fn absorb(&mut self, mut input: &[u8]) {
        let (preface, rest) = input
            .split_at_checked(self.preface_left)
            .unwrap_or((input, &[]));
        self.preface_left -= preface.len();
        self.buffer.extend_from_slice(preface);
        input = rest;
        while let Some(piece) = self.walker.next(&mut input) {
            match piece {
                Piece::Payload(payload) => self.buffer.extend_from_slice(payload),
                Piece::Header(header) => {
                    let is_acknowledgement =
                        matches!(header.get(3..5), Some([TYPE_SETTINGS, FLAG_ACK]));
                    if is_acknowledgement && std::mem::replace(&mut self.acknowledged, true) {
                        continue;
                    }
                    self.buffer.extend_from_slice(&header);
                }
            }
        }
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Wire<T> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        while this.incoming.buffer.is_empty() {
            let mut chunk = [0; READ_SIZE];
            let mut chunk = ReadBuf::new(&mut chunk);
            ready!(Pin::new(&mut this.inner).poll_read(context, &mut chunk))?;
            if chunk.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
            this.incoming.absorb(chunk.filled());
        }
        let count = this.incoming.buffer.len().min(out.remaining());
        out.put_slice(&this.incoming.buffer.split_to(count));
        Poll::Ready(Ok(()))
    }
}

impl<T: AsyncWrite + Unpin> Wire<T> {
    /// Puts the waiting frames between two of `h2`, the first of which has to be its SETTINGS.
    fn inject(&mut self) {
        if self.outgoing.first_limit.is_none() && self.outgoing.walker.at_boundary() {
            let frames = self.injector.take();
            self.outgoing.buffer.extend_from_slice(&frames);
        }
    }

    fn poll_write_out(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.outgoing.buffer.is_empty() {
            let count =
                ready!(Pin::new(&mut self.inner).poll_write(context, &self.outgoing.buffer))?;
            if count == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.outgoing.buffer.advance(count);
        }
        Poll::Ready(Ok(()))
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Wire<T> {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        input: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if this.outgoing.buffer.len() >= WRITE_LIMIT {
            ready!(this.poll_write_out(context))?;
        }
        this.inject();
        this.outgoing.absorb(input);
        Poll::Ready(Ok(input.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        this.inject();
        ready!(this.poll_write_out(context))?;
        Pin::new(&mut this.inner).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_write_out(context))?;
        Pin::new(&mut this.inner).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACK: [u8; 9] = [0, 0, 0, TYPE_SETTINGS, FLAG_ACK, 0, 0, 0, 0];

    fn incoming() -> Incoming {
        Incoming {
            preface_left: PREFACE,
            walker: Walker::default(),
            acknowledged: false,
            buffer: BytesMut::new(),
        }
    }

    #[test]
    fn the_first_settings_frame_carries_the_limit_and_what_h2_set() {
        let mut outgoing = Outgoing {
            walker: Walker::default(),
            first_limit: Some(7),
            buffer: BytesMut::new(),
        };
        outgoing.absorb(&frame(TYPE_SETTINGS, &[0, 4, 0, 0, 255, 255]));
        let expected = frame(TYPE_SETTINGS, &[0, 3, 0, 0, 0, 7, 0, 4, 0, 0, 255, 255]);
        assert_eq!(outgoing.buffer, expected);
    }

    #[test]
    fn only_the_first_acknowledgement_reaches_h2_however_the_bytes_are_cut() {
        let data = frame(0, b"hello");
        let stream = [[b'p'; PREFACE].as_slice(), &ACK, &data, &ACK, &data].concat();
        let expected = [[b'p'; PREFACE].as_slice(), &ACK, &data, &data].concat();
        for size in 1..=stream.len() {
            let mut incoming = incoming();
            stream.chunks(size).for_each(|chunk| incoming.absorb(chunk));
            assert_eq!(incoming.buffer, expected, "in chunks of {size}");
        }
    }

    #[test]
    fn outgoing_frames_survive_being_cut_anywhere() {
        let stream = [
            frame(TYPE_SETTINGS, &[]),
            frame(0, b"hello"),
            frame(1, &[0; 300]),
        ]
        .concat();
        let mut whole = Outgoing {
            walker: Walker::default(),
            first_limit: Some(1),
            buffer: BytesMut::new(),
        };
        whole.absorb(&stream);
        for size in 1..=stream.len() {
            let mut cut = Outgoing {
                walker: Walker::default(),
                first_limit: Some(1),
                buffer: BytesMut::new(),
            };
            stream.chunks(size).for_each(|chunk| cut.absorb(chunk));
            assert_eq!(cut.buffer, whole.buffer, "in chunks of {size}");
            assert!(cut.walker.at_boundary());
        }
    }
}
