use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use zpns_driver::{HttpMethod, SystemClock};

use super::*;

const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Debug, PartialEq)]
enum Told {
    Http(u64, Result<u16, HttpFailure>),
    Stream(u64, StreamItem),
    Tick,
    Save,
    End,
}

/// An owner that passes on what it is told.
struct Recorder(Mutex<Sender<Told>>);

impl Recorder {
    fn record(&self, told: Told) {
        let sender = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sender.send(told).unwrap();
    }
}

impl Owner for Recorder {
    fn http_finished(&self, id: u64, outcome: Result<HttpResponse, HttpFailure>) {
        self.record(Told::Http(id, outcome.map(|response| response.status)));
    }
    fn stream_delivered(&self, id: u64, item: StreamItem) {
        self.record(Told::Stream(id, item));
    }
    fn tick(&self) {
        self.record(Told::Tick);
    }
    fn save(&self) {
        self.record(Told::Save);
    }
    fn log(&self, _: LogLevel, _: String) {}
    fn thread_ends(&self) {
        self.record(Told::End);
    }
}

struct Running {
    commands: UnboundedSender<Command>,
    told: Receiver<Told>,
    thread: JoinHandle<()>,
}

impl Running {
    fn next(&self) -> Told {
        self.told.recv_timeout(PATIENCE).unwrap()
    }

    /// What else comes until the thread has ended.
    fn stop(self) -> Vec<Told> {
        drop(self.commands);
        self.thread.join().unwrap();
        self.told.iter().collect()
    }
}

/// Runs a worker to which these commands are sent before it begins.
fn run(commands: impl IntoIterator<Item = Command>) -> Running {
    let (sender, receiver) = unbounded_channel();
    for command in commands {
        sender.send(command).unwrap();
    }
    let (recorder, told) = channel();
    let thread = thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let owner = Arc::new(Recorder(Mutex::new(recorder)));
        Worker::new(owner, Arc::new(SystemClock), Arc::default()).run(runtime, receiver);
    });
    Running {
        commands: sender,
        told,
        thread,
    }
}

/// A server and the URL to reach it.
fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    (listener, url)
}

fn answer(listener: &TcpListener, answer: &str) -> TcpStream {
    let (mut socket, _) = listener.accept().unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let _ = socket.read(&mut [0; 4096]).unwrap();
    socket.write_all(answer.as_bytes()).unwrap();
    socket
}

fn stream(id: u64, url: &str) -> Command {
    Command::OpenStream(StreamRequest {
        id,
        url: url.to_owned(),
        bearer: None,
        last_event_id: None,
    })
}

fn request(id: u64, url: &str) -> Command {
    Command::Request(HttpRequest {
        id,
        method: HttpMethod::Get,
        url: url.to_owned(),
        bearer: None,
        idempotency_key: None,
        body: None,
        timeout_ms: 10_000,
    })
}

const STREAM: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n";

#[test]
fn the_outcome_of_a_request_has_its_number() {
    let (listener, url) = listen();
    let running = run([request(7, &url)]);
    answer(&listener, "HTTP/1.1 204 No Content\r\n\r\n");
    assert_eq!(running.next(), Told::Http(7, Ok(204)));
    running.commands.send(request(8, "nowhere")).unwrap();
    assert_eq!(running.next(), Told::Http(8, Err(HttpFailure::InvalidUrl)));
}

#[test]
fn the_end_of_a_stream_is_told_last_and_once() {
    let (listener, url) = listen();
    let running = run([stream(7, &url)]);
    drop(answer(&listener, STREAM));
    assert_eq!(running.next(), Told::Stream(7, StreamItem::Open));
    let closed = StreamItem::Closed {
        status: None,
        failure: None,
    };
    assert_eq!(running.next(), Told::Stream(7, closed));
    assert_eq!(running.stop(), [Told::End]);
}

#[test]
fn closing_a_stream_closes_its_connection_and_tells_nothing() {
    let (listener, url) = listen();
    let running = run([stream(7, &url)]);
    let mut socket = answer(&listener, STREAM);
    assert_eq!(running.next(), Told::Stream(7, StreamItem::Open));
    running.commands.send(Command::CloseStream(7)).unwrap();
    assert_eq!(socket.read(&mut [0; 16]).unwrap(), 0, "closed");
    assert_eq!(running.stop(), [Told::End]);
}

#[test]
fn a_stream_that_was_closed_before_it_was_opened_asks_nobody() {
    let (listener, url) = listen();
    let running = run([stream(7, &url), Command::CloseStream(7)]);
    running.commands.send(Command::Save).unwrap();
    assert_eq!(running.next(), Told::Save);
    assert_eq!(running.stop(), [Told::End]);
    listener.set_nonblocking(true).unwrap();
    assert!(listener.accept().is_err());
}

#[test]
fn streams_that_ended_are_forgotten() {
    let (recorder, _told) = channel();
    let owner = Arc::new(Recorder(Mutex::new(recorder)));
    let mut worker = Worker::new(owner, Arc::new(SystemClock), Arc::default());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        for id in 0..10 {
            worker.obey(&mut vec![stream(id, "nowhere")]);
            tokio::task::yield_now().await;
        }
    });
    assert!(worker.streams.len() <= 2, "{}", worker.streams.len());
}

#[test]
fn a_batch_of_changes_is_saved_once() {
    let running = run([Command::Save, Command::Save]);
    assert_eq!(running.next(), Told::Save);
    assert_eq!(running.stop(), [Told::End]);
}

#[test]
fn a_tick_comes_at_its_time_and_again_until_there_is_another() {
    let at = SystemClock.now() + 50;
    let running = run([Command::TickAt(Some(at))]);
    assert_eq!(running.next(), Told::Tick);
    assert!(SystemClock.now() >= at);
    assert_eq!(running.next(), Told::Tick, "nobody named another time");
    running.commands.send(Command::TickAt(None)).unwrap();
    running.commands.send(Command::Save).unwrap();
    while running.next() != Told::Save {}
    assert_eq!(running.stop(), [Told::End]);
}

#[test]
fn what_was_told_before_the_end_is_done_before_it() {
    let running = run([Command::TickAt(Some(u64::MAX)), Command::Save]);
    assert_eq!(running.stop(), [Told::Save, Told::End]);
}
