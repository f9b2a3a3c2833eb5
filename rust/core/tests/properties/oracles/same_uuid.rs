//! Invariant 3: The same call ID gives the same UUID everywhere.

use uuid::{Uuid, uuid};

use super::{Oracle, reported};
use crate::world::{Cause, Moment};

/// The published namespace, on purpose not taken from the code under test.
const NAMESPACE: Uuid = uuid!("305608cb-174c-5bc3-bff8-4b8159b07f9b");

fn expected(call_id: &str) -> Uuid {
    Uuid::try_parse(call_id).unwrap_or_else(|_| Uuid::new_v5(&NAMESPACE, call_id.as_bytes()))
}

pub struct SameUuid;

impl Oracle for SameUuid {
    fn see(&mut self, moment: &Moment<'_>) {
        if let Cause::Push { about, .. } = moment.cause {
            for uuid in reported(moment.effects) {
                match about.call_id {
                    Some(call_id) => assert_eq!(
                        uuid,
                        expected(call_id),
                        "3: the report's UUID is the call ID's"
                    ),
                    None => assert_eq!(
                        uuid.get_version_num(),
                        4,
                        "3: without a call ID the UUID is random"
                    ),
                }
            }
        }
        for (_, _, body) in moment.events {
            let uuid = body["uuid"]
                .as_str()
                .or(body["action"]["callUUID"].as_str());
            if let Some(uuid) = uuid {
                assert_eq!(
                    uuid,
                    uuid.to_uppercase(),
                    "3: UUIDs towards JavaScript are upper case"
                );
                if let Some(call_id) = body["payload"]["call_id"]
                    .as_str()
                    .or(body["callID"].as_str())
                {
                    assert_eq!(
                        Uuid::try_parse(uuid),
                        Ok(expected(call_id)),
                        "3: an event's UUID is the call ID's"
                    );
                }
            }
        }
        if let Cause::Invoke {
            method: "callUUID",
            params,
            ..
        } = moment.cause
        {
            let uuid = moment.answers[0].1["ok"]
                .as_str()
                .expect("3: every call ID has a UUID");
            assert_eq!(
                Uuid::try_parse(uuid),
                Ok(expected(params["callID"].as_str().unwrap())),
                "3: so does callUUID()"
            );
        }
    }
}
