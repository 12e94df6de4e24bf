//! Visitor codes, consent and their cookies.

use kameleoon::{KameleoonClient, RequestCookies, VisitorCodeOptions};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::{Value, json};

use crate::argument::{Arguments, Malformed};
use crate::stage::Trouble;

const VISITOR_CODE: &str = "kameleoonVisitorCode";
/// What scenarios write for a code that the SDK made up.
const GENERATED: &str = "$generated";

pub(crate) fn get_visitor_code(client: &KameleoonClient, arguments: Arguments<'_>) -> Result<Value, Trouble> {
    let mut cookies = request_cookies(arguments)?.unwrap_or_default();
    let mut options = VisitorCodeOptions::new().read_only(arguments.flag("readonly")?.unwrap_or(false));
    if let Some(code) = arguments.optional_text("default_visitor_code")? {
        options = options.default_visitor_code(code);
    }
    let code = client.get_visitor_code_with(&mut cookies, options)?;
    let mut written = written_cookie(&cookies)?;
    // A code that nobody handed in is one that the SDK made up.
    let given = arguments.get("cookies").and_then(|cookies| cookies.get(VISITOR_CODE)?.as_str());
    let is_given = [given, arguments.optional_text("default_visitor_code")?].contains(&Some(code.as_str()));
    if is_given {
        return Ok(json!({"value": code, "set_cookie": written}));
    }
    let is_right = code.len() == 16 && code.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if !is_right {
        return Err(format!("`{code}` is no code that the SDK may make up").into());
    }
    if let Some(value) = written.get_mut("value").filter(|value| value.as_str() == Some(&code)) {
        *value = GENERATED.into();
    }
    Ok(json!({"value": GENERATED, "set_cookie": written}))
}

pub(crate) fn set_legal_consent(
    client: &KameleoonClient,
    arguments: Arguments<'_>,
) -> Result<Value, Trouble> {
    let code = arguments.text("visitor_code")?;
    let consent = arguments.flag("consent")?.ok_or("`consent` is missing".to_owned())?;
    let Some(mut cookies) = request_cookies(arguments)? else {
        client.set_legal_consent(code, consent.into())?;
        return Ok(Value::Null);
    };
    client.set_legal_consent_with(code, consent.into(), &mut cookies)?;
    Ok(json!({"set_cookie": written_cookie(&cookies)?}))
}

/// The cookies of a request, which come in its header.
fn request_cookies(arguments: Arguments<'_>) -> Result<Option<RequestCookies>, Malformed> {
    if arguments.get("cookies").is_none() {
        return Ok(None);
    }
    let cookie = |(name, value): (&str, &str)| match name {
        VISITOR_CODE => format!("{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC)),
        // What it holds may be encoded or plain.
        _ => format!("{name}={value}"),
    };
    let header: Vec<String> = arguments.pairs("cookies")?.into_iter().map(cookie).collect();
    Ok(Some(RequestCookies::from_headers([header.join("; ")])))
}

/// The visitor code's cookie that the response sets, null when it sets none.
fn written_cookie(cookies: &RequestCookies) -> Result<Value, Malformed> {
    let [header] = cookies.set_cookie_headers() else {
        let headers = cookies.set_cookie_headers();
        return if headers.is_empty() {
            Ok(Value::Null)
        } else {
            Err(format!("too many cookies: {headers:?}"))
        };
    };
    let mut parts = header.split("; ");
    let (name, value) = parts.next().and_then(|cookie| cookie.split_once('=')).unwrap_or_default();
    if name != VISITOR_CODE {
        return Err(format!("a cookie that nobody asked for: {header}"));
    }
    let value = percent_decode_str(value).decode_utf8().map_err(|error| format!("{header}: {error}"))?;
    let attribute = |wanted: &str| {
        let attributes = parts.clone().filter_map(|attribute| attribute.split_once('='));
        attributes.filter(|(name, _)| *name == wanted).map(|(_, value)| value).next()
    };
    let max_age = attribute("Max-Age").and_then(|age| age.parse::<i64>().ok());
    Ok(json!({
        "value": value,
        "domain": attribute("Domain").unwrap_or_default(),
        "path": attribute("Path"),
        "max_age": max_age,
    }))
}
