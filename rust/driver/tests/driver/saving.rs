//! What is saved when, and what becomes of what can't be.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};
use zpns_driver::{Driver, LogLevel, PortError, PushRequest};

use crate::host::{Asked, Host, StorageState, invoke, is_report, push};

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
    let host = Host::new();
    let driver = host.start();
    register(&driver);
    host.set_storage(StorageState::Locked);
    driver.save();
    assert_eq!(host.stored(), None);
    let warned =
        |asked: &Asked| matches!(asked, Asked::Log(entry) if entry.level == LogLevel::Error);
    assert_eq!(host.count(warned), 1, "and it was logged");
    host.set_storage(StorageState::Works);
    driver.save();
    assert_eq!(wants_voip(&host), true);
}

#[test]
fn a_storage_that_panics_has_failed() {
    let host = Host::new();
    let driver = host.start();
    host.set_storage(StorageState::Panics);
    driver.save();
    host.set_storage(StorageState::Works);
    driver.save();
    assert!(host.stored().is_some());
}

#[test]
fn what_could_not_be_saved_is_announced_again_when_storage_is_readable() {
    let host = Host::new();
    let driver = host.start();
    register(&driver);
    host.set_storage(StorageState::Locked);
    driver.save();
    host.set_storage(StorageState::Works);
    let before = requests_to_save(&host);
    driver.storage_readable();
    assert_eq!(requests_to_save(&host), before + 1);
    driver.save();
    driver.storage_readable();
    assert_eq!(requests_to_save(&host), before + 1, "nothing is left");
}

#[test]
fn storage_that_becomes_readable_while_saving_fails_is_tried_again() {
    let host = Host::answering(|driver, asked| match asked {
        Asked::Save(_) => {
            driver.storage_readable();
            Err(PortError::new("was locked"))
        }
        _ => Ok(()),
    });
    let driver = host.start();
    let before = requests_to_save(&host);
    driver.save();
    assert_eq!(requests_to_save(&host), before + 1);
}

#[test]
fn a_change_while_saving_is_saved_before_that_is_over() {
    let registered = AtomicBool::new(false);
    let host = Host::answering(move |driver, asked| {
        if matches!(asked, Asked::Save(_)) && !registered.swap(true, Ordering::SeqCst) {
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

/// A host whose storage was in this state at start.
fn started(storage: StorageState, stored: Vec<u8>) -> (Arc<Host>, Arc<Driver>) {
    let host = Host::new();
    host.store(stored);
    host.set_storage(storage);
    let driver = host.start();
    (host, driver)
}

fn asks_for_tokens(asked: &Asked) -> bool {
    matches!(asked, Asked::Push(PushRequest::Register { .. }))
}

#[test]
fn what_was_stored_takes_effect_at_the_next_start() {
    let (host, _driver) = started(StorageState::Works, stored());
    assert_eq!(host.count(asks_for_tokens), 1);
}

#[test]
fn while_storage_is_locked_a_push_is_reported_and_nothing_is_overwritten() {
    let before = stored();
    let (host, driver) = started(StorageState::Locked, before.clone());
    push(&driver, "call-42").unwrap();
    assert_eq!(host.count(is_report), 1);
    host.set_storage(StorageState::Works);
    driver.save();
    assert_eq!(host.stored(), Some(before));
}

#[test]
fn storage_that_can_be_read_again_takes_effect() {
    for state in [StorageState::Locked, StorageState::Panics] {
        let (host, driver) = started(state, stored());
        driver.storage_readable();
        driver.save();
        assert_eq!(saves(&host), 0, "it still can't be read");
        host.set_storage(StorageState::Works);
        driver.storage_readable();
        driver.save();
        assert_eq!(saves(&host), 1, "{state:?}");
        assert_eq!(wants_voip(&host), true, "as it was stored");
    }
}
