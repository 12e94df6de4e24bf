//! A data file, and every evaluation of it for visitors with and without data.
#![no_main]

use kameleoon::{
    Browser, BrowserType, Cookie, CustomData, DataFileCheck, Device, DeviceType, EvaluationOptions,
    Geolocation, KameleoonClient, OperatingSystem, OperatingSystemType, PageView, VariationsOptions,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    kameleoon_fuzz::quiet();
    let Ok(client) = KameleoonClient::offline(bytes) else { return };
    let data = (
        CustomData::new(0, ["true"]),
        CustomData::new(1, ["gold", "1.5"]),
        CustomData::new(4, ["150"]),
        Device::new(DeviceType::Phone),
        Geolocation::new("France").with_city("Paris"),
        OperatingSystem::new(OperatingSystemType::Linux),
        Cookie::new([("a", "b")]),
        PageView::new("https://shop.example/products/1").with_title("Product"),
    );
    client.add_data("known", data).expect("the code is good");
    client.add_data("known", Browser::new(BrowserType::Chrome).with_version(120.0)).expect("the code is good");
    for code in ["known", "nobody", "0123456789abcdef"] {
        let all = client.get_variations_with(code, VariationsOptions::new().track(false));
        let all = all.expect("the code is good");
        for key in client.get_feature_list().iter().take(50) {
            let one = client.get_variation_with(code, key, EvaluationOptions::new().track(false));
            let told = client.explain(code, key).expect("the code is good");
            let _ = format!("{told}");
            assert_eq!(one.is_ok(), told.result().is_ok(), "{key}");
            let (Ok(one), Ok(told)) = (&one, told.result()) else { continue };
            assert_eq!(one.key(), told.key(), "{key}: `explain` answers as the decision does");
            let listed = all.get(key).expect("what is decided alone is decided with all");
            assert_eq!(one.key(), listed.key(), "{key}");
        }
        client.evaluate_audiences(code).expect("the code is good");
    }
    let _ = format!("{:?}", DataFileCheck::of(bytes));
});
