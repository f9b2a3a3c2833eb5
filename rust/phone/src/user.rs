//! What the user, Apple and the world around do to the phone.

use uuid::Uuid;
use zpns_driver::SystemEvent;
use zpns_driver::core::effect::Handle;
use zpns_driver::core::{NotificationKind, TokenKind};

use crate::callkit::{Call, CallKit, CallState, IncomingCallError, Others, Recent};
use crate::device::Device;
use crate::error::PhoneError;
use crate::notifications::Notification;
use crate::phone::VirtualPhone;
use crate::process;
use crate::timeline_event::{LaunchedBy, TimelineEvent};
use crate::tokens;

impl VirtualPhone {
    /// Calls on the screen, oldest first.
    pub fn calls(&self) -> Vec<Call> {
        self.phone.with(|device| device.callkit.calls())
    }

    /// Calls that ring, oldest first.
    pub fn ringing(&self) -> Vec<Call> {
        self.calls()
            .into_iter()
            .filter(|call| call.state == CallState::Ringing)
            .collect()
    }

    /// Past calls, oldest first.
    pub fn recents(&self) -> Vec<Recent> {
        self.phone.with(|device| device.callkit.recents().to_vec())
    }

    /// Notifications in the list, oldest first.
    pub fn notifications(&self) -> Vec<Notification> {
        self.phone
            .with(|device| device.notifications.list().to_vec())
    }

    /// The user answers; calls that they are in are put on hold.
    pub fn answer(&self, uuid: Uuid) -> Result<(), PhoneError> {
        self.answer_and(uuid, Others::Hold)
    }

    /// The user answers, and says what becomes of the calls that they are in.
    pub fn answer_and(&self, uuid: Uuid, others: Others) -> Result<(), PhoneError> {
        self.callkit(|callkit, now| callkit.user_answers(uuid, others, now))
    }

    /// The user declines a ringing call or hangs up.
    pub fn end(&self, uuid: Uuid) -> Result<(), PhoneError> {
        self.callkit(|callkit, now| callkit.user_ends(uuid, now))
    }

    /// The user puts a call on hold or resumes it.
    pub fn set_held(&self, uuid: Uuid, on_hold: bool) -> Result<(), PhoneError> {
        self.callkit(|callkit, now| callkit.user_holds(uuid, on_hold, now))
    }

    /// The user mutes a call or not.
    pub fn set_muted(&self, uuid: Uuid, muted: bool) -> Result<(), PhoneError> {
        self.callkit(|callkit, now| callkit.user_mutes(uuid, muted, now))
    }

    /// The user merges a call with another, or takes it out of its group.
    pub fn set_group(&self, uuid: Uuid, with: Option<Uuid>) -> Result<(), PhoneError> {
        self.callkit(|callkit, now| callkit.user_groups(uuid, with, now))
    }

    /// The user types on the keypad.
    pub fn play_dtmf(&self, uuid: Uuid, digits: &str) -> Result<(), PhoneError> {
        self.callkit(|callkit, now| callkit.user_types(uuid, digits.to_owned(), now))
    }

    /// The user swaps the active call and the one on hold.
    pub fn swap(&self) {
        self.phone
            .with(|device| device.callkit(CallKit::user_swaps));
    }

    /// The time for everything that the app still has to do with this call is up: `timedOutPerforming`.
    pub fn time_out_actions(&self, uuid: Uuid) -> Result<(), PhoneError> {
        self.callkit(|callkit, now| callkit.time_out(uuid, now))
    }

    /// The connection to the call service is lost: `providerDidReset`.
    pub fn reset_provider(&self) {
        self.phone.with(|device| device.callkit(CallKit::reset));
    }

    /// A Focus silences calls, or not.
    pub fn set_do_not_disturb(&self, on: bool) {
        self.phone
            .with(|device| device.callkit.rules.do_not_disturb = on);
    }

    /// The user blocks a caller.
    pub fn block(&self, handle: &str) {
        self.phone
            .with(|device| device.callkit.rules.blocked.push(handle.to_owned()));
    }

    /// From now on every reported call is refused with this error; with none, calls are taken again.
    pub fn refuse_reports(&self, error: Option<IncomingCallError>) {
        self.phone
            .with(|device| device.callkit.rules.refuses_reports = error);
    }

    /// A call that is not the app's rings: a cellular call, or one of another app. There is one of them at most.
    pub fn other_call_rings(&self) -> Result<(), PhoneError> {
        self.callkit(|callkit, _| callkit.other_call_rings())
    }

    /// The user answers it, or turns back to it, and says what becomes of the app's calls that they are in.
    pub fn other_call_is_answered(&self, ours: Others) -> Result<(), PhoneError> {
        self.callkit(|callkit, now| callkit.other_call_is_answered(ours, now))
    }

    /// It is over, by the other side. The app's calls stay as they are.
    pub fn other_call_ends(&self) -> Result<(), PhoneError> {
        self.callkit(|callkit, _| callkit.other_call_ends())
    }

    /// The user calls back from Recents: the app is started if needed and asked for a call.
    pub fn tap_recent(&self, recent: u64) -> Result<(), PhoneError> {
        let (handle, video) = self.phone.with(|device| recent_to_call(device, recent))?;
        open(&self.phone, LaunchedBy::Recents)?;
        self.phone.with(|device| {
            device.record(TimelineEvent::RecentTapped { recent });
            device.tell(SystemEvent::StartCallIntent { handle, video });
        });
        Ok(())
    }

    /// The user opens a notification: the app is started if needed and told.
    pub fn tap_notification(&self, number: u64) -> Result<(), PhoneError> {
        let taken = self.phone.with(|device| device.notifications.take(number));
        let user_info = taken
            .ok_or(PhoneError::UnknownNotification(number))?
            .user_info;
        open(&self.phone, LaunchedBy::Notification)?;
        self.phone.with(|device| {
            device.record(TimelineEvent::NotificationTapped {
                notification: number,
            });
            device.tell(SystemEvent::NotificationReceived {
                kind: NotificationKind::Clicked,
                user_info,
                completion: None,
            });
        });
        Ok(())
    }

    /// The user asks for a call in Siri or Contacts, or in Recents for one that this list does not have: the app is started if needed.
    pub fn ask_for_call(&self, handle: Handle, video: bool) -> Result<(), PhoneError> {
        open(&self.phone, LaunchedBy::Recents)?;
        self.phone
            .with(|device| device.tell(SystemEvent::StartCallIntent { handle, video }));
        Ok(())
    }

    /// The phone is unlocked for the first time since it was switched on: the app's files can be read.
    pub fn unlock(&self) {
        self.phone.files.unlock();
        self.phone
            .with(|device| device.record(TimelineEvent::Unlocked));
        if let Ok(app) = process::app(&self.phone) {
            app.storage_readable();
        }
    }

    /// Apple gives the app another token that is made up here; the old one is no longer registered.
    pub fn rotate_token(&self, kind: TokenKind) {
        self.phone.with(|device| {
            let token = device.entropy.bytes().to_vec();
            device.tokens.set(kind, Some(token));
            tokens::issue(&self.phone, device, kind);
        });
    }

    /// Apple says that the token is no longer good.
    pub fn invalidate_token(&self, kind: TokenKind) {
        self.phone.with(|device| tokens::invalidate(device, kind));
    }

    fn callkit<T>(&self, work: impl FnOnce(&mut CallKit, u64) -> T) -> T {
        self.phone.with(|device| device.callkit(work))
    }
}

/// Brings the app in front of the user.
fn open(phone: &std::sync::Arc<crate::device::Phone>, by: LaunchedBy) -> Result<(), PhoneError> {
    if phone.with(|device| device.process.is_none()) {
        process::launch(phone, by)
    } else {
        process::to_foreground(phone)
    }
}

fn recent_to_call(device: &Device, number: u64) -> Result<(Handle, bool), PhoneError> {
    let recents = device.callkit.recents();
    let recent = recents
        .iter()
        .find(|recent| recent.recent == number)
        .ok_or(PhoneError::UnknownRecent(number))?;
    let handle = recent.handle.clone().ok_or(PhoneError::NotCallable)?;
    if device.callkit.can_call_back(handle.kind) {
        Ok((handle, recent.video))
    } else {
        Err(PhoneError::NotCallable)
    }
}
