//! How much room data take, and texts that are cut to fit.

use super::{ApplicationVersion, Conversion, Cookie, CustomData, Geolocation, PageView, UserAgent, Values};

/// What a text costs beside its length.
const TEXT: usize = 32;

/// The beginning of a text, cut at a character so that it is at most so many bytes.
fn beginning(text: &str, most: usize) -> &str {
    let end = (0..=most.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    &text[..end.unwrap_or(0)]
}

impl Values {
    pub(crate) fn weight(&self) -> usize {
        self.as_slice().iter().map(|value| TEXT + value.len()).sum()
    }

    /// Cuts texts that are longer than this.
    pub(crate) fn cut(&mut self, most: usize) {
        if self.as_slice().iter().any(|value| value.len() > most) {
            *self = self.as_slice().iter().map(|value| beginning(value, most)).collect();
        }
    }
}

impl PageView {
    pub(crate) fn weight(&self) -> usize {
        let referrers = self.referrers.as_deref().map_or(0, |list| 8 * list.len());
        size_of::<Self>()
            + TEXT
            + self.url.len()
            + self.title.as_deref().map_or(0, |title| TEXT + title.len())
            + referrers
    }

    /// Cuts texts that are longer than this.
    pub(crate) fn cut(&mut self, most: usize) {
        for text in std::iter::once(&mut self.url).chain(&mut self.title) {
            if text.len() > most {
                *text = beginning(text, most).into();
            }
        }
    }
}

/// Cuts a text that is longer than this.
fn cut(text: &mut Box<str>, most: usize) {
    if text.len() > most {
        *text = beginning(text, most).into();
    }
}

impl UserAgent {
    /// Cuts a text that is longer than this.
    pub(crate) fn cut(&mut self, most: usize) {
        cut(&mut self.value, most);
    }
}

impl ApplicationVersion {
    /// Cuts a text that is longer than this.
    pub(crate) fn cut(&mut self, most: usize) {
        cut(&mut self.version, most);
    }
}

impl Geolocation {
    pub(crate) fn weight(&self) -> usize {
        let texts = [&self.region, &self.city, &self.postal_code];
        size_of::<Self>()
            + TEXT
            + self.country.len()
            + texts.into_iter().flatten().map(|text| TEXT + text.len()).sum::<usize>()
    }

    /// Cuts texts that are longer than this.
    pub(crate) fn cut(&mut self, most: usize) {
        cut(&mut self.country, most);
        let texts = [&mut self.region, &mut self.city, &mut self.postal_code];
        texts.into_iter().flatten().for_each(|text| cut(text, most));
    }
}

impl Cookie {
    pub(crate) fn weight(&self) -> usize {
        self.cookies.iter().map(|(name, value)| 2 * TEXT + name.len() + value.len()).sum()
    }
}

impl CustomData {
    pub(crate) fn weight(&self) -> usize {
        size_of::<Self>() + self.values.weight() + self.name().map_or(0, str::len)
    }
}

impl Conversion {
    pub(crate) fn weight(&self) -> usize {
        size_of::<Self>() + self.metadata().unwrap_or_default().iter().map(CustomData::weight).sum::<usize>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_at_a_character() {
        for (text, most, cut) in
            [("abc", 5, "abc"), ("abc", 3, "abc"), ("abc", 2, "ab"), ("aé", 2, "a"), ("é", 0, "")]
        {
            assert_eq!(beginning(text, most), cut);
        }
        let mut values: Values = ["ab", "abcd"].into_iter().collect();
        values.cut(3);
        assert_eq!(values, ["ab", "abc"].into_iter().collect());
    }
}
