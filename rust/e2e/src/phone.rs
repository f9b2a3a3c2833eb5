//! An iPhone with its app's JavaScript.

use std::ops::Deref;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, Weak};
use std::thread;

use serde_json::{Value, json};
use zpns_phone::driver::{EventKind, call_uuid};
use zpns_phone::{EndCause, JsMessage, TimelineEvent};

use crate::host::{HostOptions, HostedPhone};
use crate::inbox::{Heard, Inbox};
use crate::world::APP;
use crate::{PATIENCE, token};

/// A virtual iPhone, its app, and the app's JavaScript. The JavaScript listens to every event, brings a fresh user token whenever it is asked
/// for one, and fulfils every action.
pub struct Phone {
    device: Arc<HostedPhone>,
    inbox: Arc<Inbox>,
    /// Whose tokens JavaScript brings.
    user: Arc<Mutex<Option<String>>>,
}

impl Phone {
    /// A phone whose app was opened.
    pub(crate) fn new(options: HostOptions) -> Self {
        let has_simulator = options.simulator_url.is_some();
        let device = Arc::new(HostedPhone::new(options));
        let phone = Self {
            device,
            inbox: Arc::default(),
            user: Arc::default(),
        };
        if has_simulator {
            phone.sees(|what| *what == TimelineEvent::SimulatorConnected);
        }
        phone.open();
        phone
    }

    /// The user opens the app: it is launched, and its JavaScript listens to everything.
    pub fn open(&self) {
        self.device.launch().unwrap();
        self.start_js();
    }

    /// JavaScript starts in the running app.
    pub fn start_js(&self) {
        let (sender, messages) = channel();
        let sender = Mutex::new(sender);
        let sink = Arc::new(move |message| {
            // Fails if this JavaScript has ended: then nobody listens.
            let _ = sender.lock().unwrap().send(message);
        });
        self.device.start_js(sink).unwrap();
        let (phone, inbox) = (Arc::downgrade(&self.device), Arc::clone(&self.inbox));
        let user = Arc::clone(&self.user);
        thread::spawn(move || {
            run_js(&phone, &messages, &inbox, || {
                user.lock().unwrap().as_deref().map(token::fresh)
            });
        });
        for kind in EventKind::ALL {
            self.device.listen(kind.name()).unwrap();
        }
    }

    /// JavaScript names the gateway and the user, and will bring fresh tokens when asked.
    pub fn sign_in(&self, server_url: &str, user: &str) {
        self.sign_in_with(server_url, user, &token::fresh(user));
    }

    /// The same, beginning with this user token.
    pub fn sign_in_with(&self, server_url: &str, user: &str, token: &str) {
        *self.user.lock().unwrap() = Some(user.to_owned());
        let params = json!({ "serverURL": server_url, "appID": APP, "userToken": token, "userTokenProvider": true });
        self.ok("configure", &params);
    }

    /// Calls `registerPush` with VoIP: the body of the next `registered`.
    #[track_caller]
    pub fn register(&self) -> Value {
        self.ok("registerPush", &json!({ "enableIOSVoIP": true }));
        self.hears("registered")
    }

    /// Asks for a method: what it resolved to, or the error that it was rejected with.
    #[track_caller]
    pub fn ask(&self, method: &str, params: &Value) -> Result<Value, Value> {
        self.settles(self.begins(method, params))
    }

    /// Asks for a method. Returns the number of its promise, which [`Phone::settles`] waits for.
    pub fn begins(&self, method: &str, params: &Value) -> u64 {
        let number = self.device.next_invocation();
        self.device
            .invoke_as(number, method, &params.to_string())
            .unwrap();
        number
    }

    /// What a promise resolved to, or the error that it was rejected with.
    #[track_caller]
    pub fn settles(&self, promise: u64) -> Result<Value, Value> {
        let mut answer = self.inbox.answer(promise);
        match answer.get("ok") {
            Some(_) => Ok(answer["ok"].take()),
            None => Err(answer["error"].take()),
        }
    }

    /// Whether a promise has settled.
    pub fn has_settled(&self, promise: u64) -> bool {
        self.inbox.is_answered(promise)
    }

    /// Asks for a method that must resolve.
    #[track_caller]
    pub fn ok(&self, method: &str, params: &Value) -> Value {
        self.ask(method, params)
            .unwrap_or_else(|error| panic!("{method} was rejected: {error}"))
    }

    /// Asks for a method that must be rejected: domain and code, and the message.
    #[track_caller]
    pub fn refused(&self, method: &str, params: &Value) -> (String, String) {
        let error = self.ask(method, params).expect_err("a rejection");
        let text = |field: &str| error[field].as_str().unwrap().to_owned();
        (
            format!("{} {}", text("domain"), text("code")),
            text("message"),
        )
    }

    /// Invites to a call that rings for so many seconds.
    #[track_caller]
    pub fn invites(&self, invitees: &[&str], call: &str, timeout: u32) -> Value {
        let push = json!({ "resourcesID": "voip", "title": "Alice", "content": "calls you" });
        let config = json!({ "timeout": timeout, "extendedData": "hello", "pushConfig": push });
        self.ok(
            "callInvite",
            &json!({ "invitees": invitees, "callID": call, "config": config }),
        )
    }

    /// Waits until JavaScript hears an event of this type that no call of this has returned before. Returns its body.
    #[track_caller]
    pub fn hears(&self, kind: &str) -> Value {
        self.inbox.take(kind)
    }

    /// How often JavaScript heard an event like this so far.
    #[track_caller]
    pub fn heard(&self, mut like: impl FnMut(&Heard) -> bool) -> usize {
        self.catch_up();
        self.inbox
            .heard()
            .iter()
            .filter(|heard| like(heard))
            .count()
    }

    /// JavaScript hears exactly these events of a call, in this order. Each is written as its type, without the part that all types share,
    /// and the users in it: `State bob:1`, `Received alice:1 bob:5`, `Ended by alice`.
    #[track_caller]
    pub fn hears_exactly(&self, call: &str, expected: &[&str]) {
        self.inbox
            .wait_until(|heard| call_events(heard, call).len() >= expected.len());
        // An event too many would come right after these.
        self.catch_up();
        assert_eq!(call_events(&self.inbox.heard(), call), expected);
    }

    /// Waits until JavaScript has heard of everything that has happened: an answer comes after the events before it.
    #[track_caller]
    fn catch_up(&self) {
        self.device.settle().unwrap();
        if self.device.snapshot().js_running {
            self.ok("getVersion", &json!({}));
        }
    }

    /// What participants did, as JavaScript heard it so far: `bob:1`.
    #[track_caller]
    pub fn transitions(&self, call: &str) -> Vec<String> {
        self.catch_up();
        let heard = self.inbox.heard();
        let of_call = heard
            .iter()
            .filter(|heard| heard.kind == "callUserStateChanged" && heard.body["callID"] == call);
        of_call.flat_map(|heard| users(&heard.body)).collect()
    }

    /// Waits for the call to ring here.
    #[track_caller]
    pub fn rings(&self, call: &str) {
        let call = call_uuid(call);
        self.sees(|what| matches!(what, TimelineEvent::Ringing { uuid } if *uuid == call));
    }

    /// How often it rang.
    pub fn times_rung(&self, call: &str) -> usize {
        let call = call_uuid(call);
        let entries = self.device.timeline().entries();
        entries
            .iter()
            .filter(|entry| matches!(entry.what, TimelineEvent::Ringing { uuid } if uuid == call))
            .count()
    }

    /// The user answers, and JavaScript fulfils it.
    #[track_caller]
    pub fn answers(&self, call: &str) {
        self.device.answer(call_uuid(call)).unwrap();
        let call = call_uuid(call);
        self.sees(|what| matches!(what, TimelineEvent::CallConnected { uuid } if *uuid == call));
    }

    /// The user declines or hangs up.
    #[track_caller]
    pub fn hangs_up(&self, call: &str) {
        self.device.end(call_uuid(call)).unwrap();
    }

    /// Waits until the call is gone from the screen. Returns why.
    #[track_caller]
    pub fn sees_end(&self, call: &str) -> EndCause {
        let call = call_uuid(call);
        let mut why = None;
        self.sees(|what| match what {
            TimelineEvent::CallEnded { uuid, cause } if *uuid == call => {
                why = Some(*cause);
                true
            }
            _ => false,
        });
        why.expect("a cause")
    }

    /// Waits for something on the timeline, also among what happened before.
    #[track_caller]
    pub fn sees(&self, wanted: impl FnMut(&TimelineEvent) -> bool) {
        if let Err(error) = self.device.wait_for(PATIENCE, wanted) {
            panic!("{error}");
        }
    }
}

impl Deref for Phone {
    type Target = HostedPhone;

    fn deref(&self) -> &HostedPhone {
        &self.device
    }
}

impl std::fmt::Debug for Phone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Phone")
            .field("device", &self.device)
            .finish_non_exhaustive()
    }
}

/// The app's JavaScript, until its process ends.
fn run_js(
    phone: &Weak<HostedPhone>,
    messages: &Receiver<JsMessage>,
    inbox: &Inbox,
    token: impl Fn() -> Option<String>,
) {
    for message in messages {
        let does = match &message {
            JsMessage::Event(event) => reaction(&event.kind, &event.body, &token),
            JsMessage::Answer { .. } => None,
        };
        inbox.put(message);
        if let (Some((method, params)), Some(phone)) = (does, phone.upgrade()) {
            // Fails if the process died meanwhile: then it does nothing.
            let _ = phone.invoke(method, &params.to_string());
        }
    }
}

fn reaction(
    kind: &str,
    body: &str,
    token: impl Fn() -> Option<String>,
) -> Option<(&'static str, Value)> {
    if kind == "userTokenNeeded" {
        return Some(("setUserToken", json!({ "userToken": token() })));
    }
    if kind.starts_with("perform") {
        let body: Value = serde_json::from_str(body).unwrap();
        return Some((
            "completeAction",
            json!({ "seq": body["seq"], "outcome": "fulfill" }),
        ));
    }
    None
}

fn call_events(heard: &[Heard], call: &str) -> Vec<String> {
    let of_call = heard
        .iter()
        .filter(|heard| heard.body["callID"] == call && heard.kind != "didEndCall");
    of_call.map(summary).collect()
}

fn summary(heard: &Heard) -> String {
    let kind = heard
        .kind
        .replace("callInvitation", "")
        .replace("callUserStateChanged", "State")
        .replace("callInvitees", "");
    let body = &heard.body;
    let mut words = vec![kind];
    words.extend(users(body));
    words.extend(body["invitee"].as_str().map(|user| format!("by {user}")));
    words.extend(
        body["operatedUserID"]
            .as_str()
            .map(|user| format!("by {user}")),
    );
    words.extend(
        body["invitees"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|user| user.as_str().unwrap().to_owned()),
    );
    words.join(" ")
}

fn users(body: &Value) -> impl Iterator<Item = String> {
    let users = body["callUserList"].as_array().into_iter().flatten();
    users.map(|user| format!("{}:{}", user["userID"].as_str().unwrap(), user["state"]))
}
