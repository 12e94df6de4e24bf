//! What a response that sets a cookie tells caches.

/// The value of `Cache-Control` for a response that sets a visitor's cookie: what it was, but kept
/// out of caches that several people share. None when it is so already.
///
/// `private` and `no-store` say so; `public` and `s-maxage` are taken out, and `private` is put in.
/// Everything else stays, `max-age` for the visitor's own browser too. A directive such as
/// `private="set-cookie"` speaks of one header only, so it does not count.
pub(crate) fn private_cache_control<'v>(values: impl IntoIterator<Item = &'v str>) -> Option<String> {
    let directives: Vec<&str> = values.into_iter().flat_map(split).collect();
    let name =
        |directive: &&str| directive.split('=').next().unwrap_or_default().trim_end().to_ascii_lowercase();
    let is_shared = |directive: &&str| matches!(name(directive).as_str(), "public" | "s-maxage");
    let is_kept_out = |directive: &&str| {
        matches!(name(directive).as_str(), "private" | "no-store") && !directive.contains('=')
    };
    if directives.iter().any(is_kept_out) && !directives.iter().any(is_shared) {
        return None;
    }
    let has_no_store = directives.iter().any(|directive| name(directive) == "no-store");
    let mut kept: Vec<&str> =
        directives.into_iter().filter(|one| !is_shared(one) && name(one) != "private").collect();
    if !has_no_store {
        kept.push("private");
    }
    Some(kept.join(", "))
}

/// The directives of one header, without the white space around them. A comma within quotes is none
/// between directives.
fn split(value: &str) -> impl Iterator<Item = &str> {
    let mut is_quoted = false;
    value
        .split(move |letter: char| {
            is_quoted ^= letter == '"';
            letter == ',' && !is_quoted
        })
        .map(str::trim)
        .filter(|directive| !directive.is_empty())
}

#[cfg(test)]
mod tests {
    use super::private_cache_control;

    #[test]
    fn what_shared_caches_may_keep_becomes_private() {
        for (values, expected) in [
            (&[][..], Some("private")),
            (&[""], Some("private")),
            (&["public, s-maxage=3600"], Some("private")),
            (&["Public, Max-Age=60, S-MaxAge = 3600"], Some("Max-Age=60, private")),
            (&["max-age=60"], Some("max-age=60, private")),
            (&["no-cache"], Some("no-cache, private")),
            (&["public", "max-age=60"], Some("max-age=60, private")),
            (&["private"], None),
            (&["PRIVATE, max-age=60"], None),
            (&["no-store"], None),
            (&["no-store, public"], Some("no-store")),
            (&["private, s-maxage=1"], Some("private")),
            (&["private=\"set-cookie, x\", public"], Some("private")),
            (
                &["no-cache=\"set-cookie, public\", max-age=5"],
                Some("no-cache=\"set-cookie, public\", max-age=5, private"),
            ),
            (
                &["stale-while-revalidate=9,, immutable ,"],
                Some("stale-while-revalidate=9, immutable, private"),
            ),
        ] {
            assert_eq!(private_cache_control(values.iter().copied()).as_deref(), expected, "{values:?}");
        }
    }
}
