use std::net::SocketAddr;

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use axum::routing::{any, get};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use zpns_driver::HttpFailure;

use super::*;

async fn serve(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

/// A server that answers every connection with these bytes and closes it.
async fn answer_with(bytes: &'static [u8]) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let _ = socket.read(&mut [0; 4096]).await;
            let _ = socket.write_all(bytes).await;
        }
    });
    address
}

fn request(url: String) -> HttpRequest {
    HttpRequest {
        id: 1,
        method: HttpMethod::Get,
        url,
        bearer: None,
        idempotency_key: None,
        body: None,
        timeout_ms: 10_000,
    }
}

async fn failure_of(request: HttpRequest) -> HttpFailure {
    send(&Connections::default(), request)
        .await
        .unwrap_err()
        .failure
}

#[tokio::test]
async fn a_request_carries_its_method_bearer_and_json() {
    let seen = any(
        |method: axum::http::Method, headers: HeaderMap, body: Bytes| async move {
            let header = |name| {
                headers
                    .get(name)
                    .map_or("", |value| value.to_str().unwrap())
                    .to_owned()
            };
            format!(
                "{method} {} {} {}",
                header("authorization"),
                header("content-type"),
                String::from_utf8(body.to_vec()).unwrap()
            )
        },
    );
    let address = serve(Router::new().route("/v1", seen)).await;
    for (method, name) in [
        (HttpMethod::Get, "GET"),
        (HttpMethod::Post, "POST"),
        (HttpMethod::Put, "PUT"),
        (HttpMethod::Delete, "DELETE"),
    ] {
        let mut request = request(format!("http://{address}/v1"));
        request.method = method;
        request.bearer = Some("secret".to_owned());
        request.body = Some(b"{}".to_vec());
        let response = send(&Connections::default(), request).await.unwrap();
        assert_eq!(response.status, 200);
        assert_eq!(
            String::from_utf8(response.body).unwrap(),
            format!("{name} Bearer secret application/json {{}}")
        );
    }
}

#[tokio::test]
async fn tries_of_one_request_carry_its_idempotency_key_and_others_none() {
    let seen = get(|headers: HeaderMap| async move {
        headers
            .get("idempotency-key")
            .map_or("none", |key| key.to_str().unwrap())
            .to_owned()
    });
    let address = serve(Router::new().route("/", seen)).await;
    for (key, expected) in [(Some("k-1".to_owned()), "k-1"), (None, "none")] {
        let request = HttpRequest {
            idempotency_key: key,
            ..request(format!("http://{address}/"))
        };
        assert_eq!(
            send(&Connections::default(), request).await.unwrap().body,
            expected.as_bytes()
        );
    }
}

#[tokio::test]
async fn a_refusal_is_an_answer_with_its_status_retry_after_and_date() {
    let refuse = get(|| async {
        (
            StatusCode::SERVICE_UNAVAILABLE,
            [
                ("retry-after", "7"),
                ("date", "Sun, 06 Nov 1994 08:49:37 GMT"),
            ],
            "later",
        )
            .into_response()
    });
    let address = serve(Router::new().route("/", refuse)).await;
    let response = send(
        &Connections::default(),
        request(format!("http://{address}/")),
    )
    .await
    .unwrap();
    assert_eq!(
        response,
        HttpResponse {
            status: 503,
            retry_after: Some(7),
            date: Some(784_111_777_000),
            body: b"later".to_vec()
        }
    );
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let redirect = get(|| async { (StatusCode::TEMPORARY_REDIRECT, [("location", "/elsewhere")]) });
    let address = serve(Router::new().route("/", redirect)).await;
    assert_eq!(
        send(
            &Connections::default(),
            request(format!("http://{address}/"))
        )
        .await
        .unwrap()
        .status,
        307
    );
}

#[tokio::test]
async fn a_port_where_nobody_listens_is_unreachable() {
    let address = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    assert_eq!(
        failure_of(request(format!("http://{address}/"))).await,
        HttpFailure::Unreachable
    );
}

#[tokio::test]
async fn an_answer_that_takes_too_long_is_timed_out() {
    let address = serve(Router::new().route("/", get(std::future::pending::<()>))).await;
    let mut request = request(format!("http://{address}/"));
    request.timeout_ms = 50;
    assert_eq!(failure_of(request).await, HttpFailure::TimedOut);
}

#[tokio::test]
async fn what_is_no_http_is_broken() {
    let address = answer_with(b"nonsense\r\n\r\n").await;
    assert_eq!(
        failure_of(request(format!("http://{address}/"))).await,
        HttpFailure::Broken
    );
}

#[tokio::test]
async fn a_body_that_ends_too_early_is_broken() {
    let address = answer_with(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nshort").await;
    assert_eq!(
        failure_of(request(format!("http://{address}/"))).await,
        HttpFailure::Broken
    );
}

#[tokio::test]
async fn a_body_above_the_limit_is_broken() {
    let large = |size| get(move || async move { vec![b'x'; size] });
    let router = Router::new()
        .route("/fits", large(BODY_LIMIT))
        .route("/larger", large(BODY_LIMIT + 1));
    let address = serve(router).await;
    assert_eq!(
        send(
            &Connections::default(),
            request(format!("http://{address}/fits"))
        )
        .await
        .unwrap()
        .body
        .len(),
        BODY_LIMIT
    );
    assert_eq!(
        failure_of(request(format!("http://{address}/larger"))).await,
        HttpFailure::Broken
    );
}

#[tokio::test]
async fn a_url_that_is_none_is_invalid() {
    for url in [
        "",
        "nowhere",
        "ftp://example.com/",
        "http://",
        "http://[::1",
        "话",
    ] {
        assert_eq!(
            failure_of(request(url.to_owned())).await,
            HttpFailure::InvalidUrl,
            "{url:?}"
        );
    }
}

#[test]
fn a_host_name_that_is_not_ascii_has_to_be_in_punycode() {
    let connections = Connections::default();
    let build = |url| {
        connections
            .to(url)
            .unwrap()
            .0
            .get(url)
            .build()
            .map_err(|error| NetworkError::from(error).failure)
    };
    for url in [
        "http://例え.テスト/",
        "http://пример.example/v1",
        "http://faß.example/",
        "http://ＥＸＡＭＰＬＥ.com/",
    ] {
        assert_eq!(build(url).unwrap_err(), HttpFailure::InvalidUrl, "{url}");
    }
    for url in [
        "http://xn--r8jz45g.xn--zckzah/",
        "http://XN--E1AFMKFD.example/v1",
        "http://Gateway.EXAMPLE:8080/",
    ] {
        let request = build(url).unwrap();
        let host = request.url().host_str().unwrap();
        assert!(
            url.to_ascii_lowercase().contains(host),
            "{url} became {host}"
        );
    }
    assert_eq!(
        build("http://gateway.example/é?q=é")
            .unwrap()
            .url()
            .as_str(),
        "http://gateway.example/%C3%A9?q=%C3%A9"
    );
}

#[tokio::test]
async fn a_bearer_that_fits_no_header_is_an_error_and_no_panic() {
    let mut request = request("http://127.0.0.1:9/".to_owned());
    request.bearer = Some("a\nb".to_owned());
    assert_eq!(failure_of(request).await, HttpFailure::InvalidUrl);
}

#[tokio::test]
async fn a_server_without_tls_is_unreachable_by_https() {
    let address = answer_with(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    assert_eq!(
        failure_of(request(format!("https://{address}/"))).await,
        HttpFailure::Unreachable
    );
}

#[tokio::test]
async fn what_is_logged_names_no_url() {
    let address = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let NetworkError { cause, .. } = send(
        &Connections::default(),
        request(format!("http://{address}/v1/installations/secret")),
    )
    .await
    .unwrap_err();
    assert!(!cause.contains("secret"), "{cause}");
    assert!(cause.contains("refused"), "the root cause helps: {cause}");
}
