//! What a request began is finished, whether or not anybody still waits for the answer.
//!
//! A phone may be killed, or lose its network, between its decline and the answer. What is in the store by then has yet to be told to those who
//! follow the call, and its pushes have yet to be handed on.

use std::panic::resume_unwind;

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;

/// Serves the request in a task of its own, which a closed connection or a time-out does not end.
pub(super) async fn finish(request: Request, next: Next) -> Response {
    match tokio::spawn(next.run(request)).await {
        Ok(response) => response,
        // Nobody cancels the task, so it panicked: that is answered further out.
        Err(error) => resume_unwind(error.into_panic()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use axum::routing::post;
    use axum::{Router, middleware};
    use tokio::io::AsyncWriteExt as _;
    use tokio::net::{TcpListener, TcpStream};
    use tokio::sync::Notify;

    use super::*;

    #[tokio::test]
    async fn what_a_client_began_is_finished_although_it_hung_up() {
        let (begun, go_on, finished) = (
            Arc::new(Notify::new()),
            Arc::new(Notify::new()),
            Arc::new(Notify::new()),
        );
        let handler = {
            let (begun, go_on, finished) = (
                Arc::clone(&begun),
                Arc::clone(&go_on),
                Arc::clone(&finished),
            );
            move || async move {
                begun.notify_one();
                go_on.notified().await;
                finished.notify_one();
            }
        };
        let router = Router::new()
            .route("/", post(handler))
            .layer(middleware::from_fn(finish));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = tokio::spawn(async move { axum::serve(listener, router).await });
        let mut client = TcpStream::connect(address).await.unwrap();
        client
            .write_all(b"POST / HTTP/1.1\r\nhost: gateway\r\ncontent-length: 0\r\n\r\n")
            .await
            .unwrap();
        begun.notified().await;
        drop(client);
        // Long enough for the server to see that the connection is closed.
        tokio::time::sleep(Duration::from_millis(200)).await;
        go_on.notify_one();
        tokio::time::timeout(Duration::from_secs(10), finished.notified())
            .await
            .expect("finished");
        server.abort();
    }
}
