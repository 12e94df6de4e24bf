//! A small shop on plain threads: what a server needs that has no framework for any of this.
//!
//! ```text
//! cargo run -p storefront
//! ```
//!
//! prints the address to open in a browser. `--help` lists the options.

use std::io::Read;
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;

use kameleoon::{RequestCookies, Result, VisitorCodeOptions};
use tiny_http::{Header, Method, Request, Response, Server};

use crate::{Answer, Arguments, Shop, Visit};

const THREADS: usize = 4;
/// No form of the shop is longer.
const LONGEST_FORM: u64 = 4096;

/// Runs the shop as the command line asks.
pub fn main() -> ExitCode {
    match Arguments::read() {
        Ok(arguments) if arguments.help => println!("{}", Arguments::usage("shop")),
        Ok(arguments) => {
            if let Err(error) = run(&arguments) {
                eprintln!("shop: {error}");
                return ExitCode::FAILURE;
            }
        }
        Err(error) => {
            eprintln!("shop: {error}\n\n{}", Arguments::usage("shop"));
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn run(arguments: &Arguments) -> std::result::Result<(), String> {
    let shop = Arc::new(Shop::open(arguments)?);
    let server = Server::http(("127.0.0.1", arguments.port)).map_err(|error| error.to_string())?;
    let server = Arc::new(server);
    let address = server.server_addr().to_ip().ok_or("the shop has no address")?;
    println!("the shop is open: http://{address}/  (Ctrl-C closes it)");

    let mut threads = Vec::new();
    for _ in 0..THREADS {
        let (shop, server) = (Arc::clone(&shop), Arc::clone(&server));
        threads.push(thread::spawn(move || {
            for request in server.incoming_requests() {
                serve(&shop, request);
            }
        }));
    }
    if arguments.check {
        let checked = crate::check(&shop, address);
        shop.close();
        return checked;
    }
    for thread in threads {
        thread.join().map_err(|_| "a thread of the shop panicked".to_owned())?;
    }
    Ok(())
}

/// The recipe: cookies in, visitor code, pages, cookies out.
fn serve(shop: &Shop, mut request: Request) {
    let mut cookies = RequestCookies::from_headers(header_values(&request, "Cookie"));
    let answer = answer(shop, &mut request, &mut cookies).unwrap_or_else(|error| Answer::failed(&error));

    let mut response = Response::from_string(answer.body).with_status_code(answer.status);
    let own = answer.cookies.iter().map(|cookie| ("Set-Cookie", cookie.as_str()));
    let visitor_code: Vec<_> = cookies.all_set_cookie_headers().collect();
    let visitor_code = visitor_code.iter().map(|cookie| ("Set-Cookie", &**cookie));
    let location = answer.location.iter().map(|location| ("Location", location.as_str()));
    let content_type = [("Content-Type", answer.content_type), ("Cache-Control", "no-store")];
    for (name, value) in content_type.into_iter().chain(location).chain(own).chain(visitor_code) {
        if let Ok(header) = Header::from_bytes(name, value) {
            response.add_header(header);
        }
    }
    // A visitor who has left is no reason to do anything.
    let _ = request.respond(response);
}

fn answer(shop: &Shop, request: &mut Request, cookies: &mut RequestCookies) -> Result<Answer> {
    let url = request.url().to_owned();
    let (path, query) = url.split_once('?').unwrap_or((&url, ""));
    // These are not part of a visit.
    match path {
        "/style.css" => return Ok(Answer::css(crate::STYLE)),
        "/tracked.json" => return Ok(crate::tracked(shop)),
        _ => {}
    }
    let options = VisitorCodeOptions::new().replace_invalid(true);
    let visitor_code = shop.client.get_visitor_code_with(cookies, options)?;
    let user_agent = header_values(request, "User-Agent").next().map(str::to_owned);
    let visit = Visit::new(shop, &visitor_code, cookies, user_agent.as_deref())?;

    match (request.method(), path) {
        (Method::Get, "/") => crate::home(shop, &visit),
        (Method::Get, "/checkout") => crate::checkout(shop, &visit, query),
        (Method::Get, "/thanks") => crate::thanks(shop, &visit, query),
        (Method::Get, _) => match path.strip_prefix("/products/") {
            Some(id) => crate::product(shop, &visit, id),
            None => crate::missing(shop, &visit),
        },
        (Method::Post, "/basket") => Ok(crate::change_basket(&visit, &form(request))),
        (Method::Post, "/orders") => crate::buy(shop, &visit),
        (Method::Post, "/simulate") => Ok(crate::simulate(&visit, &form(request))),
        (Method::Post, "/consent") => {
            let (consent, answer) = crate::consent(&form(request));
            shop.client.set_legal_consent_with(&visitor_code, consent.into(), cookies)?;
            Ok(answer)
        }
        _ => Ok(Answer::not_found()),
    }
}

fn header_values<'r>(request: &'r Request, name: &'static str) -> impl Iterator<Item = &'r str> {
    let headers = request.headers().iter();
    headers.filter(move |header| header.field.equiv(name)).map(|header| header.value.as_str())
}

fn form(request: &mut Request) -> String {
    let mut form = String::new();
    // What is no text is no form of the shop's.
    let _ = request.as_reader().take(LONGEST_FORM).read_to_string(&mut form);
    form
}
