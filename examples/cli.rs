//! A command-line tool: what visitors get by a data file, and why. No network.
//!
//! ```text
//! cargo run --example cli -- fixtures/shop.json anna ben
//! cargo run --example cli -- fixtures/shop.json anna --why new_checkout
//! cargo run --example cli -- fixtures/shop.json anna --data 2=gold
//! ```

use std::error::Error;

use kameleoon::{CustomData, KameleoonClient, VariationsOptions};

const USAGE: &str = "cli DATA_FILE VISITOR... [--why FLAG]... [--data INDEX=VALUE]...";

#[derive(Debug, Default)]
struct Arguments {
    data_file: String,
    visitors: Vec<String>,
    /// Flags to explain.
    why: Vec<String>,
    /// Custom data of every visitor.
    data: Vec<(u32, String)>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = read(std::env::args().skip(1))?;
    let client = KameleoonClient::offline_from_file(&arguments.data_file)?;
    for visitor in &arguments.visitors {
        for (index, value) in &arguments.data {
            client.add_data(visitor, CustomData::new(*index, [value]))?;
        }
        println!("{visitor}");
        show(&client, visitor)?;
        for flag in &arguments.why {
            println!("\n{}\n", client.explain(visitor, flag)?);
        }
    }
    Ok(())
}

fn show(client: &KameleoonClient, visitor: &str) -> kameleoon::Result<()> {
    let variations = client.get_variations_with(visitor, VariationsOptions::new().track(false))?;
    for (feature, variation) in &variations {
        println!("  {feature:<20} {}", variation.key());
        for variable in variation.variables() {
            println!("    {:<18} {}", variable.key(), variable.value());
        }
    }
    Ok(())
}

fn read(mut given: impl Iterator<Item = String>) -> Result<Arguments, String> {
    let mut arguments = Arguments::default();
    while let Some(argument) = given.next() {
        let mut value = || given.next().ok_or(format!("`{argument}` needs a value\nusage: {USAGE}"));
        match argument.as_str() {
            "--why" => arguments.why.push(value()?),
            "--data" => {
                let value = value()?;
                let pair =
                    value.split_once('=').and_then(|(index, value)| Some((index.parse().ok()?, value)));
                let (index, value) = pair.ok_or(format!("`{value}` is not INDEX=VALUE\nusage: {USAGE}"))?;
                arguments.data.push((index, value.to_owned()));
            }
            _ if arguments.data_file.is_empty() => arguments.data_file = argument,
            _ => arguments.visitors.push(argument),
        }
    }
    match arguments.visitors.is_empty() {
        true => Err(format!("no data file, or no visitor\nusage: {USAGE}")),
        false => Ok(arguments),
    }
}
