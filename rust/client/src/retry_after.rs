use std::time::SystemTime;

/// Seconds to wait as `Retry-After` says, in either of its forms (RFC 9110, 10.2.3). A date that has passed is 0.
pub(crate) fn retry_after(value: &str, now: SystemTime) -> Option<u64> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit()) {
        // More digits than fit is as good as for ever.
        return Some(value.parse().unwrap_or(u64::MAX));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    let wait = date.duration_since(now).unwrap_or_default();
    Some(wait.as_secs() + u64::from(wait.subsec_nanos() > 0))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    /// `Sun, 06 Nov 1994 08:49:37 GMT`
    const DATE: u64 = 784_111_777;

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn seconds_are_taken_as_they_are() {
        assert_eq!(retry_after("120", at(0)), Some(120));
        assert_eq!(retry_after(" 0 ", at(0)), Some(0));
    }

    #[test]
    fn a_date_is_taken_as_the_time_until_then() {
        for date in [
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
        ] {
            assert_eq!(retry_after(date, at(DATE - 30)), Some(30), "{date}");
        }
    }

    #[test]
    fn a_part_of_a_second_is_waited_in_full() {
        assert_eq!(
            retry_after(
                "Sun, 06 Nov 1994 08:49:37 GMT",
                at(DATE - 2) + Duration::from_millis(1)
            ),
            Some(2)
        );
    }

    #[test]
    fn a_date_in_the_past_is_now() {
        assert_eq!(
            retry_after("Sun, 06 Nov 1994 08:49:37 GMT", at(DATE + 1)),
            Some(0)
        );
    }

    #[test]
    fn a_number_too_large_is_for_ever() {
        assert_eq!(
            retry_after("99999999999999999999999", at(0)),
            Some(u64::MAX)
        );
    }

    #[test]
    fn anything_else_says_nothing() {
        for value in ["", "-1", "1.5", "soon", "Sun, 06 Nov 1994", "１２"] {
            assert_eq!(retry_after(value, at(0)), None, "{value}");
        }
    }
}
