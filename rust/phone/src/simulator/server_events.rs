//! Reads `text/event-stream` (WHATWG HTML, section 9.2) as it comes in pieces.

/// An event.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct ServerEvent {
    pub(super) id: Option<String>,
    pub(super) data: String,
}

/// Turns pieces of bytes into events.
#[derive(Debug, Default)]
pub(super) struct Reader {
    line: Vec<u8>,
    event: ServerEvent,
    has_data: bool,
}

impl Reader {
    /// The events that this piece completes. Lines end with LF or CR LF.
    pub(super) fn feed(&mut self, piece: &[u8]) -> Vec<ServerEvent> {
        let mut events = Vec::new();
        for byte in piece {
            if *byte != b'\n' {
                self.line.push(*byte);
                continue;
            }
            let line = std::mem::take(&mut self.line);
            let line = String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(&line));
            if line.is_empty() {
                let event = std::mem::take(&mut self.event);
                if std::mem::take(&mut self.has_data) {
                    events.push(event);
                }
            } else {
                self.field(&line);
            }
        }
        events
    }

    fn field(&mut self, line: &str) {
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match name {
            "id" => self.event.id = Some(value.to_owned()),
            "data" => {
                if std::mem::replace(&mut self.has_data, true) {
                    self.event.data.push('\n');
                }
                self.event.data.push_str(value);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_in_single_bytes_is_the_same_as_in_one_piece() {
        let text = ": hello\r\n\r\nid: 3\r\nevent: push\r\ndata: {\"a\":\"ü\"}\r\n\r\nevent: none\n\ndata:1\ndata: 2\n\n".as_bytes();
        let whole = Reader::default().feed(text);
        let mut reader = Reader::default();
        let pieces: Vec<_> = text.iter().flat_map(|byte| reader.feed(&[*byte])).collect();
        assert_eq!(whole, pieces);
        let expected = [(Some("3"), "{\"a\":\"ü\"}"), (None, "1\n2")];
        assert_eq!(
            whole
                .iter()
                .map(|event| (event.id.as_deref(), event.data.as_str()))
                .collect::<Vec<_>>(),
            expected
        );
    }
}
