//! The whole way of a feature flag, on one machine and without any set-up: a platform embedded in
//! the crate serves the flags of a web shop, a real client fetches them over HTTP, decides for
//! some thousands of visitors, hears of a change while it runs, and reports what it decided.
//!
//! `cargo run --example quickstart --features emulator`

mod shares;
mod terminal;

use std::sync::mpsc;
use std::time::{Duration, Instant};

use kameleoon::emulator::Emulator;
use kameleoon::{
    Browser, BrowserType, Conversion, CustomData, Device, DeviceType, EvaluationOptions, Geolocation,
    KameleoonClient, KameleoonClientFactory, OperatingSystem, OperatingSystemType, PageView,
};

const SITE_CODE: &str = "quickstart";
const VISITORS: usize = 5_000;
const PATIENCE: Duration = Duration::from_secs(10);
const SHOP: &str = include_str!("../../fixtures/shop.json");
/// A goal of the shop: a purchase.
const PURCHASE: i64 = 901;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    terminal::title("A platform on the loopback, and a client of it");
    // The shop's data file, with streaming switched on.
    let shop = SHOP.replace("\"realTimeUpdate\": false", "\"realTimeUpdate\": true");
    let platform = Emulator::builder().data_file(shop.clone()).start()?;
    let config = platform.client_config().top_level_domain("shop.example");
    let client = KameleoonClientFactory::create(SITE_CODE, config)?;
    let start = Instant::now();
    client.wait_init(PATIENCE)?;
    let flags = client.get_feature_list();
    println!(
        "{} flags from {} after {:.1} ms",
        flags.len(),
        platform.url(),
        start.elapsed().as_secs_f64() * 1e3
    );

    terminal::title(&format!("What {VISITORS} visitors get, beside what is configured"));
    let visitors: Vec<String> = (0..VISITORS).map(|number| format!("visitor-{number:05}")).collect();
    for (number, visitor) in visitors.iter().enumerate() {
        introduce(&client, visitor, number)?;
    }
    shares::show(&client, &visitors)?;

    terminal::title("Why one visitor gets what it gets");
    let explained = shares::interesting(&client, &visitors)?;
    println!("{explained}");

    terminal::title("How fast that is");
    speed(&client, &visitors)?;

    terminal::title("A flag is switched off while the client runs");
    let feature = "new_checkout";
    let visitor = visitors.iter().find(|visitor| client.is_feature_active(visitor, feature).unwrap_or(false));
    let visitor = visitor.ok_or("nobody has the new checkout")?;
    println!("{visitor} has {feature}: {}", client.is_feature_active(visitor, feature)?);
    let (sender, changed) = mpsc::channel();
    client.on_update_configuration(move || {
        let _ = sender.send(());
    });
    let streaming = platform.wait_until(PATIENCE, |log| log.open_streams() > 0);
    assert!(streaming, "the client opens a stream because the data file asks for it");
    let start = Instant::now();
    platform.set_data_file(switched_off(&shop, feature)?);
    platform.push_update(1_700_000_000_000);
    changed.recv_timeout(PATIENCE)?;
    println!(
        "{visitor} has {feature}: {} (heard of it by streaming after {:.1} ms)",
        client.is_feature_active(visitor, feature)?,
        start.elapsed().as_secs_f64() * 1e3
    );

    terminal::title("What the platform was told");
    let report = client.flush_and_wait(PATIENCE);
    let stats = client.tracking_stats();
    let arrived = platform.tracking_totals();
    println!("accepted {}, sent {}, replaced by newer {}", stats.accepted, stats.sent, stats.replaced);
    println!(
        "arrived: {} lines about {} visitors in {} requests",
        arrived.lines, arrived.visitors, arrived.accepted_requests
    );
    let missing = stats.accepted - stats.sent - stats.replaced;
    println!("missing: {missing}");
    assert!(report.is_complete() && missing == 0 && arrived.visitors >= VISITORS);
    KameleoonClientFactory::forget(SITE_CODE);
    Ok(())
}

/// What a shop knows of its visitors, made up.
fn introduce(client: &KameleoonClient, visitor: &str, number: usize) -> kameleoon::Result<()> {
    let country = ["France", "Germany", "Spain", "Belgium"][number % 4];
    let plan = ["basic", "basic", "gold", "platinum", "basic"][number % 5];
    let browsers = [(BrowserType::Chrome, 131.0), (BrowserType::Safari, 17.4), (BrowserType::Firefox, 91.0)];
    let (browser, version) = browsers[number % 3];
    let (device, system) = match number % 7 {
        0 => (DeviceType::Phone, OperatingSystemType::Ios),
        1 | 2 => (DeviceType::Phone, OperatingSystemType::Android),
        _ => (DeviceType::Desktop, OperatingSystemType::Windows),
    };
    let pages = number % 4 + 1;
    let viewed: Vec<PageView> =
        (0..pages).map(|page| PageView::new(format!("https://shop.example/products/{page}"))).collect();
    let data = (
        Geolocation::new(country),
        Browser::new(browser).with_version(version),
        (Device::new(device), OperatingSystem::new(system)),
        CustomData::named("plan", [plan]),
        CustomData::named("cart_value", [(number * 37 % 200).to_string()]),
        (number % 6 == 0).then(|| CustomData::named("company_id", [format!("company-{}", number % 90)])),
        viewed,
        (number % 10 == 0).then(|| Conversion::new(PURCHASE).with_revenue(29.90)),
    );
    client.add_data(visitor, data)
}

fn speed(client: &KameleoonClient, visitors: &[String]) -> kameleoon::Result<()> {
    let untracked = EvaluationOptions::new().track(false);
    let mut decisions = 0;
    let start = Instant::now();
    while start.elapsed() < Duration::from_millis(300) {
        for visitor in visitors {
            client.get_variation_with(visitor, "recommended_products", untracked)?;
        }
        decisions += visitors.len();
    }
    let seconds = start.elapsed().as_secs_f64();
    let build = if cfg!(debug_assertions) {
        "debug build; add --release for the real speed"
    } else {
        "release build"
    };
    println!("{:.0} decisions a second on one thread ({build})", decisions as f64 / seconds);
    Ok(())
}

/// The data file with one flag disabled.
fn switched_off(shop: &str, feature: &str) -> Result<String, Box<dyn std::error::Error>> {
    let mut shop: serde_json::Value = serde_json::from_str(shop)?;
    let flags = shop["featureFlags"].as_array_mut().ok_or("the shop has flags")?;
    let flag = flags.iter_mut().find(|flag| flag["featureKey"] == feature).ok_or("the flag is there")?;
    flag["environmentEnabled"] = false.into();
    Ok(shop.to_string())
}
