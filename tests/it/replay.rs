//! What peers really send, through the real inbox, with a table of what became of it: real payloads where a folder
//! of them is given in `GUILDHALL_FIXTURES`, and the project's own in `tests/fixtures/<peer>/` always.

use crate::replay_scene::{Ours, Scene};
use crate::replay_words::{actors_named, group_like, kind_of, parts, things_named};
use futures_util::StreamExt;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What addresses of the real payloads stand for here: the end of a file's name, an address in it, its meaning.
const HERE: [(&str, &str, Ours); 16] = [
    ("lemmy/activities/following/follow.json", "http://enterprise.lemmy.ml/c/main", Ours::Group),
    ("lemmy/activities/following/undo_follow.json", "http://enterprise.lemmy.ml/c/main", Ours::Group),
    ("lemmy/activities/following/accept.json", "http://ds9.lemmy.ml/u/lemmy_alpha", Ours::Person),
    ("lemmy/activities/community/report_page.json", "http://enterprise.lemmy.ml/post/7", Ours::PostInGroup),
    ("lemmy/activities/create_or_update/create_private_message.json", "http://ds9.lemmy.ml/u/lemmy_alpha", Ours::Person),
    ("lemmy/activities/create_or_update/create_private_message_0.19.json", "https://voyager.lemmy.ml/u/nutomic", Ours::Person),
    ("lemmy/objects/private_message.json", "https://queer.hacktivis.me/users/lanodan", Ours::Person),
    ("lotide/activities/follow.json", "https://beehaw.org/c/foss", Ours::Group),
    ("mastodon/activities/follow.json", "https://ds9.lemmy.ml/c/testcom", Ours::Group),
    ("mastodon/activities/undo_follow.json", "https://ds9.lemmy.ml/c/testcom", Ours::Group),
    ("mastodon/activities/flag.json", "https://example.com/users/1", Ours::Person),
    ("mastodon/activities/flag.json", "https://example.com/posts/380590", Ours::Post),
    ("mastodon/activities/private_message.json", "https://ds9.lemmy.ml/u/nutomic", Ours::Person),
    ("pleroma/objects/chat_message.json", "https://enterprise.lemmy.ml/u/picard", Ours::Person),
    ("pleroma/activities/follow.json", "https://lemmy.ca/u/kinetix", Ours::Person),
    ("mbin/activities/flag.json", "https://lemmy-test/post/4", Ours::Post),
];

struct Payload {
    path: PathBuf,
    peer: String,
    value: Value,
}

fn visit(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            visit(&path, found);
        } else if path.extension().is_some_and(|end| end == "json") {
            found.push(path);
        }
    }
}

/// The folder above `activities`, `objects` or `collections` names the software.
fn real_payloads(root: &Path) -> Vec<Payload> {
    let mut paths = Vec::new();
    visit(root, &mut paths);
    let read = |path: PathBuf| {
        let parts: Vec<&str> = path.iter().filter_map(|part| part.to_str()).collect();
        let at = parts.iter().rposition(|part| matches!(*part, "activities" | "objects" | "collections"))?;
        let peer = parts[at.checked_sub(1)?].to_owned();
        let value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        Some(Payload { path, peer, value })
    };
    paths.into_iter().filter_map(read).collect()
}

/// An object without an activity is delivered as its author would.
fn as_activity(value: &Value) -> Option<Value> {
    let kind = value["type"].as_str()?;
    if kind.ends_with("Collection") {
        return None;
    }
    if value["object"] != Value::Null && value["actor"] != Value::Null {
        return Some(value.clone());
    }
    let id = value["id"].as_str()?;
    if value["inbox"].is_string() {
        return Some(json!({"id": format!("{id}#updates/1"), "type": "Update", "actor": id, "object": value}));
    }
    let (host, _) = crate::replay_words::origin_of(id)?;
    let by = actors_named(value).into_iter().find(|uri| uri.contains(&host) && !group_like(uri));
    let by = value["actor"].as_str().map(str::to_owned).or(by).unwrap_or_else(|| format!("https://{host}/users/somebody"));
    let verb = if kind == "Tombstone" { "Delete" } else { "Create" };
    Some(json!({
        "id": format!("{id}#{verb}"), "type": verb, "actor": by, "to": value["to"], "cc": value["cc"], "object": value,
    }))
}

/// A hall in which somebody cares about what comes, with everything shown over there that the payload names.
async fn staged(payload: &Payload, library: &[Value]) -> (Scene, Value) {
    let mut scene = Scene::new().await;
    for (_, address, ours) in HERE.iter().filter(|(end, ..)| payload.path.ends_with(end)) {
        scene.stands_for(address, *ours);
    }
    let activity = as_activity(&payload.value).unwrap();
    // The hosts first, so that everything has its place.
    let moved = scene.moved(&activity).await;
    for document in library {
        let document = scene.moved(document).await;
        scene.keep(&document);
    }
    for part in parts(&moved) {
        if part["inbox"].is_string() || part["attributedTo"] != Value::Null {
            scene.keep(part);
        }
    }
    scene.complete(&moved);
    prepare(&mut scene, &moved, &activity).await;
    let moved = scene.moved(&activity).await;
    (scene, moved)
}

/// What came before this in life.
async fn prepare(scene: &mut Scene, moved: &Value, original: &Value) {
    let kind = moved["type"].as_str().unwrap_or_default();
    let actor = moved["actor"].as_str().unwrap_or_default().to_owned();
    for uri in actors_named(moved) {
        if scene.is_group(&uri) || uri == actor {
            if kind != "Accept" {
                scene.be_near(&uri).await;
            }
        } else {
            scene.look_up(&uri).await;
        }
    }
    if !matches!(kind, "Create" | "Announce") {
        for uri in things_named(moved) {
            scene.look_up(&uri).await;
        }
        for part in parts(moved).iter().filter(|part| part["actor"].is_null()) {
            scene.look_up(part["id"].as_str().unwrap_or_default()).await;
        }
    }
    if kind == "Accept" {
        let asked = original["object"].as_str().or_else(|| original["object"]["id"].as_str());
        scene.ask(&actor, asked).await;
    }
    if kind == "Undo"
        && let Some(inner) = parts(moved).first().filter(|inner| inner["actor"].is_string())
    {
        scene.deliver(inner).await;
    }
}

/// The same, passed on by the group it is about (FEP-1b12).
fn passed_on(scene: &Scene, moved: &Value) -> Option<Value> {
    let group = actors_named(moved).into_iter().find(|uri| scene.is_group(uri))?;
    let wraps = !matches!(moved["type"].as_str(), Some("Announce" | "Follow" | "Accept" | "Undo"))
        || kind_of(moved).starts_with("Undo{") && !kind_of(moved).contains("Follow");
    (wraps && moved["actor"] != json!(group)).then(|| {
        json!({
            "id": format!("{group}/announce/1"), "type": "Announce", "actor": group, "object": moved,
            "to": ["https://www.w3.org/ns/activitystreams#Public"], "cc": [format!("{group}/followers")],
        })
    })
}

type Row = (String, String, String);

async fn replayed(payload: &Payload, library: &[Value]) -> Vec<Row> {
    let name = payload.path.file_stem().unwrap().to_string_lossy().into_owned();
    if as_activity(&payload.value).is_none() {
        return vec![(name, kind_of(&payload.value), "read where collections are read".to_owned())];
    }
    let (scene, moved) = staged(payload, library).await;
    let mut rows = vec![(name.clone(), kind_of(&moved), scene.deliver(&moved).await)];
    if passed_on(&scene, &moved).is_none() {
        return rows;
    }
    // In a hall of its own: the first delivery has changed this one.
    let (scene, moved) = staged(payload, library).await;
    if let Some(outer) = passed_on(&scene, &moved) {
        rows.push((name, kind_of(&outer), scene.deliver(&outer).await));
    }
    rows
}

/// Prints the table; gives what ended neither in a state nor in a refusal that the list explains.
fn table(peers: &BTreeMap<String, Vec<Row>>) -> Vec<String> {
    let mut unexplained = Vec::new();
    for (peer, rows) in peers {
        println!("\n{peer}");
        for (name, kind, outcome) in rows {
            println!("  {kind:44} {outcome:52} {name}");
            let explained = match outcome.strip_prefix("dropped: ") {
                Some(code) => federation::refusals::reason(code).is_some(),
                None => !["later", "answered", "nobody signs", "nothing", "no id"].iter().any(|bad| outcome.starts_with(bad)),
            };
            if !explained {
                unexplained.push(format!("{peer} {name} {kind}: {outcome}"));
            }
        }
    }
    unexplained
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::disallowed_methods, reason = "a test has no configuration but its environment")]
async fn every_real_payload_ends_in_a_state_or_in_an_explained_refusal() {
    let Ok(root) = std::env::var("GUILDHALL_FIXTURES") else { return };
    let payloads = real_payloads(Path::new(&root));
    let mut library: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for payload in payloads.iter().filter(|payload| payload.value["actor"].is_null() || payload.value["object"].is_null()) {
        library.entry(payload.peer.clone()).or_default().push(payload.value.clone());
    }
    let rows: Vec<(String, Vec<Row>)> = futures_util::stream::iter(&payloads)
        .map(|payload| {
            let library = library.get(&payload.peer).map(Vec::as_slice).unwrap_or_default();
            async move { (payload.peer.clone(), replayed(payload, library).await) }
        })
        .buffered(4)
        .collect()
        .await;
    let mut peers: BTreeMap<String, Vec<Row>> = BTreeMap::new();
    for (peer, more) in rows {
        peers.entry(peer).or_default().extend(more);
    }
    let unexplained = table(&peers);
    assert!(!peers.is_empty(), "no payloads in {root}");
    assert!(unexplained.is_empty(), "{unexplained:#?}");
}

/// A payload of the project's own: who is followed or joined before, what is shown over there, what comes, and what
/// must become of each.
#[derive(serde::Deserialize)]
struct Own {
    about: String,
    near: Vec<String>,
    documents: Vec<Value>,
    activities: Vec<Value>,
    outcomes: Vec<String>,
}

async fn lived_through(own: &Own) -> Vec<String> {
    let mut scene = Scene::new().await;
    let mut moved = Vec::new();
    for activity in &own.activities {
        moved.push(scene.moved(activity).await);
    }
    for document in &own.documents {
        let document = scene.moved(document).await;
        scene.keep(&document);
        scene.complete(&document);
    }
    for activity in &moved {
        scene.complete(activity);
    }
    for uri in &own.near {
        let uri = scene.address(uri).await;
        scene.be_near(&uri).await;
    }
    let mut outcomes = Vec::new();
    for activity in &moved {
        outcomes.push(scene.deliver(activity).await);
    }
    outcomes
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_peers_payloads_end_as_their_files_say() {
    let mut paths = Vec::new();
    visit(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures"), &mut paths);
    let lives: Vec<(PathBuf, Own, Vec<String>)> = futures_util::stream::iter(paths)
        .map(|path| async move {
            let own: Own = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
            let outcomes = lived_through(&own).await;
            (path, own, outcomes)
        })
        .buffered(4)
        .collect()
        .await;
    let mut wrong = Vec::new();
    for (path, own, outcomes) in &lives {
        println!("{} {}: {outcomes:?}", path.display(), own.about);
        if *outcomes != own.outcomes {
            wrong.push(format!("{}: {outcomes:?}, not {:?}", path.display(), own.outcomes));
        }
    }
    assert!(lives.len() > 30, "{}", lives.len());
    assert!(wrong.is_empty(), "{wrong:#?}");
}
