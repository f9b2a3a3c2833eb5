use std::sync::atomic::AtomicUsize;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;

/// A clock that is set by hand.
struct HandClock(AtomicU64);

impl Clock for HandClock {
    fn now(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}

const NOON: u64 = 1_764_000_000_000;

fn by_hand() -> (Arc<HandClock>, Connections) {
    let clock = Arc::new(HandClock(AtomicU64::new(NOON)));
    (Arc::clone(&clock), Connections::new(clock))
}

/// A server that answers so many requests of each connection, closes it when the next one comes, and counts connections and requests.
struct Server {
    url: String,
    connections: Arc<AtomicUsize>,
    requests: Arc<AtomicUsize>,
}

impl Server {
    async fn answering(answers: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let (connections, requests) = (Arc::default(), Arc::default());
        let server = Self {
            url,
            connections: Arc::clone(&connections),
            requests: Arc::clone(&requests),
        };
        tokio::spawn(async move {
            while let Ok((mut socket, _)) = listener.accept().await {
                connections.fetch_add(1, Ordering::SeqCst);
                let requests = Arc::clone(&requests);
                tokio::spawn(async move {
                    let mut answered = 0;
                    while socket.read(&mut [0; 4096]).await.is_ok_and(|read| read > 0) {
                        requests.fetch_add(1, Ordering::SeqCst);
                        if answered == answers {
                            return;
                        }
                        answered += 1;
                        let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";
                        socket.write_all(answer).await.unwrap();
                    }
                });
            }
        });
        server
    }

    fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

/// Sends a request and reads its answer to the end, as a connection is kept only then.
async fn ask(connections: &Connections, server: &Server) -> Result<(), NetworkError> {
    let answer = connections
        .send(&server.url, |client| client.post(&server.url))
        .await?;
    assert_eq!(answer.bytes().await.unwrap(), "{}");
    // The connection is given back by its own task.
    tokio::time::sleep(Duration::from_millis(50)).await;
    Ok(())
}

#[tokio::test]
async fn requests_use_the_connection_that_the_one_before_has_opened() {
    let (_, connections) = by_hand();
    let server = Server::answering(usize::MAX).await;
    for _ in 0..3 {
        ask(&connections, &server).await.unwrap();
    }
    assert_eq!((server.connections(), server.requests()), (1, 3));
}

#[tokio::test]
async fn a_request_whose_kept_connection_the_server_closed_is_sent_again_over_a_new_one() {
    let (_, connections) = by_hand();
    let server = Server::answering(1).await;
    for _ in 0..3 {
        ask(&connections, &server).await.unwrap();
    }
    assert_eq!((server.connections(), server.requests()), (3, 5));
}

#[tokio::test]
async fn a_request_that_fails_on_a_new_connection_is_not_sent_again() {
    let (_, connections) = by_hand();
    let server = Server::answering(0).await;
    let failure = ask(&connections, &server).await.unwrap_err().failure;
    assert_eq!(failure, HttpFailure::Broken);
    assert_eq!((server.connections(), server.requests()), (1, 1));
}

#[tokio::test]
async fn renewed_connections_are_new_ones() {
    let (_, connections) = by_hand();
    let server = Server::answering(usize::MAX).await;
    ask(&connections, &server).await.unwrap();
    connections.renew();
    ask(&connections, &server).await.unwrap();
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn kept_connections_are_not_trusted_after_a_long_silence() {
    let (clock, connections) = by_hand();
    let server = Server::answering(usize::MAX).await;
    let pass = |milliseconds| clock.0.fetch_add(milliseconds, Ordering::SeqCst);
    ask(&connections, &server).await.unwrap();
    pass(TRUSTED_MS);
    ask(&connections, &server).await.unwrap();
    assert_eq!(server.connections(), 1, "something was heard in time");
    pass(TRUSTED_MS);
    // As from a stream, meanwhile.
    connections.heard();
    pass(TRUSTED_MS);
    ask(&connections, &server).await.unwrap();
    assert_eq!(server.connections(), 1, "something was heard in time");
    pass(TRUSTED_MS + 1);
    ask(&connections, &server).await.unwrap();
    assert_eq!(server.connections(), 2, "nothing was");
    clock.0.fetch_sub(TRUSTED_MS + 1, Ordering::SeqCst);
    ask(&connections, &server).await.unwrap();
    assert_eq!(server.connections(), 3, "nobody knows how long it was");
}

#[tokio::test]
async fn two_requests_after_a_long_silence_share_what_they_open() {
    let (_, connections) = by_hand();
    let server = Server::answering(usize::MAX).await;
    for _ in 0..2 {
        let both = tokio::join!(ask(&connections, &server), ask(&connections, &server));
        both.0.unwrap();
        both.1.unwrap();
    }
    assert_eq!((server.connections(), server.requests()), (2, 4));
}
