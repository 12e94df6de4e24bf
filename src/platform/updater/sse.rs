//! The text of an event stream, from bytes in any portions to events. Nothing is read or sent here.

/// A line of the platform's stream has some dozens of bytes.
const MAX_LINE: usize = 64 * 1024;
/// All data of one event together.
const MAX_EVENT: usize = 256 * 1024;
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// One event of a stream. Ids and retry times are not kept: the platform's stream has no past to
/// go on from, and the delays between connections are the client's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SseEvent {
    /// The name; `message` when the stream gives none.
    pub(crate) event: String,
    /// The lines of data, joined by line feeds.
    pub(crate) data: String,
}

/// The stream has a line or an event past every sensible size. An event may be lost, so the stream
/// is to be given up and opened again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SseTooLarge;

/// Reads one stream. A new connection takes a new parser.
///
/// Lines end with LF, CR or CRLF; one byte order mark at the start is skipped; bytes that are no
/// UTF-8 become replacement characters. A comment gives no event (its bytes show that the stream is
/// alive, as any do), and neither does an event that the end of the stream cuts off.
#[derive(Debug)]
pub(crate) struct SseParser {
    max_line: usize,
    max_event: usize,
    line: Vec<u8>,
    event: String,
    data: String,
    /// The last line ended with CR: an LF that follows belongs to it.
    after_cr: bool,
    /// No line has ended yet.
    at_start: bool,
}

impl SseParser {
    pub(crate) fn new() -> Self {
        Self::with_limits(MAX_LINE, MAX_EVENT)
    }

    fn with_limits(max_line: usize, max_event: usize) -> Self {
        Self {
            max_line,
            max_event,
            line: Vec::new(),
            event: String::new(),
            data: String::new(),
            after_cr: false,
            at_start: true,
        }
    }

    /// Takes the next bytes and hands on each event that is complete with them.
    pub(crate) fn feed(
        &mut self,
        mut bytes: &[u8],
        mut on_event: impl FnMut(SseEvent),
    ) -> Result<(), SseTooLarge> {
        while let Some(first) = bytes.first() {
            if std::mem::take(&mut self.after_cr) && *first == b'\n' {
                bytes = &bytes[1..];
                continue;
            }
            let end = bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
            let part = &bytes[..end.unwrap_or(bytes.len())];
            if self.line.len() + part.len() > self.max_line {
                return Err(SseTooLarge);
            }
            self.line.extend_from_slice(part);
            let Some(end) = end else { return Ok(()) };
            self.after_cr = bytes[end] == b'\r';
            bytes = &bytes[end + 1..];
            let line = std::mem::take(&mut self.line);
            self.end_line(&line, &mut on_event)?;
            self.line = line;
            self.line.clear();
        }
        Ok(())
    }

    fn end_line(&mut self, line: &[u8], on_event: &mut impl FnMut(SseEvent)) -> Result<(), SseTooLarge> {
        let line = match line.strip_prefix(BYTE_ORDER_MARK) {
            Some(rest) if self.at_start => rest,
            _ => line,
        };
        self.at_start = false;
        if line.is_empty() {
            self.end_event(on_event);
            return Ok(());
        }
        let colon = line.iter().position(|byte| *byte == b':');
        let (field, value) = match colon {
            Some(colon) => (&line[..colon], &line[colon + 1..]),
            None => (line, &[][..]),
        };
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match field {
            b"event" => self.event = String::from_utf8_lossy(value).into_owned(),
            b"data" => {
                if self.data.len() + value.len() >= self.max_event {
                    return Err(SseTooLarge);
                }
                self.data.push_str(&String::from_utf8_lossy(value));
                self.data.push('\n');
            }
            _ => {} // a comment, an id, a retry time, or what is not known
        }
        Ok(())
    }

    fn end_event(&mut self, on_event: &mut impl FnMut(SseEvent)) {
        let (mut event, mut data) = (std::mem::take(&mut self.event), std::mem::take(&mut self.data));
        // Every line of data left a line feed: without one there was none, and there is no event.
        if data.pop().is_some() {
            if event.is_empty() {
                event.push_str("message");
            }
            on_event(SseEvent { event, data });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::rngs::Xoshiro256PlusPlus;
    use rand::{Rng, RngExt, SeedableRng};

    fn parse(portions: &[&[u8]]) -> Vec<(String, String)> {
        let mut parser = SseParser::new();
        let mut events = Vec::new();
        for portion in portions {
            parser.feed(portion, |event| events.push((event.event, event.data))).unwrap();
        }
        events
    }

    fn pair((event, data): (&str, &str)) -> (String, String) {
        (event.to_owned(), data.to_owned())
    }

    #[test]
    fn streams_are_read_as_their_format_says() {
        for (text, expected) in [
            (
                "event: configuration-update-event\ndata: {\"ts\": 1700000000000}\n\n",
                &[("configuration-update-event", "{\"ts\": 1700000000000}")][..],
            ),
            ("data: a\n\ndata: b\n\n", &[("message", "a"), ("message", "b")]),
            (
                "data: a\r\n\r\ndata: b\r\rdata: c\n\r\n",
                &[("message", "a"), ("message", "b"), ("message", "c")],
            ),
            ("data: one\ndata: two\ndata\ndata:\ndata:three\n\n", &[("message", "one\ntwo\n\n\nthree")]),
            ("data:\n\n", &[("message", "")]),
            ("data:  two spaces\n\n", &[("message", " two spaces")]),
            ("data: a:b: c\n\n", &[("message", "a:b: c")]),
            ("event: a\nevent: b\ndata: x\n\ndata: y\n\n", &[("b", "x"), ("message", "y")]),
            ("event: lost\n\ndata: x\n\n", &[("message", "x")]),
            (": a comment\n:\n\n: another\ndata: x\n\n", &[("message", "x")]),
            ("id: 7\nretry: 10\nunknown: z\ndata: x\n\n", &[("message", "x")]),
            ("Data: x\n data: y\n\n", &[]),
            ("data: cut off", &[]),
            ("data: cut off\n", &[]),
            ("\u{feff}data: x\n\n\u{feff}data: y\n\n", &[("message", "x")]),
            ("\u{feff}\u{feff}data: x\n\n", &[]),
            ("\n\n\n\r\r\n", &[]),
            ("", &[]),
        ] {
            let expected: Vec<_> = expected.iter().copied().map(pair).collect();
            assert_eq!(parse(&[text.as_bytes()]), expected, "{text:?}");
            let single: Vec<_> = text.as_bytes().chunks(1).collect();
            assert_eq!(parse(&single), expected, "byte by byte: {text:?}");
        }
    }

    #[test]
    fn what_is_no_utf8_is_replaced() {
        assert_eq!(parse(&[b"data: a\xffb\n\n"]), [pair(("message", "a\u{fffd}b"))]);
    }

    #[test]
    fn an_event_comes_as_soon_as_it_is_complete() {
        let mut parser = SseParser::new();
        let mut events = 0;
        for (portion, complete) in [("data: x", 0), ("\r", 0), ("\n\r", 1), ("\ndata: y\n\r", 2), ("\n", 2)] {
            parser.feed(portion.as_bytes(), |_| events += 1).unwrap();
            assert_eq!(events, complete, "{portion:?}");
        }
    }

    #[test]
    fn sizes_are_bounded() {
        for (text, fits) in [
            ("data: 456789\n", true),
            ("data: 4567890\n", false),
            (":234567890123", false),
            ("data: 45678\ndata: 4\n\n", true),
            ("data: 456789\ndata: 456789\ndata: 456789\n", false),
            (
                "data\ndata\ndata\ndata\ndata\ndata\ndata\ndata\ndata\ndata\ndata\ndata\ndata\ndata\ndata\ndata\n",
                true,
            ),
            (
                "data\ndata\ndata\ndata\ndata\ndata\ndata\ndata\ndata\ndata\ndata\ndata\ndata\ndata\ndata\ndata\ndata\n",
                false,
            ),
        ] {
            let outcome = SseParser::with_limits(12, 16).feed(text.as_bytes(), |_| {});
            assert_eq!(outcome.is_ok(), fits, "{text:?}");
            let mut parser = SseParser::with_limits(12, 16);
            let outcome = text.bytes().try_for_each(|byte| parser.feed(&[byte], |_| {}));
            assert_eq!(outcome.is_ok(), fits, "byte by byte: {text:?}");
        }
        let mut parser = SseParser::new();
        let endless = [b'x'; 4096];
        let outcome = (0..1_000).try_for_each(|_| parser.feed(&endless, |_| {}));
        assert_eq!(outcome, Err(SseTooLarge));
        assert!(parser.line.capacity() <= 2 * MAX_LINE);
    }

    /// The same bytes in random portions.
    fn in_portions<'a>(bytes: &'a [u8], random: &mut impl Rng) -> Vec<&'a [u8]> {
        let mut portions = Vec::new();
        let mut rest = bytes;
        while !rest.is_empty() {
            let (portion, others) = rest.split_at(random.random_range(0..=rest.len().min(9)));
            portions.push(portion);
            rest = others;
        }
        portions
    }

    #[test]
    fn events_survive_every_split_and_every_line_end() {
        let mut random = Xoshiro256PlusPlus::seed_from_u64(2_026);
        for round in 0..2_000 {
            let mut expected = Vec::new();
            let mut bytes = Vec::new();
            if random.random_bool(0.2) {
                bytes.extend_from_slice(BYTE_ORDER_MARK);
            }
            for _ in 0..random.random_range(0..6) {
                let mut lines: Vec<String> = Vec::new();
                let name = ["", "update", "é:😀"][random.random_range(0..3)];
                if !name.is_empty() {
                    lines.push(format!("event: {name}"));
                }
                let data: Vec<_> = (0..random.random_range(1..4))
                    .map(|n| ["", "x", " {\"ts\": 1}", "ü\u{feff}"][(n + round) % 4])
                    .collect();
                lines.extend(data.iter().map(|line| format!("data: {line}")));
                lines.insert(random.random_range(0..=lines.len()), ": heartbeat".to_owned());
                lines.push(String::new());
                for line in lines {
                    bytes.extend_from_slice(line.as_bytes());
                    bytes.extend_from_slice([&b"\n"[..], b"\r\n", b"\r"][random.random_range(0..3)]);
                    // CR at the end of one line and LF as the end of an empty one read as one end.
                    if bytes.ends_with(b"\r") {
                        bytes.extend_from_slice(b":\n");
                    }
                }
                expected.push((if name.is_empty() { "message" } else { name }.to_owned(), data.join("\n")));
            }
            assert_eq!(
                parse(&in_portions(&bytes, &mut random)),
                expected,
                "{:?}",
                String::from_utf8_lossy(&bytes)
            );
        }
    }

    #[test]
    fn noise_reads_the_same_in_every_split() {
        let mut random = Xoshiro256PlusPlus::seed_from_u64(7);
        let pieces: [&[u8]; 12] = [
            b"data",
            b"event",
            b":",
            b" ",
            b"\n",
            b"\r",
            b"\r\n",
            b"\n\n",
            b"\xff",
            b"\xef\xbb\xbf",
            b"x",
            b"id",
        ];
        let mut events = 0;
        for _ in 0..3_000 {
            let bytes: Vec<u8> = (0..random.random_range(0..60))
                .flat_map(|_| pieces[random.random_range(0..pieces.len())].iter().copied())
                .collect();
            let whole = parse(&[&bytes]);
            events += whole.len();
            assert_eq!(parse(&in_portions(&bytes, &mut random)), whole, "{bytes:?}");
        }
        assert!(events > 500, "the noise holds too few events to mean anything: {events}");
    }
}
