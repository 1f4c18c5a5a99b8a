//! A hall over a test database, with the people, communities and posts that a test needs.

use crate::db::{Db, sealer};
use app::accounts::{create, identify};
use app::communities::NewCommunity;
use app::oauth::issue;
use app::posts::{Origin, PostChange};
use app::{Hall, Registrations, Requester, Settings};
use domain::audience::Visibility;
use domain::draft::Draft;
use domain::id::{AccountId, ActorId, CommunityId, PostId};
use domain::membership::{MembershipState, Role};
use domain::page::Page;
use domain::peers::Peers;
use domain::text::Html;
use domain::time::{Clock, Random, SystemClock, SystemRandom};
use domain::zone::{Door, JoinPolicy, Zone};
use std::sync::Arc;
use store::actors::RemoteActor;
use store::views::{ActorKind, PostView};
use store::{Options, Store, StoreError, memberships};

/// Everything a person may be granted.
const ALL_SCOPES: &str = "read write follow push profile";

/// A hall without surfaces: use cases over a real store.
#[derive(Debug, Clone)]
pub struct World {
    /// The use cases' hall.
    pub hall: Hall,
    /// Its store.
    pub store: Store,
    /// Its database.
    pub db: Db,
}

/// Somebody with an account here.
#[derive(Debug, Clone)]
pub struct Person {
    /// Name in this hall.
    pub handle: String,
    /// The login.
    pub account: AccountId,
    /// The person.
    pub actor: ActorId,
    /// An access token with every scope.
    pub token: String,
    /// Made from that token.
    pub asks: Requester,
}

/// Somebody of another instance, as known here.
#[derive(Debug, Clone)]
pub struct Stranger {
    /// Name over there.
    pub handle: String,
    /// Canonical host.
    pub host: String,
    /// As known here.
    pub actor: ActorId,
    /// As a verified signature makes it.
    pub asks: Requester,
}

/// A community hosted here.
#[derive(Debug, Clone)]
pub struct Community {
    /// Its name in this hall.
    pub handle: String,
    /// Its id.
    pub id: CommunityId,
    /// Its group actor.
    pub actor: ActorId,
}

/// The hall's host in [`World`]s.
pub const HERE: &str = "hall.test";

/// Settings of a hall that nobody reaches.
pub fn settings() -> Settings {
    Settings {
        base_url: format!("https://{HERE}").parse().unwrap(),
        handle_domain: HERE.into(),
        organisation: "Hall Test".into(),
        registrations: Registrations::Open,
        peers: Peers::Everybody,
        insecure: true,
    }
}

impl World {
    /// A hall on a database of its own.
    pub async fn new() -> Self {
        Self::with(Arc::new(SystemClock), Arc::new(SystemRandom)).await
    }

    /// The same with this clock and chance.
    pub async fn with(clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Self {
        let db = Db::new().await;
        let options = Options { url: db.url().to_owned(), readers: 3, sealer: sealer(), clock, random, locks: None };
        let store = Store::open(options).await.unwrap();
        Self { hall: Hall::new(store.clone(), settings()), store, db }
    }

    /// Around a hall that something else has put together.
    pub fn around(hall: Hall, store: Store, db: Db) -> Self {
        Self { hall, store, db }
    }

    /// Somebody with an account here.
    pub async fn person(&self, handle: &str) -> Person {
        let wanted = create::Wanted {
            handle: handle.into(),
            name: String::new(),
            email: format!("{handle}@example.org"),
            password_hash: None,
            admin: false,
        };
        let made = create::create(&self.hall, wanted).await.unwrap();
        let token = self.token(handle, ALL_SCOPES).await;
        let asks = self.requester(&token).await;
        Person { handle: handle.into(), account: made.account, actor: made.actor, token, asks }
    }

    /// A token of somebody here.
    pub async fn token(&self, handle: &str, scopes: &str) -> String {
        issue::issue(&self.hall, handle, scopes).await.unwrap()
    }

    /// Who holds a token.
    pub async fn requester(&self, token: &str) -> Requester {
        identify::by_token(&self.hall, token).await.unwrap().unwrap().requester
    }

    /// Somebody of another instance.
    #[expect(clippy::disallowed_methods, reason = "here the test vouches for the signature")]
    pub async fn stranger(&self, handle: &str, host: &str) -> Stranger {
        let actor = self.remote_actor(handle, host, ActorKind::Person).await;
        let asks = store::requesters::remote(self.store.read(), actor).await.unwrap().unwrap();
        Stranger { handle: handle.into(), host: host.into(), actor, asks }
    }

    /// An actor of another instance, with one shared inbox per host.
    pub async fn remote_actor(&self, handle: &str, host: &str, kind: ActorKind) -> ActorId {
        let actor = remote(handle, host, kind);
        self.store.write(move |tx| Box::pin(async move { store::actors::upsert_remote(tx, &actor).await })).await.unwrap()
    }

    /// Another instance, as its own signature makes it.
    #[expect(clippy::disallowed_methods, reason = "here the test vouches for the signature")]
    pub async fn instance(&self, host: &str) -> Requester {
        store::requesters::instance(self.store.read(), host).await.unwrap().unwrap()
    }

    /// A community; `lead` leads it. Partner communities name `partners`.
    pub async fn community(&self, lead: &Person, handle: &str, zone: Zone, partners: &[&str]) -> Community {
        self.community_with(lead, handle, zone, Door::Hall, JoinPolicy::Open, partners).await
    }

    /// The same with this door and way in.
    pub async fn community_with(
        &self,
        lead: &Person,
        handle: &str,
        zone: Zone,
        door: Door,
        join: JoinPolicy,
        partners: &[&str],
    ) -> Community {
        let new = NewCommunity {
            handle: handle.into(),
            name: format!("Community {handle}"),
            purpose: format!("Purpose of {handle}"),
            zone,
            door,
            join,
            partners: partners.iter().map(|host| (*host).to_owned()).collect(),
        };
        let id = app::communities::create(&self.hall, &lead.asks, new).await.unwrap();
        let actor = store::communities::actor_of(self.store.read(), id).await.unwrap().unwrap();
        Community { handle: handle.into(), id, actor }
    }

    /// Puts somebody into a community, in any role and state.
    pub async fn put(&self, community: &Community, actor: ActorId, role: Role, state: MembershipState) {
        let id = community.id;
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    memberships::appoint(tx, id, actor, role).await?;
                    if state != MembershipState::Active {
                        memberships::set_state(tx, id, actor, state).await?;
                    }
                    Ok::<_, StoreError>(())
                })
            })
            .await
            .unwrap();
    }

    /// A member.
    pub async fn member(&self, community: &Community, actor: ActorId) {
        self.put(community, actor, Role::Member, MembershipState::Active).await;
    }

    /// What somebody writes.
    pub async fn post(&self, author: &Person, text: &str, visibility: Visibility) -> PostId {
        self.publish(author, Draft::new(text, visibility)).await.unwrap()
    }

    /// What somebody writes into a community, by the form.
    pub async fn post_in(&self, author: &Person, community: &Community, text: &str) -> PostId {
        self.publish(author, Draft { community: Some(community.id), ..Draft::new(text, Visibility::Public) }).await.unwrap()
    }

    /// What somebody answers, as publicly as the thread allows.
    pub async fn reply(&self, author: &Person, parent: PostId, text: &str) -> PostId {
        self.publish(author, Draft { in_reply_to: Some(parent), ..Draft::new(text, Visibility::Public) }).await.unwrap()
    }

    /// The use case itself.
    pub async fn publish(&self, author: &Person, draft: Draft) -> app::Result<PostId> {
        app::posts::publish(&self.hall, &author.asks, draft, Origin::Here { idempotency_key: None }).await
    }

    /// Changes a text, nothing else.
    pub async fn edit(&self, author: &Person, post: PostId, text: &str) -> app::Result<()> {
        let change = PostChange {
            text: text.into(),
            title: None,
            spoiler: String::new(),
            sensitive: false,
            language: None,
            resource: None,
            poll: None,
        };
        app::posts::edit(&self.hall, &author.asks, post, change).await
    }

    /// A post as somebody sees it.
    pub async fn see(&self, requester: &Requester, post: PostId) -> Option<PostView> {
        app::posts::show(&self.hall, requester, post).await.ok().map(|seen| seen.take(requester).unwrap())
    }

    /// The ids in somebody's Home, newest first.
    pub async fn home(&self, person: &Person) -> Vec<PostView> {
        let seen = app::timelines::home(&self.hall, &person.asks, &Page::newest(40)).await.unwrap();
        seen.into_iter().map(|post| post.take(&person.asks).unwrap()).collect()
    }

    /// Carries out what waits inside the hall.
    pub async fn settle(&self) {
        while app::worker::run_hall_effects(&self.hall).await.unwrap() {}
    }

    /// One person blocks another. No use case does this yet.
    pub async fn block(&self, who: ActorId, whom: ActorId) {
        let sql = format!("INSERT INTO blocks (actor_id, target_id, created_at) VALUES ({who}, {whom}, 1)");
        self.db.raw().await.run(&sql).await;
    }
}

/// What the document of a remote actor says.
#[expect(clippy::disallowed_methods, reason = "an empty summary is clean")]
pub fn remote(handle: &str, host: &str, kind: ActorKind) -> RemoteActor {
    let uri = format!("https://{host}/users/{handle}");
    RemoteActor {
        kind,
        handle: handle.into(),
        host: host.into(),
        name: String::new(),
        summary: Html::stored(String::new()),
        url: None,
        icon: None,
        inbox: format!("{uri}/inbox"),
        shared_inbox: Some(format!("https://{host}/inbox")),
        outbox: None,
        followers_uri: Some(format!("{uri}/followers")),
        key_id: Some(format!("{uri}#main-key")),
        key_pem: None,
        proof_key_id: None,
        proof_key: None,
        locked: false,
        discoverable: true,
        featured_uri: None,
        moderators_uri: None,
        moved_to: None,
        published: None,
        uri,
    }
}
