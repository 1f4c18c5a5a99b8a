//! A server that answers with any bytes at any pace, and names that stand for any address.
//!
//! [`Hostile`] speaks no HTTP of its own: it reads a request, remembers it as it came, and plays what a test wrote
//! down for its path. [`Script`] says what names resolve to, each time anew.

use federation::fetch::Names;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use std::collections::HashMap;
use std::fmt::Write;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

/// What is done with a connection, in order; then it is closed.
#[derive(Debug, Clone)]
pub enum Step {
    /// Writes these bytes.
    Say(Vec<u8>),
    /// Writes these bytes again and again, with this pause, until the other end is gone.
    Forever(Vec<u8>, Duration),
    /// Says nothing for so long.
    Wait(Duration),
    /// Says nothing until the other end is gone.
    Hang,
}

/// A raw server on loopback.
#[derive(Debug)]
pub struct Hostile {
    /// Where it listens.
    pub address: SocketAddr,
    shared: Arc<Shared>,
    _stop: DropGuard,
}

#[derive(Debug, Default)]
struct Shared {
    scripts: Mutex<HashMap<String, Vec<Step>>>,
    requests: Mutex<Vec<Vec<u8>>>,
    connections: Mutex<usize>,
}

impl Hostile {
    /// Starts with nothing to say: an unknown path is 404.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (shared, stop) = (Arc::new(Shared::default()), CancellationToken::new());
        let (state, ended, tracker) = (shared.clone(), stop.clone(), TaskTracker::new());
        tracker.clone().spawn(async move {
            loop {
                tokio::select! {
                    () = ended.cancelled() => return,
                    accepted = listener.accept() => {
                        let Ok((stream, _)) = accepted else { continue };
                        *state.connections.lock().unwrap() += 1;
                        let (state, ended) = (state.clone(), ended.clone());
                        tracker.spawn(async move {
                            tokio::select! {
                                () = ended.cancelled() => {}
                                _ = talk(&state, stream) => {}
                            }
                        });
                    }
                }
            }
        });
        Self { address, shared, _stop: stop.drop_guard() }
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// An address on this server.
    pub fn at(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// From now on does this there.
    pub fn plays(&self, path: &str, steps: Vec<Step>) {
        self.shared.scripts.lock().unwrap().insert(path.to_owned(), steps);
    }

    /// From now on says this there, once, and closes.
    pub fn says(&self, path: &str, bytes: Vec<u8>) {
        self.plays(path, vec![Step::Say(bytes)]);
    }

    /// How many connections came.
    pub fn connections(&self) -> usize {
        *self.shared.connections.lock().unwrap()
    }

    /// What was read of each, as it came: the head of a request, or the beginning of something else.
    pub fn heads(&self) -> Vec<String> {
        self.shared.requests.lock().unwrap().iter().map(|head| String::from_utf8_lossy(head).into_owned()).collect()
    }
}

async fn talk(shared: &Shared, mut stream: TcpStream) -> io::Result<()> {
    let mut head = Vec::new();
    let mut part = [0; 4_096];
    // A greeting of TLS begins with 0x16; it is kept, and nothing is answered.
    while !head.windows(4).any(|window| window == b"\r\n\r\n") && head.first() != Some(&0x16) {
        let read = stream.read(&mut part).await?;
        if read == 0 {
            break;
        }
        head.extend_from_slice(&part[..read]);
    }
    let path = String::from_utf8_lossy(&head).split_whitespace().nth(1).unwrap_or_default().to_owned();
    shared.requests.lock().unwrap().push(head);
    let script = shared.scripts.lock().unwrap().get(&path).cloned();
    for step in script.unwrap_or_else(|| vec![Step::Say(answer(404, &[], b""))]) {
        play(&mut stream, step).await?;
    }
    stream.shutdown().await
}

/// The same bytes again and again, with a pause between, until the other end has enough: that is the attack, and nothing
/// waits for it.
pub async fn drip(to: &mut (impl AsyncWrite + Unpin), bytes: &[u8], pause: Duration) -> io::Result<()> {
    loop {
        to.write_all(bytes).await?;
        tokio::time::sleep(pause).await;
    }
}

async fn play(stream: &mut TcpStream, step: Step) -> io::Result<()> {
    match step {
        Step::Say(bytes) => stream.write_all(&bytes).await,
        Step::Forever(bytes, pause) => drip(stream, &bytes, pause).await,
        Step::Wait(pause) => {
            tokio::time::sleep(pause).await;
            Ok(())
        }
        Step::Hang => {
            let mut rest = [0; 64];
            while stream.read(&mut rest).await? > 0 {}
            Ok(())
        }
    }
}

/// A whole answer that ends its connection.
pub fn answer(status: u16, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut text = format!("HTTP/1.1 {status} Test\r\nconnection: close\r\ncontent-length: {}\r\n", body.len());
    for (name, value) in headers {
        write!(text, "{name}: {value}\r\n").unwrap();
    }
    text.push_str("\r\n");
    [text.as_bytes(), body].concat()
}

/// A document of `ActivityPub`.
pub fn document(body: &str) -> Vec<u8> {
    answer(200, &[("content-type", crate::peer::ACTIVITY)], body.as_bytes())
}

/// What names stand for: one answer after the other, the last for ever.
#[derive(Debug, Default)]
pub struct Script {
    answers: Mutex<HashMap<String, Vec<Vec<SocketAddr>>>>,
    asked: Mutex<Vec<String>>,
}

impl Script {
    /// From now on this name stands for these, one after the other.
    pub fn name(&self, name: &str, answers: &[&[SocketAddr]]) {
        let answers = answers.iter().map(|one| one.to_vec()).collect();
        self.answers.lock().unwrap().insert(name.to_owned(), answers);
    }

    /// How often a name was asked for.
    pub fn asked(&self, name: &str) -> usize {
        self.asked.lock().unwrap().iter().filter(|asked| *asked == name).count()
    }
}

impl Names for Script {
    fn addresses(&self, name: &str) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>> {
        self.asked.lock().unwrap().push(name.to_owned());
        let mut answers = self.answers.lock().unwrap();
        let found = match answers.get_mut(name) {
            Some(all) if all.len() > 1 => Ok(all.remove(0)),
            Some(all) => Ok(all[0].clone()),
            None => Err(io::Error::other("no such name")),
        };
        async move { found }.boxed()
    }
}
