//! `--check`: a visitor of few words, for a run without a person.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use super::Shop;

const PATIENCE: Duration = Duration::from_secs(10);
const CODE: &str = "kameleoonVisitorCode";

/// Goes through the shop once.
pub(crate) fn check(shop: &Shop, address: SocketAddr) -> Result<(), String> {
    let mut visitor = Visitor { address, cookies: BTreeMap::new() };
    let first = visitor.get("/")?;
    expect(first.contains("Water, leaves"), "the front page is there")?;

    visitor.post("/consent", "choice=accept")?;
    let code = visitor.cookies.get(CODE).cloned().ok_or("no visitor code after consent")?;
    let shown = variation(&visitor.get("/")?)?;
    expect(variation(&visitor.get("/")?)? == shown, "the second visit shows the same variation")?;
    expect(visitor.cookies.get(CODE) == Some(&code), "the visitor keeps its code")?;

    let page = visitor.get("/products/1")?;
    expect(page.contains("Tetsubin"), "a product has a page")?;
    expect(page.contains("window.kameleoonQueue="), "the engine's code is on the page")?;

    visitor.post("/simulate", "flag=recommended_products&pick=10210.102103")?;
    expect(variation(&visitor.get("/")?)? == "by_history", "a preview switches the page")?;
    visitor.post("/simulate", "pick=")?;
    expect(variation(&visitor.get("/")?)? == shown, "and its end switches it back")?;

    visitor.post("/basket", "product=1")?;
    visitor.post("/basket", "product=3")?;
    expect(visitor.get("/checkout")?.contains("93.40"), "the checkout adds up")?;
    visitor.post("/orders", "")?;
    let bought = shop.platform.wait_until(PATIENCE, |log| {
        log.tracking_lines().iter().any(|line| {
            line.get("eventType") == Some("conversion")
                && line.get("revenue") == Some("93.4")
                && line.get("visitorCode") == Some(&code)
        })
    });
    expect(bought, "the purchase arrives at the platform, with the visitor's code")?;
    expect(visitor.get("/tracked.json")?.contains("conversion"), "and can be looked at")?;

    visitor.post("/consent", "choice=withdraw")?;
    expect(visitor.get("/")?.contains("not measured") == shop.needs_consent(), "consent can be withdrawn")
}

fn expect(holds: bool, what: &str) -> Result<(), String> {
    if !holds {
        return Err(format!("failed: {what}"));
    }
    println!("ok: {what}");
    Ok(())
}

/// Which variation a front page shows.
fn variation(page: &str) -> Result<String, String> {
    let (_, rest) =
        page.split_once(r#"id="recommended" data-variation=""#).ok_or("the page has no recommendations")?;
    Ok(rest.split('"').next().unwrap_or_default().to_owned())
}

struct Visitor {
    address: SocketAddr,
    cookies: BTreeMap<String, String>,
}

impl Visitor {
    fn get(&mut self, path: &str) -> Result<String, String> {
        self.request(&format!("GET {path}"), "", 200)
    }

    fn post(&mut self, path: &str, form: &str) -> Result<String, String> {
        self.request(&format!("POST {path}"), form, 303)
    }

    fn request(&mut self, line: &str, form: &str, status: u16) -> Result<String, String> {
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = format!(
            "{line} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nUser-Agent: check\r\nCookie: {}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
            self.address,
            cookies.join("; "),
            form.len()
        );
        let mut answer = String::new();
        TcpStream::connect(self.address)
            .and_then(|mut socket| {
                socket.set_read_timeout(Some(PATIENCE))?;
                socket.write_all(request.as_bytes())?;
                socket.read_to_string(&mut answer)
            })
            .map_err(|error| format!("{line}: {error}"))?;
        let (head, body) = answer.split_once("\r\n\r\n").ok_or_else(|| format!("{line}: no answer"))?;
        if !head.starts_with(&format!("HTTP/1.1 {status}")) {
            return Err(format!("{line}: {head}"));
        }
        for header in head.lines().filter_map(|line| line.split_once(": ")) {
            if header.0.eq_ignore_ascii_case("set-cookie") {
                self.take_cookie(header.1);
            }
        }
        Ok(body.to_owned())
    }

    fn take_cookie(&mut self, cookie: &str) {
        let mut parts = cookie.split("; ");
        let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else { return };
        match parts.any(|attribute| attribute == "Max-Age=0") {
            true => self.cookies.remove(name),
            false => self.cookies.insert(name.to_owned(), value.to_owned()),
        };
    }
}
