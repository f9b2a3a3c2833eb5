//! The program `apns-sim`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpStream};
use std::process::{Command, Stdio};

#[test]
fn it_prints_one_line_of_json_that_says_where_it_listens() {
    let mut program = Command::new(env!("CARGO_BIN_EXE_apns-sim"))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(program.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let about: serde_json::Value = serde_json::from_str(&line).unwrap();
    for name in ["development", "production", "control"] {
        let address: SocketAddr = about[name].as_str().unwrap().parse().unwrap();
        TcpStream::connect(address).expect(name);
    }
    assert!(
        about["caPem"]
            .as_str()
            .unwrap()
            .starts_with("-----BEGIN CERTIFICATE-----")
    );
    program.kill().unwrap();
    program.wait().unwrap();
}

#[test]
fn a_stream_limit_of_zero_is_refused() {
    let output = Command::new(env!("CARGO_BIN_EXE_apns-sim"))
        .args(["--stream-limit", "0"])
        .output()
        .unwrap();
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("stream-limit"));
}
