use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, JoinHandle};

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
    queue: Arc<WorkQueue>,
    told: Receiver<Told>,
    thread: JoinHandle<()>,
}

impl Running {
    fn next(&self) -> Told {
        self.told.recv_timeout(PATIENCE).unwrap()
    }

    /// What else comes until the thread has ended.
    fn stop(self) -> Vec<Told> {
        self.queue.close();
        self.thread.join().unwrap();
        self.told.iter().collect()
    }
}

/// Runs a worker that was asked for this before it begins.
fn run(commands: impl IntoIterator<Item = Command>) -> Running {
    let queue = Arc::new(WorkQueue::default());
    for command in commands {
        queue.command(command).unwrap();
    }
    let (recorder, told) = channel();
    let worker = worker(recorder, Arc::clone(&queue));
    let thread = thread::spawn(move || worker.run(runtime()));
    Running {
        queue,
        told,
        thread,
    }
}

fn worker(recorder: Sender<Told>, queue: Arc<WorkQueue>) -> Worker {
    let owner = Arc::new(Recorder(Mutex::new(recorder)));
    Worker::new(owner, queue, Arc::new(SystemClock), Arc::default())
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
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
    running.queue.command(request(8, "nowhere")).unwrap();
    assert_eq!(running.next(), Told::Http(8, Err(HttpFailure::InvalidUrl)));
}

#[test]
fn the_end_of_a_stream_is_told_last_and_once() {
    let (listener, url) = listen();
    let running = run([stream(7, &url)]);
    drop(answer(&listener, STREAM));
    assert_eq!(
        running.next(),
        Told::Stream(7, StreamItem::Open { date: None })
    );
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
    assert_eq!(
        running.next(),
        Told::Stream(7, StreamItem::Open { date: None })
    );
    running.queue.command(Command::CloseStream(7)).unwrap();
    assert_eq!(socket.read(&mut [0; 16]).unwrap(), 0, "closed");
    assert_eq!(running.stop(), [Told::End]);
}

#[test]
fn a_stream_that_was_closed_before_it_was_opened_asks_nobody() {
    let (listener, url) = listen();
    let running = run([stream(7, &url), Command::CloseStream(7)]);
    running.queue.save().unwrap();
    assert_eq!(running.next(), Told::Save);
    assert_eq!(running.stop(), [Told::End]);
    listener.set_nonblocking(true).unwrap();
    assert!(listener.accept().is_err());
}

#[test]
fn streams_that_ended_are_forgotten() {
    let (recorder, _told) = channel();
    let mut worker = worker(recorder, Arc::default());
    runtime().block_on(async {
        for id in 0..10 {
            worker.perform(Work {
                commands: vec![stream(id, "nowhere")],
                ..Work::default()
            });
            tokio::task::yield_now().await;
        }
    });
    assert!(worker.streams.len() <= 2, "{}", worker.streams.len());
}

#[test]
fn changes_that_come_together_are_saved_once() {
    let queue = Arc::new(WorkQueue::default());
    queue.save().unwrap();
    queue.save().unwrap();
    queue.close();
    let (recorder, told) = channel();
    worker(recorder, queue).run(runtime());
    assert_eq!(told.iter().collect::<Vec<_>>(), [Told::Save, Told::End]);
}

/// An owner whose every save causes the next, until a tick comes or it has had enough.
struct Flood {
    queue: Arc<WorkQueue>,
    saves: AtomicU64,
    ticks: AtomicU64,
}

impl Owner for Flood {
    fn save(&self) {
        if self.saves.fetch_add(1, Ordering::Relaxed) < 100_000 {
            let _ = self.queue.save();
        } else {
            self.queue.close();
        }
    }
    fn tick(&self) {
        self.ticks.fetch_add(1, Ordering::Relaxed);
        self.queue.close();
    }
    fn http_finished(&self, _: u64, _: Result<HttpResponse, HttpFailure>) {}
    fn stream_delivered(&self, _: u64, _: StreamItem) {}
    fn log(&self, _: LogLevel, _: String) {}
    fn thread_ends(&self) {}
}

#[test]
fn a_flood_of_work_does_not_hold_up_a_tick() {
    let queue = Arc::new(WorkQueue::default());
    queue.save().unwrap();
    queue.tick_at(Some(1)).unwrap();
    let flood = Arc::new(Flood {
        queue: Arc::clone(&queue),
        saves: AtomicU64::new(0),
        ticks: AtomicU64::new(0),
    });
    let owner: Arc<dyn Owner> = Arc::<Flood>::clone(&flood);
    Worker::new(owner, queue, Arc::new(SystemClock), Arc::default()).run(runtime());
    assert_eq!(flood.ticks.load(Ordering::Relaxed), 1);
}

#[test]
fn a_deadline_that_does_not_move_leaves_time_for_work() {
    let running = run([]);
    running.queue.tick_at(Some(1)).unwrap();
    for _ in 0..3 {
        assert_eq!(running.next(), Told::Tick);
    }
    running.queue.save().unwrap();
    while running.next() != Told::Save {}
    running.stop();
}
