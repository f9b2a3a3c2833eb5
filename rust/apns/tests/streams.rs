//! Nothing is lost, whatever happens to streams and connections.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use support::{Bench, PATIENCE, bench, bench_with, ids, until};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use zpns_apns::{Client, ClientConfig, Endpoint};
use zpns_apns_sim::{CertificateRequest, Faults, SimulatorConfig};

/// Every push was accepted, and APNs accepted each exactly once.
fn assert_each_once(bench: &Bench, sent: &[String]) {
    let accepted = bench.accepted();
    assert_eq!(accepted.len(), sent.len());
    assert!(
        sent.iter().all(|id| accepted.get(id) == Some(&1)),
        "{accepted:?}"
    );
}

#[tokio::test]
async fn with_one_stream_allowed_200_pushes_at_once_wait_their_turn() {
    let bench = bench_with(SimulatorConfig {
        stream_limit: 1,
        ..SimulatorConfig::default()
    })
    .await;
    let client = bench.client();
    let sent = ids(bench.burst(&client, 200).await);
    assert_each_once(&bench, &sent);
    assert_eq!(client.statistics().refused, 0, "the limit was kept");
}

#[tokio::test]
async fn pushes_that_wait_are_sent_in_the_order_in_which_they_came() {
    let bench = bench_with(SimulatorConfig {
        stream_limit: 1,
        ..SimulatorConfig::default()
    })
    .await;
    let client = Client::new(ClientConfig {
        connections: 1,
        ..bench.config()
    })
    .unwrap();
    let pushes: Vec<_> = (0..30).map(|_| bench.voip()).collect();
    let order: Vec<_> = pushes.iter().map(|push| push.apns_id.to_string()).collect();
    futures_util::future::join_all(pushes.into_iter().map(|push| client.send(push))).await;
    let logged: Vec<_> = bench
        .simulator
        .log(0)
        .entries
        .into_iter()
        .map(|entry| entry.apns_id)
        .collect();
    assert_eq!(logged, order);
}

#[tokio::test]
async fn before_the_first_accepted_push_only_one_stream_is_used() {
    let bench = bench().await;
    bench
        .simulator
        .set_faults(Faults {
            delay_ms: 30,
            ..Faults::default()
        })
        .unwrap();
    let client = bench.client();
    let sent = ids(bench.burst(&client, 80).await);
    assert_each_once(&bench, &sent);
    let statistics = client.statistics();
    assert_eq!((statistics.refused, statistics.connections_opened), (0, 1));
}

#[tokio::test]
async fn after_that_the_server_s_number_is_used() {
    let bench = bench().await;
    let client = bench.client();
    client.send(bench.voip()).await.unwrap();
    until(|| client.statistics().stream_limit == 1000).await;
    bench
        .simulator
        .set_faults(Faults {
            delay_ms: 200,
            ..Faults::default()
        })
        .unwrap();
    let start = std::time::Instant::now();
    ids(bench.burst(&client, 90).await);
    assert!(
        start.elapsed() < Duration::from_secs(5),
        "one after the other would take 18 s"
    );
}

#[tokio::test]
async fn a_certificate_uses_many_streams_at_once_from_the_start() {
    let bench = bench().await;
    bench
        .simulator
        .set_faults(Faults {
            delay_ms: 200,
            ..Faults::default()
        })
        .unwrap();
    let client = bench.client_with_certificate(&CertificateRequest::for_app(support::BUNDLE));
    let start = std::time::Instant::now();
    let sent = ids(bench.burst(&client, 90).await);
    assert!(
        start.elapsed() < Duration::from_secs(5),
        "one after the other would take 18 s"
    );
    assert_each_once(&bench, &sent);
}

#[tokio::test]
async fn refused_streams_are_sent_again() {
    let bench = bench().await;
    bench
        .simulator
        .set_faults(Faults {
            refuse_every: 4,
            ..Faults::default()
        })
        .unwrap();
    let client = bench.client();
    let sent = ids(bench.burst(&client, 200).await);
    assert_each_once(&bench, &sent);
    assert!(client.statistics().refused >= 50);
}

#[tokio::test]
async fn pushes_above_go_away_s_last_stream_are_sent_again_on_another_connection() {
    let bench = bench().await;
    bench
        .simulator
        .set_faults(Faults {
            go_away_every: 7,
            ..Faults::default()
        })
        .unwrap();
    let client = bench.client();
    let sent = ids(bench.burst(&client, 200).await);
    assert_each_once(&bench, &sent);
    assert!(client.statistics().connections_opened >= 20);
    assert_eq!(client.statistics().broken, 0);
}

#[tokio::test]
async fn go_away_lets_slow_pushes_on_the_old_connection_finish() {
    let bench = bench().await;
    let client = bench.client();
    client.send(bench.voip()).await.unwrap();
    until(|| client.statistics().stream_limit == 1000).await;
    bench
        .simulator
        .set_faults(Faults {
            go_away_every: 20,
            delay_ms: 100,
            ..Faults::default()
        })
        .unwrap();
    let sent = ids(bench.burst(&client, 60).await);
    assert_eq!(bench.accepted().len(), sent.len() + 1);
    assert!(bench.accepted().values().all(|count| *count == 1));
}

#[tokio::test]
async fn pushes_on_a_cut_connection_are_sent_again_under_the_same_id() {
    let bench = bench().await;
    bench
        .simulator
        .set_faults(Faults {
            drop_every: 10,
            ..Faults::default()
        })
        .unwrap();
    let client = Client::new(ClientConfig {
        resends: 50,
        request_timeout: PATIENCE,
        ..bench.config()
    })
    .unwrap();
    let sent = ids(bench.burst(&client, 100).await);
    let accepted = bench.accepted();
    assert!(
        sent.iter().all(|id| accepted.contains_key(id)),
        "nothing lost"
    );
    assert_eq!(accepted.len(), sent.len(), "no ID that was not sent");
}

#[tokio::test]
async fn a_line_that_breaks_every_time_is_given_up_as_ambiguous() {
    let bench = bench().await;
    bench
        .simulator
        .set_faults(Faults {
            drop_every: 1,
            ..Faults::default()
        })
        .unwrap();
    let client = Client::new(ClientConfig {
        resends: 2,
        ..bench.config()
    })
    .unwrap();
    let error = client.send(bench.voip()).await.unwrap_err();
    assert!(error.is_ambiguous(), "{error}");
    assert_eq!(bench.log().len(), 3, "sent once and twice again");
}

#[tokio::test]
async fn a_limit_that_goes_up_and_down_loses_nothing() {
    let bench = bench().await;
    let client = bench.client();
    let changes = async {
        for limit in [1, 40, 2, 1000].into_iter().cycle() {
            bench
                .simulator
                .set_faults(Faults {
                    stream_limit: Some(limit),
                    delay_ms: 2,
                    ..Faults::default()
                })
                .unwrap();
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let sent = tokio::select! {
        results = bench.burst(&client, 400) => ids(results),
        () = changes => unreachable!(),
    };
    assert_each_once(&bench, &sent);
}

#[tokio::test]
async fn rejected_tokens_that_lower_the_limit_under_load_lose_nothing() {
    let bench = bench().await;
    let client = bench.client();
    client.send(bench.voip()).await.unwrap();
    until(|| client.statistics().stream_limit == 1000).await;
    let gone = bench
        .simulator
        .register_device(support::BUNDLE, zpns_apns::Environment::Development);
    let invalid = zpns_apns_sim::ScriptedAnswer::rejected(403, "InvalidProviderToken");
    bench
        .simulator
        .script_token(&gone.tokens.voip, vec![invalid; 5])
        .unwrap();
    let poison = (0..5).map(|_| {
        client.send(zpns_apns::Notification {
            token: gone.tokens.voip.parse().unwrap(),
            ..bench.voip()
        })
    });
    let (results, _) = tokio::join!(
        bench.burst(&client, 200),
        futures_util::future::join_all(poison)
    );
    assert_eq!(ids(results).len(), 200);
}

#[tokio::test]
async fn pushes_that_were_given_up_leave_their_streams_to_others() {
    let bench = bench_with(SimulatorConfig {
        stream_limit: 1,
        ..SimulatorConfig::default()
    })
    .await;
    let client = Client::new(ClientConfig {
        connections: 1,
        ..bench.config()
    })
    .unwrap();
    client.send(bench.voip()).await.unwrap();
    bench
        .simulator
        .set_faults(Faults {
            delay_ms: 60_000,
            ..Faults::default()
        })
        .unwrap();
    assert!(
        timeout(Duration::from_millis(100), bench.burst(&client, 5))
            .await
            .is_err()
    );
    bench.simulator.clear_faults();
    timeout(PATIENCE, client.send(bench.voip()))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(client.statistics().streams, 0);
    assert_eq!(client.statistics().waiting, 0);
}

#[tokio::test]
async fn busy_connections_get_company_up_to_the_configured_number() {
    let bench = bench_with(SimulatorConfig {
        stream_limit: 10,
        ..SimulatorConfig::default()
    })
    .await;
    bench
        .simulator
        .set_faults(Faults {
            delay_ms: 20,
            ..Faults::default()
        })
        .unwrap();
    let client = Client::new(ClientConfig {
        connections: 3,
        ..bench.config()
    })
    .unwrap();
    let sent = ids(bench.burst(&client, 200).await);
    assert_each_once(&bench, &sent);
    assert_eq!(client.statistics().connections_opened, 3);
}

/// Passes TCP connections on; the first `stalled` of them deliver nothing back after a while, like a dead NAT entry.
struct Proxy {
    address: SocketAddr,
    open: Arc<AtomicUsize>,
}

impl Proxy {
    async fn start(target: SocketAddr, stalled: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, open) = (
            listener.local_addr().unwrap(),
            Arc::new(AtomicUsize::new(0)),
        );
        let count = open.clone();
        tokio::spawn(async move {
            for number in 0.. {
                let (mut near, _) = listener.accept().await.unwrap();
                let mut far = TcpStream::connect(target).await.unwrap();
                let count = count.clone();
                count.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(async move {
                    if number < stalled {
                        // Long enough for TLS and one push.
                        let _ = timeout(
                            Duration::from_millis(400),
                            copy_bidirectional(&mut near, &mut far),
                        )
                        .await;
                        std::future::pending::<()>().await;
                    }
                    let _ = copy_bidirectional(&mut near, &mut far).await;
                    count.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        Self { address, open }
    }
}

#[tokio::test]
async fn a_silent_line_is_found_by_ping_and_its_pushes_take_another() {
    let bench = bench().await;
    let proxy = Proxy::start(bench.simulator.development(), 1).await;
    let endpoint = Endpoint::new("localhost", proxy.address.port());
    let config = ClientConfig {
        endpoint,
        keep_alive: Duration::from_millis(200),
        connections: 1,
        ..bench.config()
    };
    let client = Client::new(config).unwrap();
    client.send(bench.voip()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(450)).await;
    client.send(bench.voip()).await.unwrap();
    assert_eq!(client.statistics().connections_opened, 2);
}

#[tokio::test]
async fn the_connections_close_when_the_last_client_is_dropped() {
    let bench = bench().await;
    let proxy = Proxy::start(bench.simulator.development(), 0).await;
    let client = Client::new(ClientConfig {
        endpoint: Endpoint::new("localhost", proxy.address.port()),
        ..bench.config()
    })
    .unwrap();
    let copy = client.clone();
    client.send(bench.voip()).await.unwrap();
    drop(client);
    copy.send(bench.voip()).await.unwrap();
    assert_eq!(proxy.open.load(Ordering::SeqCst), 1);
    drop(copy);
    until(|| proxy.open.load(Ordering::SeqCst) == 0).await;
}
