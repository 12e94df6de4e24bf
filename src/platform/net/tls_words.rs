//! What the TLS library says, in words.

use crate::error::{BAD_CERTIFICATE, UNKNOWN_ISSUER};

/// What stands before the library's name of what is wrong with a certificate.
const INVALID_CERTIFICATE: &str = "invalid peer certificate: ";

const EXPIRED: &str = "it has expired, by the clock of this machine";
const NOT_YET: &str = "it is not valid yet, by the clock of this machine";

/// How sentences of the library begin, which go on with seconds since 1970 or with numbers of kinds of keys.
const SENTENCES: [(&str, &str); 4] = [
    ("certificate expired", EXPIRED),
    ("certificate not valid yet", NOT_YET),
    ("certificate revocation list expired", "the list of those that were revoked is out of date"),
    ("certificate does not allow extended key usage", "it is not for servers"),
];

/// The text of a failure of TLS. The library tells most of what is wrong with a certificate by names of
/// its own, as they stand in its code.
pub(super) fn in_words(text: &str) -> String {
    let Some((_, what)) = text.split_once(INVALID_CERTIFICATE) else { return text.to_owned() };
    let reason = match name_in(what) {
        Some("UnknownIssuer") => return UNKNOWN_ISSUER.to_owned(),
        Some("CaUsedAsEndEntity") => "it is an authority's own and not a server's",
        Some("NotValidForName" | "NotValidForNameContext") => "it is for another name",
        Some("Expired" | "ExpiredContext") => EXPIRED,
        Some("NotValidYet" | "NotValidYetContext") => NOT_YET,
        Some("Revoked") => "it was revoked",
        Some("BadSignature") => "its signature is wrong",
        Some("BadEncoding") => "it cannot be read",
        Some("InvalidPurpose" | "InvalidPurposeContext") => "it is not for servers",
        Some(name) => return format!("{BAD_CERTIFICATE}{}", words_of(name)),
        None => match SENTENCES.iter().find(|(beginning, _)| what.starts_with(beginning)) {
            Some((_, reason)) => reason,
            // With names of hosts in it as they stand in the library's code.
            None => {
                return format!("{BAD_CERTIFICATE}{}", what.replace("DnsName(\"", "`").replace("\")", "`"));
            }
        },
    };
    format!("{BAD_CERTIFICATE}{reason}")
}

/// The name in a text that is nothing else: `Expired`, `Other(OtherError(CaUsedAsEndEntity))`,
/// `ExpiredContext { time: …, not_after: … }`.
fn name_in(text: &str) -> Option<&str> {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    match rest.strip_prefix('(') {
        Some(inner) => name_in(inner).or(Some(name)),
        None => (rest.is_empty() || rest.starts_with(')') || rest.starts_with(" {")).then_some(name),
    }
}

/// The words of a name, taken apart.
fn words_of(name: &str) -> String {
    let mut words = String::new();
    for character in name.chars() {
        if character.is_ascii_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.push(character.to_ascii_lowercase());
    }
    words
}

#[cfg(test)]
mod tests {
    use super::in_words;

    #[test]
    fn names_from_the_librarys_code_become_words() {
        for (text, told) in [
            (
                "rustls: invalid peer certificate: UnknownIssuer",
                "no authority that is trusted here has issued it",
            ),
            (
                "io: invalid peer certificate: Other(OtherError(CaUsedAsEndEntity))",
                "it is an authority's own and not a server's",
            ),
            ("invalid peer certificate: Expired", "it has expired, by the clock of this machine"),
            (
                "invalid peer certificate: certificate expired: verification time 1795903131 (UNIX), but certificate is \
                 not valid after 1609459200 (186443931 seconds ago)",
                "it has expired, by the clock of this machine",
            ),
            (
                "invalid peer certificate: certificate not valid yet: verification time 1795903131 (UNIX), but \
                 certificate is not valid before 4417977600 (2622074469 seconds in future)",
                "it is not valid yet, by the clock of this machine",
            ),
            (
                "invalid peer certificate: certificate does not allow extended key usage for server authentication, \
                 allows client authentication",
                "it is not for servers",
            ),
            ("invalid peer certificate: UnhandledCriticalExtension", "unhandled critical extension"),
            (
                "invalid peer certificate: Other(OtherError(PathLenConstraintViolated))",
                "path len constraint violated",
            ),
        ] {
            assert_eq!(in_words(text), format!("the server's certificate is refused: {told}"));
        }
        let sentence = "invalid peer certificate: certificate not valid for name \"a\"; certificate is only valid \
                        for DnsName(\"b\")";
        assert!(in_words(sentence).ends_with("name \"a\"; certificate is only valid for `b`"));
        assert_eq!(in_words("peer sent no certificates"), "peer sent no certificates");
    }
}
