//! Every file of the folder `scenarios`, replayed by the core on the model of the phone, with the kit's gateway in memory.
//!
//! `scenarios/README.md` explains the files. `SCENARIO=name` plays those whose file name contains it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod app;
mod matching;
mod play;
mod stage;

use std::path::{Path, PathBuf};
use std::{env, fs};

use serde_json::Value;

#[test]
fn every_scenario_goes_as_its_file_says() {
    let files = files();
    assert!(
        files.len() >= 90 || env::var("SCENARIO").is_ok(),
        "the folder is there"
    );
    let failures: Vec<_> = files
        .iter()
        .filter_map(|file| {
            let name = file.file_name().unwrap().to_string_lossy().into_owned();
            let problem = play::play(&read(file)).err()?;
            Some(format!("{name}: {problem}"))
        })
        .collect();
    assert!(
        failures.is_empty(),
        "{} of {} scenarios fail\n\n{}",
        failures.len(),
        files.len(),
        failures.join("\n\n")
    );
}

#[test]
fn a_scenario_replays_bit_for_bit() {
    let file = files().into_iter().next().expect("a scenario");
    let scenario = read(&file);
    assert_eq!(play::story(&scenario), play::story(&scenario));
}

fn read(file: &Path) -> Value {
    serde_json::from_slice(&fs::read(file).unwrap()).unwrap()
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
