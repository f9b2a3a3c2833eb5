//! What to do about a VoIP push: one pure function from what the push says and what is known of its call.

use zpns_protocol::payload::PushKind;

use super::payload::Push;
use crate::clocks::Clocks;
use crate::effect::EndedReason;

/// What is known of a push's call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::calls) enum Known {
    /// It rings or is going on.
    Live,
    /// The app accepted it without CallKit.
    InApp,
    /// It ended within the last 24 hours.
    Ended(EndedReason),
    /// Nothing; there is room for it.
    New,
    /// Nothing, and there are too many calls already.
    NoRoom,
    /// Nothing, and it is for a user who is not the one that is signed in here.
    OtherUser,
}

/// What to do. Everything but [`Decision::Drop`] reports the call exactly once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::calls) enum Decision {
    /// A new call rings.
    Ring,
    /// A new call rings that seems to be over, until the gateway says what is true.
    RingIfConfirmed,
    /// The call is reported again under its UUID, since iOS wants a report for every push; nothing else changes.
    RingAgain,
    /// The call is reported again and ended.
    EndLive(EndedReason),
    /// The call is reported and ended.
    ReportAndEnd(EndedReason),
    /// iOS does not want a report, and there is nothing to ring.
    Drop(EndedReason),
}

/// Why it was decided so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::calls) enum Why {
    NewCall,
    LiveCall,
    EndedBefore,
    Expired,
    SeemsOver,
    Cancelled,
    CancelOfUnknown,
    Unreadable,
    NoRoom,
    OtherUser,
}

impl Why {
    pub(in crate::calls) const fn text(self) -> &'static str {
        match self {
            Self::NewCall => "a new call",
            Self::LiveCall => "another push for a live call",
            Self::EndedBefore => "the call ended within the last 24 hours",
            Self::SeemsOver => "past its expiresAt by this device's clock; the gateway is asked",
            Self::Expired => "past its expiresAt by this device's clock",
            Self::Cancelled => "the caller took the call back",
            Self::CancelOfUnknown => "the caller took back a call that never rang here",
            Self::Unreadable => "no JSON object",
            Self::NoRoom => "too many live calls",
            Self::OtherUser => "for a user who is not the one that is signed in",
        }
    }
}

impl Decision {
    pub(in crate::calls) const fn text(self) -> &'static str {
        match self {
            Self::Ring => "ring",
            Self::RingIfConfirmed => "ringIfConfirmed",
            Self::RingAgain => "reportAgain",
            Self::EndLive(_) => "end",
            Self::ReportAndEnd(_) => "reportAndEnd",
            Self::Drop(_) => "drop",
        }
    }
}

pub(in crate::calls) fn decide(
    push: &Push<'_>,
    known: Known,
    must_report: bool,
    clocks: Clocks,
) -> (Decision, Why) {
    let now = clocks.to_gateway_clock(clocks.now());
    if !push.readable {
        return (Decision::ReportAndEnd(EndedReason::Failed), Why::Unreadable);
    }
    let over = |reason, why| {
        (
            if must_report {
                Decision::ReportAndEnd(reason)
            } else {
                Decision::Drop(reason)
            },
            why,
        )
    };
    match (known, push.kind) {
        (Known::Live, PushKind::Cancel) => (Decision::EndLive(push.reason), Why::Cancelled),
        (Known::Live, PushKind::Invite) if must_report => (Decision::RingAgain, Why::LiveCall),
        (Known::Live, PushKind::Invite) => {
            (Decision::Drop(EndedReason::RemoteEnded), Why::LiveCall)
        }
        (Known::InApp, PushKind::Cancel) => over(push.reason, Why::Cancelled),
        (Known::InApp, PushKind::Invite) => over(EndedReason::AnsweredElsewhere, Why::LiveCall),
        (Known::Ended(reason), _) => over(reason, Why::EndedBefore),
        (Known::New | Known::NoRoom | Known::OtherUser, PushKind::Cancel) => {
            over(push.reason, Why::CancelOfUnknown)
        }
        (Known::New | Known::NoRoom | Known::OtherUser, PushKind::Invite)
            if push.over_at().is_some_and(|at| at <= now) =>
        {
            // The device's clock may be wrong; the gateway's is what the push was made by.
            let must_ask = must_report || !clocks.knows_gateway();
            if known == Known::New && push.follow.is_some() && must_ask {
                (Decision::RingIfConfirmed, Why::SeemsOver)
            } else {
                over(EndedReason::Unanswered, Why::Expired)
            }
        }
        (Known::NoRoom, PushKind::Invite) => {
            (Decision::ReportAndEnd(EndedReason::Failed), Why::NoRoom)
        }
        (Known::OtherUser, PushKind::Invite) => {
            (Decision::ReportAndEnd(EndedReason::Failed), Why::OtherUser)
        }
        (Known::New, PushKind::Invite) => (Decision::Ring, Why::NewCall),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_764_000_000_000;

    fn decided(json: &str, known: Known, must_report: bool) -> Decision {
        decide(
            &Push::decode(json.as_bytes(), ""),
            known,
            must_report,
            Clocks::new(NOW.into()),
        )
        .0
    }

    #[test]
    fn every_case_has_its_decision() {
        use Decision::{Drop, EndLive, ReportAndEnd, Ring, RingAgain};
        use EndedReason::{AnsweredElsewhere, DeclinedElsewhere, Failed, RemoteEnded, Unanswered};
        let (invite, cancel) = (
            r#"{"call_id":"c"}"#,
            r#"{"call_id":"c","zpns":{"kind":"cancel"}}"#,
        );
        let answered = r#"{"call_id":"c","zpns":{"kind":"cancel","reason":"answeredElsewhere"}}"#;
        let declined = r#"{"call_id":"c","zpns":{"kind":"cancel","reason":"declinedElsewhere"}}"#;
        let stale = r#"{"call_id":"c","zpns":{"expiresAt":1764000000000}}"#;
        let stale_by_age = r#"{"call_id":"c","zpns":{"sentAt":1763999955000,"timeout":45}}"#;
        let ended = Known::Ended(AnsweredElsewhere);
        for (json, known, if_must, if_not) in [
            (invite, Known::New, Ring, Ring),
            (invite, Known::Live, RingAgain, Drop(RemoteEnded)),
            (
                invite,
                Known::InApp,
                ReportAndEnd(AnsweredElsewhere),
                Drop(AnsweredElsewhere),
            ),
            (
                cancel,
                Known::InApp,
                ReportAndEnd(RemoteEnded),
                Drop(RemoteEnded),
            ),
            (
                invite,
                ended,
                ReportAndEnd(AnsweredElsewhere),
                Drop(AnsweredElsewhere),
            ),
            (
                invite,
                Known::NoRoom,
                ReportAndEnd(Failed),
                ReportAndEnd(Failed),
            ),
            (
                stale,
                Known::New,
                ReportAndEnd(Unanswered),
                Drop(Unanswered),
            ),
            (
                stale_by_age,
                Known::New,
                ReportAndEnd(Unanswered),
                Drop(Unanswered),
            ),
            (stale, Known::Live, RingAgain, Drop(RemoteEnded)),
            (
                cancel,
                Known::Live,
                EndLive(RemoteEnded),
                EndLive(RemoteEnded),
            ),
            (
                answered,
                Known::Live,
                EndLive(AnsweredElsewhere),
                EndLive(AnsweredElsewhere),
            ),
            (
                answered,
                Known::New,
                ReportAndEnd(AnsweredElsewhere),
                Drop(AnsweredElsewhere),
            ),
            (
                declined,
                Known::Live,
                EndLive(DeclinedElsewhere),
                EndLive(DeclinedElsewhere),
            ),
            (
                declined,
                Known::InApp,
                ReportAndEnd(DeclinedElsewhere),
                Drop(DeclinedElsewhere),
            ),
            (
                cancel,
                Known::New,
                ReportAndEnd(RemoteEnded),
                Drop(RemoteEnded),
            ),
            (
                cancel,
                ended,
                ReportAndEnd(AnsweredElsewhere),
                Drop(AnsweredElsewhere),
            ),
            (
                "no json",
                Known::New,
                ReportAndEnd(Failed),
                ReportAndEnd(Failed),
            ),
            ("{}", Known::New, Ring, Ring),
        ] {
            assert_eq!(
                decided(json, known, true),
                if_must,
                "{json} {known:?}, must report"
            );
            assert_eq!(
                decided(json, known, false),
                if_not,
                "{json} {known:?}, need not report"
            );
        }
    }
}
