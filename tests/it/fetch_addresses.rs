//! Group C at the one client through which every request leaves: what a name stands for, where a redirect leads and
//! what an address hides are all checked before anything is connected to, and what was checked is what is used.
//!
//! Two clients: a strict one, as in production, for which loopback is forbidden; and one with the development switch,
//! for which 127.0.0.1 plays the public address, while other ways to the same machine stay forbidden.

use app::{Hall, Settings};
use federation::FetchOptions;
use federation::fetch::{Accept, Client, FetchError};
use kit::World;
use kit::hostile::{Hostile, Script, answer, document};
use kit::peer::ACTIVITY;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use tokio::net::TcpStream;
use url::Url;

struct Bench {
    names: Arc<Script>,
    strict: Client,
    lenient: Client,
    /// May be asked by the lenient one.
    public: Hostile,
    /// May never be connected to.
    sink: Hostile,
    world: World,
}

impl Bench {
    async fn new() -> Self {
        let (world, names) = (World::new().await, Arc::new(Script::default()));
        let client = |insecure| {
            let settings = Settings { insecure, ..kit::world::settings() };
            Client::with_names(Hall::new(world.store.clone(), settings), FetchOptions::default(), names.clone()).unwrap()
        };
        let (strict, lenient) = (client(false), client(true));
        let (public, sink) = (Hostile::start().await, Hostile::start().await);
        public.says("/o", document("{\"id\":\"o\"}"));
        sink.says("/o", document("{\"id\":\"CNRYsink\"}"));
        Self { names, strict, lenient, public, sink, world }
    }

    /// The sink, by another address of this machine.
    fn sink_as(&self, ip: &str) -> SocketAddr {
        SocketAddr::new(ip.parse().unwrap(), self.sink.port())
    }

    /// A document at this name on the public server's port, as the lenient client finds it.
    async fn find(&self, name: &str, path: &str) -> Result<String, FetchError> {
        get(&self.lenient, &format!("http://{name}:{}{path}", self.public.port())).await
    }
}

async fn get(client: &Client, url: &str) -> Result<String, FetchError> {
    let found = client.get(&Url::parse(url).unwrap(), Accept::Activity, None).await?;
    Ok(found.value["id"].as_str().unwrap().to_owned())
}

/// So that "nobody connected" means something.
async fn can_be_reached(sink: &Hostile, address: SocketAddr) {
    let before = sink.connections();
    TcpStream::connect(address).await.unwrap();
    kit::poll::becomes("the sink hears", || async { sink.connections() == before + 1 }).await;
}

#[tokio::test]
async fn c085_one_forbidden_answer_makes_the_name_forbidden() {
    let bench = Bench::new().await;
    let (sink, public) = (bench.sink.address, bench.public.address);
    let far: SocketAddr = "198.41.0.4:9".parse().unwrap();
    let outside: SocketAddr = "[2001:503:ba3e::2:30]:9".parse().unwrap();
    for (number, answers) in [
        vec![sink],
        vec![outside, sink],
        vec![far, bench.sink_as("::1")],
        vec![far, outside, sink],
        vec![bench.sink_as("0.0.0.0")],
        vec![bench.sink_as("::ffff:127.0.0.1")],
        // An alias to an inside name ends in the inside name's addresses.
        vec![bench.sink_as("10.0.0.5")],
        vec![far, bench.sink_as("fc00::1")],
        Vec::new(),
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("n{number}.v.test");
        bench.names.name(&name, &[&answers]);
        assert_eq!(get(&bench.strict, &format!("https://{name}/o")).await, Err(FetchError::Unreachable), "{answers:?}");
        assert_eq!(bench.names.asked(&name), 1, "not asked until it gives another answer");
    }
    let mapped = bench.sink_as("::ffff:127.0.0.1");
    for (number, answers) in
        [vec![public, bench.sink_as("0.0.0.0")], vec![bench.sink_as("0.0.0.0"), public], vec![public, public, mapped]]
            .into_iter()
            .enumerate()
    {
        let name = format!("n{number}.localhost");
        bench.names.name(&name, &[&answers]);
        assert_eq!(bench.find(&name, "/o").await, Err(FetchError::Unreachable), "{answers:?}");
    }
    assert_eq!((bench.sink.connections(), bench.public.connections()), (0, 0));
    bench.names.name("good.localhost", &[&[public]]);
    assert_eq!(bench.find("good.localhost", "/o").await.unwrap(), "o", "a name with good answers only is asked");
    for address in [sink, bench.sink_as("0.0.0.0"), mapped] {
        can_be_reached(&bench.sink, address).await;
    }
}

#[tokio::test]
async fn c086_what_was_checked_is_what_is_connected_to() {
    let bench = Bench::new().await;
    let inside = [bench.sink_as("0.0.0.0")];
    bench.names.name("rebind.localhost", &[&[bench.public.address], &inside]);
    assert_eq!(bench.find("rebind.localhost", "/o").await.unwrap(), "o");
    assert_eq!(bench.names.asked("rebind.localhost"), 1, "between checking and connecting nothing is asked again");
    let head = bench.public.heads().remove(0).to_lowercase();
    assert!(head.contains(&format!("\r\nhost: rebind.localhost:{}\r\n", bench.public.port())), "{head}");
    assert_eq!(bench.find("rebind.localhost", "/o").await, Err(FetchError::Unreachable), "the second answer is checked as well");
    // The same between the hops of one request.
    for (first, second) in [("hop.localhost", "hop.localhost"), ("one.localhost", "two.localhost")] {
        bench.names.name(first, &[&[bench.public.address], &inside]);
        if first != second {
            bench.names.name(second, &[&inside]);
        }
        let to = format!("http://{second}:{}/o", bench.public.port());
        bench.public.says("/leads", answer(302, &[("location", &to)], b""));
        assert_eq!(bench.find(first, "/leads").await, Err(FetchError::Unreachable), "{first} {second}");
    }
    assert_eq!(bench.sink.connections(), 0);
}

#[tokio::test]
async fn c086_the_name_is_what_the_other_end_must_prove() {
    let bench = Bench::new().await;
    bench.names.name("pinned.v.test", &[&[bench.public.address]]);
    assert_eq!(get(&bench.lenient, "https://pinned.v.test/o").await, Err(FetchError::Unreachable), "no TLS there");
    let greeting = bench.public.heads().remove(0);
    assert!(greeting.starts_with('\u{16}') && greeting.contains("pinned.v.test"), "the name is asked for, not the address");
}

#[tokio::test]
async fn c087_each_hop_of_a_redirect_is_checked() {
    let bench = Bench::new().await;
    bench.names.name("v.localhost", &[&[bench.public.address]]);
    bench.names.name("inside.localhost", &[&[bench.sink_as("0.0.0.0")]]);
    let (port, public) = (bench.sink.port(), bench.public.port());
    let targets = [
        format!("http://0.0.0.0:{port}/o"),
        format!("http://[::ffff:127.0.0.1]:{port}/o"),
        format!("http://[::127.0.0.1]:{port}/o"),
        format!("//0.0.0.0:{port}/o"),
        format!("http://inside.localhost:{public}/o"),
        format!("http://user@127.0.0.1:{port}/o"),
        "http://169.254.169.254/latest/meta-data".to_owned(),
        "file:///etc/passwd".to_owned(),
        "gopher://127.0.0.1/".to_owned(),
        "data:application/activity+json,{}".to_owned(),
        format!("http://v.test:{port}/o"),
        String::new(),
    ];
    for status in [301, 302, 303, 307, 308] {
        for to in &targets {
            bench.public.says("/leads", answer(status, &[("location", to)], b""));
            let found = bench.find("v.localhost", "/leads").await;
            assert!(matches!(found, Err(FetchError::Refused | FetchError::Unreachable)), "{status} {to}: {found:?}");
        }
        bench.public.says("/leads", answer(status, &[], b""));
        assert_eq!(bench.find("v.localhost", "/leads").await, Err(FetchError::Refused), "{status} to nowhere");
        bench.public.says("/leads", answer(status, &[("location", "/o")], b""));
        assert_eq!(bench.find("v.localhost", "/leads").await.unwrap(), "o", "{status} to where one may");
    }
    assert_eq!(bench.sink.connections(), 0);
    bench.public.says("/leads", answer(302, &[("location", "/leads")], b""));
    let before = bench.public.connections();
    assert_eq!(bench.find("v.localhost", "/leads").await, Err(FetchError::Refused));
    assert_eq!(bench.public.connections() - before, 3, "a circle ends after two redirects");
}

#[tokio::test]
async fn c038_c274_a_redirect_is_no_way_to_ourselves_or_to_a_blocked_host() {
    let bench = Bench::new().await;
    let sink = format!("127.0.0.1:{}", bench.sink.port());
    bench
        .world
        .db
        .raw()
        .await
        .run(&format!("INSERT INTO instances (host, blocked, first_seen) VALUES ('{sink}', TRUE, 1)"))
        .await;
    bench.names.name("v.localhost", &[&[bench.public.address]]);
    bench.names.name(kit::world::HERE, &[&[bench.sink.address]]);
    for to in [
        format!("http://{sink}/o"),
        format!("https://{}/o", kit::world::HERE),
        format!("https://{}./o", kit::world::HERE.to_uppercase()),
    ] {
        bench.public.says("/leads", answer(302, &[("location", &to)], b""));
        assert_eq!(bench.find("v.localhost", "/leads").await, Err(FetchError::Refused), "{to}");
    }
    assert_eq!(bench.sink.connections(), 0);
}

/// Special addresses by every way to write them down; what may be asked differs between the clients only in loopback.
const FORBIDDEN: &[&str] = &[
    "0.0.0.0",
    "10.0.0.1",
    "100.64.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "192.0.0.1",
    "192.0.2.1",
    "192.168.0.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
    "64:ff9b:1::1",
    "2002:7f00:1::",
    "2001::1",
    "2001:db8::1",
    "3fff::1",
    "fc00::1",
    "fd00::1",
    "fe80::1",
    "fec0::1",
    "ff02::1",
];

#[tokio::test]
async fn c081_c082_c083_special_addresses_are_not_asked_by_number_and_not_by_name() {
    let bench = Bench::new().await;
    let port = bench.sink.port();
    for (number, text) in FORBIDDEN.iter().enumerate() {
        let ip: IpAddr = text.parse().unwrap();
        let literal = if ip.is_ipv6() { format!("[{text}]") } else { (*text).to_owned() };
        let name = format!("n{number}.v.test");
        bench.names.name(&name, &[&[bench.sink_as(text)]]);
        for url in [format!("https://{literal}/o"), format!("http://{literal}:{port}/o")] {
            for client in [&bench.strict, &bench.lenient] {
                assert_eq!(get(client, &url).await, Err(FetchError::Refused), "{url}");
            }
        }
        for client in [&bench.strict, &bench.lenient] {
            assert_eq!(get(client, &format!("https://{name}/o")).await, Err(FetchError::Unreachable), "{text}");
        }
    }
    for host in
        ["127.0.0.1", "[::1]", "2130706433", "0x7f.1", "0177.0.0.1", "127.1", "localhost", "LOCALHOST.", "metadata", "①②⑦.⓪.⓪.①"]
    {
        assert_eq!(get(&bench.strict, &format!("https://{host}/o")).await, Err(FetchError::Refused), "{host}");
    }
    for zone in ["https://[fe80::1%25lo]/", "https://[fe80::1%lo]/"] {
        Url::parse(zone).unwrap_err();
    }
    assert_eq!(get(&bench.strict, "https://metadata.google.internal/o").await, Err(FetchError::Unreachable), "asked as a name");
    assert_eq!(bench.sink.connections(), 0);
}

#[tokio::test]
async fn c089_c090_only_https_on_its_own_port_is_asked() {
    let bench = Bench::new().await;
    bench.names.name("v.test", &[&[bench.sink.address]]);
    for url in [
        "file:///etc/passwd",
        "data:application/activity+json,{}",
        "ftp://v.test/o",
        "gopher://v.test/o",
        "unix:/run/x",
        "blob:https://v.test/o",
        "javascript:alert(1)",
        "ws://v.test/o",
        "http://v.test/o",
    ] {
        for client in [&bench.strict, &bench.lenient] {
            assert_eq!(get(client, url).await, Err(FetchError::Refused), "{url}");
        }
    }
    for port in [22, 25, 80, 2_375, 5_432, 6_379, 8_443, 9_200, 11_211] {
        assert_eq!(get(&bench.strict, &format!("https://v.test:{port}/o")).await, Err(FetchError::Refused), "{port}");
    }
    assert_eq!((bench.names.asked("v.test"), bench.sink.connections()), (0, 0), "not even the name is asked for");
}

#[tokio::test]
async fn c091_an_address_is_one_request_line_and_hides_no_other_host() {
    let bench = Bench::new().await;
    bench.names.name("v.localhost", &[&[bench.public.address]]);
    let (port, sink) = (bench.public.port(), bench.sink.port());
    for url in [format!("http://user:word@v.localhost:{port}/o"), format!("http://v.localhost:{port}@127.0.0.1:{sink}/o")] {
        assert_eq!(get(&bench.lenient, &url).await, Err(FetchError::Refused), "{url}");
    }
    for path in [
        "/a\r\nX-Injected: 1",
        "/a HTTP/1.1\r\nX-Injected: 1\r\n\r\nGET /b",
        "/a%0d%0aX-Injected: 1",
        "/a\tb",
        "\\@127.0.0.1:{sink}/a",
        "#@127.0.0.1:{sink}/a",
        "?@127.0.0.1:{sink}/a",
    ] {
        let _ = bench.find("v.localhost", &path.replace("{sink}", &sink.to_string())).await;
    }
    let heads = bench.public.heads();
    assert_eq!(heads.len(), 7);
    for head in &heads {
        let lines: Vec<&str> = head.trim_end().split("\r\n").collect();
        assert!(lines[0].starts_with("GET /") && lines[0].ends_with(" HTTP/1.1"), "{head}");
        assert_eq!(lines[0].split(' ').count(), 3, "{head}");
        assert!(!lines[1..].iter().any(|line| line.to_lowercase().starts_with("x-injected")), "{head}");
        assert_eq!(lines.iter().filter(|line| line.to_lowercase().starts_with("host:")).count(), 1, "{head}");
    }
    assert_eq!(bench.sink.connections(), 0);
}

#[tokio::test]
async fn c101_a_stranger_learns_nothing_from_why_it_failed() {
    let bench = Bench::new().await;
    bench.public.says("/none", answer(200, &[("content-type", ACTIVITY)], b"{"));
    let closed = { std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port() };
    let mut texts = Vec::new();
    for url in [
        format!("http://0.0.0.0:{closed}/"),
        format!("http://127.0.0.1:{closed}/"),
        bench.public.at("/none"),
        bench.public.at("/404"),
    ] {
        texts.push(get(&bench.lenient, &url).await.unwrap_err().to_string());
    }
    texts.dedup();
    assert_eq!(texts, ["the address could not be fetched"]);
}
