//! Streams and connections: limits that change while a connection lives, and everything that can be made to go wrong.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod support;

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use support::{BUNDLE, Bench, Line, bench, bench_with, until};
use zpns_apns_sim::{CertificateRequest, Environment, Faults, ScriptedAnswer, SimulatorConfig};

async fn with_faults(faults: Faults) -> Bench {
    let bench = bench().await;
    bench.simulator.set_faults(faults).unwrap();
    bench
}

/// The limit that the client knows, once the server's SETTINGS had time to come.
async fn limit_becomes(line: &Line, limit: usize) {
    until(|| line.sender.current_max_send_streams() == limit).await;
}

#[tokio::test]
async fn a_connection_has_one_stream_until_its_first_good_token_and_then_the_configured_number() {
    let bench = bench_with(SimulatorConfig {
        stream_limit: 321,
        ..SimulatorConfig::default()
    })
    .await;
    let line = bench.connect().await;
    limit_becomes(&line, 1).await;
    line.send(bench.alert()).await.unwrap();
    limit_becomes(&line, 321).await;
}

#[tokio::test]
async fn a_bad_token_brings_the_limit_back_to_one_until_a_good_one() {
    let bench = bench().await;
    let line = bench.connect().await;
    line.send(bench.alert()).await.unwrap();
    limit_becomes(&line, 1000).await;
    line.send(bench.alert().with("authorization", "bearer nonsense"))
        .await
        .unwrap();
    limit_becomes(&line, 1).await;
    line.send(bench.alert()).await.unwrap();
    limit_becomes(&line, 1000).await;
}

#[tokio::test]
async fn a_certificate_has_all_streams_from_the_start() {
    let bench = bench().await;
    let pair = bench
        .simulator
        .mint_certificate(&CertificateRequest::for_app(BUNDLE))
        .unwrap();
    let line = bench
        .connect_to(Environment::Development, Some(&pair))
        .await
        .unwrap();
    limit_becomes(&line, 1000).await;
}

#[tokio::test]
async fn a_live_connection_hears_of_a_new_limit() {
    let bench = bench().await;
    let line = bench.connect().await;
    line.send(bench.alert()).await.unwrap();
    limit_becomes(&line, 1000).await;
    bench
        .simulator
        .set_faults(Faults {
            stream_limit: Some(3),
            ..Faults::default()
        })
        .unwrap();
    limit_becomes(&line, 3).await;
    bench.simulator.clear_faults();
    limit_becomes(&line, 1000).await;
}

#[tokio::test]
async fn streams_above_the_limit_are_refused() {
    let bench = with_faults(Faults {
        delay_ms: 50,
        ..Faults::default()
    })
    .await;
    let line = bench.connect().await;
    // Both go out before the client knows of any limit.
    let (first, second) = tokio::join!(line.send(bench.alert()), line.send(bench.alert()));
    assert_eq!(first.unwrap().status, 200);
    assert_eq!(
        second.err().and_then(|error| error.reason()),
        Some(h2::Reason::REFUSED_STREAM)
    );
}

#[tokio::test]
async fn every_nth_stream_is_refused_and_not_logged() {
    let bench = with_faults(Faults {
        refuse_every: 3,
        ..Faults::default()
    })
    .await;
    let line = bench.connect().await;
    let mut refused = Vec::new();
    for number in 1..=6 {
        if line.send(bench.alert()).await.is_err() {
            refused.push(number);
        }
    }
    assert_eq!(refused, [3, 6]);
    assert_eq!(bench.simulator.log(0).entries.len(), 4);
}

#[tokio::test]
async fn go_away_names_the_last_stream_and_carries_a_text_and_that_stream_is_answered() {
    let bench = with_faults(Faults {
        go_away_every: 2,
        delay_ms: 30,
        ..Faults::default()
    })
    .await;
    let line = bench.connect().await;
    line.send(bench.alert()).await.unwrap();
    limit_becomes(&line, 1000).await;
    let answers = join_all((0..3).map(|_| line.send(bench.alert()))).await;
    let accepted = answers.iter().filter(|answer| answer.is_ok()).count();
    assert_eq!(accepted, 1, "the second stream of the connection");
    for error in answers.into_iter().filter_map(Result::err) {
        assert!(error.is_go_away() && error.is_remote(), "{error}");
        assert!(error.to_string().contains("Shutdown"), "{error}");
    }
    assert_eq!(bench.simulator.log(0).entries.len(), 2);
}

#[tokio::test]
async fn a_cut_connection_has_processed_its_last_push_without_an_answer() {
    let bench = with_faults(Faults {
        drop_every: 2,
        ..Faults::default()
    })
    .await;
    let line = bench.connect().await;
    assert_eq!(line.send(bench.alert()).await.unwrap().status, 200);
    assert!(line.send(bench.alert()).await.is_err());
    assert_eq!(bench.simulator.log(0).entries.len(), 2);
}

#[tokio::test]
async fn answers_wait_as_long_as_they_are_told() {
    let bench = with_faults(Faults {
        delay_ms: 120,
        ..Faults::default()
    })
    .await;
    let start = Instant::now();
    bench.send(bench.alert()).await;
    assert!(start.elapsed() >= Duration::from_millis(120));
}

#[tokio::test]
async fn a_rate_of_one_answers_503_to_all() {
    let bench = with_faults(Faults {
        unavailable_rate: 1.0,
        ..Faults::default()
    })
    .await;
    let answer = bench.send(bench.alert()).await;
    assert_eq!(
        (answer.status, answer.reason()),
        (503, "ServiceUnavailable")
    );
}

#[tokio::test]
async fn a_script_answers_one_push_after_the_other() {
    let bench = bench().await;
    let gone = ScriptedAnswer {
        timestamp: Some(1_700_000_000_123),
        ..ScriptedAnswer::status(410)
    };
    let script = vec![
        ScriptedAnswer::status(503),
        ScriptedAnswer::status(200),
        ScriptedAnswer::rejected(429, "TooManyRequests"),
        gone,
    ];
    bench
        .simulator
        .script_token(&bench.device.tokens.voip, script)
        .unwrap();
    let line = bench.connect().await;
    let mut answers = Vec::new();
    for _ in 0..5 {
        answers.push(line.send(bench.voip()).await.unwrap());
    }
    let heard: Vec<_> = answers
        .iter()
        .map(|answer| (answer.status, answer.reason()))
        .collect();
    assert_eq!(
        heard,
        [
            (503, "ServiceUnavailable"),
            (200, ""),
            (429, "TooManyRequests"),
            (410, "Unregistered"),
            (200, "")
        ]
    );
    assert_eq!(answers[3].body["timestamp"], 1_700_000_000_123_u64);
}

#[tokio::test]
async fn a_script_for_an_unknown_token_or_with_a_status_that_is_none_is_refused() {
    let bench = bench().await;
    assert!(bench.simulator.script_token("abcd", vec![]).is_err());
    assert!(
        bench
            .simulator
            .script_token(&bench.device.tokens.voip, vec![ScriptedAnswer::status(302)])
            .is_err()
    );
}

#[tokio::test]
async fn many_pushes_at_once_on_one_connection_are_all_answered() {
    let bench = bench().await;
    let line = bench.connect().await;
    line.send(bench.alert()).await.unwrap();
    limit_becomes(&line, 1000).await;
    let answers = join_all((0..500).map(|_| line.send(bench.voip()))).await;
    assert!(
        answers
            .iter()
            .all(|answer| answer.as_ref().is_ok_and(|answer| answer.status == 200))
    );
}

#[tokio::test]
async fn after_shutdown_the_ports_are_closed() {
    let bench = bench().await;
    let address = bench.simulator.development();
    bench.simulator.shutdown().await;
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn a_taken_port_is_an_error_that_names_it() {
    let bench = bench().await;
    let port = bench.simulator.control().port();
    let config = SimulatorConfig {
        control_port: port,
        ..SimulatorConfig::default()
    };
    let error = zpns_apns_sim::Simulator::start(config)
        .await
        .expect_err("the port is taken");
    assert!(error.to_string().contains(&port.to_string()), "{error}");
}
