//! The network between the phones and the gateway: a TCP proxy on loopback.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{self, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Handle;
use tokio::sync::watch;

/// A proxy for one gateway, which may come and go. Phones keep connections, so requests are counted, not those.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    state: watch::Sender<State>,
    requests: Requests,
}

type Requests = Arc<Mutex<Vec<String>>>;

#[derive(Clone, Debug, PartialEq, Eq)]
enum Condition {
    Open,
    Cut,
    Stalled,
    AnswersHeld,
    Answering(String),
}

#[derive(Clone, Debug)]
struct State {
    condition: Condition,
    gateway: Option<SocketAddr>,
    /// Counts the routes that there were. A connection stays on the one that it was made on.
    route: u64,
    /// How often the network was cut. A connection does not outlive a cut, however short.
    cuts: u64,
}

/// What one connection runs over: the route and the cuts that there were when it was made.
#[derive(Clone, Debug)]
struct Connection {
    route: u64,
    cuts: u64,
    states: watch::Receiver<State>,
}

impl Proxy {
    /// Listens on a free port, as long as the runtime lives.
    pub(crate) fn start(runtime: &Handle) -> Self {
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        let state = watch::Sender::new(State {
            condition: Condition::Open,
            gateway: None,
            route: 0,
            cuts: 0,
        });
        let requests = Requests::default();
        let (states, recorded) = (state.subscribe(), Arc::clone(&requests));
        runtime.spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(serve(client, states.clone(), Arc::clone(&recorded)));
            }
        });
        Self {
            address,
            state,
            requests,
        }
    }

    /// Where phones find it.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Everything comes through from now on, also what was held back.
    pub fn open(&self) {
        self.set(Condition::Open);
    }

    /// Opens another route, as when a phone changes networks: new connections come through, nothing more comes through the old ones and
    /// nothing closes them.
    pub fn reroute(&self) {
        self.state.send_modify(|state| {
            state.condition = Condition::Open;
            state.route += 1;
        });
    }

    /// Breaks every connection, and each new one at once.
    pub fn cut(&self) {
        self.state.send_modify(|state| {
            state.condition = Condition::Cut;
            state.cuts += 1;
        });
    }

    /// Holds everything back in both directions and closes nothing: connections stay, new ones are taken.
    pub fn stall(&self) {
        self.set(Condition::Stalled);
    }

    /// Lets requests through and holds the answers back.
    pub fn hold_answers(&self) {
        self.set(Condition::AnswersHeld);
    }

    /// Answers each new request itself.
    pub fn answer(&self, status: u16, retry_after: Option<u32>) {
        let retry_after = retry_after
            .map(|seconds| format!("retry-after: {seconds}\r\n"))
            .unwrap_or_default();
        self.set(Condition::Answering(format!("HTTP/1.1 {status} Answer\r\n{retry_after}content-length: 0\r\nconnection: close\r\n\r\n")));
    }

    /// How many requests began like this so far, as `PUT /v1/installations/`. What came while the network was cut does not count.
    pub fn requests(&self, beginning: &str) -> usize {
        self.requests
            .lock()
            .unwrap()
            .iter()
            .filter(|line| line.starts_with(beginning))
            .count()
    }

    pub(crate) fn set_gateway(&self, gateway: SocketAddr) {
        self.state
            .send_modify(|state| state.gateway = Some(gateway));
    }

    fn set(&self, condition: Condition) {
        self.state.send_modify(|state| state.condition = condition);
    }
}

async fn serve(mut client: TcpStream, mut states: watch::Receiver<State>, requests: Requests) {
    let state = states.borrow().clone();
    match state.condition {
        Condition::Cut => {}
        Condition::Answering(answer) => {
            // A client whose connection breaks gets no answer.
            let _ = answer_one(&mut client, &answer, &requests).await;
        }
        Condition::Open | Condition::Stalled | Condition::AnswersHeld => {
            let Some(gateway) = state.gateway else { return };
            let connection = Connection {
                route: state.route,
                cuts: state.cuts,
                states: states.clone(),
            };
            tokio::select! {
                _ = carry(client, gateway, connection, &requests) => {}
                _ = states.wait_for(|now| now.cuts != state.cuts) => {}
            }
        }
    }
}

async fn carry(
    client: TcpStream,
    gateway: SocketAddr,
    connection: Connection,
    requests: &Requests,
) -> io::Result<()> {
    let server = TcpStream::connect(gateway).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    tokio::try_join!(
        carry_one_way(
            from_client,
            to_server,
            connection.clone(),
            &[Condition::Stalled],
            Some(requests)
        ),
        carry_one_way(
            from_server,
            to_client,
            connection,
            &[Condition::Stalled, Condition::AnswersHeld],
            None
        ),
    )?;
    Ok(())
}

/// Carries one direction to its end, and waits while the network is in one of these conditions.
async fn carry_one_way(
    mut from: impl io::AsyncRead + Unpin,
    mut to: impl io::AsyncWrite + Unpin,
    mut connection: Connection,
    held_in: &[Condition],
    requests: Option<&Requests>,
) -> io::Result<()> {
    let (mut buffer, mut request) = (vec![0; 16 * 1024], Vec::new());
    loop {
        let length = from.read(&mut buffer).await?;
        if let Some(requests) = requests.filter(|_| length > 0) {
            if request.is_empty() {
                connection.expect_request()?;
                record(requests, &buffer[..length]);
            }
            request.extend_from_slice(&buffer[..length]);
            if is_whole(&request) {
                request.clear();
            }
        }
        connection.wait_to_pass(held_in).await?;
        if length == 0 {
            return to.shutdown().await;
        }
        to.write_all(&buffer[..length]).await?;
    }
}

impl Connection {
    /// Breaks a connection that was kept where the proxy answers by itself: the request comes again over a new one.
    fn expect_request(&self) -> io::Result<()> {
        match self.states.borrow().condition {
            Condition::Answering(_) => Err(io::ErrorKind::ConnectionAborted.into()),
            _ => Ok(()),
        }
    }

    /// Waits until something may come through. What was held back when the network was cut never does, however soon it was open again.
    async fn wait_to_pass(&mut self, held_in: &[Condition]) -> io::Result<()> {
        let (route, cuts) = (self.route, self.cuts);
        let goes_on = |state: &State| {
            state.cuts != cuts || (state.route == route && !held_in.contains(&state.condition))
        };
        match self.states.wait_for(goes_on).await {
            Ok(state) if state.cuts == cuts => Ok(()),
            _ => Err(io::ErrorKind::ConnectionAborted.into()),
        }
    }
}

/// Reads one request to its end: a connection that is closed with something unread breaks before the answer arrives.
async fn answer_one(client: &mut TcpStream, answer: &str, requests: &Requests) -> io::Result<()> {
    let mut request = Vec::new();
    while !is_whole(&request) {
        if client.read_buf(&mut request).await? == 0 {
            return Ok(());
        }
    }
    record(requests, &request);
    client.write_all(answer.as_bytes()).await?;
    client.shutdown().await
}

fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head.lines().find_map(|line| {
        line.to_ascii_lowercase()
            .strip_prefix("content-length:")?
            .trim()
            .parse()
            .ok()
    });
    body.len() >= length.unwrap_or(0)
}

fn record(requests: &Requests, begins: &[u8]) {
    let line = String::from_utf8_lossy(begins)
        .lines()
        .next()
        .unwrap_or_default()
        .to_owned();
    requests.lock().unwrap().push(line);
}
