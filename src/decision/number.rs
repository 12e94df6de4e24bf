//! How the platform writes floating-point numbers as text.

/// The shortest text that reads back to the same number, always with its point: `120.0`, `2.5`;
/// with an exponent from 1e16 on and below 1e-4: `1e+16`, `1e-05`.
pub(crate) fn shortest(number: f64) -> String {
    if number.is_nan() {
        return "nan".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    let magnitude = number.abs();
    if magnitude != 0.0 && !(1e-4..1e16).contains(&magnitude) {
        let text = format!("{number:e}");
        let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let (sign, exponent) = match exponent.strip_prefix('-') {
            Some(exponent) => ('-', exponent),
            None => ('+', exponent),
        };
        return format!("{digits}e{sign}{exponent:0>2}");
    }
    let text = format!("{number}");
    if text.contains('.') { text } else { text + ".0" }
}

/// Reads a decimal number, white space around it allowed.
pub(crate) fn parse(text: &str) -> Option<f64> {
    text.trim_matches(|character: char| character.is_ascii_whitespace()).parse().ok()
}

#[cfg(test)]
mod tests {
    #[test]
    fn writes_numbers_with_their_point() {
        let table = [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (120.0, "120.0"),
            (2.5, "2.5"),
            (0.1 + 0.2, "0.30000000000000004"),
            (1e15, "1000000000000000.0"),
            (1e16, "1e+16"),
            (1.5e300, "1.5e+300"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (-1.25e-7, "-1.25e-07"),
            (f64::INFINITY, "inf"),
            (f64::NEG_INFINITY, "-inf"),
            (f64::NAN, "nan"),
        ];
        for (number, text) in table {
            assert_eq!(super::shortest(number), text);
        }
    }
}
