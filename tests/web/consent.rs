//! Consent: what it does to the cookie and to evaluation, for every kind of site.

use kameleoon::{
    KameleoonClient, KameleoonClientConfig, KameleoonError, LegalConsent, RequestCookies, VisitorCodeOptions,
};

use crate::header::written;

const TYPES: [&str; 4] = ["", "OFF", "REQUIRED", "INTERACTIVE"];

/// A flag for everybody whose one rule is of a type.
fn flag(key: &str, rule_type: &str, enabled: bool) -> String {
    format!(
        r#"{{"featureKey": "{key}", "environmentEnabled": {enabled}, "defaultVariationKey": "off",
            "variations": [{{"key": "off"}}, {{"key": "on"}}], "rules": [{{"id": 1, "type": "{rule_type}",
            "exposition": 1.0, "experimentId": 2, "variationByExposition": [
            {{"variationKey": "on", "variationId": 3, "exposition": 1.0}}]}}]}}"#
    )
}

fn client(consent_type: &str, behavior: &str, flags: &[String]) -> KameleoonClient {
    let json = format!(
        r#"{{"configuration": {{"consentType": "{consent_type}", "consentOptOutBehavior": "{behavior}"}},
            "featureFlags": [{}]}}"#,
        flags.join(",")
    );
    let config = KameleoonClientConfig::new("", "").top_level_domain("example.com");
    KameleoonClient::offline_with(json, config).unwrap()
}

#[test]
fn the_cookie_waits_for_consent_where_nothing_is_delivered_without() {
    let flag_sets = [
        (vec![flag("e", "EXPERIMENTATION", true)], true),
        (vec![flag("e", "EXPERIMENTATION", true), flag("t", "TARGETED_DELIVERY", true)], false),
        (vec![flag("t", "TARGETED_DELIVERY", false)], true),
        (vec![], true),
    ];
    for consent_type in TYPES {
        for (flags, without_delivery) in &flag_sets {
            let managed = consent_type == "REQUIRED" && *without_delivery;
            let client = client(consent_type, "", flags);
            let case = format!("{consent_type:?} {flags:?}");

            let mut cookies = RequestCookies::new();
            let options = VisitorCodeOptions::new().default_visitor_code("d");
            client.get_visitor_code_with(&mut cookies, options).unwrap();
            assert_eq!(written(&cookies).is_none(), managed, "{case}");

            for request in ["", "kameleoonVisitorCode=d"] {
                let mut cookies = RequestCookies::from_headers([request]);
                client.set_legal_consent_with("d", LegalConsent::Given, &mut cookies).unwrap();
                let cookie = written(&cookies).unwrap();
                assert_eq!((cookie.value.as_str(), cookie.max_age()), ("d", 32_832_000), "{case}");

                let mut cookies = RequestCookies::from_headers([request]);
                client.set_legal_consent_with("d", LegalConsent::Refused, &mut cookies).unwrap();
                let expired = written(&cookies);
                assert_eq!(expired.is_some(), managed, "{case}");
                if let Some(cookie) = expired {
                    assert_eq!((cookie.max_age(), cookie.name.as_str()), (0, "kameleoonVisitorCode"));
                    assert_eq!(cookie.attributes["Domain"], "example.com");
                    assert_eq!(cookie.attributes["Path"], "/");
                    assert_eq!(cookie.attributes["Expires"], "Thu, 01 Jan 1970 00:00:00 GMT");
                }
            }
        }
    }
}

#[test]
fn who_refuses_gets_no_experiments_where_consent_is_required() {
    for consent_type in TYPES {
        for behavior in ["", "PARTIALLY_BLOCK", "FULLY_BLOCK"] {
            for rule_type in ["EXPERIMENTATION", "TARGETED_DELIVERY"] {
                for consent in [None, Some(true), Some(false)] {
                    let client = client(consent_type, behavior, &[flag("f", rule_type, true)]);
                    if let Some(consent) = consent {
                        client.set_legal_consent("v", consent.into()).unwrap();
                    }
                    let found = client.get_variation("v", "f");
                    let blocked = consent_type == "REQUIRED"
                        && consent == Some(false)
                        && rule_type == "EXPERIMENTATION";
                    let case = format!("{consent_type:?} {behavior:?} {rule_type} {consent:?}: {found:?}");
                    match found {
                        Ok(variation) => {
                            assert!(!blocked || behavior != "FULLY_BLOCK", "{case}");
                            assert_eq!(variation.key(), if blocked { "off" } else { "on" }, "{case}");
                        }
                        Err(error) => {
                            assert!(blocked && behavior == "FULLY_BLOCK", "{case}");
                            let KameleoonError::FeatureEnvironmentDisabled {
                                feature_key,
                                blocked_by_consent,
                                ..
                            } = &error
                            else {
                                panic!("{case}: {error:?}")
                            };
                            assert_eq!((feature_key.as_str(), *blocked_by_consent), ("f", true), "{case}");
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn consent_can_be_withdrawn_and_given_again() {
    let client = client("REQUIRED", "PARTIALLY_BLOCK", &[flag("f", "EXPERIMENTATION", true)]);
    for (consent, key) in [(true, "on"), (false, "off"), (false, "off"), (true, "on")] {
        client.set_legal_consent("v", consent.into()).unwrap();
        assert_eq!(client.get_variation("v", "f").unwrap().key(), key);
    }
}

#[test]
fn a_cookie_set_and_withdrawn_in_one_request_is_sent_once() {
    let client = client("REQUIRED", "", &[]);
    let mut cookies = RequestCookies::new();
    client.set_legal_consent_with("v", LegalConsent::Given, &mut cookies).unwrap();
    client.set_legal_consent_with("v", LegalConsent::Refused, &mut cookies).unwrap();
    assert_eq!(written(&cookies).unwrap().max_age(), 0);
}

#[test]
fn consent_needs_a_valid_code() {
    let client = client("", "", &[]);
    for code in [String::new(), "x".repeat(256)] {
        let mut cookies = RequestCookies::new();
        for result in [
            client.set_legal_consent(&code, LegalConsent::Given),
            client.set_legal_consent_with(&code, LegalConsent::Given, &mut cookies),
        ] {
            assert!(matches!(result, Err(KameleoonError::VisitorCodeInvalid { .. })), "{result:?}");
        }
        assert_eq!(written(&cookies), None);
    }
}
