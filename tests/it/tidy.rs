//! The house rules as code: floors, heavy dependencies, names, lengths, words.

use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What a crate may use of ours: an arrow only goes down.
const FLOORS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("activitypub", &[]),
    ("migrations", &[]),
    ("store", &["domain", "migrations"]),
    ("app", &["store", "domain"]),
    ("auth", &["app", "domain"]),
    ("federation", &["activitypub", "app", "domain"]),
    ("web", &["auth", "app", "domain"]),
    ("api", &["auth", "app", "domain"]),
    ("mastodon", &["auth", "app", "domain"]),
    ("server", &["domain", "activitypub", "store", "app", "auth", "federation", "web", "api", "mastodon", "migrations"]),
    ("tests", &["domain", "activitypub", "store", "app", "auth", "federation", "web", "api", "mastodon", "server", "migrations"]),
];

/// Who alone may hold a heavy dependency. The tests look past the store with sqlx, and are clients with reqwest.
const HEAVY: &[(&str, &[&str])] = &[
    ("sea-orm", &["store"]),
    ("rusqlite", &["store"]),
    ("sea-orm-migration", &["migrations"]),
    ("sqlx", &["store", "tests"]),
    ("reqwest", &["federation", "tests"]),
    ("askama", &["web"]),
    ("argon2", &["auth"]),
    ("utoipa", &["api"]),
    ("clap", &["server"]),
    ("toml", &["server"]),
    ("tracing-subscriber", &["server"]),
    ("anyhow", &["server"]),
    ("ammonia", &["domain"]),
    ("pulldown-cmark", &["domain"]),
    ("http-signature-normalization", &["activitypub"]),
    ("serde_json_canonicalizer", &["activitypub"]),
    ("sfv", &["activitypub"]),
    ("aws-lc-rs", &["activitypub", "store", "auth"]),
    ("proptest", &["tests"]),
    ("tempfile", &["tests", "server"]),
];

/// Names that say nothing about what is inside.
const EMPTY_NAMES: &[&str] = &["utils", "util", "common", "core", "shared", "helpers", "helper", "types", "misc"];

/// Files longer than this are named, longer than that refused.
const LONG_FILE: usize = 400;
const TOO_LONG_FILE: usize = 600;
/// A surface only translates.
const LONG_HANDLER: usize = 25;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Every text of the repository by its path, without what is built or fetched.
fn texts() -> BTreeMap<String, String> {
    let (root, mut found, mut folders) = (root(), BTreeMap::new(), vec![root()]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_symlink() || ["target", "node_modules", ".git", "__pycache__"].contains(&name.as_str()) {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(text) = std::fs::read_to_string(&path) {
                found.insert(path.strip_prefix(&root).unwrap().to_string_lossy().into_owned(), text);
            }
        }
    }
    found
}

pub fn rust() -> BTreeMap<String, String> {
    texts().into_iter().filter(|(path, _)| Path::new(path).extension().is_some_and(|kind| kind == "rs")).collect()
}

fn assert_none(broken: &[String]) {
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

/// Package by package, what each depends on for building, or for its own tests.
fn dependencies(for_tests: bool) -> BTreeMap<String, Vec<String>> {
    let cargo = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(cargo.status.success(), "{}", String::from_utf8_lossy(&cargo.stderr));
    let metadata: Value = serde_json::from_slice(&cargo.stdout).unwrap();
    let names = |package: &Value| {
        let of_kind = package["dependencies"].as_array().unwrap().iter().filter(|dep| (dep["kind"] == "dev") == for_tests);
        of_kind.map(|dep| dep["name"].as_str().unwrap().to_owned()).collect()
    };
    metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|package| (package["name"].as_str().unwrap().to_owned(), names(package)))
        .collect()
}

fn floors_broken(packages: &BTreeMap<String, Vec<String>>) -> Vec<String> {
    let mut broken = Vec::new();
    for (package, uses) in packages {
        let Some((_, may)) = FLOORS.iter().find(|(name, _)| name == package) else {
            broken.push(format!("{package} has no floor: write it into the table of ARCHITECTURE.md and of this test"));
            continue;
        };
        for used in uses {
            let ours = FLOORS.iter().any(|(name, _)| name == used);
            if ours && !may.contains(&used.as_str()) {
                broken.push(format!("{package} uses {used}, which does not stand below it"));
            }
        }
    }
    broken
}

fn heavy_misplaced(packages: &BTreeMap<String, Vec<String>>) -> Vec<String> {
    let mut broken = Vec::new();
    for (package, uses) in packages {
        for (heavy, owners) in HEAVY.iter().filter(|(heavy, _)| uses.iter().any(|used| used == heavy)) {
            if !owners.contains(&package.as_str()) {
                broken.push(format!("{package} holds {heavy}, which belongs to {}", owners.join(", ")));
            }
        }
    }
    broken
}

#[test]
fn a_crate_uses_only_what_stands_below_it() {
    assert_none(&floors_broken(&dependencies(false)));
    let bad = BTreeMap::from([("domain".to_owned(), vec!["store".to_owned()]), ("new".to_owned(), Vec::new())]);
    assert_eq!(floors_broken(&bad).len(), 2, "the check finds what it looks for");
}

#[test]
fn a_crates_own_tests_use_nothing_that_stands_above_it() {
    // Everything below may be needed to set a test up, also what the crate itself does not use.
    let floor = |package: &str| match package {
        "domain" | "activitypub" | "migrations" => 1,
        "store" => 2,
        "app" => 3,
        "auth" => 4,
        "server" => 6,
        "tests" => 7,
        _ => 5,
    };
    let ours = |name: &str| FLOORS.iter().any(|(known, _)| *known == name);
    let mut broken = Vec::new();
    for (package, uses) in dependencies(true) {
        for used in uses.iter().filter(|used| ours(used) && floor(used) >= floor(&package)) {
            broken.push(format!("the tests of {package} use {used}, which does not stand below it"));
        }
    }
    assert_none(&broken);
}

#[test]
fn heavy_dependencies_stand_only_where_they_are_listed() {
    assert_none(&heavy_misplaced(&dependencies(false)));
    let bad = BTreeMap::from([("web".to_owned(), vec!["sea-orm".to_owned(), "askama".to_owned()])]);
    assert_eq!(heavy_misplaced(&bad).len(), 1, "the check finds what it looks for");
}

#[test]
fn the_database_library_is_named_only_in_store_and_migrations() {
    let paths = [["sea", "_orm::"].concat(), ["sea", "_orm_migration::"].concat()];
    let broken: Vec<String> = rust()
        .iter()
        .filter(|(path, text)| {
            paths.iter().any(|name| text.contains(name)) && !path.starts_with("crates/store/") && !path.starts_with("migrations/")
        })
        .map(|(path, _)| path.clone())
        .collect();
    assert_none(&broken);
}

fn empty_names(path: &str, text: &str) -> Vec<String> {
    let mut broken = Vec::new();
    for part in Path::new(path).with_extension("").iter().filter_map(|part| part.to_str()) {
        if EMPTY_NAMES.contains(&part) {
            broken.push(format!("{path}: {part} says nothing about what is inside"));
        }
    }
    for line in text.lines() {
        let line = line.trim_start().trim_start_matches("pub(crate) ").trim_start_matches("pub ");
        let named = line.strip_prefix("mod ").map(|rest| rest.trim_end_matches([';', ' ', '{']));
        if let Some(name) = named.filter(|name| EMPTY_NAMES.contains(name)) {
            broken.push(format!("{path}: mod {name} says nothing about what is inside"));
        }
    }
    broken
}

#[test]
fn no_file_and_no_module_has_a_name_that_says_nothing() {
    assert_none(&rust().iter().flat_map(|(path, text)| empty_names(path, text)).collect::<Vec<_>>());
    assert_eq!(
        empty_names("crates/web/src/utils.rs", "pub mod types;\nmod text;\n").len(),
        2,
        "the check finds what it looks for"
    );
}

#[test]
fn every_file_begins_by_saying_what_it_is() {
    let broken: Vec<String> = rust()
        .iter()
        .filter(|(_, text)| !text.starts_with("//! "))
        .map(|(path, _)| format!("{path} does not start with //!"))
        .collect();
    assert_none(&broken);
}

#[test]
fn no_file_is_too_long() {
    let mut broken = Vec::new();
    for (path, text) in rust() {
        let lines = text.lines().count();
        if lines > TOO_LONG_FILE {
            broken.push(format!("{path} has {lines} lines; {TOO_LONG_FILE} are the limit"));
        } else if lines > LONG_FILE {
            println!("{path} has {lines} lines; split it when you come by");
        }
    }
    assert_none(&broken);
}

/// Asynchronous functions of a file that answer requests, with their lengths: from the `fn` to the brace
/// that closes it.
fn handlers(text: &str) -> Vec<(String, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (start, line) in lines.iter().enumerate() {
        let Some(at) = line.find("async fn ") else { continue };
        let indent = line.len() - line.trim_start().len();
        let closing = format!("{}}}", " ".repeat(indent));
        if line.trim_start().starts_with("//") || line.trim_end().ends_with('}') {
            continue;
        }
        let signature: String = lines[start..].iter().take_while(|line| !line.trim_end().ends_with('{')).copied().collect();
        let signature = format!("{signature}{line}");
        if !["-> Answer", "-> Response", "State(", "Asker("].iter().any(|part| signature.contains(part)) {
            continue;
        }
        let length = lines[start..].iter().position(|line| *line == closing).map_or(0, |end| end + 1);
        let name: String = line[at + 9..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        found.push((name, length));
    }
    found
}

#[test]
fn handlers_only_translate() {
    let mut broken = Vec::new();
    for (path, text) in rust() {
        let surface =
            ["mastodon", "api", "web", "federation"].iter().any(|crate_| path.starts_with(&format!("crates/{crate_}/src")));
        if !surface || !(path.contains("/routes") || path.contains("/pages")) {
            continue;
        }
        for (name, lines) in handlers(&text).iter().filter(|(_, lines)| *lines > LONG_HANDLER) {
            broken.push(format!("{path}: {name} has {lines} lines; {LONG_HANDLER} are the limit"));
        }
    }
    assert_none(&broken);
    let long = format!("    pub async fn show() -> Answer {{\n{}    }}\n", "        a();\n".repeat(30));
    assert_eq!(handlers(&long), [("show".to_owned(), 32)], "the check finds what it looks for");
}

/// Where a route may be put into a router: behind its declaration.
const MOUNTS: &[&str] = &["crates/auth/src/mount.rs", "crates/federation/src/routes/mount.rs", "crates/server/src/health.rs"];

#[test]
fn routes_are_mounted_only_behind_their_declaration() {
    let call = [".ro", "ute("].concat();
    let broken: Vec<String> = rust()
        .iter()
        .filter(|(path, text)| path.starts_with("crates/") && !MOUNTS.contains(&path.as_str()) && text.contains(&call))
        .map(|(path, _)| format!("{path} mounts a route itself"))
        .collect();
    assert_none(&broken);
}

#[test]
fn lints_are_expected_with_a_reason_and_never_allowed() {
    let forms = [["#[al", "low("].concat(), ["#![al", "low("].concat()];
    let broken: Vec<String> = rust()
        .iter()
        .filter(|(_, text)| forms.iter().any(|form| text.contains(form)))
        .map(|(path, _)| format!("{path} allows a lint; use #[expect(…, reason = …)]"))
        .collect();
    assert_none(&broken);
}

/// Words that belong to one machine or one person's tools: the repository is built anywhere, by anybody.
fn foreign_words() -> Vec<String> {
    let parts: &[&[&str]] = &[
        &["/wo", "rk/"],
        &["/ro", "ot/"],
        &["/ho", "me/"],
        &["/Us", "ers/"],
        &["C:", "\\Us"],
        &["arti", "factory"],
        &["nexus", "-proxy"],
        &["bash", "_jobs"],
        &["anth", "ropic"],
        &["cla", "ude"],
        &["chat", "gpt"],
        &["copi", "lot"],
    ];
    parts.iter().map(|word| word.concat()).collect()
}

#[test]
fn texts_name_no_machine_and_no_personal_tool() {
    let words = foreign_words();
    let mut broken = Vec::new();
    for (path, text) in texts() {
        for (number, line) in text.lines().enumerate() {
            let lower = line.to_lowercase();
            for word in words.iter().filter(|word| line.contains(*word) || lower.contains(*word)) {
                broken.push(format!("{path}:{}: {word}", number + 1));
            }
        }
    }
    assert_none(&broken);
}

/// Where a lock file may fetch from.
fn strange_sources(path: &str, text: &str) -> Vec<String> {
    let allowed =
        ["source = \"registry+https://github.com/rust-lang/crates.io-index\"", "\"resolved\": \"https://registry.npmjs.org/"];
    text.lines()
        .map(str::trim)
        .filter(|line| line.starts_with("source = ") || line.starts_with("\"resolved\":"))
        .filter(|line| !allowed.iter().any(|start| line.starts_with(start)))
        .map(|line| format!("{path}: {line}"))
        .collect()
}

#[test]
fn lock_files_fetch_only_from_the_public_registries() {
    let locks = texts().into_iter().filter(|(path, _)| path.ends_with("Cargo.lock") || path.ends_with("package-lock.json"));
    assert_none(&locks.flat_map(|(path, text)| strange_sources(&path, &text)).collect::<Vec<_>>());
    assert_eq!(strange_sources("x", "source = \"git+https://elsewhere.test\"").len(), 1, "the check finds what it looks for");
}

#[test]
fn every_migration_file_is_listed_in_the_order_of_its_number() {
    let list = std::fs::read_to_string(root().join("migrations/src/lib.rs")).unwrap();
    let mut files: Vec<String> = std::fs::read_dir(root().join("migrations/src"))
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
        .filter(|name| name.starts_with('m') && name[1..].starts_with(|c: char| c.is_ascii_digit()))
        .collect();
    files.sort();
    let listed: Vec<&str> =
        list.lines().filter_map(|line| line.trim().strip_prefix("Box::new(")?.strip_suffix("::Migration),")).collect();
    assert_eq!(listed, files);
}
