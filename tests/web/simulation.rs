//! Simulated variations.

use kameleoon::{KameleoonClient, KameleoonError, RequestCookies, VisitorCodeOptions};

const FILE: &str = r#"{"featureFlags": [
    {"featureKey": "enabled", "environmentEnabled": true, "defaultVariationKey": "off",
     "variations": [{"key": "off"}, {"key": "a"}, {"key": "b"}], "rules": [
        {"id": 1, "type": "EXPERIMENTATION", "exposition": 1.0, "experimentId": 10, "variationByExposition": [
            {"variationKey": "a", "variationId": 20, "exposition": 1.0},
            {"variationKey": "b", "variationId": 21, "exposition": 0.0}]}]},
    {"featureKey": "disabled", "environmentEnabled": false, "defaultVariationKey": "off",
     "variations": [{"key": "off"}, {"key": "on"}], "rules": [
        {"id": 2, "type": "TARGETED_DELIVERY", "exposition": 1.0, "experimentId": 11, "variationByExposition": [
            {"variationKey": "on", "variationId": 22, "exposition": 1.0}]}]}]}"#;

const B: &str = r#"{"enabled": {"expId": 10, "varId": 21}}"#;

fn client() -> KameleoonClient {
    KameleoonClient::offline(FILE).unwrap()
}

/// A request of visitor `v`, with a simulation cookie or without.
fn request(client: &KameleoonClient, simulation: Option<&str>) {
    let mut header = "kameleoonVisitorCode=v".to_owned();
    if let Some(simulation) = simulation {
        header += "; kameleoonSimulationFFData=";
        header += simulation;
    }
    assert_eq!(client.get_visitor_code(&mut RequestCookies::from_headers([header])).unwrap(), "v");
}

fn key(client: &KameleoonClient, visitor_code: &str, feature_key: &str) -> String {
    match client.get_variation(visitor_code, feature_key) {
        Ok(variation) => variation.key().to_owned(),
        Err(KameleoonError::FeatureEnvironmentDisabled { .. }) => "disabled".to_owned(),
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn the_last_usable_cookie_decides() {
    let client = client();
    for (simulation, enabled, disabled) in [
        (None, "a", "disabled"),
        (Some(B), "b", "disabled"),
        // A request without the cookie, or with one that says nothing, changes nothing.
        (None, "b", "disabled"),
        (Some("oops"), "b", "disabled"),
        (Some(""), "b", "disabled"),
        (Some("[]"), "b", "disabled"),
        (Some(r#"{"disabled": {"expId": 11, "varId": 22}}"#), "a", "on"),
        (Some("%7B%22enabled%22%3A%7B%22expId%22%3A0%7D%7D"), "off", "disabled"),
        (Some(r#"{"disabled": {"expId": 0}, "enabled": {"expId": 10, "varId": 22}}"#), "a", "off"),
        (Some("{}"), "a", "disabled"),
    ] {
        request(&client, simulation);
        let found = (key(&client, "v", "enabled"), key(&client, "v", "disabled"));
        assert_eq!(found, (enabled.to_owned(), disabled.to_owned()), "{simulation:?}");
        assert_eq!(key(&client, "other", "enabled"), "a", "{simulation:?}: it is the visitor's own");
    }
}

#[test]
fn a_simulated_variation_is_not_saved() {
    let client = client();
    request(&client, Some(B));
    let variation = client.get_variation("v", "enabled").unwrap();
    assert_eq!((variation.id(), variation.experiment_id()), (Some(21), Some(10)));
    let nothing = "window.kameleoonQueue=window.kameleoonQueue||[];";
    assert_eq!(client.get_engine_tracking_code("v"), nothing);
    request(&client, Some("{}"));
    client.get_variation("v", "enabled").unwrap();
    let assigned = client.get_engine_tracking_code("v");
    assert!(assigned.contains("'Experiments.assignVariation',10,20,true"), "{assigned}");
}

#[test]
fn any_visitor_code_and_read_only_cookies_can_be_simulated() {
    let client = client();
    let mut cookies = RequestCookies::from_headers([format!("kameleoonSimulationFFData={B}")]);
    let options = VisitorCodeOptions::new().default_visitor_code("d").read_only(true);
    client.get_visitor_code_with(&mut cookies, options).unwrap();
    assert_eq!(key(&client, "d", "enabled"), "b");
    let fresh = client.get_visitor_code(&mut cookies).unwrap();
    assert_eq!(key(&client, &fresh, "enabled"), "b");
}

#[test]
fn a_cookie_that_simulates_nothing_makes_no_visitor() {
    let client = client();
    for simulation in ["{}", "oops", r#"{"unknown": {"expId": 1, "varId": 2}}"#] {
        request(&client, Some(simulation));
    }
    assert!(format!("{client:?}").contains("visitors: 0"), "{client:?}");
}
