//! What a page gives to the server that asked for it.

use percent_encoding::percent_decode_str;

/// A response, without the visitor code's cookie: that is the server's part.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: &'static str,
    pub(crate) location: Option<String>,
    /// `Set-Cookie` values of the shop's own cookies.
    pub(crate) cookies: Vec<String>,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn html(body: String) -> Self {
        Self::new(200, "text/html; charset=utf-8", body)
    }

    pub(crate) fn json(body: String) -> Self {
        Self::new(200, "application/json", body)
    }

    pub(crate) fn css(body: &str) -> Self {
        Self::new(200, "text/css; charset=utf-8", body.to_owned())
    }

    pub(crate) fn not_found() -> Self {
        Self::new(404, "text/plain; charset=utf-8", "There is no such page.".to_owned())
    }

    pub(crate) fn failed(error: &kameleoon::KameleoonError) -> Self {
        Self::new(500, "text/plain; charset=utf-8", format!("The shop is closed: {error}"))
    }

    /// After a form: the browser goes on with a GET.
    pub(crate) fn see_other(location: impl Into<String>) -> Self {
        Self { location: Some(location.into()), ..Self::new(303, "text/plain", String::new()) }
    }

    /// Sets one of the shop's own cookies for this session of the browser. The value is plain.
    pub(crate) fn cookie(mut self, name: &str, value: &str) -> Self {
        self.cookies.push(format!("{name}={value}; Path=/; SameSite=Lax"));
        self
    }

    fn new(status: u16, content_type: &'static str, body: String) -> Self {
        Self { status, content_type, location: None, cookies: Vec::new(), body }
    }
}

/// A field of a form, or a parameter of a query.
pub(crate) fn field(form: &str, name: &str) -> Option<String> {
    let mut pairs = form.split('&').filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.find(|(key, _)| *key == name)?;
    Some(percent_decode_str(&value.replace('+', " ")).decode_utf8_lossy().into_owned())
}

/// Any text as part of a page, or of an attribute in double quotes.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
