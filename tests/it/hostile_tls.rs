//! What only a process of its own shows: whom the one outbound client believes, and that it asks nobody else on the way.
//!
//! The child is this very binary, with another environment: an authority of its own to trust, and proxies to ignore.

use app::{Hall, Settings};
use federation::FetchOptions;
use federation::fetch::{Accept, Client};
use kit::World;
use kit::hostile::{Hostile, Script, document};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;
use url::Url;

/// What the child is to ask, as JSON: pairs of a URL and the address its name stands for.
const ASK: &str = "GUILDHALL_TEST_ASK";

/// Asks as the product would, in a child with this environment. Gives for each whether it was answered.
async fn child_asks(asked: &[(String, SocketAddr)], environment: &[(&str, &str)]) -> Vec<bool> {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "hostile_tls::child", "--nocapture"]).env(ASK, json!(asked).to_string());
    child.envs(environment.iter().copied()).stdout(Stdio::piped()).stderr(Stdio::inherit());
    let said = tokio::task::spawn_blocking(move || child.output().unwrap()).await.unwrap();
    let text = String::from_utf8(said.stdout).unwrap();
    let line = text.lines().find_map(|line| line.split_once("ANSWERS ")).unwrap_or_else(|| panic!("{text}"));
    serde_json::from_str(line.1).unwrap()
}

/// Does nothing but in a child.
#[tokio::test]
async fn child() {
    #[expect(clippy::disallowed_methods, reason = "the one word by which the test tells its child what to ask")]
    let Ok(asked) = std::env::var(ASK) else { return };
    let asked: Vec<(String, SocketAddr)> = serde_json::from_str(&asked).unwrap();
    let (world, names) = (World::new().await, Arc::new(Script::default()));
    let hall = Hall::new(world.store.clone(), Settings { insecure: true, ..kit::world::settings() });
    let client = Client::with_names(hall, FetchOptions::default(), names.clone()).unwrap();
    let mut answers = Vec::new();
    for (url, address) in asked {
        let url = Url::parse(&url).unwrap();
        names.name(url.host_str().unwrap(), &[&[address]]);
        answers.push(client.get(&url, Accept::Activity, None).await.is_ok());
    }
    // One who does go by the environment, so that it is known to say something.
    #[expect(clippy::disallowed_methods, reason = "this is what the product must not do")]
    let _ = reqwest::Client::new().get("http://control.invalid/").send().await;
    println!("ANSWERS {}", json!(answers));
}

struct Authority {
    certificate: rcgen::Certificate,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        Self { certificate, issuer: Issuer::new(params, key) }
    }

    /// A server's configuration with a certificate for this name, which ends in this year.
    fn vouches(&self, name: &str, until: i32) -> ServerConfig {
        let key = KeyPair::generate().unwrap();
        let certificate = leaf(name, until).signed_by(&key, &self.issuer).unwrap();
        configured(&certificate, &key)
    }
}

fn leaf(name: &str, until: i32) -> CertificateParams {
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(until, 1, 1);
    params
}

fn configured(certificate: &rcgen::Certificate, key: &KeyPair) -> ServerConfig {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap()
}

/// Serves the same document to everybody who believes the certificate.
async fn server(config: ServerConfig) -> (SocketAddr, DropGuard) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, stop) = (listener.local_addr().unwrap(), CancellationToken::new());
    let (ended, acceptor) = (stop.clone(), TlsAcceptor::from(Arc::new(config)));
    TaskTracker::new().spawn(async move {
        loop {
            let stream = tokio::select! {
                () = ended.cancelled() => return,
                accepted = listener.accept() => accepted.unwrap().0,
            };
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let _ = stream.read(&mut [0; 4_096]).await;
            let _ = stream.write_all(&document("{\"id\":\"o\"}")).await;
            let _ = stream.shutdown().await;
        }
    });
    (address, stop.drop_guard())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c099_only_a_certificate_that_holds_for_this_name_now_is_believed() {
    let (trusted, other) = (Authority::new(), Authority::new());
    let key = KeyPair::generate().unwrap();
    let own = configured(&leaf("own.localhost", 2090).self_signed(&key).unwrap(), &key);
    let cases = [
        ("good.localhost", trusted.vouches("good.localhost", 2090), true),
        ("expired.localhost", trusted.vouches("expired.localhost", 2024), false),
        ("wrong.localhost", trusted.vouches("good.localhost", 2090), false),
        ("unknown.localhost", other.vouches("unknown.localhost", 2090), false),
        ("own.localhost", own, false),
    ];
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("authority.pem");
    std::fs::write(&file, trusted.certificate.pem()).unwrap();
    let (mut asked, mut expected, mut running) = (Vec::new(), Vec::new(), Vec::new());
    for (name, config, good) in cases {
        let (address, guard) = server(config).await;
        asked.push((format!("https://{name}:{}/o", address.port()), address));
        expected.push(good);
        running.push(guard);
    }
    let answers = child_asks(&asked, &[("SSL_CERT_FILE", file.to_str().unwrap())]).await;
    assert_eq!(answers, expected, "{asked:?}");
}

#[test]
fn c099_nothing_in_the_product_believes_less() {
    let crates = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("crates");
    let mut folders = vec![crates];
    let mut looked_at = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                for word in ["danger_accept", "dangerous()", "ServerCertVerifier", "tls_built_in_root_certs"] {
                    assert!(!text.contains(word), "{}: {word}", path.display());
                }
                looked_at += 1;
            }
        }
    }
    assert!(looked_at > 200, "{looked_at}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c102_a_proxy_of_the_environment_is_not_asked() {
    let (proxy, server) = (Hostile::start().await, Hostile::start().await);
    server.says("/o", document("{\"id\":\"o\"}"));
    let asked = [
        (format!("http://plain.localhost:{}/o", server.port()), server.address),
        (format!("https://sealed.localhost:{}/o", server.port()), server.address),
    ];
    let through = format!("http://{}", proxy.address);
    let environment: Vec<(&str, &str)> =
        ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"].map(|name| (name, &*through)).into();
    let answers = child_asks(&asked, &[environment, vec![("NO_PROXY", ""), ("no_proxy", "")]].concat()).await;
    assert_eq!(answers, [true, false], "the second speaks no TLS, but was asked");
    assert_eq!(server.connections(), 2);
    let through: Vec<Value> = proxy.heads().iter().map(|head| json!(head.lines().next())).collect();
    assert_eq!(
        through,
        [json!("GET http://control.invalid/ HTTP/1.1")],
        "who goes by the environment comes here, and nobody else"
    );
}
