use std::time::UNIX_EPOCH;

use reqwest::header::{DATE, HeaderMap};

/// When the server answered by its own clock, as `Date` says (RFC 9110, 6.6.1): Unix milliseconds, in whole seconds.
pub(crate) fn date(headers: &HeaderMap) -> Option<u64> {
    let value = headers.get(DATE)?.to_str().ok()?;
    let date = httpdate::parse_http_date(value.trim()).ok()?;
    let since = date.duration_since(UNIX_EPOCH).ok()?;
    u64::try_from(since.as_millis()).ok()
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    fn date_of(value: &'static str) -> Option<u64> {
        date(&HeaderMap::from_iter([(
            DATE,
            HeaderValue::from_static(value),
        )]))
    }

    #[test]
    fn a_date_in_each_of_its_forms_is_read() {
        for value in [
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
        ] {
            assert_eq!(date_of(value), Some(784_111_777_000), "{value}");
        }
    }

    #[test]
    fn what_is_no_date_says_nothing() {
        assert_eq!(date(&HeaderMap::new()), None);
        for value in [
            "",
            "now",
            "784111777",
            "Sun, 06 Nov 1994 08:49:37 +0100",
            "Thu, 31 Dec 1969 23:59:59 GMT",
        ] {
            assert_eq!(date_of(value), None, "{value}");
        }
    }
}
