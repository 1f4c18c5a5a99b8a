//! The other instances, in a process of their own: servers that take what they are sent, and senders of signed activities.

use crate::yardsticks::BODY;
use activitypub::keys::RsaKeyPair;
use futures_util::StreamExt;
use http::Method;
use kit::PeerActor;
use std::io::{BufRead, BufReader, Write};
use std::net::IpAddr;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Another process in one of these roles.
pub struct Other {
    child: Child,
    input: ChildStdin,
    lines: BufReader<ChildStdout>,
}

impl Other {
    pub fn start(words: &[&str]) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(words)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (input, lines) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        Self { child, input, lines }
    }

    pub fn line(&mut self) -> String {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        line.trim().to_owned()
    }

    pub fn say(&mut self, word: &str) {
        writeln!(self.input, "{word}").unwrap();
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Takes everything at every loopback address. At the word `dead` the addresses from 127.0.100.0 on never answer.
pub fn serve(words: &[String]) {
    let some_dead = words.first().is_some_and(|word| word == "dead");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
        println!("{}", listener.local_addr().unwrap().port());
        let mut open = tokio::task::JoinSet::new();
        loop {
            let Ok((stream, _)) = listener.accept().await else { continue };
            let dead = some_dead && matches!(stream.local_addr().map(|at| at.ip()), Ok(IpAddr::V4(ip)) if ip.octets()[2] >= 100);
            open.spawn(take(stream, dead));
            while open.try_join_next().is_some() {}
        }
    });
}

async fn take(mut stream: TcpStream, dead: bool) {
    let mut read = Vec::with_capacity(4_096);
    loop {
        let end = loop {
            if let Some(at) = read.windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
            if stream.read_buf(&mut read).await.unwrap_or(0) == 0 {
                return;
            }
        };
        let head = String::from_utf8_lossy(&read[..end]).to_ascii_lowercase();
        let length = head.split("content-length: ").nth(1).and_then(|rest| rest.split("\r\n").next()?.parse::<usize>().ok());
        let whole = end + length.unwrap_or_default();
        while read.len() < whole {
            if stream.read_buf(&mut read).await.unwrap_or(0) == 0 {
                return;
            }
        }
        read.drain(..whole);
        if dead {
            std::future::pending::<()>().await;
        }
        if stream.write_all(b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n").await.is_err() {
            return;
        }
    }
}

/// A sender's name, its address and the file of its key.
pub fn actor(folder: &str, number: usize) -> PeerActor {
    let file = std::path::Path::new(folder).join(format!("{number}.key"));
    let uri = format!("http://127.0.{}.{}:9/users/pat{number}", 50 + number / 8, 1 + number % 8);
    let key = if let Ok(bytes) = std::fs::read(&file) {
        RsaKeyPair::from_pkcs8(&bytes).unwrap()
    } else {
        let key = RsaKeyPair::generate().unwrap();
        std::fs::write(&file, key.to_pkcs8()).unwrap();
        key
    };
    PeerActor {
        key_id: format!("{uri}#main-key"),
        uri,
        name: format!("pat{number}"),
        key: Arc::new(key),
        edwards: Arc::new(activitypub::keys::Ed25519KeyPair::generate().unwrap()),
        way: kit::Way::Cavage,
    }
}

/// Signs so many notes, says so, and sends them at the word: FOLDER, HALL, ACTORS, EACH, CONNECTIONS.
pub fn send(words: &[String]) {
    let (folder, hall) = (&words[0], &words[1]);
    let number = |at: usize| words[at].parse::<usize>().unwrap();
    let (actors, each, connections) = (number(2), number(3), number(4));
    let inbox = format!("{hall}/inbox");
    let mut requests = Vec::new();
    let actors: Vec<PeerActor> = (0..actors).map(|number| actor(folder, number)).collect();
    for note in 0..each {
        for actor in &actors {
            let mut object = actor.note(&format!("{}/notes/{note}", actor.uri), &format!("number {note}"));
            let filler = BODY.saturating_sub(actor.creates(&object).to_string().len());
            object["content"] = format!("<p>number {note} {}</p>", "words ".repeat(filler / 6)).into();
            let body = actor.creates(&object).to_string().into_bytes();
            requests.push((actor.sign(&Method::POST, &inbox, Some(&body)), body));
        }
    }
    println!("ready");
    std::io::stdin().lock().read_line(&mut String::new()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let taken = runtime.block_on(async {
        let client = kit::http::plain();
        let sent = requests.into_iter().map(|(headers, body)| {
            let mut request = client.post(&inbox).body(body);
            for (name, value) in headers.iter().filter(|(name, _)| name != "host") {
                request = request.header(name, value);
            }
            async move { request.send().await.is_ok_and(|answer| answer.status() == 202) }
        });
        futures_util::stream::iter(sent).buffer_unordered(connections).filter(|taken| std::future::ready(*taken)).count().await
    });
    println!("{taken}");
}
