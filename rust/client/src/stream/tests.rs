use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response as Answer};
use axum::routing::get;
use futures_util::stream;
use tokio::net::TcpListener;
use zpns_driver::Clock;

use super::*;

async fn serve(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address: SocketAddr = listener.local_addr().unwrap();
    let router = router.layer(axum::middleware::map_response(dated));
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}/events")
}

async fn dated(mut answer: Answer) -> Answer {
    let date = HeaderValue::from_static("Sun, 06 Nov 1994 08:49:37 GMT");
    answer.headers_mut().insert("date", date);
    answer
}

/// It is open, and the server's clock says what [`dated`] does.
const OPEN: StreamItem = StreamItem::Open {
    date: Some(784_111_777_000),
};

/// A server whose stream is these pieces.
async fn pieces(pieces: &'static [&'static str]) -> String {
    let answer = move || async move {
        let body = stream::iter(pieces.iter().map(|piece| Ok::<_, std::io::Error>(*piece)));
        (
            [("content-type", "text/event-stream; charset=utf-8")],
            Body::from_stream(body),
        )
            .into_response()
    };
    serve(Router::new().route("/events", get(answer))).await
}

fn request(url: String) -> StreamRequest {
    StreamRequest {
        id: 1,
        url,
        bearer: None,
        last_event_id: None,
    }
}

/// What a stream delivered, and how it ended.
async fn read_all(request: StreamRequest) -> (Vec<StreamItem>, Result<Option<u16>, HttpFailure>) {
    let mut items = Vec::new();
    let end = read(&Connections::default(), request, |item| items.push(item)).await;
    (items, end.map_err(|error| error.failure))
}

fn event(id: Option<&str>, event: &str, data: &str) -> StreamItem {
    StreamItem::Event {
        id: id.map(ToOwned::to_owned),
        event: event.to_owned(),
        data: data.to_owned(),
    }
}

#[tokio::test]
async fn a_stream_opens_delivers_and_ends() {
    let url = pieces(&[
        ": hello\n\nid: 1\nevent: acc",
        "epted\ndata: {}\r",
        "\n\r\ndata: bye\n\n",
    ])
    .await;
    let (items, end) = read_all(request(url)).await;
    assert_eq!(
        items,
        [
            OPEN,
            event(Some("1"), "accepted", "{}"),
            event(Some("1"), "message", "bye")
        ]
    );
    assert_eq!(end, Ok(None));
}

#[tokio::test]
async fn it_says_who_asks_and_where_to_resume() {
    let echo = get(|headers: HeaderMap| async move {
        let header = |name| {
            headers
                .get(name)
                .map_or("", |value| value.to_str().unwrap())
                .to_owned()
        };
        let data = format!(
            "data: {} {} {}\n\n",
            header("authorization"),
            header("last-event-id"),
            header("accept")
        );
        ([("content-type", "text/event-stream")], data)
    });
    let url = serve(Router::new().route("/events", echo)).await;
    let request = StreamRequest {
        bearer: Some("follow".into()),
        last_event_id: Some("41".into()),
        ..request(url)
    };
    assert_eq!(
        read_all(request).await.0,
        [
            OPEN,
            event(None, "message", "Bearer follow 41 text/event-stream")
        ]
    );
}

#[tokio::test]
async fn a_refusal_never_opens_and_tells_its_status() {
    for status in [
        StatusCode::UNAUTHORIZED,
        StatusCode::GONE,
        StatusCode::NO_CONTENT,
    ] {
        let url = serve(Router::new().route("/events", get(move || async move { status }))).await;
        assert_eq!(
            read_all(request(url)).await,
            (vec![], Ok(Some(status.as_u16())))
        );
    }
}

#[tokio::test]
async fn an_answer_of_another_type_is_broken() {
    let page = || async { Answer::new(Body::from("<html>")) };
    let url = serve(Router::new().route("/events", get(page))).await;
    assert_eq!(
        read_all(request(url)).await,
        (vec![], Err(HttpFailure::Broken))
    );
}

#[tokio::test]
async fn an_event_that_never_ends_is_broken() {
    let endless = || async {
        let body = stream::repeat_with(|| Ok::<_, std::io::Error>(vec![b'x'; 64 * 1024]));
        (
            [("content-type", "text/event-stream")],
            Body::from_stream(body),
        )
            .into_response()
    };
    let url = serve(Router::new().route("/events", get(endless))).await;
    assert_eq!(
        read_all(request(url)).await,
        (vec![OPEN], Err(HttpFailure::Broken))
    );
}

#[tokio::test]
async fn a_server_that_is_not_there_is_unreachable() {
    let address = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    assert_eq!(
        read_all(request(format!("http://{address}/"))).await,
        (vec![], Err(HttpFailure::Unreachable))
    );
}

#[tokio::test]
async fn silence_is_a_failure_after_a_while() {
    let nothing = within(
        Duration::from_millis(10),
        std::future::pending::<reqwest::Result<()>>(),
    )
    .await;
    assert_eq!(nothing.unwrap_err().failure, HttpFailure::TimedOut);
}

/// A clock that is set by hand.
struct HandClock(AtomicU64);

impl Clock for HandClock {
    fn now(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}

#[tokio::test]
async fn what_comes_on_a_stream_keeps_connections_trusted() {
    let clock = Arc::new(HandClock(AtomicU64::new(0)));
    let url = pieces(&[": still here\n\n"]).await;
    let connections = Connections::new(Arc::<HandClock>::clone(&clock));
    let open = |_| clock.0.store(60_000, Ordering::SeqCst);
    read(&connections, request(url), open).await.unwrap();
    assert_eq!(connections.silence_ms(), 0);
}
