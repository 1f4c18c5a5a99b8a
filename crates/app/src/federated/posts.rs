//! Posts by their ids on the network, and what remote people did with them.

use super::ActorWire;
use crate::effects::{self, Hall as Inside};
use crate::{Error, Hall, Requester, Result, Visible};
use domain::audience::Reach;
use domain::id::{CommunityId, PostId};
use domain::policy::{self, Word};
use domain::time::Timestamp;
use domain::zone::Zone;
use std::sync::Arc;
use store::views::{NotificationKind, PostRecord, PostView};
use store::{facts, posts};

/// What is needed to recognise a post.
pub use store::posts::Handle as PostHandle;

/// A post by the network's id, deleted or not.
pub async fn by_uri(hall: &Hall, uri: &str) -> Result<Option<PostHandle>> {
    Ok(posts::id_by_uri(hall.store().read(), uri).await?)
}

/// A post by our id, deleted or not.
pub async fn handle(hall: &Hall, id: PostId) -> Result<Option<PostHandle>> {
    Ok(posts::handle(hall.store().read(), id).await?)
}

/// When a post of this hall that everybody could see was deleted, and its id on the network: that it is gone is told, so
/// that whoever keeps a copy lets it go.
pub async fn buried(hall: &Hall, id: PostId) -> Result<Option<(String, Timestamp)>> {
    Ok(posts::buried(hall.store().read(), id).await?)
}

/// The community whose room a post is in, also of a deleted one.
pub async fn room(hall: &Hall, id: PostId) -> Result<Option<CommunityId>> {
    Ok(posts::room(hall.store().read(), id).await?)
}

/// A post's row, for writing it out: recipients are checked by themselves.
pub async fn record(hall: &Hall, id: PostId) -> Result<Option<Arc<PostRecord>>> {
    Ok(posts::record(hall.store(), id).await?)
}

/// The same as it is at this moment, whatever another process has written since it was last read here.
pub async fn record_now(hall: &Hall, id: PostId) -> Result<Option<Arc<PostRecord>>> {
    Ok(posts::record_now(hall.store(), id).await?)
}

/// The group of the partner community of another hall in whose room somebody of this hall wrote this post.
pub async fn partner_elsewhere(hall: &Hall, id: PostId) -> Result<Option<ActorWire>> {
    let Some(record) = posts::record(hall.store(), id).await? else { return Ok(None) };
    let (Some(community), true) = (record.community, record.local) else { return Ok(None) };
    match store::communities::wire(hall.store().read(), community).await? {
        Some(group) if !group.local && group.zone == Zone::Partner => super::actors::wire(hall, group.actor).await,
        _ => Ok(None),
    }
}

/// A post of a partner community, on the word of its host or of the agreement; the caller vouches for the host's.
pub async fn show_on_word(hall: &Hall, requester: &Requester, id: PostId, word: Word) -> Result<Visible<PostView>> {
    posts::on_word(hall.store(), requester, id, word).await?.ok_or_else(Error::not_found)
}

/// Something that not everybody may see was handed out to a signed request: the release ledger says so.
pub async fn released(hall: &Hall, record: &PostRecord, requester: &Requester) -> Result<()> {
    let (uri, community) = (record.uri.clone(), record.community.map(|id| id.0));
    let host = requester.host().unwrap_or_default().to_owned();
    let by = match requester.actor() {
        Some(actor) => super::actors::wire(hall, actor).await?.map(|wire| wire.uri),
        None => None,
    };
    let by = by.unwrap_or_else(|| host.clone());
    hall.store()
        .write(move |tx| Box::pin(async move { Ok::<_, Error>(store::ledger::fetched(tx, &uri, &host, &by, community).await?) }))
        .await
}

/// A remote person boosted a public post.
pub async fn boosted(hall: &Hall, requester: &Requester, id: PostId, uri: &str, at: Timestamp) -> Result<()> {
    let (requester, uri) = (requester.clone(), uri.to_owned());
    hall.store()
        .write(move |tx| {
            Box::pin(async move {
                let post = facts::post(tx, &requester, id).await?.ok_or_else(Error::not_found)?;
                let actor = policy::react(&requester, &post)?.actor();
                let Reach::World { .. } = post.audience.reach() else { return Err(Error::not_found()) };
                let at = Timestamp(at.0.min(tx.now().0));
                if let Some(boost) = posts::boost(tx, actor, id, &post.audience, |_| uri.clone(), false, at).await? {
                    store::notifications::notify(tx, post.author, NotificationKind::Reblog, actor, Some(id), None).await?;
                    effects::inside(tx, &Inside::Spread { post: boost }).await?;
                }
                Ok(())
            })
        })
        .await
}

/// A remote actor took a boost back.
pub async fn unboosted(hall: &Hall, requester: &Requester, id: PostId) -> Result<()> {
    let actor = requester.actor().ok_or_else(Error::not_found)?;
    hall.store()
        .write(move |tx| {
            Box::pin(async move {
                posts::remove_boost(tx, actor, id).await?;
                Ok(())
            })
        })
        .await
}
