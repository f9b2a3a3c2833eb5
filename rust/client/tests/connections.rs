//! Which connections the requests of a call use, against a server that counts them.

#![allow(missing_docs, unreachable_pub, dead_code)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value
)]

mod support;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use support::{Asked, PATIENCE, Recorder, completion, is_report, start};
use zpns_client::{ActionKind, CallAction, Client, Clock, SystemClock, SystemEvent, call_uuid};

/// How long a client may take to give a connection back that it is done with.
const MOMENT: Duration = Duration::from_millis(200);

/// A request as the server got it.
#[derive(Debug)]
struct Got {
    /// Number of the connection, from 1.
    connection: usize,
    /// `POST /v1/receipts`
    what: String,
}

/// A gateway that answers everything, and follows calls with streams that say nothing.
struct Gateway {
    url: String,
    got: Receiver<Got>,
    connections: Arc<AtomicUsize>,
    open: Arc<Mutex<Vec<TcpStream>>>,
}

impl Gateway {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (sender, got) = channel();
        let (connections, open): (Arc<AtomicUsize>, Arc<Mutex<Vec<_>>>) = Default::default();
        let gateway = Self {
            url,
            got,
            connections: Arc::clone(&connections),
            open: Arc::clone(&open),
        };
        thread::spawn(move || {
            for socket in listener.incoming().map_while(Result::ok) {
                let connection = connections.fetch_add(1, Ordering::SeqCst) + 1;
                open.lock().unwrap().push(socket.try_clone().unwrap());
                let sender = sender.clone();
                thread::spawn(move || serve(socket, connection, &sender));
            }
        });
        gateway
    }

    fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// Waits for a request that ends so; gives the number of its connection.
    fn wait_for(&self, what: &str) -> usize {
        let until = Instant::now() + PATIENCE;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let got = self
                .got
                .recv_timeout(left)
                .unwrap_or_else(|_| panic!("{what} does not come"));
            if got.what.ends_with(what) {
                return got.connection;
            }
        }
    }

    /// Waits until a call rings that is followed and of which the gateway has the receipt.
    fn ring(&self, client: &Client, platform: &Recorder) {
        let now = SystemClock.now();
        let push = serde_json::json!({"call_id": "call-42", "zpns": {
            "v": 1, "kind": "invite", "sentAt": now, "expiresAt": now + 45_000, "user": "bob", "caller": "alice",
            "followURL": format!("{}/v1/calls/call-42", self.url), "followToken": "follow",
        }});
        client.voip_push(push.to_string().as_bytes(), true).unwrap();
        platform.wait_for("the report", |asked| is_report(asked).then_some(()));
        client.system(completion(platform)).unwrap();
        let mut left = vec!["/events", "/receipts"];
        while !left.is_empty() {
            let got = self.got.recv_timeout(PATIENCE).unwrap();
            left.retain(|what| !got.what.ends_with(what));
        }
        thread::sleep(MOMENT);
    }
}

fn serve(socket: TcpStream, connection: usize, got: &Sender<Got>) {
    let mut reader = BufReader::new(socket.try_clone().unwrap());
    let mut socket = socket;
    let mut line = String::new();
    while reader.read_line(&mut line).is_ok_and(|read| read > 0) {
        let what = line.rsplit_once(' ').unwrap().0.to_owned();
        let mut length = 0;
        loop {
            line.clear();
            reader.read_line(&mut line).unwrap();
            let header = line.trim().to_ascii_lowercase();
            if let Some(value) = header.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            if header.is_empty() {
                break;
            }
        }
        reader.read_exact(&mut vec![0; length]).unwrap();
        line.clear();
        let answer = if what.ends_with("/events") {
            "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"
        } else {
            "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"
        };
        // Who does not listen any more has hung up.
        if got.send(Got { connection, what }).is_err()
            || socket.write_all(answer.as_bytes()).is_err()
        {
            return;
        }
    }
}

fn decline(client: &Client) {
    let action = CallAction {
        id: call_uuid("action"),
        call: call_uuid("call-42"),
        kind: ActionKind::End,
        deadline: SystemClock.now() + 30_000,
        transaction: None,
    };
    client.system(SystemEvent::Action(action)).unwrap();
}

#[test]
fn a_decline_waits_for_no_connection_while_the_call_rings() {
    let gateway = Gateway::start();
    let platform = Recorder::new();
    let client = start(&platform);
    gateway.ring(&client, &platform);
    let opened = gateway.connections();
    decline(&client);
    assert!(gateway.wait_for("/reject") <= opened);
    assert_eq!(gateway.connections(), opened);
}

#[test]
fn after_a_change_of_networks_no_connection_of_before_is_used() {
    for event in [SystemEvent::NetworkChanged, SystemEvent::Awake] {
        let gateway = Gateway::start();
        let platform = Recorder::new();
        let client = start(&platform);
        gateway.ring(&client, &platform);
        let opened = gateway.connections();
        client.system(event.clone()).unwrap();
        decline(&client);
        let mut declined = false;
        while !declined {
            let got = gateway.got.recv_timeout(PATIENCE).unwrap();
            assert!(got.connection > opened, "{event:?}: {got:?}");
            declined = got.what.ends_with("/reject");
        }
    }
}

#[test]
fn a_server_that_closes_connections_that_nobody_uses_costs_nothing() {
    let gateway = Gateway::start();
    let platform = Recorder::new();
    let client = start(&platform);
    gateway.ring(&client, &platform);
    for socket in gateway.open.lock().unwrap().iter() {
        socket.shutdown(std::net::Shutdown::Both).unwrap();
    }
    decline(&client);
    gateway.wait_for("/reject");
    let failed = |asked: &Asked| match asked {
        Asked::Log(entry) => entry.message.starts_with("request"),
        _ => false,
    };
    assert!(!platform.asked().iter().any(failed));
}
