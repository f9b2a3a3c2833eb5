//! Bodies of invitations and verbs.

use zpns_protocol::calls::{Invite, VerbBody, limits};
use zpns_protocol::errors::InvalidField;
use zpns_protocol::push_config::PushConfig;

/// A user ID: 1 to [`limits::USER_ID`] bytes.
pub fn user_id(field: &str, user: &str) -> Result<(), InvalidField> {
    if (1..=limits::USER_ID).contains(&user.len()) {
        return Ok(());
    }
    Err(InvalidField::new(
        field,
        format!(
            "is a user ID of 1 to {} bytes, this one has {}",
            limits::USER_ID,
            user.len()
        ),
    ))
}

/// Text that is passed along: at most [`limits::EXTENDED_DATA`] bytes.
pub fn extended_data(text: &str) -> Result<(), InvalidField> {
    if text.len() <= limits::EXTENDED_DATA {
        return Ok(());
    }
    Err(InvalidField::new(
        "extendedData",
        format!(
            "has at most {} bytes, this one has {}",
            limits::EXTENDED_DATA,
            text.len()
        ),
    ))
}

/// An installation's ID: 1 to 128 visible ASCII characters.
pub fn installation(field: &str, id: &str) -> Result<(), InvalidField> {
    if (1..=128).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_graphic()) {
        return Ok(());
    }
    Err(InvalidField::new(
        field,
        "is an installation ID: 1 to 128 visible ASCII characters, as a UUID",
    ))
}

/// Checks an invitation by this caller.
pub fn invite(caller: &str, invite: &Invite) -> Result<(), InvalidField> {
    user_id("caller", caller)?;
    if invite.invitees.is_empty() || invite.invitees.len() > limits::INVITEES {
        let count = invite.invitees.len();
        return Err(InvalidField::new(
            "invitees",
            format!(
                "takes 1 to {} users, this one has {count}",
                limits::INVITEES
            ),
        ));
    }
    for (position, invitee) in invite.invitees.iter().enumerate() {
        let field = format!("invitees[{position}]");
        user_id(&field, invitee)?;
        if invitee == caller {
            return Err(InvalidField::new(
                field,
                "is the caller: users can't invite themselves",
            ));
        }
        if invite
            .invitees
            .iter()
            .take(position)
            .any(|earlier| earlier == invitee)
        {
            return Err(InvalidField::new(
                field,
                "was named before: name each invitee once",
            ));
        }
    }
    if !(limits::MIN_TIMEOUT..=limits::MAX_TIMEOUT).contains(&invite.timeout) {
        let problem = format!(
            "is {} to {} seconds, this one is {}",
            limits::MIN_TIMEOUT,
            limits::MAX_TIMEOUT,
            invite.timeout
        );
        return Err(InvalidField::new("timeout", problem));
    }
    extended_data(&invite.extended_data)?;
    if let Some(id) = &invite.installation {
        installation("installation", id)?;
    }
    invite
        .push_config
        .as_ref()
        .map_or(Ok(()), PushConfig::check)
}

/// Checks what a verb says.
pub fn verb(body: &VerbBody) -> Result<(), InvalidField> {
    extended_data(&body.extended_data)?;
    body.installation
        .as_ref()
        .map_or(Ok(()), |id| installation("installation", id))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(json: serde_json::Value) -> Invite {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn a_refused_invitation_names_the_field() {
        let users: Vec<String> = (0..10).map(|n| format!("u{n}")).collect();
        for (json, field) in [
            (serde_json::json!({"invitees": []}), "invitees"),
            (serde_json::json!({"invitees": users}), "invitees"),
            (serde_json::json!({"invitees": ["alice"]}), "invitees[0]"),
            (
                serde_json::json!({"invitees": ["bob", "bob"]}),
                "invitees[1]",
            ),
            (serde_json::json!({"invitees": ["bob", ""]}), "invitees[1]"),
            (
                serde_json::json!({"invitees": ["bob"], "timeout": 0}),
                "timeout",
            ),
            (
                serde_json::json!({"invitees": ["bob"], "timeout": 601}),
                "timeout",
            ),
            (
                serde_json::json!({"invitees": ["bob"], "extendedData": "x".repeat(1025)}),
                "extendedData",
            ),
            (
                serde_json::json!({"invitees": ["bob"], "pushConfig": {"resourcesID": "x".repeat(33)}}),
                "pushConfig.resourcesID",
            ),
            (
                serde_json::json!({"invitees": ["bob"], "installation": "a b"}),
                "installation",
            ),
        ] {
            assert_eq!(
                invite("alice", &of(json.clone())).unwrap_err().field,
                field,
                "{json}"
            );
        }
    }

    #[test]
    fn nine_invitees_and_the_outermost_times_are_taken() {
        let users: Vec<String> = (0..9).map(|n| format!("u{n}")).collect();
        for timeout in [1, 600] {
            assert_eq!(
                invite(
                    "alice",
                    &of(serde_json::json!({"invitees": users, "timeout": timeout}))
                ),
                Ok(())
            );
        }
    }
}
