use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::{Value, json};
use zpns_apns_sim::{CertificateRequest, Environment, Simulator, SimulatorConfig};

use crate::world::{BUNDLE, World, registration};

fn zpns(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_zpns"));
    command
        .args(arguments)
        .env("ZPNS_DATA", folder)
        .env_remove("ZPNS_MASTER_KEY")
        .stdin(Stdio::null());
    command
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    zpns(folder, arguments).output().unwrap()
}

#[track_caller]
fn ok(folder: &Path, arguments: &[&str]) -> String {
    let output = run(folder, arguments);
    assert!(
        output.status.success(),
        "{arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

#[track_caller]
fn fails(folder: &Path, arguments: &[&str], code: i32, says: &str) {
    let output = run(folder, arguments);
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {error}");
    assert!(error.contains(says), "{arguments:?}: {error} lacks {says}");
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

fn with_app() -> tempfile::TempDir {
    let folder = folder();
    ok(
        folder.path(),
        &["app", "create", "--id", "my-app", "--name", "My app"],
    );
    folder
}

#[test]
fn an_app_is_made_listed_shown_and_deleted() {
    let folder = folder();
    let made: Value = serde_json::from_str(&ok(
        folder.path(),
        &[
            "app", "create", "--id", "my-app", "--name", "My app", "--json",
        ],
    ))
    .unwrap();
    assert!(made["appSecret"].as_str().unwrap().len() >= 32);
    assert!(ok(folder.path(), &["app", "list"]).contains("my-app  My app  HS256"));
    let shown: Value =
        serde_json::from_str(&ok(folder.path(), &["app", "show", "my-app"])).unwrap();
    assert_eq!(shown["app"]["appID"], "my-app");
    fails(
        folder.path(),
        &["app", "create", "--id", "my-app", "--name", "x"],
        1,
        "exists already",
    );
    fails(folder.path(), &["app", "delete", "my-app"], 2, "--yes");
    ok(folder.path(), &["app", "delete", "my-app", "--yes"]);
    fails(
        folder.path(),
        &["app", "show", "my-app"],
        1,
        "there is no app my-app",
    );
}

#[test]
fn a_minted_token_is_three_parts_and_needs_an_app() {
    let folder = with_app();
    assert_eq!(
        ok(
            folder.path(),
            &["token", "mint", "--app", "my-app", "--user", "bob"]
        )
        .trim()
        .split('.')
        .count(),
        3
    );
    fails(
        folder.path(),
        &["token", "mint", "--app", "other", "--user", "bob"],
        1,
        "there is no app other",
    );
    fails(
        folder.path(),
        &["token", "mint", "--app", "my-app", "--user", ""],
        2,
        "--user",
    );
    fails(
        folder.path(),
        &[
            "token",
            "mint",
            "--app",
            "my-app",
            "--user",
            "b",
            "--lifetime",
            "86401",
        ],
        2,
        "86401",
    );
}

#[test]
fn keys_are_shown_once_listed_and_revoked() {
    let folder = with_app();
    let made: Value = serde_json::from_str(&ok(
        folder.path(),
        &[
            "key", "create", "--app", "my-app", "--name", "backend", "--json",
        ],
    ))
    .unwrap();
    let (text, id) = (
        made["apiKey"].as_str().unwrap(),
        made["id"].as_str().unwrap(),
    );
    assert!(text.starts_with("zpk_") && text.len() == 47);
    let listed = ok(folder.path(), &["key", "list", "--app", "my-app"]);
    assert!(listed.contains("backend") && !listed.contains(text));
    ok(folder.path(), &["key", "revoke", id]);
    fails(
        folder.path(),
        &["key", "revoke", id],
        1,
        "no key with this ID",
    );
}

#[test]
fn resources_are_set_listed_and_deleted() {
    let folder = with_app();
    let made: Value = serde_json::from_str(&ok(
        folder.path(),
        &[
            "resource",
            "create",
            "voip",
            "--app",
            "my-app",
            "--cancel-mode",
            "voip",
        ],
    ))
    .unwrap();
    assert_eq!(
        (&made["kind"], &made["alertFallback"], &made["cancelMode"]),
        (&json!("voip"), &json!(true), &json!("voip"))
    );
    assert!(ok(folder.path(), &["resource", "list", "--app", "my-app"]).contains("voip"));
    ok(
        folder.path(),
        &["resource", "delete", "voip", "--app", "my-app"],
    );
    fails(
        folder.path(),
        &["resource", "delete", "voip", "--app", "my-app"],
        1,
        "no resource with this ID",
    );
    fails(
        folder.path(),
        &["resource", "create", &"x".repeat(33), "--app", "my-app"],
        2,
        "32 characters",
    );
    fails(
        folder.path(),
        &[
            "resource", "create", "a", "--app", "my-app", "--kind", "sms",
        ],
        2,
        "sms",
    );
    fails(
        folder.path(),
        &[
            "resource",
            "create",
            "a",
            "--app",
            "my-app",
            "--ring-time",
            "601",
        ],
        2,
        "601",
    );
}

#[tokio::test]
async fn credentials_of_all_kinds_are_added_with_what_their_files_say() {
    let folder = with_app();
    let simulator = Simulator::start(SimulatorConfig::default()).await.unwrap();
    let file = |name: &str, content: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let p8 = file(
        "key.p8",
        simulator
            .mint_key("TEAM123456", "KEY1234567", &Environment::ALL, &[])
            .unwrap()
            .as_bytes(),
    );
    let key = [
        "credential",
        "add-p8",
        &p8,
        "--app",
        "my-app",
        "--team",
        "TEAM123456",
        "--key-id",
        "KEY1234567",
        "--environment",
        "production",
    ];
    let added: Value = serde_json::from_str(&ok(folder.path(), &key)).unwrap();
    assert_eq!(
        (&added["kind"], &added["environments"], &added["topics"]),
        (&json!("key"), &json!(["production"]), &json!(["*"]))
    );

    let request = CertificateRequest::for_app(BUNDLE);
    let p12 = file("voip.p12", &simulator.mint_p12(&request, "right").unwrap());
    fails(
        folder.path(),
        &[
            "credential",
            "add-p12",
            &p12,
            "--app",
            "my-app",
            "--password",
            "wrong",
        ],
        1,
        "wrong password",
    );
    let added: Value = serde_json::from_str(&ok(
        folder.path(),
        &[
            "credential",
            "add-p12",
            &p12,
            "--app",
            "my-app",
            "--password",
            "right",
        ],
    ))
    .unwrap();
    assert_eq!(added["kind"], "certificate");
    assert!(
        added["topics"]
            .as_array()
            .unwrap()
            .contains(&json!("com.example.app.voip")),
        "{added}"
    );

    let pair = simulator.mint_certificate(&request).unwrap();
    let (certificate, private) = (
        file("c.pem", pair.certificate_pem.as_bytes()),
        file("k.pem", pair.key_pem.as_bytes()),
    );
    ok(
        folder.path(),
        &[
            "credential",
            "add-pem",
            "--certificate",
            &certificate,
            "--key",
            &private,
            "--app",
            "my-app",
        ],
    );
    let listed: Value =
        serde_json::from_str(&ok(folder.path(), &["credential", "list", "--json"])).unwrap();
    assert_eq!(listed.as_array().unwrap().len(), 3);
    assert!(!listed.to_string().contains("PRIVATE"));
    ok(
        folder.path(),
        &["credential", "delete", listed[0]["id"].as_str().unwrap()],
    );
    ok(folder.path(), &["doctor", "--offline"]);
}

#[test]
fn credential_files_that_are_something_else_are_refused_with_what_to_use() {
    let folder = with_app();
    let path = folder.path().join("file");
    let file = path.to_str().unwrap();
    let p8 = |content: &[u8], says: &str| {
        std::fs::write(&path, content).unwrap();
        fails(
            folder.path(),
            &[
                "credential",
                "add-p8",
                file,
                "--app",
                "my-app",
                "--team",
                "TEAM123456",
                "--key-id",
                "KEY1234567",
            ],
            1,
            says,
        );
    };
    p8(b"", "not a .p8 key");
    p8(&[0xff; 40], "not a .p8 key");
    p8(
        b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        "not a private key",
    );
    p8(
        b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        "damaged",
    );
    let p384 = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384)
        .unwrap()
        .serialize_pem();
    p8(p384.as_bytes(), "P-256");
    let good = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)
        .unwrap()
        .serialize_pem();
    std::fs::write(&path, good).unwrap();
    fails(
        folder.path(),
        &[
            "credential",
            "add-p8",
            file,
            "--app",
            "my-app",
            "--team",
            "short",
            "--key-id",
            "KEY1234567",
        ],
        1,
        "team ID",
    );
    fails(
        folder.path(),
        &[
            "credential",
            "add-p8",
            file,
            "--app",
            "no-app",
            "--team",
            "TEAM123456",
            "--key-id",
            "KEY1234567",
        ],
        1,
        "no app",
    );
    fails(
        folder.path(),
        &["credential", "add-p12", file, "--app", "my-app"],
        1,
        "not a .p12",
    );
    fails(
        folder.path(),
        &["credential", "add-p12", "/no/such/file", "--app", "my-app"],
        1,
        "can't be read",
    );
    fails(
        folder.path(),
        &["credential", "delete", "x"],
        1,
        "no credential with this ID",
    );
}

#[test]
fn wrong_arguments_and_a_wrong_master_key_are_explained() {
    let folder = with_app();
    fails(
        folder.path(),
        &["serve", "--listen", "nowhere"],
        2,
        "--listen",
    );
    fails(
        folder.path(),
        &["serve", "--apns-production", "nohost"],
        2,
        "localhost:2197",
    );
    fails(
        folder.path(),
        &[
            "serve",
            "--public-url",
            "push.example.com",
            "--listen",
            "127.0.0.1:0",
        ],
        1,
        "https://",
    );
    fails(
        folder.path(),
        &[
            "serve",
            "--apns-ca-file",
            "/no/such/file",
            "--listen",
            "127.0.0.1:0",
        ],
        1,
        "--apns-ca-file",
    );
    fails(
        folder.path(),
        &["app", "list", "--master-key", "short"],
        1,
        "32 bytes in base64",
    );
    fails(
        folder.path(),
        &[
            "push",
            "show",
            "x",
            "--api-key",
            "zpk_x",
            "--server",
            "http://127.0.0.1:1",
        ],
        1,
        "is it running?",
    );
    fails(
        folder.path(),
        &["push", "send", "--api-key", "zpk_x"],
        2,
        "--to",
    );
    fails(folder.path(), &["nonsense"], 2, "nonsense");
    std::fs::write(
        folder.path().join("master.key"),
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    )
    .unwrap();
    fails(
        folder.path(),
        &["token", "mint", "--app", "my-app", "--user", "bob"],
        1,
        "master key is not the one",
    );
}

#[test]
fn the_doctor_finds_what_is_missing() {
    let empty = folder();
    fails(empty.path(), &["doctor", "--offline"], 1, "1 problem found");
    let folder = with_app();
    let output = run(folder.path(), &["doctor", "--offline"]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.contains("my-app: no credential"), "{text}");
    let unreachable = [
        "doctor",
        "--apns-production",
        "127.0.0.1:1",
        "--apns-development",
        "127.0.0.1:1",
    ];
    let output = run(folder.path(), &unreachable);
    assert!(
        String::from_utf8_lossy(&output.stdout)
            .contains("APNs (production) at 127.0.0.1:1 can't be reached")
    );
}

#[test]
fn every_command_has_help_with_an_example() {
    let folder = folder();
    for command in [
        "serve",
        "dev",
        "app create",
        "app list",
        "app show",
        "app delete",
        "credential add-p8",
        "credential add-p12",
        "credential add-pem",
        "credential list",
        "credential delete",
        "resource create",
        "resource list",
        "resource delete",
        "key create",
        "key list",
        "key revoke",
        "token mint",
        "push send",
        "push show",
        "call invite",
        "call show",
        "device list",
        "doctor",
    ] {
        let mut arguments: Vec<_> = command.split(' ').collect();
        arguments.push("--help");
        let help = ok(folder.path(), &arguments);
        assert!(
            help.contains("Example") && help.contains(&format!("zpns {command}")),
            "{command}: {help}"
        );
    }
}

#[tokio::test]
async fn pushes_and_calls_go_through_a_running_gateway() {
    let world = World::new().await;
    world.phone("bob", Environment::Development).await;
    let remote = [
        "--server".to_owned(),
        world.gateway().url().to_owned(),
        "--api-key".to_owned(),
        world.api_key().to_owned(),
    ];
    let send = async |arguments: &[&str]| {
        let mut command = zpns(world.data(), arguments);
        command.args(&remote);
        let output = tokio::task::spawn_blocking(move || command.output().unwrap())
            .await
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        serde_json::from_slice::<Value>(&output.stdout).unwrap()
    };
    let push = send(&[
        "push",
        "send",
        "--to",
        "bob",
        "--title",
        "Hello",
        "--resource",
        "voip",
    ])
    .await;
    world.delivery(&push, "accepted").await;
    assert_eq!(
        send(&["push", "show", push["id"].as_str().unwrap()]).await["deliveries"][0]["status"],
        "accepted"
    );
    let invited = send(&[
        "call",
        "invite",
        "--caller",
        "alice",
        "--to",
        "bob",
        "--call-id",
        "a/b",
        "--resource",
        "voip",
    ])
    .await;
    assert_eq!(invited["call"]["state"], "ringing");
    assert_eq!(send(&["call", "show", "a/b"]).await["caller"], "alice");
    let devices: Value = serde_json::from_str(&ok(
        world.data(),
        &["device", "list", "--app", "app", "--json"],
    ))
    .unwrap();
    assert_eq!(
        (&devices[0]["userID"], &devices[0]["hasVoipToken"]),
        (&json!("bob"), &json!(true))
    );
}

fn dev(arguments: &[&str]) -> (Child, Value) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_zpns"));
    command
        .args(["dev", "--json"])
        .args(arguments)
        .env_remove("ZPNS_DATA")
        .env_remove("ZPNS_LISTEN");
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap())
        .read_line(&mut line)
        .unwrap();
    (child, serde_json::from_str(&line).unwrap())
}

#[tokio::test]
async fn dev_prints_one_line_with_everything_that_a_call_needs_and_ends_with_its_parent() {
    let (mut child, ready) = dev(&[
        "--exit-with-parent",
        "--certificate",
        "--resource",
        "a",
        "--resource",
        "b",
    ]);
    let http = |token: String| {
        let _ = rustls::crypto::ring::default_provider().install_default();
        move |method: &str, url: String, body: Value| {
            let request = reqwest::Client::new()
                .request(method.parse().unwrap(), url)
                .bearer_auth(&token)
                .body(body.to_string());
            crate::world::answer(request)
        }
    };
    assert_eq!(ready["resources"], json!(["a", "b"]));
    let text = |value: &Value, key: &str| value[key].as_str().unwrap().to_owned();
    let (gateway, simulator) = (text(&ready, "gatewayURL"), text(&ready, "simulatorURL"));
    for app in [&ready, &ready["certificateApp"]] {
        let secret = zeroize::Zeroizing::new(text(app, "appSecret").into_bytes());
        let user =
            zpns_gateway::auth::user_token::mint(&text(app, "appID"), "bob", &secret, 600).unwrap();
        let device = http(String::new())(
            "POST",
            format!("{simulator}/devices"),
            json!({"bundleID": ready["bundleID"], "environment": "production"}),
        )
        .await
        .ok();
        let body = registration(
            Environment::Production,
            device["tokens"]["apns"].as_str(),
            device["tokens"]["voip"].as_str(),
        );
        http(user)("PUT", format!("{gateway}/v1/installations/i"), body)
            .await
            .ok();
        let server = http(text(app, "apiKey"));
        let invite =
            json!({"caller": "alice", "invitees": ["bob"], "pushConfig": {"resourcesID": "b"}});
        let push = text(
            &server("POST", format!("{gateway}/v1/calls"), invite)
                .await
                .ok(),
            "push",
        );
        crate::world::until("the simulator took the invitation", || async {
            let push = server("GET", format!("{gateway}/v1/pushes/{push}"), Value::Null)
                .await
                .ok();
            (push["deliveries"][0]["status"] == "accepted").then_some(())
        })
        .await;
    }
    drop(child.stdin.take());
    let (status, rest) = tokio::task::spawn_blocking(move || {
        let mut rest = String::new();
        child
            .stdout
            .take()
            .unwrap()
            .read_to_string(&mut rest)
            .unwrap();
        (child.wait().unwrap(), rest)
    })
    .await
    .unwrap();
    assert!(status.success());
    assert_eq!(rest, "");
    assert!(!Path::new(&text(&ready, "data")).exists());
}

#[cfg(unix)]
#[test]
fn dev_keeps_the_app_of_its_folder_and_stops_on_sigterm() {
    let folder = folder();
    let data = folder.path().to_str().unwrap();
    let (mut first, ready) = dev(&["--data", data]);
    let terminated = Command::new("kill")
        .args(["-TERM", &first.id().to_string()])
        .status()
        .unwrap();
    assert!(terminated.success() && first.wait().unwrap().success());
    let (mut second, again) = dev(&["--data", data, "--exit-with-parent"]);
    assert_eq!(ready["appSecret"], again["appSecret"]);
    drop(second.stdin.take());
    assert!(second.wait().unwrap().success());
}
