//! The gateway's answers, and its refusals as errors for the app.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::error::{Code, Error};
use crate::input::{HttpFailure, HttpResponse};

/// ZIM's number for a `callID` that is taken.
pub(super) const CALL_EXISTS: u32 = 6_000_275;

/// The gateway's name for a call that it does not know (any more).
const NO_SUCH_CALL: &str = "no_such_call";

/// The gateway's names for what ZIM has numbers for.
const ZIM_CODES: [(&str, u32); 5] = [
    ("call_exists", CALL_EXISTS),
    (NO_SUCH_CALL, 6_000_276),
    ("not_the_inviter", 6_000_273),
    ("not_an_invitee", 6_000_274),
    ("not_a_participant", 6_000_274),
];

#[derive(Deserialize)]
struct Body {
    error: Detail,
}

#[derive(Deserialize)]
struct Detail {
    code: String,
    message: String,
}

/// Reads the gateway's answer.
pub(super) fn read<T: DeserializeOwned>(
    outcome: Result<HttpResponse, HttpFailure>,
) -> Result<T, Error> {
    let response = outcome.map_err(unreachable)?;
    if !(200..300).contains(&response.status) {
        return Err(refusal(&response));
    }
    serde_json::from_slice::<T>(&response.body).map_err(|error| {
        Error::new(Code::Server, format!("the gateway's answer can't be read, gateway and app are of different versions: {error}"))
    })
}

/// Whether a refusal has the gateway's form. A proxy on the way knows nothing of calls.
pub(super) fn is_from_gateway(response: &HttpResponse) -> bool {
    serde_json::from_slice::<Body>(&response.body).is_ok()
}

/// Whether the gateway says that it does not know the call. A bare status says nothing: anything on the way may answer 404.
pub(super) fn is_no_such_call(response: &HttpResponse) -> bool {
    serde_json::from_slice::<Body>(&response.body).is_ok_and(|body| body.error.code == NO_SUCH_CALL)
}

/// What the app hears of an answer that is no success.
pub(super) fn refusal(response: &HttpResponse) -> Error {
    let detail = serde_json::from_slice::<Body>(&response.body).map(|body| body.error);
    let known = detail
        .as_ref()
        .ok()
        .and_then(|detail| ZIM_CODES.iter().find(|(name, _)| *name == detail.code));
    match (detail, known) {
        (Ok(detail), Some((_, code))) => Error::zim(*code, detail.message),
        (_, _) if response.status == 401 => unauthenticated(),
        (Ok(detail), None) => Error::new(
            Code::Server,
            format!(
                "{} ({}, status {})",
                detail.message, detail.code, response.status
            ),
        ),
        (Err(_), _) => Error::new(
            Code::Server,
            format!(
                "the gateway answered with status {} and no reason: check serverURL in ZPNs.configure and the gateway's log",
                response.status
            ),
        ),
    }
}

pub(super) fn unauthenticated() -> Error {
    Error::new(
        Code::NotAuthenticated,
        "the gateway wants a fresh user token: give ZPNs.configure a getUserToken that fetches one from your server, then try again",
    )
}

pub(super) fn not_configured() -> Error {
    Error::new(
        Code::NotConfigured,
        "there is no gateway: call ZPNs.configure({ serverURL, appID, getUserToken }) first",
    )
}

/// No answer came.
pub(super) fn unreachable(failure: HttpFailure) -> Error {
    let text = match failure {
        HttpFailure::Unreachable => {
            "the gateway can't be reached: check the network and serverURL in ZPNs.configure"
        }
        HttpFailure::TimedOut => "the gateway did not answer in time: try again",
        HttpFailure::Broken => "the connection to the gateway broke: try again",
        HttpFailure::InvalidUrl => {
            "the gateway's URL can't be used: check serverURL in ZPNs.configure"
        }
    };
    Error::new(Code::Network, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(status: u16, body: &str) -> HttpResponse {
        HttpResponse {
            status,
            retry_after: None,
            date: None,
            body: body.as_bytes().to_vec(),
        }
    }

    #[test]
    fn what_zim_has_a_number_for_carries_it() {
        let error = refusal(&response(
            404,
            r#"{"error":{"code":"no_such_call","message":"there is no call"}}"#,
        ));
        assert_eq!(
            (
                error.domain.as_str(),
                error.code.as_str(),
                error.message.as_str()
            ),
            ("zim", "6000276", "there is no call")
        );
    }

    #[test]
    fn other_refusals_carry_the_gateways_words_and_anything_else_its_status() {
        let error = refusal(&response(
            400,
            r#"{"error":{"code":"bad_field","message":"timeout is too long"}}"#,
        ));
        assert!(
            error.message.contains("timeout is too long") && error.code == "6009006",
            "{error}"
        );
        assert!(refusal(&response(502, "<html>")).message.contains("502"));
        assert_eq!(refusal(&response(401, "")).code, "6009004");
    }
}
