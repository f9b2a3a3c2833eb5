//! Where figures go: a table for people, JSON for programs.

use std::fs;
use std::path::Path;

use serde::Serialize;

use crate::latency::Latency;

/// Everything that one benchmark measured.
#[derive(Default, Serialize)]
pub(crate) struct Results {
    latencies: Vec<Named<Latency>>,
    figures: Vec<Named<Figure>>,
    bars: Vec<Bar>,
}

#[derive(Serialize)]
struct Named<T> {
    name: &'static str,
    #[serde(flatten)]
    value: T,
}

#[derive(Serialize)]
struct Figure {
    value: f64,
    unit: &'static str,
}

/// A bar that a figure must not exceed.
#[derive(Serialize)]
struct Bar {
    name: &'static str,
    most: f64,
    measured: f64,
    held: bool,
}

impl Results {
    pub(crate) fn latency(&mut self, name: &'static str, value: Latency) {
        self.latencies.push(Named { name, value });
    }

    pub(crate) fn figure(&mut self, name: &'static str, value: f64, unit: &'static str) {
        self.figures.push(Named {
            name,
            value: Figure { value, unit },
        });
    }

    pub(crate) fn bar(&mut self, name: &'static str, most: f64, measured: f64) {
        self.bars.push(Bar {
            name,
            most,
            measured,
            held: measured <= most,
        });
    }

    /// Prints the tables and writes bench/results/NAME.json. An error if a bar was missed.
    pub(crate) fn publish(&self, name: &str) -> Result<(), String> {
        println!(
            "{:<52} {:>8} {:>10} {:>10} {:>10} {:>10}",
            "latency", "runs", "median", "p99", "p99.9", "worst"
        );
        for Named { name, value } in &self.latencies {
            let [median, p99, p999, worst] =
                [value.median_ns, value.p99_ns, value.p999_ns, value.worst_ns].map(micros);
            println!(
                "{name:<52} {:>8} {median:>10} {p99:>10} {p999:>10} {worst:>10}",
                value.runs
            );
        }
        println!();
        for Named { name, value } in &self.figures {
            println!("{name:<52} {:>12.2} {}", value.value, value.unit);
        }
        println!();
        for bar in &self.bars {
            println!(
                "{:<52} {:>12.2} of at most {:.2}: {}",
                bar.name,
                bar.measured,
                bar.most,
                if bar.held { "held" } else { "MISSED" }
            );
        }
        let folder = Path::new("bench/results");
        let file = folder.join(format!("{name}.json"));
        let json = serde_json::to_string_pretty(self).map_err(|error| error.to_string())?;
        fs::create_dir_all(folder)
            .and_then(|()| fs::write(&file, json + "\n"))
            .map_err(|error| format!("can't write {}: {error}", file.display()))?;
        println!("\nwritten to {}", file.display());
        let missed: Vec<&str> = self
            .bars
            .iter()
            .filter(|bar| !bar.held)
            .map(|bar| bar.name)
            .collect();
        if missed.is_empty() {
            Ok(())
        } else {
            Err(format!("bars missed: {}", missed.join(", ")))
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "for reading")]
fn micros(ns: u64) -> String {
    format!("{:.2} µs", ns as f64 / 1000.0)
}
