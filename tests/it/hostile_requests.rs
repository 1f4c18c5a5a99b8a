//! Group D from outside: requests that are too long, too deep, too many or too odd, for every route there is.

use crate::stage::Stage;
use app::registry::Surface;
use http::Method;
use kit::peer::ACTIVITY;
use kit::{Answer, Hall};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Longer than any limit that is looked at here.
const PATIENCE: Duration = Duration::from_mins(1);

/// Sends a beginning, and then the same part again and again until there is an answer, the other end closes, or so much
/// was sent. Gives how much that was, and the answer's first line.
async fn pours(hall: &Hall, beginning: &str, part: &[u8], most: usize) -> (usize, String) {
    let (mut read, mut write) = TcpStream::connect(&hall.host).await.unwrap().into_split();
    write.write_all(beginning.as_bytes()).await.unwrap();
    let mut sent = 0;
    let mut said = Vec::new();
    let listening = async {
        let mut part = [0; 4_096];
        while let Ok(count @ 1..) = read.read(&mut part).await {
            said.extend_from_slice(&part[..count]);
            if said.windows(2).any(|window| window == b"\r\n") {
                break;
            }
        }
    };
    let pouring = async {
        while sent < most && write.write_all(part).await.is_ok() {
            sent += part.len();
        }
        std::future::pending::<()>().await;
    };
    let done = timeout(PATIENCE, async {
        tokio::select! { () = listening => {}, () = pouring => {} }
    })
    .await;
    assert!(done.is_ok(), "neither an answer nor an end after {sent} bytes");
    (sent, String::from_utf8_lossy(&said).lines().next().unwrap_or_default().to_owned())
}

async fn still_answers(hall: &Hall) {
    assert_eq!(hall.anonymous().get("/api/v1/instance").await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c105_a_body_without_end_is_cut_off() {
    let stage = Stage::new().await;
    let chunk = [b"1000\r\n".to_vec(), vec![b' '; 0x1000], b"\r\n".to_vec()].concat();
    let most = 256 * 1024 * 1024;
    let token = &stage.ada.token;
    for (path, more) in [
        ("/inbox", format!("content-type: {ACTIVITY}\r\nsignature: keyId=\"x\"\r\n")),
        ("/api/v1/statuses", format!("content-type: application/json\r\nauthorization: Bearer {token}\r\n")),
        ("/api/v1/apps", "content-type: application/x-www-form-urlencoded\r\n".to_owned()),
        ("/oauth/token", "content-type: application/json\r\n".to_owned()),
        ("/sign-in", format!("content-type: application/x-www-form-urlencoded\r\norigin: {}\r\n", stage.hall.base)),
    ] {
        let head = format!("POST {path} HTTP/1.1\r\nhost: {}\r\n{more}", stage.hall.host);
        let (sent, line) = pours(&stage.hall, &format!("{head}transfer-encoding: chunked\r\n\r\n"), &chunk, most).await;
        assert!(sent < most, "{path} went on reading");
        assert!(line.is_empty() || line.contains(" 4"), "{path}: {line}");
        // What says that it will be too long is not waited for.
        let (_, line) = pours(&stage.hall, &format!("{head}content-length: 99999999999\r\n\r\n"), &[b' '; 4_096], most).await;
        assert!(line.is_empty() || line.contains(" 4"), "{path}: {line}");
        still_answers(&stage.hall).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c022_c117_heads_without_end_and_odd_ones_are_refused() {
    let hall = Hall::start("Heads").await;
    let most = 64 * 1024 * 1024;
    let start = format!("GET /healthz HTTP/1.1\r\nhost: {}\r\n", hall.host);
    for (beginning, part) in [
        (start.as_str(), "x-more: and more\r\n"),
        ("GET /", "aaaaaaaaaaaaaaaa"),
        (&format!("{start}x-long: "), "aaaaaaaaaaaaaaaa"),
    ] {
        let (sent, line) = pours(&hall, beginning, part.repeat(64).as_bytes(), most).await;
        assert!(sent < most && (line.is_empty() || line.contains(" 4")), "{beginning}: {line} after {sent}");
    }
    // C022: lines that are folded, hold a NUL, or are none.
    for head in [
        "GET /healthz HTTP/1.1\r\nhost: x\r\n folded\r\n\r\n",
        "GET /healthz HTTP/1.1\r\nhost: x\r\nx: a\0b\r\n\r\n",
        "GET /healthz HTTP/1.1\r\nhost: x\r\nno line\r\n\r\n",
        "GET /healthz HTTP/9.9\r\n\r\n",
        "GET /a b HTTP/1.1\r\nhost: x\r\n\r\n",
        "POST /inbox HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\naa",
        "POST /inbox HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
    ] {
        let (_, line) = pours(&hall, head, b"", 0).await;
        assert!(line.is_empty() || line.contains(" 4"), "{head:?}: {line}");
    }
    still_answers(&hall).await;
}

#[tokio::test]
async fn c106_a_compressed_body_is_not_unfolded() {
    let stage = Stage::new().await;
    let body = stage.mal.creates(&stage.mal.note(&stage.bad("/n/1"), "x")).to_string();
    for encoding in ["gzip", "br", "zstd", "deflate", "gzip, identity", "x"] {
        let mut headers = stage.mal.sign(&Method::POST, &stage.inbox(), Some(body.as_bytes()));
        headers.push(("content-encoding".into(), encoding.into()));
        let answer = kit::peer::request(Method::POST, &stage.inbox(), &headers, Some(body.as_bytes())).await;
        assert_eq!(answer.status, 415, "{encoding}");
    }
}

#[tokio::test]
async fn a_refused_delivery_is_told_why_in_a_sentence_by_a_code_and_under_an_id() {
    let stage = Stage::new().await;
    let body = stage.mal.creates(&stage.mal.note(&stage.bad("/n/1"), "x")).to_string();
    let signed = stage.mal.sign(&Method::POST, &stage.inbox(), Some(body.as_bytes()));
    let with = |changed: &str, value: &str| {
        let mut headers: Vec<(String, String)> = signed.iter().filter(|(name, _)| name != changed).cloned().collect();
        headers.push((changed.to_owned(), value.to_owned()));
        headers
    };
    let unsigned = signed.iter().filter(|(name, _)| name != "signature").cloned().collect();
    let large = vec![b'a'; 1_100_000];
    for (code, status, headers, body) in [
        ("body_type", 415, with("content-type", "text/plain"), body.as_bytes()),
        ("body_encoding", 415, with("content-encoding", "gzip"), body.as_bytes()),
        ("body_too_large", 413, signed.clone(), &large),
        ("signature_missing", 401, unsigned, body.as_bytes()),
        ("signature_malformed", 401, with("signature", "keyId"), body.as_bytes()),
        ("signature_digest_mismatch", 401, signed.clone(), b"{}"),
        ("json_syntax", 400, stage.mal.sign(&Method::POST, &stage.inbox(), Some(b"{")), b"{"),
    ] {
        let answer = kit::peer::request(Method::POST, &stage.inbox(), &headers, Some(body)).await;
        let told = answer.value();
        assert_eq!((answer.status, told["code"].as_str()), (status, Some(code)), "{told}");
        assert!(told["error"].as_str().is_some_and(|sentence| sentence.contains(' ')), "{told}");
        assert!(answer.headers.contains_key("x-request-id"), "{code}");
    }
}

/// What breaks out of quotes, paths, patterns, templates and lines.
const CORPUS: &[&str] = &[
    "'",
    "\"",
    "';--",
    "' OR '1'='1",
    "1) OR (1=1",
    "\\",
    "%",
    "_%",
    "%00",
    "\0",
    "$1",
    "${7*7}",
    "{{7*7}}",
    "`id`",
    "$(id)",
    "|id",
    "*",
    "a* OR b",
    "NEAR(a b)",
    "\"unclosed",
    "AND",
    "-a",
    "col:x",
    "../../etc/passwd",
    "..%2f..",
    "%2e%2e/",
    "\r\nset-cookie: x=1",
    "<script>",
    "\u{202e}abc",
    "\u{feff}",
    "😀",
    "a\u{300}\u{300}\u{300}",
    "-1",
    "0",
    "1e9",
    "99999999999999999999",
    "9223372036854775807",
    "-9223372036854775808",
    "0.1",
    "NaN",
    "null",
    "true",
    "[]",
    "{}",
    "1;DROP TABLE posts",
    "id desc",
    "(((((((((((((((((((((((((((((",
    "#",
    "@",
    "@@",
    "@a@",
    "@a@b@c",
    "acct:",
    "https://",
    "http://[",
    "//x",
];

fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

fn harmless(what: &str, answer: &Answer) {
    assert!(answer.status < 500, "{what}: {} {}", answer.status, answer.text());
    for word in ["sqlite", "syntax error", "SQLSTATE", "postgres", "panicked", "no such column", "fts5"] {
        assert!(!answer.shows(word), "{what}: {}", answer.text());
    }
    assert!(!answer.headers.get_all("set-cookie").iter().any(|cookie| cookie.as_bytes().starts_with(b"x=1")), "{what}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c129_c131_no_word_in_any_parameter_of_any_route_is_more_than_a_word() {
    let stage = Stage::new().await;
    let (client, stranger) = (stage.client(), stage.hall.anonymous());
    let before = stage.hall.db.raw().await.number("SELECT COUNT(*) FROM posts").await;
    for route in stage.hall.assembled.declarations() {
        if route.method != "GET" {
            continue;
        }
        // A word in each place of the path and in every usual parameter at once; few enough for all routes.
        for word in CORPUS {
            let word = encoded(word);
            let path: String = route
                .path
                .split('/')
                .map(|part| if part.contains('{') { word.clone() } else { part.to_owned() })
                .collect::<Vec<_>>()
                .join("/");
            let names = [
                "q",
                "limit",
                "max_id",
                "min_id",
                "since_id",
                "offset",
                "id[]",
                "types[]",
                "acct",
                "resource",
                "page",
                "cursor",
                "type",
                "return_to",
                "uri",
            ];
            let query = names.map(|name| format!("{name}={word}")).join("&");
            let who = if route.surface == Surface::Federation { &stranger } else { &client };
            let answer = who.get(&format!("{path}?{query}")).await;
            harmless(&format!("{} with {word}", route.path), &answer);
        }
    }
    let after = stage.hall.db.raw().await.number("SELECT COUNT(*) FROM posts").await;
    assert_eq!(after, before);
    still_answers(&stage.hall).await;
}

#[tokio::test]
async fn c109_c129_no_word_and_no_number_in_what_is_written_is_more_than_that() {
    let stage = Stage::new().await;
    let client = stage.client();
    let numbers = [
        json!(-1),
        json!(9_223_372_036_854_775_807_i64),
        json!(18_446_744_073_709_551_615_u64),
        json!(1e308),
        json!(0.1),
        json!({}),
        json!([]),
        Value::Null,
    ];
    for value in CORPUS.iter().map(|word| json!(word)).chain(numbers) {
        for field in
            ["status", "visibility", "in_reply_to_id", "language", "spoiler_text", "media_ids", "scheduled_at", "sensitive"]
        {
            let mut body = json!({"status": "CNRYwords"});
            body[field] = value.clone();
            harmless(&format!("{field}: {value}"), &client.json(Method::POST, "/api/v1/statuses", &body).await);
        }
    }
    for (number, field) in [
        "published",
        "updated",
        "content",
        "name",
        "summary",
        "inReplyTo",
        "to",
        "tag",
        "url",
        "attachment",
        "replies",
        "likes",
        "sensitive",
    ]
    .into_iter()
    .enumerate()
    {
        for (index, value) in [
            json!(9_223_372_036_854_775_807_i64),
            json!(-1),
            json!(1e308),
            json!("0000-00-00T00:00:00Z"),
            json!("99999-01-01T00:00:00Z"),
            json!("1500-01-01T00:00:00Z"),
            json!([[[]]]),
            json!({"type": []}),
            json!(true),
        ]
        .into_iter()
        .enumerate()
        {
            let mut note = stage.vic.note(&stage.good(&format!("/odd/{number}/{index}")), "odd");
            note[field] = value;
            let status = stage.vic.post(&stage.inbox(), &stage.vic.creates(&note)).await.status;
            assert!([202, 400].contains(&status), "{field}: {status}");
        }
    }
    stage.settled().await;
    let dead =
        stage.hall.db.raw().await.rows("SELECT outcome, body FROM inbox_queue WHERE state NOT IN ('done', 'waiting')").await;
    assert!(dead.is_empty(), "{dead:?}");
    let timeline = client.read("/api/v1/timelines/home").await;
    let newest = year_of(&timeline[0]["created_at"]);
    assert!(newest < 3_000, "no time to come is believed: {newest}");
    still_answers(&stage.hall).await;
}

fn year_of(time: &Value) -> u32 {
    time.as_str().unwrap()[..4].parse().unwrap()
}

#[tokio::test]
async fn c114_a_thread_without_end_is_not_followed_without_end() {
    let stage = Stage::new().await;
    for number in 1..400 {
        let mut note = stage.mal.note(&stage.bad(&format!("/chain/{number}")), "chain");
        note["inReplyTo"] = json!(stage.bad(&format!("/chain/{}", number + 1)));
        note["replies"] = json!(stage.bad(&format!("/chain/{}/replies", number + 1)));
        stage.hostile.say(&format!("/chain/{number}"), &note);
    }
    let mut first = stage.mal.note(&stage.bad("/chain/0"), "CNRYchain");
    first["inReplyTo"] = json!(stage.bad("/chain/1"));
    let ada = format!("{}/a/{}", stage.hall.base, stage.ada.actor);
    first["tag"] = json!([{"type": "Mention", "href": ada, "name": "@ada"}]);
    assert_eq!(stage.mal.post(&stage.inbox(), &stage.mal.creates(&first)).await.status, 202);
    stage.settled().await;
    let asked = |start: &str| stage.hostile.seen().iter().filter(|seen| seen.path.starts_with(start)).count();
    let chain = asked("/chain/");
    assert!((10..=50).contains(&chain), "{chain} requests for one activity");
    // What somebody who is followed announces is another announcement, and so on.
    for number in 0..20 {
        let announce = stage.mal.does(
            "Announce",
            &stage.bad(&format!("/again/{number}")),
            &json!(stage.bad(&format!("/again/{}", number + 1))),
        );
        stage.hostile.say(&format!("/again/{number}"), &announce);
    }
    let announce = stage.vic.does("Announce", &stage.good("/announces/1"), &json!(stage.bad("/again/0")));
    assert_eq!(stage.vic.post(&stage.inbox(), &announce).await.status, 202);
    stage.settled().await;
    assert_eq!(asked("/again/"), 1, "it is asked for, and what it names is not");
    assert_eq!(asked("/chain/"), chain, "what was read up leads to nothing more");
    still_answers(&stage.hall).await;
}

#[tokio::test]
async fn c141_a_password_of_a_megabyte_is_refused_before_it_costs_anything() {
    let hall = Hall::start("Long").await;
    let ada = hall.person("ada").await;
    let form = [("content-type", "application/x-www-form-urlencoded"), ("origin", hall.base.as_str())];
    // As if it had been taken once: it is the right one, so whoever looked at it would let her in.
    for (length, status, hash) in [
        (1_024, 303, "4sjT1RpQ8w/mv5VYnR/fWQ$x6axC3XiLoUOMsWXgJKCtAq2GOGue9mGQ4xIWW46d8w"),
        (1_025, 422, "YFQyEDSDQzmOqSu4/Tvd3Q$aySX/ttZGPj9P/Imj99GzkHo0RxQPcEka/5qTZljjZg"),
        (900_000, 422, "7raebxltP43PNym7FlebFA$iykHrTMmtTraiFZlUifPULmtb2/HkOSDd7g344TBbSs"),
    ] {
        let (password, hash) = ("x".repeat(length), format!("$argon2id$v=19$m=8,t=1,p=1${hash}"));
        let sql = format!("UPDATE accounts SET password_hash = '{hash}' WHERE id = {}", ada.account.0);
        hall.db.raw().await.run(&sql).await;
        let body = format!("username_or_email=ada&password={password}");
        let answer = hall.anonymous().send(Method::POST, "/sign-in", &form, Some(body.into_bytes())).await;
        assert_eq!(answer.status, status, "{length}: {}", answer.text());
        assert_eq!(answer.headers.get("set-cookie").is_some(), status == 303, "{length}");
    }
}
