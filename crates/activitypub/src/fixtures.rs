//! Real documents, when a folder of them is given in `GUILDHALL_FIXTURES`.

use std::path::Path;

use serde_json::Value;

use crate::json::{Limits, parse};
use crate::keys::PublicKey;
use crate::model::{Activity, ActorDoc, ActorKind, ObjectDoc};
use crate::vocab::types;

const COLLECTIONS: [&str; 4] = ["Collection", "OrderedCollection", "CollectionPage", "OrderedCollectionPage"];

#[test]
#[expect(clippy::disallowed_methods, reason = "a test has no configuration but its environment")]
fn real_documents_are_read_without_panic() {
    let Ok(root) = std::env::var("GUILDHALL_FIXTURES") else {
        return;
    };
    let (mut read, mut refused) = (0, 0);
    visit(Path::new(&root), &mut |path, bytes| match describe(bytes) {
        Ok(text) => {
            read += 1;
            println!("ok      {} {text}", path.display());
        }
        Err(text) => {
            refused += 1;
            println!("REFUSED {} {text}", path.display());
        }
    });
    println!("{read} read, {refused} refused");
    assert!(read > refused, "most real documents must be readable");
}

fn visit(folder: &Path, each: &mut dyn FnMut(&Path, &[u8])) {
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            visit(&path, each);
        } else if path.extension().is_some_and(|e| e == "json") {
            each(&path, &std::fs::read(&path).unwrap());
        }
    }
}

fn describe(bytes: &[u8]) -> Result<String, String> {
    let value = parse(bytes, Limits::default()).map_err(|e| e.to_string())?;
    let kind = types(&value).first().map(|t| (*t).to_owned()).unwrap_or_default();
    if COLLECTIONS.contains(&kind.as_str()) {
        return Ok(kind);
    }
    if ActorKind::from_name(&kind).is_some() {
        let actor = ActorDoc::parse(&value).map_err(|e| format!("{kind}: {e}"))?;
        let key = actor.public_key.as_ref().map(|key| PublicKey::from_pem(&key.pem));
        return Ok(format!(
            "{kind} {} key={key:?} url={} moderators={}",
            actor.preferred_username,
            actor.url.is_some(),
            actor.moderators.is_some()
        ));
    }
    if value.get("actor").is_some() && value.get("object").is_some() {
        let activity = Activity::parse(value).map_err(|e| format!("{kind}: {e}"))?;
        let inner = activity.embedded().map(describe_inner).transpose()?;
        return Ok(format!("{} {}", activity.kind.as_str(), inner.unwrap_or_default()));
    }
    describe_inner(&value)
}

fn describe_inner(value: &Value) -> Result<String, String> {
    let kind = types(value).join("+");
    if value.get("actor").is_some() && value.get("object").is_some() {
        let inner = Activity::parse(value.clone()).map_err(|e| format!("{kind}: {e}"))?;
        let deeper = inner.embedded().map(describe_inner).transpose()?;
        return Ok(format!("{{{kind} {}}}", deeper.unwrap_or_default()));
    }
    if ActorKind::from_name(&kind).is_some() {
        return ActorDoc::parse(value).map(|_| kind.clone()).map_err(|e| format!("{kind}: {e}"));
    }
    let object = ObjectDoc::parse(value).map_err(|e| format!("{kind}: {e}"))?;
    Ok(format!(
        "{kind} by={} lang={} mentions={} tags={} links={} media={} html={} md={} url={}",
        object.attributed_to.is_some(),
        object.language.as_deref().unwrap_or("-"),
        object.mentions.len(),
        object.hashtags.len(),
        object.links.len(),
        object.media.len(),
        object.content.is_some(),
        object.source_markdown.is_some(),
        object.url.is_some(),
    ))
}
