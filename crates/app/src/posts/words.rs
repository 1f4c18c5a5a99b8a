//! From what was written to what is stored: safe HTML, mentions, hashtags.

use crate::{Hall, Result};
use domain::audience::{Audience, Reach};
use domain::handle::Handle;
use domain::id::ActorId;
use domain::membership::Membership;
use domain::text::{self, Html, Links};
use domain::zone::Zone;
use std::collections::HashMap;
use store::views::ActorKind;
use store::{Conn, Tx, actors};

/// A text made ready.
#[derive(Debug)]
pub(crate) struct Words {
    pub html: Html,
    pub mentions: Vec<ActorId>,
    pub tags: Vec<String>,
}

/// Renders Markdown by a local author. Mentions are kept only of people who may see the post.
pub(crate) async fn written(
    hall: &Hall,
    tx: &Tx,
    source: &str,
    known: &[(Handle, ActorId)],
    audience: &Audience,
) -> Result<Words> {
    let people = actors::load(hall.store(), tx, known.iter().map(|(_, id)| *id)).await?;
    let mut links = HashMap::new();
    let mut mentions = Vec::new();
    for (handle, id) in known {
        let Some(actor) = people.get(id) else { continue };
        if actor.kind == ActorKind::Group {
            // A link to another community's page would tell that it exists; only open ones may be pointed at.
            if actor.zone == Some(Zone::Open) || Some(*id) == group_of(tx, audience).await? {
                links.insert(handle.clone(), actor.url.clone());
            }
        } else if may_know(tx, *id, audience).await? {
            // Whoever acted only inside has no page outside, so what leaves the hall does not point there.
            if actor.outside || audience.outbound().is_none() {
                links.insert(handle.clone(), actor.url.clone());
            }
            if !mentions.contains(id) {
                mentions.push(*id);
            }
        }
    }
    let html = text::render_markdown(source, &Known { links, base: hall.settings().base().to_owned() });
    let mut tags = text::hashtags(source);
    tags.truncate(domain::draft::MAX_MENTIONS);
    Ok(Words { html, mentions, tags })
}

struct Known {
    links: HashMap<Handle, String>,
    base: String,
}

impl Links for Known {
    fn mention(&self, handle: &Handle) -> Option<String> {
        self.links.get(handle).cloned()
    }

    fn hashtag(&self, tag: &str) -> String {
        format!("{}/tags/{tag}", self.base)
    }
}

async fn group_of(conn: &Conn, audience: &Audience) -> Result<Option<ActorId>> {
    match audience.community() {
        Some(id) => Ok(store::communities::actor_of(conn, id).await?),
        None => Ok(None),
    }
}

/// Whether this actor may be told of something with this audience.
pub(crate) async fn may_know(conn: &Conn, actor: ActorId, audience: &Audience) -> Result<bool> {
    match audience.reach() {
        Reach::Members { community, .. } => {
            Ok(store::memberships::standing(conn, community, actor).await?.is_some_and(Membership::is_active))
        }
        _ => Ok(true),
    }
}
