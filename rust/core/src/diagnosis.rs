//! `diagnose()`: everything that helps to find out why a phone does not ring, with tokens as fingerprints.

use serde_json::{Map, Value, json};

use crate::account::Account;
use crate::app::AppFacts;
use crate::calls::Calls;
use crate::mailbox::Mailbox;
use crate::other_calls::OtherCalls;
use crate::registration::Registration;

pub(crate) fn report(
    app: &AppFacts,
    account: &Account,
    mailbox: &Mailbox,
    registration: &Registration,
    calls: &Calls,
    other_calls: &OtherCalls,
    now: u64,
) -> Value {
    let dropped: Map<String, Value> = mailbox
        .dropped()
        .map(|(kind, count)| (kind.name().to_owned(), json!(count)))
        .collect();
    json!({
        "version": crate::VERSION,
        "at": now,
        "app": {
            "bundleID": app.bundle_id,
            "version": app.app_version,
            "system": app.system_version,
            "simulator": app.simulator,
            "backgroundModes": app.background_modes,
            "callKitDisabled": app.call_kit_disabled,
        },
        "problems": problems(app),
        "account": {
            "serverURL": account.server_url,
            "appID": account.app_id,
            "hasUserToken": account.user_token.is_some(),
            "installation": account.installation,
            "droppedAtSignOut": account.dropped,
        },
        "registration": registration.diagnose(app),
        "events": { "waiting": mailbox.waiting(), "dropped": dropped, "withdrawn": mailbox.withdrawn() },
        "calls": calls.diagnose(now),
        "otherCalls": other_calls.count(calls, now),
    })
}

/// What is wrong with the build itself, each with what to do.
fn problems(app: &AppFacts) -> Vec<String> {
    let mut problems = Vec::new();
    if !app.call_kit_disabled && !app.background_modes.iter().any(|mode| mode == "voip") {
        problems.push(
            "Info.plist's UIBackgroundModes lacks `voip`: PushKit gives no VoIP token and CallKit refuses calls. \
             Tick Voice over IP under Signing & Capabilities, Background Modes"
                .to_owned(),
        );
    }
    if app.simulator {
        problems.push(
            "this is Apple's simulator: it has no VoIP pushes and no CallKit. Use a device, or the virtual iPhone of this package"
                .to_owned(),
        );
    }
    problems
}
