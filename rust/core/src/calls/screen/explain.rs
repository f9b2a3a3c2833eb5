//! What CallKit's bare error numbers mean, and what to do about them. CallKit itself gives no description.

use crate::effect::EndedReason;
use crate::error::{
    CALL_KIT_DOMAIN, Code, Error, INCOMING_CALL_DOMAIN, SystemError, TRANSACTION_DOMAIN,
};

/// `callUUIDAlreadyExists` of a reported call.
const DUPLICATE: i64 = 2;

/// The error for the app: Apple's number and domain, our words.
pub(in crate::calls) fn explain(error: &SystemError) -> Error {
    let text = match (error.domain.as_str(), error.code) {
        (INCOMING_CALL_DOMAIN | TRANSACTION_DOMAIN | CALL_KIT_DOMAIN, 1) => {
            "the app may not use CallKit: add `voip` to UIBackgroundModes in Info.plist"
        }
        (INCOMING_CALL_DOMAIN, DUPLICATE) => {
            "a call with this UUID is already reported: it rings already, use reportCallUpdate to change how it is shown"
        }
        (INCOMING_CALL_DOMAIN, 3) => {
            "Do Not Disturb or a Focus keeps the call from ringing: treat it as missed, do not tell the caller that the user is busy"
        }
        (INCOMING_CALL_DOMAIN, 4) => "the user has blocked this caller: show nothing",
        (INCOMING_CALL_DOMAIN, 5) => {
            "calls are kept back while the screen is shared: treat it as missed"
        }
        (INCOMING_CALL_DOMAIN, 6) | (TRANSACTION_DOMAIN, 8) => {
            "the call is protected by the system: the app can't show or change it, treat it as failed"
        }
        (INCOMING_CALL_DOMAIN, 7) => {
            "the system keeps back calls with sensitive participants: show nothing"
        }
        (INCOMING_CALL_DOMAIN, _) => {
            "CallKit refused the call for an unknown reason: treat it as failed"
        }
        (TRANSACTION_DOMAIN, 2) => {
            "CallKit has no provider for this app: call CallKit.setInitConfiguration first"
        }
        (TRANSACTION_DOMAIN, 3) => "the request held no action",
        (TRANSACTION_DOMAIN, 4) => {
            "CallKit has no call with this UUID: it is over, or was lost in a provider reset"
        }
        (TRANSACTION_DOMAIN, 5) => {
            "a call with this UUID exists already: use another UUID for a new call"
        }
        (TRANSACTION_DOMAIN, 6) => "this can't be done to the call as it stands",
        (TRANSACTION_DOMAIN, 7) => {
            "there are as many groups of calls as allowed: end one, or raise maximumCallGroups in setInitConfiguration"
        }
        (TRANSACTION_DOMAIN, _) => "CallKit refused the request for an unknown reason",
        (CALL_KIT_DOMAIN, 2) => "CallKit refused an argument",
        (CALL_KIT_DOMAIN, 3) => "`voip` is missing in UIBackgroundModes of Info.plist",
        (_, _) if !error.message.is_empty() => error.message.as_str(),
        (_, _) => "the system refused without saying why",
    };
    if error.domain.is_empty() {
        return Error::new(Code::System, text);
    }
    Error {
        code: error.code.to_string(),
        domain: error.domain.clone(),
        message: text.to_owned(),
    }
}

/// CallKit has this call already.
pub(in crate::calls) fn is_duplicate(error: &SystemError) -> bool {
    error.domain == INCOMING_CALL_DOMAIN && error.code == DUPLICATE
}

/// How a call ended that CallKit does not show. Do Not Disturb and screen sharing make a missed call; a blocked caller must not show up
/// anywhere, so that counts as failed, as everything else does.
pub(in crate::calls) fn refusal(error: &SystemError) -> EndedReason {
    match (error.domain.as_str(), error.code) {
        (INCOMING_CALL_DOMAIN, 3 | 5) => EndedReason::Unanswered,
        _ => EndedReason::Failed,
    }
}

/// Whether the caller must not show up anywhere: the user has blocked that caller, or the system keeps the call back.
pub(in crate::calls) fn is_hidden(error: &SystemError) -> bool {
    error.domain == INCOMING_CALL_DOMAIN && matches!(error.code, 4 | 7)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(domain: &str, code: i64) -> SystemError {
        SystemError {
            domain: domain.to_owned(),
            code,
            message: String::new(),
        }
    }

    #[test]
    fn every_known_number_has_words_of_its_own_in_its_domain() {
        for (domain, last) in [
            (INCOMING_CALL_DOMAIN, 7),
            (TRANSACTION_DOMAIN, 8),
            (CALL_KIT_DOMAIN, 3),
        ] {
            for code in 0..=last {
                let explained = explain(&error(domain, code));
                assert_eq!(
                    (explained.domain.as_str(), explained.code),
                    (domain, code.to_string())
                );
                assert!(!explained.message.is_empty());
            }
        }
        assert_ne!(
            explain(&error(INCOMING_CALL_DOMAIN, 4)).message,
            explain(&error(TRANSACTION_DOMAIN, 4)).message
        );
    }

    #[test]
    fn every_refusal_of_a_reported_call_says_what_to_do() {
        for code in 0..=7 {
            let message = explain(&error(INCOMING_CALL_DOMAIN, code)).message;
            let advice = message.split_once(": ").map(|(_, advice)| advice);
            assert!(advice.is_some(), "{code}: {message}");
        }
    }

    #[test]
    fn do_not_disturb_is_a_missed_call_and_a_blocked_caller_is_not() {
        assert_eq!(
            refusal(&error(INCOMING_CALL_DOMAIN, 3)),
            EndedReason::Unanswered
        );
        assert_eq!(
            refusal(&error(INCOMING_CALL_DOMAIN, 4)),
            EndedReason::Failed
        );
        assert!(
            is_duplicate(&error(INCOMING_CALL_DOMAIN, 2))
                && !is_duplicate(&error(TRANSACTION_DOMAIN, 2))
        );
    }
}
