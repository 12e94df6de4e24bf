//! Which visitor code a request has behind the layer, and which cookie the response.

use http::header::SET_COOKIE;
use http::{Request, Response};
use kameleoon::tower::KameleoonLayer;

use crate::exchange::{MANAGED, client, free, request, send, visit};

#[test]
fn the_first_visit_gets_a_code_and_the_second_has_it() {
    let layer = KameleoonLayer::new(client(&free()));
    let (code, cookies) = visit(&layer, Request::new(()));
    assert_eq!(code.len(), 16);
    let start = format!("kameleoonVisitorCode={code}; Path=/; Max-Age=32832000; Expires=");
    assert_eq!(cookies.len(), 1, "{cookies:?}");
    assert!(cookies[0].starts_with(&start) && cookies[0].ends_with("; Secure; SameSite=Lax"), "{cookies:?}");

    let again = visit(&layer, request(&format!("theme=dark; kameleoonVisitorCode={code}")));
    assert_eq!(again, (code, Vec::new()));
}

#[test]
fn codes_come_from_the_query_and_by_default_where_the_layer_says_so() {
    let layer = || KameleoonLayer::new(client(&free()));
    let query = layer().read_query(true);
    let default = layer().default_visitor_code(|parts| {
        parts.headers.get("x-user").map(|user| user.to_str().unwrap().to_owned())
    });
    let both = query.clone().default_visitor_code(|_| Some("d".to_owned()));
    for (layer, uri, cookie, user, expected) in [
        (&layer(), "/?kameleoonVisitorCode=q", "", "u", None),
        (&query, "/?kameleoonVisitorCode=q", "", "", Some("q")),
        (&query, "/?kameleoonVisitorCode=q", "kameleoonVisitorCode=c", "", Some("c")),
        (&query, "/", "", "", None),
        (&default, "/?kameleoonVisitorCode=q", "", "u", Some("u")),
        (&default, "/", "kameleoonVisitorCode=c", "u", Some("c")),
        (&default, "/", "", "", None),
        (&both, "/?kameleoonVisitorCode=q", "", "", Some("q")),
        (&both, "/", "", "", Some("d")),
    ] {
        let mut request = Request::get(uri).header("cookie", cookie);
        if !user.is_empty() {
            request = request.header("x-user", user);
        }
        let (code, cookies) = visit(layer, request.body(()).unwrap());
        let case = format!("{uri} {cookie:?} {user:?}: {code} {cookies:?}");
        match expected {
            Some(expected) => assert_eq!(code, expected, "{case}"),
            None => assert!(code.len() == 16, "{case}"),
        }
        assert_eq!(cookies.len(), usize::from(cookie.is_empty()), "{case}");
    }
}

#[test]
fn a_code_that_is_not_valid_is_replaced() {
    let long = "x".repeat(256);
    let layer = KameleoonLayer::new(client(&free()));
    let default = layer.clone().default_visitor_code(|_| Some("y".repeat(256)));
    let empty = layer.clone().default_visitor_code(|_| Some(String::new()));
    let cookie = format!("kameleoonVisitorCode={long}");
    for (layer, cookie) in [(&layer, cookie.as_str()), (&default, ""), (&empty, "")] {
        let (code, cookies) = visit(layer, request(cookie));
        assert_eq!(code.len(), 16, "{code}");
        assert!(cookies[0].starts_with(&format!("kameleoonVisitorCode={code};")), "{cookies:?}");
    }
}

#[test]
fn hostile_cookies_cost_nobody_a_page() {
    let layer = KameleoonLayer::new(client(&free()));
    for cookie in [&b"kameleoonVisitorCode=%0d%0aSet-Cookie:%20x=1"[..], b"\xff\xfe=;;;==", b"a", b"="] {
        let request = Request::get("/").header("cookie", cookie).body(()).unwrap();
        let (code, cookies) = visit(&layer, request);
        assert!(!code.is_empty());
        assert!(cookies.iter().all(|cookie| !cookie.contains(['\r', '\n'])), "{cookies:?}");
    }
}

#[test]
fn the_handlers_own_cookies_stay() {
    let layer = KameleoonLayer::new(client(&free()));
    let cookies = send(&layer, Request::new(()), |_| {
        Response::builder().header(SET_COOKIE, "a=1").header(SET_COOKIE, "b=2").body(()).unwrap()
    });
    assert_eq!(cookies.len(), 3, "{cookies:?}");
    assert_eq!(cookies[..2], ["a=1", "b=2"]);
}

#[test]
fn the_simulation_cookie_chooses_the_variation() {
    for data_file in [MANAGED.to_owned(), free()] {
        let client = client(&data_file);
        let layer = KameleoonLayer::new(client.clone());
        for (simulation, key) in [
            (r#"kameleoonSimulationFFData={"f":{"expId":0}}"#, "off"),
            ("kameleoonSimulationFFData=%7B%22f%22%3A%7B%22expId%22%3A2%2C%22varId%22%3A3%7D%7D", "on"),
            (r#"kameleoonSimulationFFData={"f":{"expId":0}}"#, "off"),
            ("kameleoonSimulationFFData={}", "on"),
        ] {
            send(&layer, request(&format!("kameleoonVisitorCode=v; {simulation}")), |visitor| {
                let variation = visitor.client().get_variation(visitor.visitor_code(), "f").unwrap();
                assert_eq!(variation.key(), key, "{simulation}");
                Response::new(())
            });
        }
    }
}

#[test]
fn nothing_tells_the_visitor_code_by_accident() {
    let layer = KameleoonLayer::new(client(&free()));
    send(&layer, request("kameleoonVisitorCode=somebody"), |visitor| {
        assert!(!format!("{visitor:?} {layer:?}").contains("somebody"));
        Response::new(())
    });
}
