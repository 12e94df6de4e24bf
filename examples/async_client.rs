//! The client in an async program: everything that waits is a future, evaluation is a plain call.
//!
//! `cargo run --example async_client --features async,emulator`

use std::error::Error;
use std::time::Duration;

use kameleoon::emulator::Emulator;
use kameleoon::{KameleoonClient, KameleoonClientFactory};

const SITE_CODE: &str = "async-shop";
const PATIENCE: Duration = Duration::from_secs(10);
const SHOP: &str = include_str!("../fixtures/shop.json");

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    // In place of the platform, so that the example needs no account.
    let platform = Emulator::builder().data_file(SHOP).start()?;
    platform.set_map("prices", r#"{"shirt": 25, "shoes": 80}"#);

    let config = platform.client_config().top_level_domain("shop.example");
    let client = KameleoonClientFactory::create(SITE_CODE, config)?;
    client.wait_init_async(PATIENCE).await?;

    // Many at a time: the requests run on a few threads of the client, not on the executor.
    let visits: Vec<_> =
        (0..50).map(|number| tokio::spawn(visit(client.clone(), format!("visitor-{number}")))).collect();
    let mut with_new_checkout = 0;
    for visit in visits {
        with_new_checkout += usize::from(visit.await??);
    }
    println!("{with_new_checkout} of 50 visitors have the new checkout");

    let prices = client.get_remote_data_async("prices").await?;
    println!("shoes are {}", prices["shoes"]);

    let report = KameleoonClientFactory::forget_async(SITE_CODE).await.ok_or("the client is gone")?;
    println!("{} tracking lines arrived; {report:?}", platform.tracking_totals().lines);
    if !report.is_complete() {
        return Err("something could not be sent".into());
    }
    Ok(())
}

async fn visit(client: KameleoonClient, visitor: String) -> kameleoon::Result<bool> {
    // What other devices of the visitor have told, if it comes in time.
    if let Err(error) = client.get_remote_visitor_data_async(&visitor).await {
        eprintln!("{visitor}: going on with what is known here: {error}");
    }
    let is_active = client.is_feature_active(&visitor, "new_checkout")?;
    if is_active {
        client.track_conversion(&visitor, 901)?;
    }
    Ok(is_active)
}
