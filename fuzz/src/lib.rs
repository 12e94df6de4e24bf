//! What the fuzzers share.

use std::sync::Once;

use kameleoon::{KameleoonLogger, LogLevel};

/// The bytes of a fuzzer, taken as numbers and texts. At their end everything is zero or empty.
pub struct Bytes<'a>(pub &'a [u8]);

impl<'a> Bytes<'a> {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    pub fn number(&mut self) -> i64 {
        i64::from_le_bytes(std::array::from_fn(|_| self.byte()))
    }

    /// Some number that people use, or any.
    pub fn float(&mut self) -> f64 {
        match self.byte() % 4 {
            0 => f64::from(self.byte()),
            1 => f64::from(self.byte()) / 8.0,
            _ => f64::from_bits(self.number() as u64),
        }
    }

    /// Up to 255 bytes, what is no UTF-8 in them replaced.
    pub fn text(&mut self) -> String {
        let length = usize::from(self.byte()).min(self.0.len());
        let (text, rest) = self.0.split_at(length);
        self.0 = rest;
        String::from_utf8_lossy(text).into_owned()
    }

    /// A text of one part of the input, up to the next zero.
    pub fn part(&mut self) -> &'a [u8] {
        let end = self.0.iter().position(|byte| *byte == 0).unwrap_or(self.0.len());
        let part = &self.0[..end];
        self.0 = self.0.get(end + 1..).unwrap_or_default();
        part
    }
}

/// Messages are no finding, and printing them takes most of the time.
pub fn quiet() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| KameleoonLogger::set_log_level(LogLevel::None));
}
