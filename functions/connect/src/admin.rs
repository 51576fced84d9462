//! Who may see the pages: whoever knows the password that the deployment made.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lambda_http::http::{HeaderMap, header};
use secrecy::{ExposeSecret, SecretString};

/// The user name that the browser asks for; any other is refused.
const USER: &str = "admin";

/// Whether the request carries the password, by HTTP Basic authentication.
pub fn is_admin(headers: &HeaderMap, password: &SecretString) -> bool {
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let decoded = given.and_then(|value| STANDARD.decode(value.strip_prefix("Basic ")?.trim()).ok());
    let expected = format!("{USER}:{}", password.expose_secret());
    !password.expose_secret().is_empty() && decoded.is_some_and(|given| same(&given, expected.as_bytes()))
}

/// Whether a form was sent by our own page: browsers say where a form comes from, and send the password with any.
pub fn is_from_our_page(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    match (text("sec-fetch-site"), text("origin"), text("host")) {
        (Some(site), _, _) => site == "same-origin" || site == "none",
        (None, Some(origin), Some(host)) => origin.split("://").nth(1) == Some(host),
        // No browser leaves out both: this is a program, which nobody can trick into sending the password.
        (None, _, _) => true,
    }
}

/// Hashed first, so that the time it takes tells nothing, the length included.
fn same(given: &[u8], expected: &[u8]) -> bool {
    verify_slices_are_equal(digest(&SHA256, given).as_ref(), digest(&SHA256, expected).as_ref()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn only_the_right_password_opens_the_pages() {
        let password: SecretString = "open sesame".to_owned().into();
        let basic = |text: &str| format!("Basic {}", STANDARD.encode(text));
        assert!(is_admin(&headers(&[("authorization", &basic("admin:open sesame"))]), &password));
        for wrong in ["admin:", "admin:open", "root:open sesame", ""] {
            assert!(!is_admin(&headers(&[("authorization", &basic(wrong))]), &password), "{wrong}");
        }
        assert!(!is_admin(&headers(&[]), &password));
        assert!(!is_admin(&headers(&[("authorization", &basic("admin:"))]), &String::new().into()));
    }

    #[test]
    fn a_form_of_another_site_is_refused() {
        assert!(is_from_our_page(&headers(&[("sec-fetch-site", "same-origin")])));
        assert!(!is_from_our_page(&headers(&[("sec-fetch-site", "cross-site")])));
        assert!(is_from_our_page(&headers(&[("origin", "https://a.example"), ("host", "a.example")])));
        assert!(!is_from_our_page(&headers(&[("origin", "https://evil.example"), ("host", "a.example")])));
        assert!(is_from_our_page(&headers(&[("host", "a.example")])));
    }
}
