//! Server-sent events: bytes in, events out (WHATWG HTML, 9.2.6 "Interpreting an event stream").
//!
//! ```
//! use zpns_driver::server_events::EventReader;
//!
//! let mut reader = EventReader::new(1024);
//! assert!(reader.read(b"event: cancelled\ndata: {}")?.is_empty(), "it is not complete");
//! let events = reader.read(b"\n\n")?;
//! assert_eq!((&*events[0].event, &*events[0].data), ("cancelled", "{}"));
//! # Ok::<(), zpns_driver::server_events::TooLarge>(())
//! ```

/// An event of the stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerEvent {
    /// The last ID that the stream gave, with this event or before; none if none, or if it was taken back by an empty one.
    pub id: Option<String>,
    /// `message` if the stream gave none.
    pub event: String,
    /// Lines joined by a line feed.
    pub data: String,
}

/// One event is larger than the reader allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an event is larger than the reader allows: close the stream")]
pub struct TooLarge;

/// Reads a stream piece by piece, however it was cut. `retry` is left out: whoever reads knows when to come back.
#[derive(Debug)]
pub struct EventReader {
    limit: usize,
    line: Vec<u8>,
    at_start: bool,
    after_cr: bool,
    id: String,
    event: String,
    data: Option<String>,
}

impl EventReader {
    /// A reader that gives up on events of more than `limit` bytes.
    pub const fn new(limit: usize) -> Self {
        Self {
            limit,
            line: Vec::new(),
            at_start: true,
            after_cr: false,
            id: String::new(),
            event: String::new(),
            data: None,
        }
    }

    /// The events that are complete with these bytes. After an error the stream is of no more use.
    pub fn read(&mut self, bytes: &[u8]) -> Result<Vec<ServerEvent>, TooLarge> {
        let mut events = Vec::new();
        for &byte in bytes {
            let second_of_crlf =
                std::mem::replace(&mut self.after_cr, byte == b'\r') && byte == b'\n';
            match byte {
                _ if second_of_crlf => {}
                b'\r' | b'\n' => events.extend(self.end_of_line()),
                _ if self.size() >= self.limit => return Err(TooLarge),
                _ => self.line.push(byte),
            }
        }
        Ok(events)
    }

    fn size(&self) -> usize {
        self.line.len() + self.event.len() + self.data.as_ref().map_or(0, String::len)
    }

    fn end_of_line(&mut self) -> Option<ServerEvent> {
        let line = std::mem::take(&mut self.line);
        let mut line = line.as_slice();
        if std::mem::take(&mut self.at_start) {
            line = line.strip_prefix("\u{feff}".as_bytes()).unwrap_or(line);
        }
        if line.is_empty() {
            return self.end_of_event();
        }
        let line = String::from_utf8_lossy(line);
        let (field, value) = line.split_once(':').unwrap_or((&line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.event),
            "data" => match &mut self.data {
                Some(data) => {
                    data.push('\n');
                    data.push_str(value);
                }
                None => self.data = Some(value.to_owned()),
            },
            "id" if !value.contains('\0') => value.clone_into(&mut self.id),
            // Comments have an empty name; others are for readers newer than this one.
            _ => {}
        }
        None
    }

    fn end_of_event(&mut self) -> Option<ServerEvent> {
        let event = std::mem::take(&mut self.event);
        let data = self.data.take()?;
        Some(ServerEvent {
            id: Some(self.id.clone()).filter(|id| !id.is_empty()),
            event: if event.is_empty() {
                "message".to_owned()
            } else {
                event
            },
            data,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_all(stream: &[u8]) -> Vec<ServerEvent> {
        EventReader::new(1024).read(stream).unwrap()
    }

    fn message(data: &str) -> ServerEvent {
        ServerEvent {
            id: None,
            event: "message".to_owned(),
            data: data.to_owned(),
        }
    }

    #[test]
    fn an_event_has_its_id_name_and_data() {
        let events = read_all(b"id: 7\nevent: accepted\ndata: {\"a\":1}\n\n");
        assert_eq!(
            events,
            [ServerEvent {
                id: Some("7".into()),
                event: "accepted".into(),
                data: "{\"a\":1}".into()
            }]
        );
    }

    #[test]
    fn all_three_line_ends_are_the_same() {
        for end in ["\n", "\r", "\r\n"] {
            let stream = ["data: a", "data: b", "", "data: c", "", ""].join(end);
            assert_eq!(
                read_all(stream.as_bytes()),
                [message("a\nb"), message("c")],
                "{end:?}"
            );
        }
    }

    #[test]
    fn it_does_not_matter_how_the_stream_is_cut() {
        let stream =
            "\u{feff}id: 通\r\ndata: 话\r\ndata\r\n\r\n:hi\revent: e\rdata: x\r\r".as_bytes();
        let whole = read_all(stream);
        assert_eq!(whole.len(), 2);
        let mut reader = EventReader::new(1024);
        let pieces: Vec<_> = stream
            .iter()
            .flat_map(|byte| reader.read(&[*byte]).unwrap())
            .collect();
        assert_eq!(pieces, whole);
    }

    #[test]
    fn only_one_space_after_the_colon_is_dropped() {
        assert_eq!(
            read_all(b"data:  a\n\ndata:b\n\n"),
            [message(" a"), message("b")]
        );
    }

    #[test]
    fn a_byte_order_mark_counts_at_the_start_only() {
        assert_eq!(
            read_all("\u{feff}data: a\n\n\u{feff}data: b\n\n".as_bytes()),
            [message("a")]
        );
    }

    #[test]
    fn comments_and_unknown_fields_are_left_out() {
        assert_eq!(
            read_all(b": keep-alive\nretry: 5\nother: x\ndata: a\n\n"),
            [message("a")]
        );
    }

    #[test]
    fn an_event_without_data_is_none_and_its_name_is_forgotten() {
        assert_eq!(read_all(b"event: e\n\ndata: a\n\n"), [message("a")]);
    }

    #[test]
    fn empty_data_is_data() {
        assert_eq!(read_all(b"data\n\ndata:\n\n"), [message(""), message("")]);
    }

    #[test]
    fn an_id_holds_until_the_next_one() {
        let ids: Vec<_> = read_all(b"id: 1\ndata\n\ndata\n\nid: 2\n\ndata\n\nid\ndata\n\n")
            .into_iter()
            .map(|event| event.id)
            .collect();
        assert_eq!(
            ids,
            [Some("1".into()), Some("1".into()), Some("2".into()), None]
        );
    }

    #[test]
    fn an_id_with_a_null_is_ignored() {
        assert_eq!(
            read_all(b"id: 1\ndata: a\n\nid: 2\x003\ndata: b\n\n")
                .pop()
                .unwrap()
                .id,
            Some("1".into())
        );
    }

    #[test]
    fn what_is_not_utf8_is_replaced() {
        assert_eq!(read_all(b"data: a\xff\n\n"), [message("a\u{fffd}")]);
    }

    #[test]
    fn what_is_not_complete_is_no_event() {
        assert_eq!(read_all(b"data: a\n"), []);
    }

    #[test]
    fn an_event_above_the_limit_is_an_error() {
        let mut reader = EventReader::new(16);
        assert_eq!(
            reader.read(b"data: 123456789\n\n").unwrap().len(),
            1,
            "within"
        );
        assert_eq!(reader.read(b"data: 12345678901"), Err(TooLarge), "one line");
        let mut reader = EventReader::new(16);
        assert_eq!(
            reader.read(&b"data: 1234\n".repeat(5)),
            Err(TooLarge),
            "many lines"
        );
    }
}
