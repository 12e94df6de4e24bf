//! What the compiler derives of the public types, and callers rely on.

use std::panic::{RefUnwindSafe, UnwindSafe};

use kameleoon::{
    KameleoonClient, KameleoonClientConfig, KameleoonError, RequestCookies, Subscription, Variation,
    Variations, VisitorHandle,
};

/// May be shared between threads, kept anywhere, and used within `catch_unwind`.
fn is_shared<T: Send + Sync + UnwindSafe + RefUnwindSafe + 'static>() {}

#[test]
fn handles_and_results_can_be_shared_and_caught() {
    is_shared::<KameleoonClient>();
    is_shared::<KameleoonClientConfig>();
    is_shared::<KameleoonError>();
    is_shared::<RequestCookies>();
    is_shared::<Subscription>();
    is_shared::<Variation>();
    is_shared::<Variations>();
    is_shared::<VisitorHandle>();
    #[cfg(feature = "tower")]
    is_shared::<kameleoon::tower::RequestVisitor>();
    #[cfg(feature = "tower")]
    is_shared::<kameleoon::tower::KameleoonLayer>();
    #[cfg(feature = "openfeature")]
    is_shared::<kameleoon::openfeature::KameleoonProvider>();
    #[cfg(feature = "testing")]
    is_shared::<kameleoon::testing::TestClient>();
    #[cfg(feature = "emulator")]
    is_shared::<kameleoon::emulator::Emulator>();
}

#[test]
fn a_panic_around_a_client_leaves_it_working() {
    let client = KameleoonClient::offline(
        r#"{"featureFlags":[{"featureKey":"banner",
        "environmentEnabled":true,"defaultVariationKey":"on","variations":[{"key":"on"}]}]}"#,
    )
    .unwrap();
    let caught = std::panic::catch_unwind(|| {
        assert!(client.is_feature_active("visitor", "banner").unwrap());
        std::panic::resume_unwind(Box::new("on purpose"));
    });
    assert!(caught.is_err());
    assert!(client.is_feature_active("visitor", "banner").unwrap());
}
