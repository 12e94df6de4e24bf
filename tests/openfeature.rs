//! The provider, through the client of OpenFeature. Numbers are those of the specification's
//! requirements.

#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests count as production code

use std::sync::Arc;

use kameleoon::openfeature::KameleoonProvider;
use kameleoon::testing::{Condition, DataFile, Flag, FlagVariation, Rule, Segment, TestClient};
use kameleoon::{KameleoonClient, VariableType};
use open_feature::provider::{FeatureProvider, ProviderStatus};
use open_feature::{
    Client, EvaluationContext, EvaluationContextFieldValue, EvaluationErrorCode, EvaluationReason,
    FlagMetadataValue, OpenFeature, StructValue, Value,
};
use serde_json::json;

const VISITOR: &str = "anna";

fn variables(key: &str) -> FlagVariation {
    FlagVariation::new(key)
        .variable("title", "Pay")
        .variable("steps", 2)
        .variable("whole", 3.0)
        .variable("rate", 2.5)
        .variable("short", true)
        .variable("huge", 1e300)
        .variable("layout", json!({"columns": 3, "names": ["a", "b"], "none": null, "in": {"x": 0.5}}))
        .variable("list", json!([1, 2]))
        .variable("nulls", json!({"names": ["a", null, "b"]}))
        .variable("long", 9_007_199_254_740_993_i64)
        .variable_of_type("broken", VariableType::Json, "{")
        .variable_of_type("style", VariableType::Css, "a { color: red }")
}

fn shop() -> DataFile {
    DataFile::new()
        .flag(
            Flag::new("checkout")
                .variation("off")
                .variation(variables("on"))
                .rule(Rule::experiment([("off", 0.0), ("on", 100.0)]).experiment_id(9516)),
        )
        .flag(Flag::new("delivered").variation("off").variation(variables("on")).rule(Rule::delivery("on")))
        .flag(Flag::new("left alone").variation(variables("usual")))
        .flag(Flag::new("banner").rule(Rule::delivery("on")))
        .flag(Flag::new("closed"))
        .flag(Flag::new("retired").disabled())
}

/// A client of OpenFeature on a provider of its own.
async fn features(test: &TestClient) -> Client {
    let mut api = OpenFeature::default();
    api.set_provider(KameleoonProvider::new(test.client().clone())).await;
    api.create_client()
}

fn context() -> EvaluationContext {
    EvaluationContext::default().with_targeting_key(VISITOR)
}

fn naming(variable: &str) -> EvaluationContext {
    context().with_custom_field("variableKey", variable)
}

#[tokio::test]
async fn every_type_is_resolved_1_3_1() {
    let test = TestClient::new(shop()).unwrap();
    let features = features(&test).await;
    let flag = "checkout";
    assert_eq!(features.get_string_value(flag, Some(&naming("title")), None).await, Ok("Pay".to_owned()));
    assert_eq!(features.get_string_value(flag, Some(&context()), None).await, Ok("Pay".to_owned()), "first");
    let css = features.get_string_value(flag, Some(&naming("style")), None).await;
    assert_eq!(css, Ok("a { color: red }".to_owned()));
    assert_eq!(features.get_bool_value(flag, Some(&naming("short")), None).await, Ok(true));
    assert_eq!(features.get_int_value(flag, Some(&naming("steps")), None).await, Ok(2));
    assert_eq!(features.get_int_value(flag, Some(&naming("whole")), None).await, Ok(3));
    assert_eq!(features.get_float_value(flag, Some(&naming("rate")), None).await, Ok(2.5));
    assert_eq!(features.get_float_value(flag, Some(&naming("steps")), None).await, Ok(2.0));
    let layout: StructValue = features.get_struct_value(flag, Some(&naming("layout")), None).await.unwrap();
    let expected = StructValue::default()
        .with_field("columns", 3)
        .with_field("names", vec!["a", "b"])
        .with_field("in", Value::Struct(StructValue::default().with_field("x", 0.5)));
    assert_eq!(layout, expected);
}

#[tokio::test]
async fn details_tell_variant_reason_and_metadata_1_4_1() {
    let test = TestClient::new(shop()).unwrap();
    let features = features(&test).await;
    for (flag, variant, reason, ids) in [
        ("checkout", "on", EvaluationReason::Split, true),
        ("delivered", "on", EvaluationReason::Static, true),
        ("left alone", "usual", EvaluationReason::Static, false),
    ] {
        let details = features.get_int_details(flag, Some(&naming("steps")), None).await.unwrap();
        assert_eq!(details.flag_key, flag);
        assert_eq!(details.value, 2);
        assert_eq!(details.variant.as_deref(), Some(variant));
        assert_eq!(details.reason, Some(reason), "{flag}");
        let metadata = &details.flag_metadata.values;
        assert_eq!(metadata.get("featureKey"), Some(&FlagMetadataValue::from(flag)));
        assert_eq!(metadata.get("variableKey"), Some(&FlagMetadataValue::from("steps")));
        assert_eq!(metadata.contains_key("experimentId"), ids, "{flag}");
        assert_eq!(metadata.contains_key("variationId"), ids, "{flag}");
        if flag == "checkout" {
            assert_eq!(metadata.get("experimentId"), Some(&FlagMetadataValue::Int(9516)));
        }
    }
}

#[tokio::test]
async fn abnormal_evaluations_have_the_specified_code_1_4_8() {
    let test = TestClient::new(shop()).unwrap();
    let features = features(&test).await;
    let anonymous = EvaluationContext::default().with_custom_field("variableKey", "steps");
    let table = [
        ("nothing", context(), EvaluationErrorCode::FlagNotFound, "`nothing`"),
        ("retired", context(), EvaluationErrorCode::FlagNotFound, "disabled"),
        ("checkout", naming("colour"), EvaluationErrorCode::FlagNotFound, "no variable `colour`"),
        ("banner", context(), EvaluationErrorCode::TypeMismatch, "no variables"),
        ("banner", naming("title"), EvaluationErrorCode::FlagNotFound, "no variable `title`"),
        ("checkout", naming("nulls"), EvaluationErrorCode::TypeMismatch, "a JSON object"),
        ("checkout", naming("title"), EvaluationErrorCode::TypeMismatch, "`title`"),
        ("checkout", naming("short"), EvaluationErrorCode::TypeMismatch, "`short`"),
        ("checkout", naming("rate"), EvaluationErrorCode::TypeMismatch, "`rate`"),
        ("checkout", naming("huge"), EvaluationErrorCode::TypeMismatch, "`huge`"),
        ("checkout", naming("list"), EvaluationErrorCode::TypeMismatch, "a JSON array"),
        ("checkout", naming("broken"), EvaluationErrorCode::ParseError, "`broken`"),
        ("checkout", anonymous.clone(), EvaluationErrorCode::TargetingKeyMissing, "targeting key"),
        (
            "checkout",
            anonymous.clone().with_targeting_key(""),
            EvaluationErrorCode::TargetingKeyMissing,
            "targeting key",
        ),
        (
            "checkout",
            anonymous.with_targeting_key("x".repeat(256)),
            EvaluationErrorCode::InvalidContext,
            "255",
        ),
    ];
    for (flag, context, code, message) in table {
        let error = features.get_int_details(flag, Some(&context), None).await.unwrap_err();
        assert_eq!(error.code, code, "{flag} {context:?}: {error:?}");
        assert!(error.message.as_deref().unwrap().contains(message), "{error:?}");
    }
    let text = features.get_string_value("checkout", Some(&naming("steps")), None).await.unwrap_err();
    assert_eq!(text.code, EvaluationErrorCode::TypeMismatch);
    let yes = features.get_bool_value("checkout", Some(&naming("steps")), None).await.unwrap_err();
    assert_eq!(yes.code, EvaluationErrorCode::TypeMismatch);
    let long = features.get_float_value("checkout", Some(&naming("long")), None).await.unwrap_err();
    assert_eq!(long.code, EvaluationErrorCode::TypeMismatch);
    assert!(long.message.unwrap().contains("9007199254740993"));
    let nulls =
        features.get_struct_value::<StructValue>("checkout", Some(&naming("nulls")), None).await.unwrap_err();
    assert_eq!(nulls.code, EvaluationErrorCode::ParseError);
    let exposures = test.recorder().events();
    assert!(exposures.is_empty(), "whoever gets an error shows a default of its own: {exposures:?}");
    let object =
        features.get_struct_value::<StructValue>("checkout", Some(&naming("list")), None).await.unwrap_err();
    assert_eq!(object.code, EvaluationErrorCode::TypeMismatch);
}

#[tokio::test]
async fn a_flag_without_variables_is_on_or_off() {
    let test = TestClient::new(shop()).unwrap();
    let features = features(&test).await;
    for (flag, value, key, reason) in
        [("banner", true, "on", EvaluationReason::Static), ("closed", false, "off", EvaluationReason::Static)]
    {
        let details = features.get_bool_details(flag, Some(&context()), None).await.unwrap();
        assert_eq!((details.value, details.variant.as_deref()), (value, Some(key)), "{flag}");
        assert_eq!(details.reason, Some(reason), "{flag}");
        let text = features.get_string_value(flag, Some(&context()), None).await;
        assert_eq!(text, Ok(key.to_owned()), "{flag}");
    }
    test.recorder().assert_exposure(VISITOR, "banner", "on");
    let details = features.get_bool_details("retired", Some(&context()), None).await.unwrap();
    assert_eq!((details.value, details.reason), (false, Some(EvaluationReason::Disabled)));
    let text = features.get_string_value("retired", Some(&context()), None).await.unwrap_err();
    assert_eq!(text.code, EvaluationErrorCode::FlagNotFound);
}

#[tokio::test]
async fn the_reason_is_that_of_the_rule_that_decided() {
    let segment = || Segment::all_of("gold", [Condition::custom_data(3, "gold")]);
    let to_gold = || Rule::delivery("on").segment("gold");
    // Both kinds of rules carry the same experiment id.
    let file = DataFile::new()
        .custom_data(3, "plan")
        .segment(segment())
        .flag(Flag::new("gold").rule(to_gold()))
        .flag(
            Flag::new("both")
                .rule(to_gold().experiment_id(7))
                .rule(Rule::experiment([("off", 50.0), ("on", 50.0)]).experiment_id(7)),
        )
        .flag(Flag::new("later").rule(to_gold()).rule(Rule::delivery("on")))
        .flag(Flag::new("share").rule(Rule::delivery("on").percent(99.999)))
        .flag(Flag::new("nobody").rule(Rule::delivery("on").percent(0.0)));
    let test = TestClient::new(file).unwrap();
    let features = features(&test).await;
    let gold = context()
        .with_custom_field("customData", EvaluationContextFieldValue::new_struct(json!({"plan": "gold"})));
    let plain = EvaluationContext::default().with_targeting_key("ben");
    for (flag, context, reason) in [
        ("gold", &plain, EvaluationReason::Default),
        ("gold", &gold, EvaluationReason::TargetingMatch),
        ("both", &plain, EvaluationReason::Split),
        ("both", &gold, EvaluationReason::TargetingMatch),
        ("later", &plain, EvaluationReason::TargetingMatch),
        ("share", &plain, EvaluationReason::Split),
        ("nobody", &plain, EvaluationReason::Default),
    ] {
        let details = features.get_bool_details(flag, Some(context), None).await.unwrap();
        assert_eq!(details.reason, Some(reason), "{flag} {context:?}");
    }
}

#[tokio::test]
async fn the_context_tells_everything_that_is_known_of_the_visitor() {
    let test = TestClient::new(shop().custom_data(3, "plan").custom_data(4, "tags")).unwrap();
    let features = features(&test).await;
    let any = EvaluationContextFieldValue::new_struct::<serde_json::Value>;
    let context = naming("steps")
        .with_custom_field("customData", any(json!({"plan": "gold", "4": [1, true, "x"]})))
        .with_custom_field("browser", any(json!({"type": "Safari", "version": "17.4"})))
        .with_custom_field("device", "phone")
        .with_custom_field("operatingSystem", "Windows Phone")
        .with_custom_field(
            "geolocation",
            any(json!({"country": "France", "city": "Paris", "postalCode": 75001})),
        )
        .with_custom_field("userAgent", "curl/8.0")
        .with_custom_field("applicationVersion", "1.4.2")
        .with_custom_field("page", any(json!({"url": "https://shop.example/basket", "title": "Basket"})));
    features.get_int_value("checkout", Some(&context), None).await.unwrap();
    let recorder = test.recorder();
    recorder.assert_custom_data(VISITOR, 3, "gold");
    for value in ["1", "true", "x"] {
        recorder.assert_custom_data(VISITOR, 4, value);
    }
    let events = recorder.events();
    let has = |key: &str, value: &str| events.iter().any(|event| event.get(key) == Some(value));
    for (key, value) in [
        ("browserVersion", "17.4"),
        ("deviceType", "PHONE"),
        ("os", "WINDOWS_PHONE"),
        ("country", "France"),
        ("city", "Paris"),
        ("postalCode", "75001"),
        ("href", "https://shop.example/basket"),
        ("title", "Basket"),
    ] {
        assert!(has(key, value), "{key}={value} in {events:?}");
    }

    // An index and a name as texts, values as numbers: as people write them.
    for shape in [
        json!({"index": "3", "values": 7}),
        json!({"name": "plan", "values": [7]}),
        json!({"name": "plan", "value": 7}),
        json!([{"plan": 7}]),
        json!({"3": 7}),
    ] {
        recorder.clear();
        let context = naming("steps").with_custom_field("customData", any(shape.clone()));
        features.get_int_value("checkout", Some(&context), None).await.unwrap();
        assert!(recorder.events().iter().any(|event| event.event_type() == "customData"), "{shape}");
        recorder.assert_custom_data(VISITOR, 3, "7");
    }
}

#[tokio::test]
async fn a_mistake_in_the_context_takes_nothing_along() {
    let test = TestClient::new(shop().custom_data(3, "plan")).unwrap();
    let features = features(&test).await;
    let any = EvaluationContextFieldValue::new_struct::<serde_json::Value>;
    let context = naming("steps")
        .with_custom_field(
            "customData",
            any(json!({"address": {"city": "Paris"}, "plan": "gold", "4": [[1]]})),
        )
        .with_custom_field("browser", any(json!({"type": "Safari", "version": "17.4.1"})))
        .with_custom_field("geolocation", any(json!({"country": "France", "city": 5, "longitude": "east"})))
        .with_custom_field("page", any(json!([{"url": "https://shop.example/", "title": 7}, 8])))
        .with_custom_field("cookies", any(json!({"session": {}, "theme": "dark"})));
    assert_eq!(features.get_int_value("checkout", Some(&context), None).await, Ok(2));
    test.recorder().assert_custom_data(VISITOR, 3, "gold");
    let events = test.recorder().events();
    let has = |key: &str, value: &str| events.iter().any(|event| event.get(key) == Some(value));
    for (key, value) in [("browserIndex", "3"), ("country", "France"), ("href", "https://shop.example/")] {
        assert!(has(key, value), "{key}={value} in {events:?}");
    }
    for key in ["browserVersion", "city", "longitude", "title"] {
        assert!(!events.iter().any(|event| event.get(key).is_some()), "{key} in {events:?}");
    }
}

#[tokio::test]
async fn evaluations_are_tracked_and_bring_their_data_along() {
    let test = TestClient::new(shop()).unwrap();
    let features = features(&test).await;
    let recorder = test.recorder();
    features.get_int_value("checkout", Some(&naming("steps")), None).await.unwrap();
    recorder.assert_exposure(VISITOR, "checkout", "on");

    let one = StructValue::default().with_field("index", 3).with_field("values", "gold");
    let several = StructValue::default().with_field("index", 4.0).with_field("values", vec!["a", "b"]);
    let conversion = StructValue::default().with_field("goalId", 7).with_field("revenue", 12.5);
    let as_struct = EvaluationContextFieldValue::new_struct::<StructValue>;
    let shapes = [
        as_struct(one.clone()),
        EvaluationContextFieldValue::new_struct(vec![one.clone()]),
        EvaluationContextFieldValue::new_struct(vec![Value::Struct(one.clone())]),
        EvaluationContextFieldValue::new_struct(Value::Struct(one.clone())),
        EvaluationContextFieldValue::new_struct(Value::Array(vec![Value::Struct(one.clone())])),
        EvaluationContextFieldValue::new_struct(json!({"index": 3, "values": "gold"})),
        EvaluationContextFieldValue::new_struct(json!([{"index": 3, "values": ["gold"]}])),
        EvaluationContextFieldValue::Struct(Arc::new(one)),
    ];
    for shape in shapes {
        recorder.clear();
        let context = naming("steps").with_custom_field("customData", shape);
        features.get_int_value("checkout", Some(&context), None).await.unwrap();
        recorder.assert_custom_data(VISITOR, 3, "gold");
    }
    recorder.clear();
    let context = naming("steps")
        .with_custom_field("customData", as_struct(several))
        .with_custom_field("conversion", as_struct(conversion));
    features.get_int_value("checkout", Some(&context), None).await.unwrap();
    recorder.assert_custom_data(VISITOR, 4, "a");
    recorder.assert_custom_data(VISITOR, 4, "b");
    recorder.assert_conversion(VISITOR, 7);
    let events = recorder.events();
    let revenue = events.iter().find_map(|event| event.get("revenue"));
    assert_eq!(revenue.and_then(|revenue| revenue.parse().ok()), Some(12.5));

    // Also when there is nothing to evaluate.
    recorder.clear();
    features.get_int_value("nothing", Some(&context), None).await.unwrap_err();
    recorder.assert_conversion(VISITOR, 7);
}

#[tokio::test]
async fn data_that_are_not_as_they_should_be_change_no_result() {
    let test = TestClient::new(shop()).unwrap();
    let features = features(&test).await;
    let wrong = [
        EvaluationContextFieldValue::from("gold"),
        EvaluationContextFieldValue::from(3),
        EvaluationContextFieldValue::new_struct(3_u8),
        EvaluationContextFieldValue::new_struct(json!({"values": "gold"})),
        EvaluationContextFieldValue::new_struct(json!({"index": -1, "values": "gold"})),
        EvaluationContextFieldValue::new_struct(json!({"index": 3, "values": [[1]]})),
        EvaluationContextFieldValue::new_struct(json!({"index": 3, "values": {"goalId": "7"}})),
    ];
    for wrong in wrong {
        let context = naming("steps")
            .with_custom_field("customData", wrong.clone())
            .with_custom_field("conversion", wrong.clone());
        assert_eq!(features.get_int_value("checkout", Some(&context), None).await, Ok(2), "{wrong:?}");
    }
    let wrong = [
        EvaluationContextFieldValue::new_struct(json!({"goalId": "7"})),
        EvaluationContextFieldValue::new_struct(json!({"goalId": 7, "revenue": "much"})),
        EvaluationContextFieldValue::new_struct(json!({"goalId": 7.5})),
    ];
    for wrong in wrong {
        let context = naming("steps").with_custom_field("conversion", wrong.clone());
        assert_eq!(features.get_int_value("checkout", Some(&context), None).await, Ok(2), "{wrong:?}");
    }
    for field in ["browser", "device", "operatingSystem", "geolocation", "page", "userAgent", "cookies"] {
        let context = naming("steps").with_custom_field(field, 3.5);
        assert_eq!(features.get_int_value("checkout", Some(&context), None).await, Ok(2), "{field}");
    }
    let types: Vec<String> =
        test.recorder().events().iter().map(|event| event.event_type().to_owned()).collect();
    assert!(!types.iter().any(|name| name == "customData" || name == "conversion"), "{types:?}");
}

#[tokio::test]
async fn contexts_are_merged_3_2_2() {
    let test = TestClient::new(shop()).unwrap();
    let mut api = OpenFeature::default();
    api.set_provider(KameleoonProvider::new(test.client().clone())).await;
    api.set_evaluation_context(naming("title")).await;
    let mut features = api.create_client();
    assert_eq!(features.get_string_value("checkout", None, None).await, Ok("Pay".to_owned()));
    features.set_evaluation_context(naming("steps"));
    assert_eq!(features.get_int_value("checkout", None, None).await, Ok(2));
    assert_eq!(features.get_float_value("checkout", Some(&naming("rate")), None).await, Ok(2.5));
}

#[tokio::test]
async fn the_provider_names_itself_and_tells_its_status_2_1_1_and_2_4() {
    let provider = KameleoonProvider::new(TestClient::new(shop()).unwrap().client().clone());
    assert_eq!(provider.metadata().name, "Kameleoon Provider");
    assert_eq!(provider.status(), ProviderStatus::Ready);
    assert_eq!(
        KameleoonProvider::new(KameleoonClient::offline("{}").unwrap()).status(),
        ProviderStatus::Ready
    );
}

#[cfg(feature = "emulator")]
#[tokio::test]
async fn a_provider_that_is_not_ready_says_so_and_becomes_ready_1_7_6() {
    use std::time::Duration;

    use kameleoon::emulator::{Emulator, Fault, Times};
    use kameleoon::{KameleoonClientFactory, RequestKind};

    let platform = Emulator::builder().data_file(shop().to_json().unwrap()).start().unwrap();
    platform.fail(RequestKind::Configuration, Fault::status(500), Times::Always);
    let client = KameleoonClientFactory::create("openfeature", platform.client_config()).unwrap();
    let provider = KameleoonProvider::new(client.clone());
    let mut api = OpenFeature::default();
    api.set_provider(provider.clone()).await;
    let features = api.create_client();
    assert_eq!(provider.status(), ProviderStatus::Error);
    let error = features.get_int_value("checkout", Some(&naming("steps")), None).await.unwrap_err();
    assert_eq!(error.code, EvaluationErrorCode::ProviderNotReady);
    assert!(error.message.as_deref().unwrap().contains("status 500"), "{error:?}");

    platform.clear_faults();
    client.refresh_data_file_async(Duration::from_secs(10)).await.unwrap();
    assert_eq!(provider.status(), ProviderStatus::Ready);
    assert_eq!(features.get_int_value("checkout", Some(&naming("steps")), None).await, Ok(2));

    // A data file is in use, but it is not known to be the newest.
    platform.fail(RequestKind::Configuration, Fault::status(500), Times::Always);
    client.refresh_data_file_async(Duration::from_secs(10)).await.unwrap_err();
    assert_eq!(provider.status(), ProviderStatus::STALE);
    platform.clear_faults();
    client.refresh_data_file_async(Duration::from_secs(10)).await.unwrap();
    assert_eq!(provider.status(), ProviderStatus::Ready);
    assert!(KameleoonClientFactory::forget_async("openfeature").await.unwrap().is_complete());
}
