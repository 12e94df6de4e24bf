//! The order in which data are added decides nothing.

use kameleoon::{
    ApplicationVersion, Browser, BrowserType, Conversion, Cookie, CustomData, Data, Device, DeviceType,
    Geolocation, KameleoonClient, OperatingSystem, OperatingSystemType, UserAgent, VariationsOptions,
};
use rand::RngExt;
use rand::seq::SliceRandom;

use crate::random;

const SHOP: &str = include_str!("../../fixtures/shop.json");

#[test]
fn data_in_any_order_give_the_same_variations() {
    let mut random = random();
    let client = KameleoonClient::offline(SHOP).unwrap();
    let options = VariationsOptions::new().track(false);
    let mut different = 0;
    for round in 0..500 {
        let number = |random: &mut rand::rngs::StdRng, most: usize| random.random_range(0..most);
        let mut data: Vec<Data> = vec![
            CustomData::named("plan", [["gold", "basic"][number(&mut random, 2)]]).into(),
            CustomData::named("cart_value", [number(&mut random, 200).to_string()]).into(),
            CustomData::new(3, [format!("company-{}", number(&mut random, 50))]).into(),
            Browser::new([BrowserType::Chrome, BrowserType::Safari][number(&mut random, 2)])
                .with_version(120.0)
                .into(),
            Device::new([DeviceType::Phone, DeviceType::Desktop][number(&mut random, 2)]).into(),
            OperatingSystem::new(OperatingSystemType::Android).into(),
            Geolocation::new(["France", "Japan"][number(&mut random, 2)]).into(),
            Cookie::new([("app_installed", ["0", "1"][number(&mut random, 2)])]).into(),
            UserAgent::new("test").into(),
            ApplicationVersion::new("1.2.3").into(),
            Conversion::new(901).into(),
        ];
        data.truncate(number(&mut random, data.len() + 1));
        // The same code and so the same hashes, in a client of its own for each order.
        let code = format!("visitor-{round}");
        client.add_data(&code, data.clone()).unwrap();
        let expected = client.get_variations_with(&code, options).unwrap();
        different += usize::from(expected.iter().filter(|(_, variation)| variation.is_active()).count() > 5);
        for _ in 0..3 {
            data.shuffle(&mut random);
            let other = KameleoonClient::offline(SHOP).unwrap();
            data.iter().for_each(|item| other.add_data(&code, item.clone()).unwrap());
            let got = other.get_variations_with(&code, options).unwrap();
            assert!(got.iter().eq(expected.iter()), "{code} with {data:?}: {got:?}, expected {expected:?}");
        }
    }
    assert!(different > 50, "the data matter: {different}");
}
