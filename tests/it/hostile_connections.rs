//! Group D below the routes: connections that say nothing, say it slowly, too often, or in another protocol.

use kit::Hall;
use kit::hostile::drip;
use kit::poll::{PATIENCE, becomes, eventually};
use server::connections::Limits;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

/// A hall's routes behind connections with these limits. Gives where; ends with the guard.
async fn within(hall: &Hall, limits: Limits) -> (String, DropGuard) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (at, stop) = (listener.local_addr().unwrap().to_string(), CancellationToken::new());
    let (router, ended) = (hall.assembled.router(), stop.clone());
    TaskTracker::new().spawn(async move { server::serve::within(limits, listener, router, ended).await });
    (at, stop.drop_guard())
}

/// What comes until the other end closes; `None` where it does not.
async fn until_closed(stream: &mut TcpStream) -> Option<String> {
    let mut said = Vec::new();
    let read = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut said)).await;
    read.ok().map(|_| String::from_utf8_lossy(&said).into_owned())
}

fn get(path: &str, more: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: hall\r\n{more}\r\n").into_bytes()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c115_a_head_that_comes_byte_by_byte_is_cut_off() {
    assert!(Limits::default().head <= Duration::from_secs(30), "what is played here is what the hall does");
    let hall = Hall::without_work("Slow").await;
    let (at, _ends) = within(&hall, Limits { head: Duration::from_millis(400), ..Limits::default() }).await;
    let (closed, tracker) = (Arc::new(AtomicUsize::new(0)), TaskTracker::new());
    for number in 0..60 {
        let (at, closed) = (at.clone(), closed.clone());
        tracker.spawn(async move {
            let mut stream = TcpStream::connect(&at).await.unwrap();
            // A third says nothing at all, a third begins anew after a whole request.
            if number % 3 == 1 {
                stream.write_all(&get("/healthz", "")).await.unwrap();
            }
            let (mut read, mut write) = stream.split();
            let dripping = async {
                if number % 3 > 0 {
                    let _ = drip(&mut write, b"G", Duration::from_millis(50)).await;
                }
                std::future::pending::<()>().await;
            };
            let listening = async {
                let mut part = [0; 1_024];
                while matches!(read.read(&mut part).await, Ok(1..)) {}
            };
            tokio::select! { () = dripping => {}, () = listening => {} }
            closed.fetch_add(1, Ordering::Relaxed);
        });
    }
    becomes("all of them are closed", || async { closed.load(Ordering::Relaxed) == 60 }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c115_a_body_that_does_not_come_is_not_waited_for() {
    let hall = Hall::without_work("Slow").await;
    let json = "content-type: application/json\r\ncontent-length: 900\r\n\r\n{";
    let activity = "content-type: application/activity+json\r\nsignature: keyId=\"x\"\r\ncontent-length: 900\r\n\r\n{";
    let slow = |path: &'static str, rest: &'static str| {
        let host = hall.host.clone();
        async move {
            let mut stream = TcpStream::connect(&host).await.unwrap();
            stream.write_all(format!("POST {path} HTTP/1.1\r\nhost: {host}\r\n{rest}").as_bytes()).await.unwrap();
            let said = tokio::time::timeout(Duration::from_mins(1), async {
                let mut said = Vec::new();
                let _ = stream.read_to_end(&mut said).await;
                said
            });
            String::from_utf8(said.await.unwrap()).unwrap()
        }
    };
    let (inbox, app, token) = tokio::join!(slow("/inbox", activity), slow("/api/v1/apps", json), slow("/oauth/token", json));
    for said in [inbox, app, token] {
        assert!(["HTTP/1.1 408", "HTTP/1.1 503"].iter().any(|line| said.starts_with(line)), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c115_only_so_many_connections_are_open_at_once() {
    let default = Limits::default().connections;
    assert!((64..=50_000).contains(&default), "{default}");
    let hall = Hall::without_work("Full").await;
    let (at, _ends) = within(&hall, Limits { connections: 4, ..Limits::default() }).await;
    let mut idle = Vec::new();
    for _ in 0..4 {
        let mut stream = TcpStream::connect(&at).await.unwrap();
        stream.write_all(&get("/healthz", "")).await.unwrap();
        assert!(stream.read(&mut [0; 512]).await.unwrap() > 0);
        idle.push(stream);
    }
    let mut late = TcpStream::connect(&at).await.unwrap();
    late.write_all(&get("/healthz", "connection: close\r\n")).await.unwrap();
    let mut first = [0; 12];
    let early = tokio::time::timeout(Duration::from_millis(500), late.read_exact(&mut first)).await;
    assert!(early.is_err(), "it has to wait");
    idle.pop();
    assert!(until_closed(&mut late).await.unwrap().starts_with("HTTP/1.1 200"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c118_there_is_no_http_2_to_flood() {
    let hall = Hall::without_work("Frames").await;
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    let frame = |kind: u8, flags: u8, stream: u32, body: &[u8]| {
        let length = u32::try_from(body.len()).unwrap().to_be_bytes();
        [&length[1..], &[kind, flags], &stream.to_be_bytes(), body].concat()
    };
    let settings = frame(4, 0, 0, &[]);
    // :method GET, :scheme http, :path / of the static table; begun and at once taken back.
    let reset = |stream| [frame(1, 5, stream, &[0x82, 0x86, 0x84]), frame(3, 0, stream, &8_u32.to_be_bytes())].concat();
    for flood in [
        (0..5_000).map(|number| reset(2 * number + 1)).collect::<Vec<_>>().concat(),
        [frame(1, 1, 1, &[0x82]), frame(9, 0, 1, &[0; 1_024]).repeat(2_000)].concat(),
        settings.repeat(10_000),
        frame(6, 0, 0, &[0; 8]).repeat(10_000),
    ] {
        let mut stream = TcpStream::connect(&hall.host).await.unwrap();
        let (mut read, mut write) = stream.split();
        let bytes = [preface.as_slice(), &settings, &flood].concat();
        let pouring = async {
            let _ = write.write_all(&bytes).await;
            std::future::pending::<()>().await;
        };
        let mut said = Vec::new();
        let closed = async {
            tokio::select! { _ = read.read_to_end(&mut said) => {}, () = pouring => {} }
        };
        assert!(tokio::time::timeout(PATIENCE, closed).await.is_ok(), "the connection goes on");
        let line = String::from_utf8_lossy(&said).into_owned();
        assert!(said.is_empty() || line.starts_with("HTTP/1.1 4"), "{line:?}");
    }
    let mut stream = TcpStream::connect(&hall.host).await.unwrap();
    let more = "connection: upgrade, http2-settings, close\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABkAAQAAP__\r\n";
    stream.write_all(&get("/healthz", more)).await.unwrap();
    assert!(until_closed(&mut stream).await.unwrap().starts_with("HTTP/1.1 200"), "nor a way to it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c118_requests_in_one_breath_are_answered_in_their_order() {
    const MANY: usize = 3_000;
    let hall = Hall::without_work("Breath").await;
    let mut stream = TcpStream::connect(&hall.host).await.unwrap();
    let (mut read, mut write) = stream.split();
    let asking = async {
        for number in 0..MANY {
            // Each answer names its question; every third has a body that must not be taken for a question.
            let body = if number % 3 == 0 { "content-length: 31\r\n\r\nGET /smuggled HTTP/1.1\r\nhost: x\r\n" } else { "\r\n" };
            let more = if number + 1 == MANY { "connection: close\r\n" } else { "" };
            let head = format!("GET /notifications?n={number}x HTTP/1.1\r\nhost: {}\r\n{more}{body}", hall.host);
            write.write_all(head.as_bytes()).await.unwrap();
        }
    };
    let mut said = Vec::new();
    let listening = read.read_to_end(&mut said);
    let both = async { tokio::join!(asking, listening).1 };
    tokio::time::timeout(Duration::from_mins(2), both).await.unwrap().unwrap();
    let said = String::from_utf8(said).unwrap();
    let asked: Vec<String> = said
        .lines()
        .filter_map(|line| line.strip_prefix("location: "))
        .map(|to| to.split("n%3D").nth(1).unwrap_or(to).to_owned())
        .collect();
    let expected: Vec<String> = (0..MANY).map(|number| format!("{number}x")).collect();
    assert_eq!(asked, expected);
    assert!(!said.contains("smuggled"));
}

#[tokio::test]
async fn c118_a_head_has_a_size() {
    let hall = Hall::without_work("Heads").await;
    for (what, more, good) in [
        ("a usual one", format!("x: {}\r\n", "a".repeat(8_000)), true),
        ("one long header", format!("x: {}\r\n", "a".repeat(70 * 1_024)), false),
        ("many headers", "x: a\r\n".repeat(120), false),
    ] {
        let asked = eventually(PATIENCE, || async {
            let mut stream = TcpStream::connect(&hall.host).await.ok()?;
            let _ = stream.write_all(&get("/healthz", &format!("{more}connection: close\r\n"))).await;
            let mut line = [0; 12];
            stream.read_exact(&mut line).await.ok()?;
            Some(String::from_utf8_lossy(&line).into_owned())
        });
        let line = asked.await.unwrap();
        assert_eq!(line == "HTTP/1.1 200", good, "{what}: {line}");
        assert!(good || line.starts_with("HTTP/1.1 4"), "{what}: {line}");
    }
}
