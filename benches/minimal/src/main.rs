//! A minimal program: one client, one answer. The first argument is the address of the platform.

use std::time::Duration;

use kameleoon::{KameleoonClientConfig, KameleoonClientFactory};

fn main() -> kameleoon::Result<()> {
    let url = std::env::args().nth(1).unwrap_or_default();
    let config = KameleoonClientConfig::new("id", "secret")
        .top_level_domain("shop.example")
        .configuration_url(&url)
        .data_api_url(&url)
        .automation_url(&url)
        .events_url(&url);
    let client = KameleoonClientFactory::create("minimal", config)?;
    client.wait_init(Duration::from_secs(10))?;
    println!("{}", client.get_variation("visitor", "new_checkout")?.key());
    // The answer is what is measured, not the way of the exposure to the platform.
    std::process::exit(0);
}
