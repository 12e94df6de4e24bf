//! What the TLS libraries say, in words.

use crate::error::{BAD_CERTIFICATE, NO_TLS, UNKNOWN_ISSUER};

/// What a failure of TLS is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// The other side ended the connection, which is no fault of TLS.
    Ended,
    Told(String),
}

const EXPIRED: &str = "it has expired, by the clock of this machine";
const NOT_YET: &str = "it is not valid yet, by the clock of this machine";
const OTHER_NAME: &str = "it is for another name";
const REVOKED: &str = "it was revoked";

/// What stands before rustls's name of what is wrong with a certificate.
const INVALID_CERTIFICATE: &str = "invalid peer certificate: ";

/// How sentences of rustls begin, which go on with seconds since 1970 or with numbers of kinds of keys.
const SENTENCES: [(&str, &str); 4] = [
    ("certificate expired", EXPIRED),
    ("certificate not valid yet", NOT_YET),
    ("certificate revocation list expired", "the list of those that were revoked is out of date"),
    ("certificate does not allow extended key usage", "it is not for servers"),
];

/// What the systems' libraries say of certificates, in lower case: OpenSSL, then macOS and Windows.
const OF_SYSTEMS: [(&[&str], &str); 4] = [
    (&["certificate has expired", "certificate is expired", "not within its validity period"], EXPIRED),
    (&["not yet valid"], NOT_YET),
    (&["hostname mismatch", "ip address mismatch", "name does not match"], OTHER_NAME),
    (&["certificate revoked", "is revoked", "was revoked"], REVOKED),
];
const UNTRUSTED: [&str; 5] = [
    "self-signed certificate",
    "self signed certificate",
    "local issuer certificate",
    "verify the first certificate",
    "not trusted",
];

/// How the libraries call an answer in another protocol, in lower case.
const OTHER_PROTOCOL: [&str; 6] = [
    "invalidcontenttype",
    "wrong version number",
    "http request",
    "packet length too long",
    "bad protocol version",
    "the token supplied to the function is invalid",
];

/// What is wrong, by the text of a failure of TLS.
pub(super) fn fault_of(text: &str) -> Fault {
    if let Some((_, what)) = text.split_once(INVALID_CERTIFICATE) {
        return Fault::Told(of_certificate(what));
    }
    let lower = text.to_lowercase();
    let says_one_of = |texts: &[&str]| texts.iter().any(|text| lower.contains(text));
    if says_one_of(&["unexpected eof", "peer disconnected"]) {
        return Fault::Ended;
    }
    Fault::Told(if says_one_of(&OTHER_PROTOCOL) {
        NO_TLS.to_owned()
    } else if says_one_of(&UNTRUSTED) {
        UNKNOWN_ISSUER.to_owned()
    } else if let Some((_, reason)) = OF_SYSTEMS.iter().find(|(texts, _)| says_one_of(texts)) {
        format!("{BAD_CERTIFICATE}{reason}")
    } else if says_one_of(&["certificate verify failed"]) {
        format!("{BAD_CERTIFICATE}{text}")
    } else {
        text.to_owned()
    })
}

/// rustls tells most of what is wrong with a certificate by names, as they stand in its code.
fn of_certificate(what: &str) -> String {
    let reason = match name_in(what) {
        Some("UnknownIssuer") => return UNKNOWN_ISSUER.to_owned(),
        Some("CaUsedAsEndEntity") => "it is an authority's own and not a server's",
        Some("NotValidForName" | "NotValidForNameContext") => OTHER_NAME,
        Some("Expired" | "ExpiredContext") => EXPIRED,
        Some("NotValidYet" | "NotValidYetContext") => NOT_YET,
        Some("Revoked") => REVOKED,
        Some("BadSignature") => "its signature is wrong",
        Some("BadEncoding") => "it cannot be read",
        Some("InvalidPurpose" | "InvalidPurposeContext") => "it is not for servers",
        Some(name) => return format!("{BAD_CERTIFICATE}{}", words_of(name)),
        None => match SENTENCES.iter().find(|(beginning, _)| what.starts_with(beginning)) {
            Some((_, reason)) => reason,
            // With names of hosts in it as they stand in the library's code.
            None => {
                let sentence = what.replace("DnsName(\"", "`").replace("\")", "`");
                return format!("{BAD_CERTIFICATE}{sentence}");
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
    use super::{Fault, NO_TLS, UNKNOWN_ISSUER, fault_of};

    fn in_words(text: &str) -> String {
        match fault_of(text) {
            Fault::Told(text) => text,
            Fault::Ended => panic!("{text}: ended"),
        }
    }

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

    #[test]
    fn what_the_systems_libraries_say_becomes_the_same_words() {
        let openssl = "native-tls: error:0A000086:SSL routines:tls_post_process_server_certificate:certificate \
                       verify failed:../ssl/statem/statem_clnt.c:1889:";
        for (cause, told) in [
            ("certificate has expired", "it has expired, by the clock of this machine"),
            ("certificate is not yet valid", "it is not valid yet, by the clock of this machine"),
            ("Hostname mismatch", "it is for another name"),
            (
                "self-signed certificate in certificate chain",
                "no authority that is trusted here has issued it",
            ),
            ("unable to get local issuer certificate", "no authority that is trusted here has issued it"),
        ] {
            let text = format!("{openssl} ({cause})");
            assert_eq!(in_words(&text), format!("the server's certificate is refused: {told}"));
        }
        assert!(
            in_words(&format!("{openssl} (CA md too weak)"))
                .starts_with("the server's certificate is refused: ")
        );
        assert_eq!(in_words("native-tls: The certificate was not trusted."), UNKNOWN_ISSUER);
    }

    #[test]
    fn another_protocol_and_an_early_end_are_no_faults_of_a_certificate() {
        for text in [
            "io: received corrupt message of type InvalidContentType",
            "native-tls: error:0A00010B:SSL routines:ssl3_get_record:wrong version number",
        ] {
            assert_eq!(in_words(text), NO_TLS);
        }
        assert_eq!(fault_of("native-tls: unexpected EOF"), Fault::Ended);
        assert_eq!(fault_of("error:0A000126:SSL routines::unexpected eof while reading"), Fault::Ended);
    }
}
