//! What the command line prints, and how it fails.

use std::fmt::Display;
use std::io::Write as _;
use std::process::ExitCode;

use serde::Serialize;

/// A command did not work.
#[derive(Debug)]
pub(super) struct Failure {
    message: String,
    code: u8,
}

impl Failure {
    /// It failed: exit code 1.
    pub(super) fn failed(message: impl Display) -> Self {
        Self {
            message: message.to_string(),
            code: 1,
        }
    }

    /// The arguments are wrong: exit code 2, as clap's own.
    pub(super) fn usage(message: impl Display) -> Self {
        Self {
            message: message.to_string(),
            code: 2,
        }
    }
}

impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::failed(error)
    }
}

/// Writes the failure to standard error.
pub(super) fn report(failure: &Failure) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "zpns: {}", failure.message);
    ExitCode::from(failure.code)
}

/// Writes a line to standard output. A closed pipe is not an error: nobody is reading.
pub(super) fn line(text: impl Display) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}

/// Writes a value as one line of JSON.
pub(super) fn json(value: &impl Serialize) {
    line(serde_json::to_string(value).unwrap_or_default());
}

/// Writes rows in columns, or as one JSON array.
pub(super) fn table<T: Serialize>(
    as_json: bool,
    rows: &[T],
    header: &[&str],
    columns: impl Fn(&T) -> Vec<String>,
) {
    if as_json {
        return json(&rows);
    }
    let mut lines = vec![header.iter().map(|&h| h.to_owned()).collect::<Vec<_>>()];
    lines.extend(rows.iter().map(columns));
    let width = |column: usize| {
        lines
            .iter()
            .filter_map(|l| l.get(column))
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<_> = (0..header.len()).map(width).collect();
    for cells in &lines {
        let padded: Vec<_> = cells
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:<width$}"))
            .collect();
        line(padded.join("  ").trim_end());
    }
}
