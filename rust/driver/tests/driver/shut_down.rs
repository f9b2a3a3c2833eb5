//! The end of a driver.

use std::sync::Arc;

use serde_json::{Value, json};
use zpns_driver::{DriverError, Input, LogLevel, SystemEvent};

use crate::host::{Asked, Host, StorageState, invoke, is_report, push};

#[test]
fn after_the_end_nothing_is_taken_and_nothing_comes_out() {
    let host = Host::new();
    let driver = host.start();
    driver.shut_down();
    let before = host.asked();
    assert_eq!(push(&driver, "call-42"), Err(DriverError::ShutDown));
    assert_eq!(
        driver.handle(Input::System(SystemEvent::Awake)),
        Err(DriverError::ShutDown)
    );
    driver.handle_or_log(Input::Detach);
    driver.storage_readable();
    driver.tick();
    driver.wake();
    driver.save();
    driver.log(LogLevel::Error, "lost".into());
    driver.shut_down();
    assert_eq!(driver.next_tick(), None);
    assert_eq!(host.asked(), before);
}

#[test]
fn the_end_lets_go_of_the_ports() {
    let host = Host::new();
    let driver = host.start();
    push(&driver, "call-42").unwrap();
    driver.shut_down();
    // The clock is still there for calls that come too late.
    assert_eq!(Arc::strong_count(&host), 2);
    drop(driver);
    assert_eq!(Arc::strong_count(&host), 1);
}

#[test]
fn a_port_may_end_the_driver_and_what_is_left_is_not_done() {
    let host = Host::answering(|driver, asked| {
        if is_report(asked) {
            driver.shut_down();
        }
        Ok(())
    });
    let driver = host.start();
    assert_eq!(push(&driver, "call-42"), Err(DriverError::ShutDown));
    let asked = host.asked();
    let report = asked.iter().position(is_report).unwrap();
    assert!(
        matches!(asked[report + 1..], [Asked::Save(_)]),
        "{asked:#?}"
    );
}

#[test]
fn what_changed_right_before_the_end_is_saved() {
    let host = Host::answering(|driver, asked| {
        if matches!(asked, Asked::Complete(1, _)) {
            driver.shut_down();
        }
        Ok(())
    });
    let driver = host.start();
    driver.save();
    let outcome = invoke(&driver, 1, "registerPush", &json!({"enableIOSVoIP": true}));
    assert_eq!(outcome, Err(DriverError::ShutDown));
    let saved: Value = serde_json::from_slice(&host.stored().unwrap()).unwrap();
    assert_eq!(saved["registration"]["wanted"]["voip"], true, "{saved}");
}

#[test]
fn what_could_not_be_saved_is_saved_at_the_end() {
    let host = Host::new();
    let driver = host.start();
    host.set_storage(StorageState::Locked);
    driver.save();
    assert_eq!(host.stored(), None);
    host.set_storage(StorageState::Works);
    driver.shut_down();
    assert!(host.stored().is_some());
}

#[test]
fn an_end_during_saving_leaves_nothing_unsaved() {
    let host = Host::answering(|driver, asked| {
        if matches!(asked, Asked::Save(_)) {
            let wanted = json!({"enableIOSVoIP": true});
            // Refused the second time, after the end.
            let _ = invoke(driver, 1, "registerPush", &wanted);
            driver.shut_down();
        }
        Ok(())
    });
    let driver = host.start();
    driver.save();
    let saved: Value = serde_json::from_slice(&host.stored().unwrap()).unwrap();
    assert_eq!(saved["registration"]["wanted"]["voip"], true, "{saved}");
}

#[test]
fn an_end_that_can_not_save_says_so() {
    let host = Host::new();
    let driver = host.start();
    host.set_storage(StorageState::Locked);
    driver.shut_down();
    let last = host.asked().pop().unwrap();
    assert!(
        matches!(&last, Asked::Log(entry) if entry.message.contains("locked")),
        "{last:?}"
    );
}
