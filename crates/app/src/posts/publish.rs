//! Publish: the one way a post comes into being, whether from a form, an app or the network.

use super::addressing::{self, Place};
use super::origin::{Arrival, NetworkPost, Origin};
use super::spread::Spread;
use super::words::{self, Words};
use super::{attached, let_in};
use crate::federated;
use crate::{Error, ErrorKind, Hall, Requester, Result};
use domain::audience::Reach;
use domain::draft::Draft;
use domain::handle::Handle;
use domain::id::{ActorId, CommunityId, PostId};
use domain::policy::{self, Refusal};
use domain::poll::Poll;
use domain::time::Timestamp;
use domain::zone::Zone;
use store::idempotency::{self, Used};
use store::posts::NewPost;
use store::views::NotificationKind;
use store::{Tx, actors, facts, posts};

/// Publishes a draft; gives the post's id. A received post that is already here is not stored twice.
pub async fn publish(hall: &Hall, requester: &Requester, draft: Draft, origin: Origin) -> Result<PostId> {
    if let Origin::Here { .. } = origin {
        if !requester.is_local() {
            return Err(Error::denied("sign_in_first", "Sign in to write."));
        }
        draft.check()?;
    }
    let named = match origin {
        Origin::Here { .. } => addressing::named(hall, requester, &draft.text).await?,
        Origin::Network(_) => Vec::new(),
    };
    let known = match &origin {
        Origin::Here { .. } => {
            let place = addressing::place(hall.store().read(), requester, &draft, &named).await?;
            let ask = addressing::may_ask_network(&place.audience, place.community.as_ref().map(|c| c.zone));
            addressing::mentioned(hall, requester, &draft.text, ask).await?
        }
        Origin::Network(post) => received_mentions(hall, post).await?,
    };
    let job = Job { hall: hall.clone(), requester: requester.clone(), draft, origin, named, known };
    hall.store().write(move |tx| Box::pin(async move { job.run(tx).await })).await
}

async fn received_mentions(hall: &Hall, post: &NetworkPost) -> Result<Vec<(Handle, ActorId)>> {
    let mut found = Vec::new();
    let conn = hall.store().read();
    for uri in post.mention_uris.iter().take(domain::draft::MAX_MENTIONS) {
        // There are servers that name people by their pages (Mbin, in private messages).
        let by_page = async || actors::id_by_page_here(conn, hall.settings().base(), uri).await;
        let named = match actors::id_by_uri(conn, uri).await? {
            None => by_page().await?,
            named => named,
        };
        if let Some(id) = named {
            found.push((Handle { name: String::new(), host: None }, id));
        }
    }
    Ok(found)
}

struct Job {
    hall: Hall,
    requester: Requester,
    draft: Draft,
    origin: Origin,
    named: Vec<CommunityId>,
    known: Vec<(Handle, ActorId)>,
}

impl Job {
    async fn run(self, tx: &Tx) -> Result<PostId> {
        if let Some(there) = self.already(tx).await? {
            if let Origin::Network(received) = &self.origin {
                self.come_again(tx, received, there).await?;
            }
            return Ok(there);
        }
        let (place, permit) = self.permitted(tx).await?;
        let author = permit.actor();
        let words = self.words(tx, &place, author).await?;
        let post = self.new_post(tx, self.number(tx).await?, &place, &words, author).await?;
        posts::insert(tx, permit, &post).await?;
        if let Some(poll) = self.poll(tx) {
            store::polls::insert(tx, post.id, &poll).await?;
        }
        if let Origin::Network(received) = &self.origin
            && let Some((kind, body)) = &received.received
        {
            posts::keep_received(tx, post.id, kind, body).await?;
        }
        posts::adopt_replies(tx, post.id, &post.uri).await?;
        self.remember(tx, post.id).await?;
        if self.leaves_the_hall(tx, &place, &words).await? {
            actors::mark_outside(tx, author).await?;
        }
        self.ask_for_parent(tx, &post).await?;
        if self.is_news() {
            self.tell(tx, &place, &words, &post, author).await?;
        } else {
            posts::await_delivery(tx, post.id).await?;
        }
        Ok(post.id)
    }

    /// A post that is here already comes once more. If it was only found before, and is delivered now, it is news now:
    /// otherwise a look at the wrong moment would keep it from its room, from Homes and from whoever it names.
    async fn come_again(&self, tx: &Tx, received: &NetworkPost, there: PostId) -> Result<()> {
        let_in::announced(tx, &self.requester, &self.draft, received, there).await?;
        if !received.arrival.is_news() || !posts::awaited(tx, there).await? {
            return Ok(());
        }
        let (mut place, permit) = self.permitted(tx).await?;
        let author = permit.actor();
        let_in::alone(tx, permit, &self.requester, &place, there).await?;
        let Some(facts) = facts::post(tx, &self.requester, there).await? else { return Ok(()) };
        let same_room = facts.audience.community() == place.audience.community();
        if !same_room || facts.audience.is_world() != place.audience.is_world() {
            return Ok(());
        }
        place.audience = facts.audience;
        let words = self.words(tx, &place, author).await?;
        let post = self.new_post(tx, there, &place, &words, author).await?;
        self.ask_for_parent(tx, &post).await?;
        posts::delivered(tx, there).await?;
        self.tell(tx, &place, &words, &post, author).await
    }

    async fn tell(&self, tx: &Tx, place: &Place, words: &Words, post: &NewPost, author: ActorId) -> Result<()> {
        for person in &words.mentions {
            store::notifications::notify(tx, *person, NotificationKind::Mention, author, Some(post.id), None).await?;
        }
        if let Origin::Network(received) = &self.origin
            && let Some(quoted) = received.quotes
        {
            super::quoted::tell(tx, &self.requester, quoted, post.id).await?;
        }
        Spread { hall: &self.hall, origin: &self.origin, place, post, author }.write(tx).await
    }

    async fn permitted(&self, tx: &Tx) -> Result<(Place, policy::Permit<policy::act::Publish>)> {
        let announced_by = match &self.origin {
            Origin::Network(received) => received.announced_by,
            Origin::Here { .. } => None,
        };
        if let Some(group) = announced_by {
            let place = addressing::announced_place(tx, &self.requester, &self.draft, group).await?;
            let permit = policy::publish_announced(&self.requester, &place.audience, place.community.as_ref())?;
            return Ok((place, permit));
        }
        let place = addressing::place(tx, &self.requester, &self.draft, &self.named).await?;
        let (parent, community) = (place.parent.as_ref(), place.community.as_ref());
        let permit = match policy::publish(&self.requester, &place.audience, parent, community) {
            Err(refusal) if self.is_handed_in() => {
                policy::hand_in(&self.requester, &place.audience, parent, community).map_err(|_| refusal)?
            }
            decided => decided?,
        };
        Ok((place, permit))
    }

    fn is_handed_in(&self) -> bool {
        matches!(&self.origin, Origin::Network(received) if received.handed_in)
    }

    fn is_news(&self) -> bool {
        match &self.origin {
            Origin::Here { .. } => true,
            Origin::Network(received) => received.arrival.is_news(),
        }
    }

    /// What a post of a public thread or of another hall's room answers and is not here is to be read.
    async fn ask_for_parent(&self, tx: &Tx, post: &NewPost) -> Result<()> {
        let (Origin::Network(received), Some(missing)) = (&self.origin, post.parent_uri.as_deref()) else { return Ok(()) };
        if received.arrival != Arrival::ReadUp && (post.audience.is_world() || received.announced_by.is_some()) {
            let closed = post.audience.community().filter(|_| !post.audience.is_world());
            federated::fetches::ask_for_thread(tx, missing, closed).await?;
        }
        Ok(())
    }

    /// A new post's number: what is no news stands at its own time.
    async fn number(&self, tx: &Tx) -> Result<PostId> {
        match &self.origin {
            Origin::Network(received) if !received.arrival.is_news() => Ok(posts::id_of_old(tx, received.published).await?),
            _ => Ok(PostId(tx.next_id())),
        }
    }

    /// Whether publishing this is an act outside: from then on the network may know the author. A message
    /// among colleagues is not.
    async fn leaves_the_hall(&self, tx: &Tx, place: &Place, words: &Words) -> Result<bool> {
        match place.audience.reach() {
            Reach::World { .. } => Ok(true),
            Reach::Members { zone, .. } => Ok(zone != Zone::Internal),
            Reach::Followers | Reach::Mentioned => {
                let people = actors::load(self.hall.store(), tx, words.mentions.iter().copied()).await?;
                Ok(people.values().any(|person| !person.is_local()))
            }
        }
    }

    /// The post this request has already made, if it is a repetition.
    async fn already(&self, tx: &Tx) -> Result<Option<PostId>> {
        match &self.origin {
            Origin::Network(received) => {
                let gone = || Error::new(ErrorKind::NotFound, "gone", "This was deleted.");
                // Only its own author can have deleted it: somebody else's `Delete` takes no id away.
                if let Some(author) = self.requester.actor() {
                    let author = actors::wire(tx, author).await?.ok_or_else(Error::not_found)?;
                    if posts::tombstoned(tx, &received.uri, &author.uri).await? {
                        return Err(gone());
                    }
                }
                match posts::id_by_uri(tx, &received.uri).await? {
                    Some(there) if there.deleted => Err(gone()),
                    Some(there) if Some(there.actor) == self.requester.actor() => Ok(Some(there.id)),
                    Some(_) => Err(Refusal::denied("not_the_author", "This id belongs to somebody else's post.").into()),
                    None => Ok(None),
                }
            }
            Origin::Here { idempotency_key } => {
                let (Some(key), Some(account)) = (idempotency_key, self.requester.account()) else { return Ok(None) };
                match idempotency::look_up(tx, account, key, &self.fingerprint()).await? {
                    Used::Never => Ok(None),
                    Used::Same(post) => Ok(Some(post)),
                    Used::Other => {
                        Err(Refusal::invalid("idempotency_key_reused", "This idempotency key was used for another post.").into())
                    }
                }
            }
        }
    }

    /// The poll as it begins, or as its own hall says it stands.
    fn poll(&self, tx: &Tx) -> Option<Poll> {
        match &self.origin {
            Origin::Here { .. } => self.draft.poll.as_ref().map(|poll| poll.begun(tx.now())),
            Origin::Network(received) => received.poll.clone(),
        }
    }

    async fn remember(&self, tx: &Tx, post: PostId) -> Result<()> {
        if let (Origin::Here { idempotency_key: Some(key) }, Some(account)) = (&self.origin, self.requester.account()) {
            idempotency::remember(tx, account, key, &self.fingerprint(), post).await?;
        }
        Ok(())
    }

    fn fingerprint(&self) -> String {
        store::sealed::token_hash(&format!("{:?}", self.draft))
    }

    async fn words(&self, tx: &Tx, place: &Place, author: ActorId) -> Result<Words> {
        let mut words = match &self.origin {
            Origin::Here { .. } => words::written(&self.hall, tx, &self.draft.text, &self.known, &place.audience).await?,
            Origin::Network(received) => {
                let mut mentions = Vec::new();
                for (_, id) in &self.known {
                    if words::may_know(tx, *id, &place.audience).await? && !mentions.contains(id) {
                        mentions.push(*id);
                    }
                }
                let mut tags: Vec<String> = received.hashtags.iter().map(|tag| tag.to_lowercase()).collect();
                tags.sort_unstable();
                tags.dedup();
                Words { html: received.html.clone(), mentions, tags }
            }
        };
        if let Some(parent) = &place.parent {
            // Whoever is answered is told, named or not, if they may still see it.
            if parent.author != author
                && words::may_know(tx, parent.author, &place.audience).await?
                && !words.mentions.contains(&parent.author)
            {
                words.mentions.push(parent.author);
            }
        }
        words.mentions.retain(|id| *id != author);
        Ok(words)
    }

    async fn new_post(&self, tx: &Tx, id: PostId, place: &Place, words: &Words, author: ActorId) -> Result<NewPost> {
        let settings = self.hall.settings();
        let parent = match &place.parent {
            Some(parent) => posts::handle(tx, parent.id).await?.map(|handle| (handle.id, handle.actor, handle.root)),
            None => None,
        };
        let draft = &self.draft;
        let mut post = NewPost {
            id,
            uri: settings.post_uri(id),
            url: String::new(),
            local: true,
            audience: place.audience,
            parent,
            parent_uri: None,
            title: draft.title.as_deref().map(str::trim).filter(|title| !title.is_empty()).map(str::to_owned),
            html: words.html.clone(),
            source: Some(draft.text.clone()),
            spoiler: draft.spoiler.clone(),
            sensitive: draft.sensitive || !draft.spoiler.is_empty(),
            language: draft.language.clone(),
            resource: draft.resource.clone(),
            context_uri: None,
            mentions: words.mentions.clone(),
            tags: words.tags.clone(),
            attachments: Vec::new(),
            created_at: tx.now(),
        };
        match &self.origin {
            Origin::Here { .. } => {
                let author = actors::load(self.hall.store(), tx, [author]).await?.remove(&author);
                post.url = settings.post_url(&author.ok_or_else(Error::not_found)?.handle, id);
            }
            Origin::Network(received) => {
                post.local = false;
                post.uri.clone_from(&received.uri);
                post.url = received.url.clone().unwrap_or_else(|| received.uri.clone());
                post.source.clone_from(&received.source);
                post.parent_uri.clone_from(&received.parent_uri);
                post.context_uri.clone_from(&received.context_uri);
                post.attachments = attached::allowed(tx, &received.attachments).await?;
                post.created_at = Timestamp(received.published.0.min(tx.now().0));
            }
        }
        Ok(post)
    }
}
