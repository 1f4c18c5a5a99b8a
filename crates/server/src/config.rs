//! Configuration: `guildhall.toml` < environment < flags, into one documented struct.

use app::{Registrations, Settings};
use domain::peers::Peers;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use url::Url;

/// What is wrong with the configuration, in one line that names the key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{key} ({source_name}): {problem}")]
pub struct ConfigError {
    /// The key, as in `guildhall.toml`.
    pub key: String,
    /// Where its value comes from.
    pub source_name: String,
    /// What is wrong.
    pub problem: String,
}

/// The flags that every command takes; each wins over the environment and the file.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Flags {
    /// Configuration file (default: guildhall.toml in the working directory, if there)
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Where the hall is found from outside, such as `https://hall.example.org`
    #[arg(long, global = true, value_name = "URL")]
    pub base_url: Option<String>,
    /// Where it listens [default: 127.0.0.1:8080]
    #[arg(long, global = true, value_name = "ADDRESS")]
    pub listen: Option<String>,
    /// sqlite://… (default: in the data directory) or postgres://…
    #[arg(long, global = true, value_name = "URL")]
    pub database_url: Option<String>,
    /// Where the SQLite file and the secret are kept [default: data]
    #[arg(long, global = true, value_name = "DIR")]
    pub data_dir: Option<String>,
    /// The organisation's name
    #[arg(long, global = true, value_name = "NAME")]
    pub organisation: Option<String>,
    /// Who may sign up: open, approval, invite or closed [default: closed]
    #[arg(long, global = true, value_name = "WHO")]
    pub registrations: Option<String>,
    /// With which servers the hall federates: open (all that are not blocked), listed (`guildhall federation allow`) or
    /// off [default: open]
    #[arg(long, global = true, value_name = "WITH")]
    pub federation: Option<String>,
    /// Plain http and loopback peers, for development and tests only: true or false
    #[arg(long, global = true, value_name = "BOOL")]
    pub federation_insecure: Option<String>,
    /// on or off
    #[arg(long, global = true, value_name = "ON|OFF")]
    pub rate_limits: Option<String>,
    /// The part of handles after the second @ [default: the base URL's host]
    #[arg(long, global = true, value_name = "HOST")]
    pub handle_domain: Option<String>,
    /// The file whose secret encrypts private keys [default: secret in the data directory]
    #[arg(long, global = true, value_name = "FILE")]
    pub secret_file: Option<String>,
    /// Reverse proxies whose X-Forwarded-For is believed, separated by commas
    #[arg(long, global = true, value_name = "NETWORKS")]
    pub trusted_proxies: Option<String>,
}

impl Flags {
    fn values(&self) -> [(&'static str, &Option<String>); 12] {
        [
            ("base_url", &self.base_url),
            ("listen", &self.listen),
            ("database_url", &self.database_url),
            ("data_dir", &self.data_dir),
            ("organisation", &self.organisation),
            ("registrations", &self.registrations),
            ("federation", &self.federation),
            ("federation_insecure", &self.federation_insecure),
            ("rate_limits", &self.rate_limits),
            ("handle_domain", &self.handle_domain),
            ("secret_file", &self.secret_file),
            ("trusted_proxies", &self.trusted_proxies),
        ]
    }
}

/// The keys of the configuration.
const KEYS: [&str; 12] = [
    "base_url",
    "listen",
    "database_url",
    "data_dir",
    "organisation",
    "registrations",
    "federation",
    "federation_insecure",
    "rate_limits",
    "handle_domain",
    "secret_file",
    "trusted_proxies",
];

/// The configuration of one hall.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where the hall is found from outside. Cannot change once it has federated.
    pub base_url: Url,
    /// Where it listens.
    pub listen: SocketAddr,
    /// `sqlite://…` or `postgres://…`.
    pub database_url: String,
    /// Where the SQLite file and the secret are kept.
    pub data_dir: PathBuf,
    /// The organisation's name.
    pub organisation: String,
    /// Who may sign up.
    pub registrations: Registrations,
    /// With whom the hall federates.
    pub federation: Peers,
    /// Plain http and loopback peers; development and tests only.
    pub federation_insecure: bool,
    /// Whether budgets are kept.
    pub rate_limits: bool,
    /// The part of handles after the second `@`, canonical. Cannot change once the hall has federated.
    pub handle_domain: String,
    /// The file whose secret encrypts private keys.
    pub secret_file: PathBuf,
    /// Reverse proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<String>,
}

/// A value and where it comes from.
#[derive(Debug, Clone)]
struct Given {
    value: String,
    source: String,
}

impl Config {
    /// Reads file, environment and flags.
    pub fn load(flags: &Flags) -> Result<Self, ConfigError> {
        let mut given = read_file(flags.config.as_deref())?;
        given.extend(read_environment()?);
        for (key, value) in flags.values() {
            if let Some(value) = value {
                given.insert(key.to_owned(), Given { value: value.clone(), source: "flag".into() });
            }
        }
        Self::of(&given)
    }

    fn of(given: &BTreeMap<String, Given>) -> Result<Self, ConfigError> {
        let text = |key: &str| given.get(key).map(|given| given.value.trim().to_owned());
        let wrong = |key: &str, problem: &str| ConfigError {
            key: key.to_owned(),
            source_name: given.get(key).map_or_else(|| "not set".to_owned(), |given| given.source.clone()),
            problem: problem.to_owned(),
        };
        let insecure = match text("federation_insecure").as_deref() {
            None | Some("false") => false,
            Some("true") => true,
            Some(_) => return Err(wrong("federation_insecure", "must be true or false")),
        };
        let base_url = base_url(text("base_url").as_deref(), insecure).map_err(|problem| wrong("base_url", problem))?;
        if insecure && base_url.scheme() == "https" {
            return Err(wrong(
                "federation_insecure",
                "must not be true with an https base_url: it is for development and tests only",
            ));
        }
        let listen = text("listen").unwrap_or_else(|| "127.0.0.1:8080".into());
        let listen = listen.parse().map_err(|_| wrong("listen", "must be an address and a port, such as 127.0.0.1:8080"))?;
        let data_dir = PathBuf::from(text("data_dir").unwrap_or_else(|| "data".into()));
        let database_url = match text("database_url") {
            None => format!("sqlite://{}?mode=rwc", data_dir.join("guildhall.db").display()),
            Some(url) if url.starts_with("sqlite:") || url.starts_with("postgres:") || url.starts_with("postgresql:") => url,
            Some(_) => return Err(wrong("database_url", "must start with sqlite:// or postgres://")),
        };
        let registrations = text("registrations").unwrap_or_else(|| "closed".into());
        let registrations = Registrations::parse(&registrations)
            .ok_or_else(|| wrong("registrations", "must be open, approval, invite or closed"))?;
        let federation = text("federation").unwrap_or_else(|| Peers::default().as_str().into());
        let federation = Peers::parse(&federation).ok_or_else(|| wrong("federation", "must be open, listed or off"))?;
        let rate_limits = match text("rate_limits").as_deref() {
            None | Some("on") => true,
            Some("off") => false,
            Some(_) => return Err(wrong("rate_limits", "must be on or off")),
        };
        let host = domain::handle::of_url(&base_url).ok_or_else(|| wrong("base_url", "has no host"))?;
        let handle_domain = match text("handle_domain") {
            None => host,
            Some(domain) => {
                domain::handle::canonical_host(&domain).ok_or_else(|| wrong("handle_domain", "must be the name of a host"))?
            }
        };
        let organisation = text("organisation").filter(|name| !name.is_empty()).unwrap_or_else(|| handle_domain.clone());
        let secret_file = text("secret_file").map_or_else(|| data_dir.join("secret"), PathBuf::from);
        let trusted_proxies: Vec<String> = text("trusted_proxies")
            .map(|list| list.split(',').map(str::trim).filter(|one| !one.is_empty()).map(str::to_owned).collect())
            .unwrap_or_default();
        Ok(Self {
            base_url,
            listen,
            database_url,
            data_dir,
            organisation,
            registrations,
            federation,
            federation_insecure: insecure,
            rate_limits,
            handle_domain,
            secret_file,
            trusted_proxies,
        })
    }

    /// What the use cases need of it.
    pub fn settings(&self) -> Settings {
        Settings {
            base_url: self.base_url.clone(),
            handle_domain: self.handle_domain.clone(),
            organisation: self.organisation.clone(),
            registrations: self.registrations,
            peers: self.federation,
            insecure: self.federation_insecure,
        }
    }
}

fn base_url(text: Option<&str>, insecure: bool) -> Result<Url, &'static str> {
    let text = text.ok_or("must be set: where the hall is found from outside, such as https://hall.example.org")?;
    let url = Url::parse(text).map_err(|_| "is not a web address")?;
    match url.scheme() {
        "https" => {}
        "http" if insecure => {}
        "http" => return Err("must begin with https:// (http only with federation_insecure = true, for development)"),
        _ => return Err("must begin with https://"),
    }
    let bare = url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    if bare && url.host_str().is_some() { Ok(url) } else { Err("must be a scheme and a host only, without a path") }
}

fn read_file(path: Option<&Path>) -> Result<BTreeMap<String, Given>, ConfigError> {
    let default = Path::new("guildhall.toml");
    let file = path.unwrap_or(default);
    let source = file.display().to_string();
    let wrong = |key: &str, problem: String| ConfigError { key: key.to_owned(), source_name: source.clone(), problem };
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if path.is_none() && error.kind() == std::io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(error) => return Err(wrong("config", format!("cannot be read: {error}"))),
    };
    let table: toml::Table = text.parse().map_err(|error: toml::de::Error| wrong("config", error.message().to_owned()))?;
    let mut given = BTreeMap::new();
    for (key, value) in table {
        if !KEYS.contains(&key.as_str()) {
            return Err(wrong(&key, "is not a key of the configuration".into()));
        }
        let value = match value {
            toml::Value::String(text) => text,
            toml::Value::Boolean(yes) => yes.to_string(),
            toml::Value::Array(items) if key == "trusted_proxies" => {
                let items: Option<Vec<&str>> = items.iter().map(toml::Value::as_str).collect();
                items.ok_or_else(|| wrong(&key, "must be a list of texts".into()))?.join(",")
            }
            _ => return Err(wrong(&key, "has the wrong type".into())),
        };
        given.insert(key, Given { value, source: source.clone() });
    }
    Ok(given)
}

/// Environment names beginning with `GUILDHALL_` that are not configuration.
const NOT_CONFIGURATION: [&str; 2] = ["GUILDHALL_LOG", "GUILDHALL_LOG_FORMAT"];

fn read_environment() -> Result<BTreeMap<String, Given>, ConfigError> {
    let mut given = BTreeMap::new();
    for (name, value) in std::env::vars() {
        let Some(rest) = name.strip_prefix("GUILDHALL_") else { continue };
        // Test and measuring scripts have names of their own.
        if NOT_CONFIGURATION.contains(&name.as_str())
            || ["TEST_", "BENCH_", "FIXTURES", "FACTS", "BINARY", "KEEP"].iter().any(|own| rest.starts_with(own))
        {
            continue;
        }
        let key = rest.to_ascii_lowercase();
        let source = format!("environment, {name}");
        if !KEYS.contains(&key.as_str()) {
            return Err(ConfigError { key, source_name: source, problem: "is not a key of the configuration".into() });
        }
        given.insert(key, Given { value, source });
    }
    Ok(given)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pairs: &[(&str, &str)]) -> Result<Config, String> {
        let given =
            pairs.iter().map(|(k, v)| ((*k).to_owned(), Given { value: (*v).to_owned(), source: "test".into() })).collect();
        Config::of(&given).map_err(|error| error.key)
    }

    #[test]
    fn each_wrong_value_is_named_by_its_key() {
        let good = ("base_url", "https://hall.example.org");
        for (key, value) in [
            ("listen", "here"),
            ("database_url", "mysql://x"),
            ("registrations", "Open"),
            ("rate_limits", "yes"),
            ("federation", "on"),
            ("federation", ""),
            ("federation_insecure", "1"),
            ("federation_insecure", "true"),
            ("handle_domain", "a/b"),
        ] {
            assert_eq!(of(&[good, (key, value)]).err().as_deref(), Some(key), "{key}={value}");
        }
        for base in ["http://hall.example.org", "ftp://x", "https://x/path", "https://user@x", "nonsense"] {
            assert_eq!(of(&[("base_url", base)]).err().as_deref(), Some("base_url"), "{base}");
        }
        assert_eq!(of(&[]).err().as_deref(), Some("base_url"));
    }

    #[test]
    fn the_rest_has_careful_defaults() {
        let config = of(&[("base_url", "https://Hall.Example.org/")]).unwrap();
        assert_eq!(config.handle_domain, "hall.example.org");
        assert_eq!(config.registrations, Registrations::Closed);
        assert_eq!(config.federation, Peers::Everybody);
        assert!(config.rate_limits && !config.federation_insecure);
        assert!(config.database_url.starts_with("sqlite://data/guildhall.db"));
    }
}
