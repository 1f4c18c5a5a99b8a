//! Group D at the client through which every request leaves: whatever another server answers, it costs little and
//! ends soon, and what comes out is a document or a refusal.

use app::{Hall, Settings};
use axum::Router;
use axum::http::header::CONTENT_TYPE;
use federation::FetchOptions;
use federation::fetch::{Accept, Client, FetchError};
use kit::World;
use kit::hostile::{Hostile, Step, answer, document};
use kit::peer::ACTIVITY;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::time::timeout;
use tokio_util::task::TaskTracker;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::SizeAbove;
use url::Url;

/// Far more than the client's own limit, and far less than for ever.
const PATIENCE: Duration = Duration::from_secs(30);

/// The client, and the hall's memory, which must stay as long.
async fn client() -> (Client, World) {
    let world = World::new().await;
    let hall = Hall::new(world.store.clone(), Settings { insecure: true, ..kit::world::settings() });
    let options = FetchOptions {
        connect: Duration::from_secs(2),
        total: Duration::from_secs(3),
        max_body: 256 * 1024,
        ..FetchOptions::default()
    };
    (Client::new(hall, options).unwrap(), world)
}

async fn get(client: &Client, url: &str) -> Result<String, FetchError> {
    let got = timeout(PATIENCE, client.get(&Url::parse(url).unwrap(), Accept::Activity, None)).await;
    got.unwrap().map(|found| found.value["id"].to_string())
}

fn head(more: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\ncontent-type: {ACTIVITY}\r\n{more}\r\n").into_bytes()
}

#[tokio::test]
async fn c105_c117_c306_an_answer_without_end_is_cut_off() {
    let ((client, _world), hostile) = (client().await, Hostile::start().await);
    let now = Duration::ZERO;
    let chunk = [b"1000\r\n".to_vec(), vec![b' '; 0x1000], b"\r\n".to_vec()].concat();
    let scripts: Vec<(&str, Vec<Step>, &[FetchError])> = vec![
        ("chunks", vec![Step::Say(head("transfer-encoding: chunked\r\n")), Step::Forever(chunk, now)], &[FetchError::TooLarge]),
        ("no length", vec![Step::Say(head("")), Step::Forever(vec![b' '; 4_096], now)], &[FetchError::TooLarge]),
        (
            "a large length",
            vec![Step::Say(head("content-length: 99999999999\r\n")), Step::Forever(vec![b' '; 4_096], now)],
            &[FetchError::TooLarge],
        ),
        (
            "a byte now and then",
            vec![Step::Say(head("content-length: 5000\r\n")), Step::Forever(b" ".to_vec(), Duration::from_millis(50))],
            &[FetchError::Unreachable],
        ),
        ("nothing after the head", vec![Step::Say(head("content-length: 10\r\n")), Step::Hang], &[FetchError::Unreachable]),
        ("nothing", vec![Step::Hang], &[FetchError::Unreachable]),
        (
            "headers",
            vec![Step::Say(b"HTTP/1.1 200 OK\r\n".to_vec()), Step::Forever(b"x-more: and more\r\n".to_vec(), now)],
            &[FetchError::Unreachable],
        ),
        (
            "one header",
            vec![Step::Say(b"HTTP/1.1 200 OK\r\nx-long: ".to_vec()), Step::Forever(vec![b'a'; 4_096], now)],
            &[FetchError::Unreachable],
        ),
        ("continuations", vec![Step::Forever(b"HTTP/1.1 100 Continue\r\n\r\n".to_vec(), now)], &[FetchError::Unreachable]),
        (
            "hints",
            vec![Step::Forever(b"HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n".to_vec(), Duration::from_millis(1))],
            &[FetchError::Unreachable],
        ),
        (
            "a cut body",
            vec![Step::Say(head("content-length: 5000\r\n")), Step::Say(b"{\"id\":".to_vec())],
            &[FetchError::Unreachable],
        ),
        ("no HTTP", vec![Step::Say(b"SSH-2.0-OpenSSH_9.9\r\n".to_vec())], &[FetchError::Unreachable]),
        ("a closed connection", vec![Step::Say(Vec::new())], &[FetchError::Unreachable]),
        (
            "two lengths",
            vec![Step::Say(head("content-length: 2\r\ncontent-length: 5\r\n")), Step::Say(b"{}{}{".to_vec())],
            &[FetchError::Unreachable],
        ),
        (
            "half a document",
            vec![Step::Say(answer(200, &[("content-type", ACTIVITY)], b"{\"id\":\"o\""))],
            &[FetchError::NotJson],
        ),
        ("no body", vec![Step::Say(answer(200, &[("content-type", ACTIVITY)], b""))], &[FetchError::NotJson]),
    ];
    for (number, (what, steps, expected)) in scripts.into_iter().enumerate() {
        let path = format!("/{number}");
        hostile.plays(&path, steps);
        let got = get(&client, &hostile.at(&path)).await.unwrap_err();
        assert!(expected.contains(&got), "{what}: {got:?}");
    }
    hostile.says("/good", document("{\"id\":\"o\"}"));
    assert_eq!(get(&client, &hostile.at("/good")).await.unwrap(), "\"o\"", "and it goes on");
}

#[tokio::test]
async fn c117_what_comes_behind_an_answer_answers_nothing_else() {
    let ((client, _world), hostile) = (client().await, Hostile::start().await);
    let mut first = head("content-length: 12\r\n");
    first.extend_from_slice(b"{\"id\":\"one\"}");
    first.extend_from_slice(&document("{\"id\":\"forged\"}"));
    hostile.says("/one", first);
    hostile.says("/two", document("{\"id\":\"two\"}"));
    assert_eq!(get(&client, &hostile.at("/one")).await.unwrap(), "\"one\"");
    for _ in 0..3 {
        assert_eq!(get(&client, &hostile.at("/two")).await.unwrap(), "\"two\"");
    }
}

/// Serves spaces in great number, compressed in one way.
async fn bomb(layer: CompressionLayer<SizeAbove>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/bomb", listener.local_addr().unwrap());
    let spaces = || async { ([(CONTENT_TYPE, ACTIVITY)], vec![b' '; 16 * 1024 * 1024]) };
    let router: Router = Router::new().fallback(spaces).layer(layer);
    TaskTracker::new().spawn(async move { axum::serve(listener, router).await });
    url
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c106_a_small_answer_that_unfolds_to_a_huge_one_is_cut_off() {
    let (client, _world) = client().await;
    let layer = CompressionLayer::new;
    for (kind, layer) in [
        ("gzip", layer().no_br().no_zstd().no_deflate()),
        ("zstd", layer().no_br().no_gzip().no_deflate()),
        ("br", layer().no_gzip().no_zstd().no_deflate()),
    ] {
        assert_eq!(get(&client, &bomb(layer.compress_when(SizeAbove::new(1))).await).await, Err(FetchError::TooLarge), "{kind}");
    }
}

#[tokio::test]
async fn c107_a_fetched_document_is_read_as_strictly_as_a_delivered_one() {
    let ((client, _world), hostile) = (client().await, Hostile::start().await);
    let deep = |open: &str, close: &str, levels: usize| {
        format!("{{\"id\":\"o\",\"x\":{}1{}}}", open.repeat(levels), close.repeat(levels))
    };
    for (number, body) in [
        deep("[", "]", 100_000),
        deep("{\"a\":", "}", 30_000),
        deep("[{\"a\":", "}]", 20_000),
        "[".repeat(200_000),
        "{\"id\":\"a\",\"id\":\"b\"}".to_owned(),
        "{\"id\":\"a\",\"\\u0069d\":\"b\"}".to_owned(),
        "\u{feff}{\"id\":\"a\"}".to_owned(),
        "{\"id\":\"a\"}{\"id\":\"b\"}".to_owned(),
        "{\"id\":\"a\",\"x\":1e999}".to_owned(),
        "{\"id\":\"\\ud800\"}".to_owned(),
    ]
    .into_iter()
    .enumerate()
    {
        hostile.says(&format!("/{number}"), document(&body));
        assert_eq!(get(&client, &hostile.at(&format!("/{number}"))).await, Err(FetchError::NotJson), "{number}");
    }
    for (number, kind) in ["text/html", "application/json", "image/png", "application/ld+json", "", "text/plain; activity+json"]
        .into_iter()
        .enumerate()
    {
        hostile.says(&format!("/kind/{number}"), answer(200, &[("content-type", kind)], b"{\"id\":\"o\"}"));
        assert_eq!(
            get(&client, &hostile.at(&format!("/kind/{number}"))).await,
            Err(FetchError::NotJson),
            "{kind}: what somebody uploaded is no document"
        );
    }
}
