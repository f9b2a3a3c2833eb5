//! Every file of the folder `scenarios`, replayed by the real client and core on the virtual iPhone against a gateway on a loopback port.
//!
//! `scenarios/README.md` explains the files. `SCENARIO=name` plays those whose file name contains it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod app;
mod calls;
mod gateway;
mod matching;
mod play;
mod server;
mod stage;

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{env, fs, thread};

use serde_json::Value;

/// How many are played at once: they wait more than they work.
const AT_ONCE: usize = 6;

#[test]
fn every_scenario_goes_as_its_file_says() {
    let files = files();
    assert!(
        files.len() >= 40 || env::var("SCENARIO").is_ok(),
        "the folder is there"
    );
    let (next, failures) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(file) = files.get(next.fetch_add(1, Ordering::SeqCst)) {
                    if let Err(problem) = replay(file) {
                        failures.lock().unwrap().push(format!(
                            "{}: {problem}",
                            file.file_name().unwrap().to_string_lossy()
                        ));
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    assert!(
        failures.is_empty(),
        "{} of {} scenarios fail\n\n{}",
        failures.len(),
        files.len(),
        failures.join("\n\n")
    );
}

fn replay(file: &Path) -> Result<(), String> {
    let scenario: Value =
        serde_json::from_slice(&fs::read(file).unwrap()).map_err(|error| error.to_string())?;
    let is_left_out = scenario["not"]
        .as_array()
        .is_some_and(|not| not.iter().any(|not| not["runner"] == "rust"));
    if is_left_out {
        Ok(())
    } else {
        play::play(&scenario)
    }
}

fn files() -> Vec<PathBuf> {
    let wanted = env::var("SCENARIO").unwrap_or_default();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            path.extension()
                .is_some_and(|extension| extension == "json")
                && name != "scenario.schema.json"
                && name.contains(&wanted)
        })
        .collect();
    files.sort();
    files
}
