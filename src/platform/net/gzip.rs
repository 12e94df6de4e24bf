//! Bodies that come compressed.

use std::io::Read;

use flate2::bufread::GzDecoder;

/// What a gzip member begins with.
const MAGIC: &[u8] = &[0x1f, 0x8b];

/// The text of a gzip body, `most` bytes of it at most; none when it is longer. Several members count
/// as one text, and zeros behind the last are padding, as other readers have it.
///
/// # Errors
/// What is wrong with the body.
pub(super) fn decoded(mut body: &[u8], most: usize) -> Result<Option<Vec<u8>>, String> {
    let mut text = Vec::new();
    loop {
        let mut member = GzDecoder::new(body);
        let room = (most - text.len()) as u64 + 1;
        member.by_ref().take(room).read_to_end(&mut text).map_err(|error| format!("gzip: {error}"))?;
        if text.len() > most {
            return Ok(None);
        }
        body = member.into_inner();
        if body.iter().all(|byte| *byte == 0) {
            return Ok(Some(text));
        }
        if !body.starts_with(MAGIC) {
            return Err("gzip: something else follows the compressed text".to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::io::Write;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn members_and_padding_are_read_and_damage_is_told() {
        let whole = gzip(b"{\"a\": 1}");
        let with = |tail: &[u8]| [&whole[..], tail].concat();
        let text =
            |body: &[u8]| decoded(body, 100).map(|text| text.map(|text| String::from_utf8(text).unwrap()));
        let expected = Ok(Some("{\"a\": 1}".to_owned()));
        for padding in [0, 1, 5, 9, 10, 512] {
            assert_eq!(text(&with(&vec![0; padding])), expected, "{padding} zeros");
        }
        assert_eq!(text(&with(&gzip(b" "))), Ok(Some("{\"a\": 1} ".to_owned())), "two members");
        for cut in 0..whole.len() {
            assert!(text(&whole[..cut]).is_err(), "cut at {cut}");
        }
        assert!(text(&with(b"<html>")).is_err());
        let mut damaged = whole.clone();
        *damaged.last_mut().unwrap() ^= 1;
        assert!(text(&damaged).is_err());
        assert!(text(b"").is_err());
    }

    #[test]
    fn a_text_that_is_too_long_is_refused_before_it_is_there() {
        let bomb = gzip(&vec![b' '; 10_000_000]);
        assert_eq!(decoded(&bomb, 1_000_000), Ok(None));
        assert_eq!(decoded(&gzip(&[b' '; 100]), 100).map(|text| text.map(|text| text.len())), Ok(Some(100)));
        assert_eq!(decoded(&gzip(&[b' '; 101]), 100), Ok(None));
    }
}
