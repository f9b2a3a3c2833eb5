//! What is saved when, and what becomes of what can't be.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};
use zpns_driver::{Driver, Input, LogLevel, PortError, PushRequest};

use crate::host::{Asked, Host, invoke, is_report, push};

/// A host whose storage is locked while the switch is on, as before the first unlock of a device.
fn lockable() -> (Arc<Host>, Arc<AtomicBool>) {
    let locked = Arc::new(AtomicBool::new(false));
    let host = Host::answering({
        let locked = locked.clone();
        move |_, asked| match asked {
            Asked::Load | Asked::Save(_) if locked.load(Ordering::SeqCst) => {
                Err(PortError::new("locked"))
            }
            _ => Ok(()),
        }
    });
    (host, locked)
}

fn register(driver: &Driver) {
    invoke(driver, 1, "registerPush", &json!({"enableIOSVoIP": true})).unwrap();
}

fn saves(host: &Host) -> usize {
    host.count(|asked| matches!(asked, Asked::Save(_)))
}

fn requests_to_save(host: &Host) -> usize {
    host.count(|asked| *asked == Asked::SaveSoon)
}

fn wants_voip(host: &Host) -> Value {
    let stored: Value = serde_json::from_slice(&host.stored().unwrap()).unwrap();
    stored["registration"]["wanted"]["voip"].clone()
}

#[test]
fn a_change_is_announced_and_saved_when_the_host_says_so() {
    let host = Host::new();
    let driver = host.start();
    let before = requests_to_save(&host);
    register(&driver);
    assert!(requests_to_save(&host) > before);
    assert_eq!(saves(&host), 0);
    driver.save();
    assert_eq!(saves(&host), 1);
    assert_eq!(wants_voip(&host), true);
}

#[test]
fn what_has_not_changed_is_not_saved_again() {
    let host = Host::new();
    let driver = host.start();
    driver.save();
    driver.save();
    assert_eq!(saves(&host), 1);
}

#[test]
fn what_could_not_be_saved_is_saved_the_next_time() {
    let (host, locked) = lockable();
    let driver = host.start();
    register(&driver);
    locked.store(true, Ordering::SeqCst);
    driver.save();
    assert_eq!(host.stored(), None);
    let warned =
        |asked: &Asked| matches!(asked, Asked::Log(entry) if entry.level == LogLevel::Error);
    assert_eq!(host.count(warned), 1, "and it was logged");
    locked.store(false, Ordering::SeqCst);
    driver.save();
    assert_eq!(wants_voip(&host), true);
}

#[test]
fn a_storage_that_panics_has_failed() {
    let panics = Arc::new(AtomicBool::new(true));
    let host = Host::answering({
        let panics = panics.clone();
        move |_, asked| {
            let is_save = matches!(asked, Asked::Save(_));
            assert!(!is_save || !panics.load(Ordering::SeqCst), "on purpose");
            Ok(())
        }
    });
    let driver = host.start();
    driver.save();
    panics.store(false, Ordering::SeqCst);
    driver.save();
    assert!(host.stored().is_some());
}

#[test]
fn what_could_not_be_saved_is_announced_again_when_storage_is_readable() {
    let (host, locked) = lockable();
    let driver = host.start();
    register(&driver);
    locked.store(true, Ordering::SeqCst);
    driver.save();
    locked.store(false, Ordering::SeqCst);
    let before = requests_to_save(&host);
    driver.storage_readable();
    assert_eq!(requests_to_save(&host), before + 1);
    driver.save();
    driver.storage_readable();
    assert_eq!(requests_to_save(&host), before + 1, "nothing is left");
}

#[test]
fn a_change_while_saving_is_saved_before_that_is_over() {
    let host = Host::answering(|driver, asked| {
        if matches!(asked, Asked::Save(_)) {
            // The second time it changes nothing.
            register(driver);
            driver.save();
        }
        Ok(())
    });
    let driver = host.start();
    driver.save();
    assert_eq!(wants_voip(&host), true);
}

/// Stores, for the next driver, that tokens are wanted.
fn stored() -> Vec<u8> {
    let host = Host::new();
    let driver = host.start();
    register(&driver);
    driver.shut_down();
    host.stored().unwrap()
}

/// A host whose storage could not be read at start.
fn unreadable(bytes: Vec<u8>) -> (Arc<Host>, Arc<Driver>, Arc<AtomicBool>) {
    let (host, locked) = lockable();
    host.store(bytes);
    locked.store(true, Ordering::SeqCst);
    let driver = host.start();
    (host, driver, locked)
}

fn asks_for_tokens(asked: &Asked) -> bool {
    matches!(asked, Asked::Push(PushRequest::Register { .. }))
}

#[test]
fn what_was_stored_takes_effect_at_the_next_start() {
    let host = Host::new();
    host.store(stored());
    let _driver = host.start();
    assert_eq!(host.count(asks_for_tokens), 1);
}

#[test]
fn while_storage_is_locked_a_push_is_reported_and_nothing_is_overwritten() {
    let before = stored();
    let (host, driver, locked) = unreadable(before.clone());
    push(&driver, "call-42").unwrap();
    assert_eq!(host.count(is_report), 1);
    locked.store(false, Ordering::SeqCst);
    driver.save();
    assert_eq!(host.stored(), Some(before));
}

#[test]
fn storage_that_can_be_read_again_takes_effect() {
    let (host, driver, locked) = unreadable(stored());
    driver.storage_readable();
    assert_eq!(host.count(asks_for_tokens), 0, "it still can't be read");
    locked.store(false, Ordering::SeqCst);
    driver.storage_readable();
    assert_eq!(host.count(asks_for_tokens), 1);
}

#[test]
fn a_storage_that_panics_can_not_be_read_yet() {
    let panics = Arc::new(AtomicBool::new(true));
    let host = Host::answering({
        let panics = panics.clone();
        move |_, asked| {
            let is_load = *asked == Asked::Load;
            assert!(!is_load || !panics.load(Ordering::SeqCst), "on purpose");
            Ok(())
        }
    });
    host.store(stored());
    let driver = host.start();
    driver.storage_readable();
    driver.handle(Input::Detach).unwrap();
    panics.store(false, Ordering::SeqCst);
    driver.storage_readable();
    assert_eq!(host.count(asks_for_tokens), 1);
}
