//! The gateway behind a loopback port: one request for each connection, and server-sent events.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use zpns_protocol::calls::CallEventKind;

use crate::gateway::{Answer, Gateway};

/// For how long nothing must have come or gone before everything counts as heard.
const QUIET: Duration = Duration::from_millis(25);

/// A gateway on a port of this machine, as long as it lives.
pub(crate) struct Server {
    pub(crate) gateway: Arc<Gateway>,
    activity: Arc<Mutex<Instant>>,
    port: u16,
    over: Arc<AtomicBool>,
}

impl Server {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (gateway, over, activity) = (
            Arc::<Gateway>::default(),
            Arc::<AtomicBool>::default(),
            Arc::new(Mutex::new(Instant::now())),
        );
        gateway.set_url(format!("http://127.0.0.1:{port}"));
        let server = Self {
            gateway: Arc::clone(&gateway),
            activity: Arc::clone(&activity),
            port,
            over: Arc::clone(&over),
        };
        thread::spawn(move || {
            for connection in listener.incoming() {
                if over.load(Ordering::SeqCst) {
                    break;
                }
                let (gateway, activity) = (Arc::clone(&gateway), Arc::clone(&activity));
                thread::spawn(move || {
                    // A phone that is switched off closes its connections at any time.
                    let _ = answer(&gateway, &activity, &connection.unwrap());
                });
            }
        });
        server
    }

    /// Something is about to come.
    pub(crate) fn expect_traffic(&self) {
        *self.activity.lock().unwrap() = Instant::now();
    }

    /// Waits until no request is under way.
    pub(crate) fn quiet(&self) {
        while self.activity.lock().unwrap().elapsed() < QUIET {
            thread::sleep(Duration::from_millis(2));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.gateway.close();
        self.over.store(true, Ordering::SeqCst);
        // Wakes the thread that waits for connections.
        drop(TcpStream::connect(("127.0.0.1", self.port)));
    }
}

fn answer(
    gateway: &Gateway,
    activity: &Mutex<Instant>,
    mut connection: &TcpStream,
) -> std::io::Result<()> {
    let mut reader = BufReader::new(connection);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut words = line.split(' ').map(str::to_owned);
    let (Some(method), Some(path)) = (words.next(), words.next()) else {
        return Ok(());
    };
    *activity.lock().unwrap() = Instant::now();
    let (mut length, mut token, mut after) = (0, String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim().split_once(": ") else {
            break;
        };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().unwrap(),
            "authorization" => value.trim_start_matches("Bearer ").clone_into(&mut token),
            "last-event-id" => after = value.parse().unwrap(),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let body: Option<Value> = (length > 0).then(|| serde_json::from_slice(&body).unwrap());
    let answer = gateway.handle(&method, &path, &token, body);
    match path
        .strip_suffix("/events")
        .filter(|_| answer.status == 200)
    {
        Some(call) => stream(
            gateway,
            activity,
            connection,
            call.rsplit('/').next().unwrap(),
            after,
        )?,
        None if answer.status == 0 => {}
        None => connection.write_all(&response(&answer))?,
    }
    *activity.lock().unwrap() = Instant::now();
    Ok(())
}

fn response(
    Answer {
        status,
        body,
        retry_after,
    }: &Answer,
) -> Vec<u8> {
    let body = body.as_ref().map(Value::to_string).unwrap_or_default();
    let retry = retry_after
        .map(|seconds| format!("retry-after: {seconds}\r\n"))
        .unwrap_or_default();
    let length = if *status == 204 {
        String::new()
    } else {
        format!("content-length: {}\r\n", body.len())
    };
    format!("HTTP/1.1 {status} Answer\r\n{retry}{length}connection: close\r\n\r\n{body}")
        .into_bytes()
}

fn stream(
    gateway: &Gateway,
    activity: &Mutex<Instant>,
    mut connection: &TcpStream,
    call: &str,
    after: u64,
) -> std::io::Result<()> {
    connection.write_all(
        b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n",
    )?;
    for event in gateway.follow(call, after) {
        *activity.lock().unwrap() = Instant::now();
        let kind: CallEventKind = event.kind;
        let (kind, data) = (
            serde_json::to_value(kind).unwrap(),
            serde_json::to_string(&event).unwrap(),
        );
        connection.write_all(
            format!(
                "id: {}\nevent: {}\ndata: {data}\n\n",
                event.seq,
                kind.as_str().unwrap()
            )
            .as_bytes(),
        )?;
    }
    Ok(())
}
