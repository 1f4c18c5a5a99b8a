//! Where a post goes and who is told: addressing from any app, and what never widens.

use app::ErrorKind;
use app::communities::Directory;
use app::posts::Origin;
use domain::audience::Visibility;
use domain::draft::{Draft, ResourceLink};
use domain::id::PostId;
use domain::page::Page;
use domain::zone::{Door, JoinPolicy, Zone};
use kit::{Community, Person, World};
use store::timelines::Room;

/// A hall with a lead, a member, somebody outside, and a community of each zone.
struct Scene {
    world: World,
    ada: Person,
    bob: Person,
    out: Person,
    open: Community,
    partner: Community,
    inner: Community,
}

async fn scene() -> Scene {
    let world = World::new().await;
    let (ada, bob, out) = (world.person("ada").await, world.person("bob").await, world.person("outsider").await);
    let open = world.community(&ada, "gardens", Zone::Open, &[]).await;
    let partner = world.community(&ada, "bridges", Zone::Partner, &["p.test"]).await;
    let inner = world.community_with(&ada, "cellar", Zone::Internal, Door::Members, JoinPolicy::Invite, &[]).await;
    for community in [&open, &partner, &inner] {
        world.member(community, bob.actor).await;
    }
    Scene { world, ada, bob, out, open, partner, inner }
}

impl Scene {
    /// The community and the visibility that a text ends up with.
    async fn place(&self, author: &Person, text: &str, visibility: Visibility) -> (Option<String>, Visibility) {
        let post = self.world.post(author, text, visibility).await;
        let seen = self.world.see(&author.asks, post).await.unwrap();
        (seen.community.map(|group| group.handle.clone()), seen.post.audience.visibility())
    }

    async fn refused(&self, author: &Person, draft: Draft) -> (ErrorKind, &'static str) {
        let before = self.world.db.raw().await.number("SELECT COUNT(*) FROM posts").await;
        let error = self.world.publish(author, draft).await.unwrap_err();
        let after = self.world.db.raw().await.number("SELECT COUNT(*) FROM posts").await;
        assert_eq!(before, after, "nothing half-written");
        (error.kind, error.code)
    }

    async fn notified(&self, person: &Person) -> usize {
        app::notifications::list(&self.world.hall, &person.asks, &[], &Page::newest(40)).await.unwrap().len()
    }
}

fn answer(parent: PostId, text: &str, visibility: Visibility) -> Draft {
    Draft { in_reply_to: Some(parent), ..Draft::new(text, visibility) }
}

#[tokio::test]
async fn a_community_handle_as_first_or_last_token_puts_a_post_into_it() {
    let s = scene().await;
    let gardens = Some("gardens".to_owned());
    for text in
        ["@gardens tomatoes", "tomatoes @gardens", "tomatoes\n\n@gardens", "@gardens@hall.test tomatoes", "  @gardens  tomatoes"]
    {
        assert_eq!(s.place(&s.bob, text, Visibility::Public).await, (gardens.clone(), Visibility::Public), "{text}");
    }
    for text in ["tomatoes for @gardens and others", "tomatoes", "@bob tomatoes", "mail@gardens tomatoes"] {
        assert_eq!(s.place(&s.bob, text, Visibility::Public).await, (None, Visibility::Public), "{text}");
    }
    assert_eq!(s.place(&s.bob, "@gardens quietly", Visibility::Unlisted).await, (gardens, Visibility::Unlisted));
}

#[tokio::test]
async fn a_post_narrowed_by_its_community_reports_private() {
    let s = scene().await;
    for (handle, asked) in [("cellar", Visibility::Public), ("cellar", Visibility::Unlisted), ("bridges", Visibility::Private)] {
        let placed = s.place(&s.bob, &format!("@{handle} hello"), asked).await;
        assert_eq!(placed, (Some(handle.to_owned()), Visibility::Private));
    }
}

#[tokio::test]
async fn a_direct_message_never_enters_a_community() {
    let s = scene().await;
    for handle in ["gardens", "bridges", "cellar"] {
        assert_eq!(s.place(&s.bob, &format!("@{handle} a word"), Visibility::Direct).await, (None, Visibility::Direct));
    }
    let form = Draft { community: Some(s.open.id), ..Draft::new("a word", Visibility::Direct) };
    assert_eq!(s.refused(&s.bob, form).await, (ErrorKind::Invalid, "direct_in_community"));
}

#[tokio::test]
async fn what_cannot_be_done_as_asked_is_refused_with_its_reason() {
    let s = scene().await;
    let two = Draft::new("@gardens hello @cellar", Visibility::Public);
    assert_eq!(s.refused(&s.bob, two).await, (ErrorKind::Invalid, "two_communities"));
    let private = Draft::new("@gardens hello", Visibility::Private);
    assert_eq!(s.refused(&s.bob, private).await, (ErrorKind::Invalid, "private_in_open_community"));
    let starter = s.world.post_in(&s.ada, &s.inner, "inside").await;
    let crossing = answer(starter, "@gardens look at this", Visibility::Public);
    assert_eq!(s.refused(&s.bob, crossing).await, (ErrorKind::Invalid, "reply_crosses_communities"));
    let aside = answer(starter, "between us", Visibility::Direct);
    assert_eq!(s.refused(&s.bob, aside).await, (ErrorKind::Invalid, "reply_leaves_community"));
    let member = Draft { community: Some(s.open.id), ..Draft::new("hello", Visibility::Public) };
    assert_eq!(s.refused(&s.out, member).await, (ErrorKind::Denied, "not_a_member"));
    for closed in [&s.inner] {
        let outside = Draft { community: Some(closed.id), ..Draft::new("hello", Visibility::Public) };
        assert_eq!(s.refused(&s.out, outside).await, (ErrorKind::NotFound, "not_found"));
    }
    assert_eq!(s.refused(&s.out, answer(starter, "hello", Visibility::Public)).await, (ErrorKind::NotFound, "not_found"));
    assert_eq!(s.refused(&s.out, answer(PostId(1), "hello", Visibility::Public)).await, (ErrorKind::NotFound, "not_found"));
    assert_eq!(s.refused(&s.bob, Draft::new("x".repeat(5_001), Visibility::Public)).await.1, "text_too_long");
    assert_eq!(s.refused(&s.bob, Draft::new("  \n ", Visibility::Public)).await.1, "text_blank");
}

#[tokio::test]
async fn the_handle_of_a_hidden_community_is_only_a_word_to_those_outside() {
    let s = scene().await;
    let hidden = s.place(&s.out, "@cellar hello", Visibility::Public).await;
    let nothing = s.place(&s.out, "@nothere hello", Visibility::Public).await;
    assert_eq!(hidden, nothing);
}

#[tokio::test]
async fn a_reply_to_what_is_inside_stays_inside_whatever_is_asked() {
    let s = scene().await;
    for community in [&s.inner, &s.partner] {
        let starter = s.world.post_in(&s.ada, community, "inside").await;
        for asked in [Visibility::Public, Visibility::Unlisted, Visibility::Private] {
            let reply = s.world.publish(&s.bob, answer(starter, "so do I", asked)).await.unwrap();
            let seen = s.world.see(&s.bob.asks, reply).await.unwrap();
            assert_eq!(seen.post.community, Some(community.id));
            assert_eq!(seen.post.audience.visibility(), Visibility::Private);
            assert!(s.world.see(&s.out.asks, reply).await.is_none());
        }
    }
}

#[tokio::test]
async fn whoever_may_not_see_a_post_is_neither_mentioned_in_it_nor_told_of_it() {
    let s = scene().await;
    let pat = s.world.stranger("pat", "p.test").await;
    let starter = s.world.post_in(&s.ada, &s.inner, "for @outsider and @pat@p.test and @bob").await;
    s.world.settle().await;
    let seen = s.world.see(&s.ada.asks, starter).await.unwrap();
    assert_eq!(seen.post.mentions, [s.bob.actor], "{:?}", seen.mentions);
    assert!(!seen.post.html.as_str().contains("p.test/users"), "no link to the stranger's page");
    assert_eq!((s.notified(&s.out).await, s.notified(&s.bob).await), (0, 1));
    assert!(s.world.see(&pat.asks, starter).await.is_none());
    s.world.edit(&s.ada, starter, "for @outsider after all").await.unwrap();
    assert_eq!(s.notified(&s.out).await, 0, "an edit does not tell either");
    assert!(s.world.see(&s.out.asks, starter).await.is_none());
}

#[tokio::test]
async fn an_author_is_warned_of_names_that_will_not_be_told() {
    let s = scene().await;
    let draft = Draft { community: Some(s.inner.id), ..Draft::new("for @outsider and @bob", Visibility::Public) };
    let shown = app::posts::preview(&s.world.hall, &s.ada.asks, &draft).await.unwrap();
    assert_eq!(shown.visibility, Visibility::Private);
    assert_eq!(shown.warnings.len(), 1, "{:?}", shown.warnings);
    assert!(shown.warnings[0].contains("@outsider"));
    assert!(shown.sentence.contains("never leaves"), "{}", shown.sentence);
}

#[tokio::test]
async fn an_edit_changes_the_words_and_never_the_place() {
    let s = scene().await;
    let inner = s.world.post_in(&s.bob, &s.inner, "inside").await;
    let direct = s.world.post(&s.bob, "@ada a word", Visibility::Direct).await;
    for (post, text) in [(inner, "@gardens now outside"), (direct, "@gardens @outsider now for all")] {
        let before = s.world.see(&s.bob.asks, post).await.unwrap().post.audience;
        s.world.edit(&s.bob, post, text).await.unwrap();
        let after = s.world.see(&s.bob.asks, post).await.unwrap().post;
        assert_eq!(after.audience, before);
        assert_eq!(after.source.as_deref(), Some(text));
    }
    assert!(s.world.see(&s.out.asks, inner).await.is_none());
    assert_eq!(s.world.edit(&s.ada, inner, "mine now").await.unwrap_err().kind, ErrorKind::NotFound, "only the author edits");
}

#[tokio::test]
async fn a_closed_post_is_not_boosted_and_an_unseen_one_is_not_there() {
    let s = scene().await;
    for post in [s.world.post_in(&s.ada, &s.inner, "inside").await, s.world.post_in(&s.ada, &s.partner, "between us").await] {
        let refused = app::posts::boost(&s.world.hall, &s.bob.asks, post).await.unwrap_err();
        assert_eq!((refused.kind, refused.code), (ErrorKind::Denied, "not_boostable"));
        let unseen = app::posts::boost(&s.world.hall, &s.out.asks, post).await.unwrap_err();
        let never = app::posts::boost(&s.world.hall, &s.out.asks, PostId(7)).await.unwrap_err();
        assert_eq!(unseen, never);
    }
    let followers = s.world.post(&s.ada, "for followers", Visibility::Private).await;
    assert!(app::posts::boost(&s.world.hall, &s.out.asks, followers).await.is_err());
}

#[tokio::test]
async fn what_happens_inside_moves_no_figure_that_is_seen_outside() {
    let s = scene().await;
    let solo = s.world.person("solo").await;
    s.world.member(&s.inner, solo.actor).await;
    let figures = || async { app::instance::figures(&s.world.hall).await.unwrap() };
    let before = figures().await;
    let starter = s.world.post_in(&solo, &s.inner, "inside #secret").await;
    s.world.reply(&s.bob, starter, "and more #secret").await;
    assert_eq!(figures().await, before);
    let view = app::people::show(&s.world.hall, &s.out.asks, solo.actor).await.unwrap();
    assert_eq!((view.posts_count, view.last_post_at, view.outside), (0, None, false));
    let stranger = s.world.stranger("pat", "p.test").await;
    assert_eq!(app::people::show(&s.world.hall, &stranger.asks, solo.actor).await.unwrap_err().kind, ErrorKind::NotFound);
    let query = app::search::Query { text: "secret".into(), kind: None, resolve: false, limit: 20, offset: 0 };
    let found = app::search::search(&s.world.hall, &s.out.asks, &query).await.unwrap();
    assert!(found.tags.is_empty() && found.posts.is_empty() && found.actors.is_empty());
    let inside = app::search::search(&s.world.hall, &s.bob.asks, &query).await.unwrap();
    assert_eq!(inside.tags, [("secret".to_owned(), 2)]);
}

#[tokio::test]
async fn a_reply_for_few_does_not_move_the_count_of_a_public_post() {
    let s = scene().await;
    let post = s.world.post(&s.ada, "hello", Visibility::Public).await;
    s.world.publish(&s.bob, answer(post, "@ada a word", Visibility::Direct)).await.unwrap();
    assert_eq!(s.world.see(&s.out.asks, post).await.unwrap().post.replies, 0);
    s.world.reply(&s.bob, post, "hello yourself").await;
    assert_eq!(s.world.see(&s.out.asks, post).await.unwrap().post.replies, 1);
}

/// What stands in somebody's Home: (the row's author, what it boosts).
async fn rows(s: &Scene, person: &Person) -> Vec<(String, Option<PostId>)> {
    let home = s.world.home(person).await;
    home.iter().map(|row| (row.author.handle.clone(), row.boost.as_ref().map(|inner| inner.post.id))).collect()
}

#[tokio::test]
async fn home_shows_a_communitys_starter_once_as_its_boost_and_no_replies() {
    let s = scene().await;
    let starter = s.world.post_in(&s.bob, &s.open, "tomatoes").await;
    s.world.reply(&s.ada, starter, "red ones").await;
    s.world.settle().await;
    for person in [&s.ada, &s.bob] {
        assert_eq!(rows(&s, person).await, [("gardens".to_owned(), Some(starter))], "{}", person.handle);
    }
    assert!(rows(&s, &s.out).await.is_empty());
    app::people::follow(&s.world.hall, &s.ada.asks, s.bob.actor).await.unwrap();
    s.world.settle().await;
    let again = rows(&s, &s.ada).await;
    let boosts = again.iter().filter(|(author, _)| author == "gardens").count();
    assert_eq!(boosts, 1, "{again:?}");
}

#[tokio::test]
async fn an_exclusive_list_keeps_its_starters_out_of_home() {
    let s = scene().await;
    let exclusive = |yes| app::communities::list_options(&s.world.hall, &s.bob.asks, s.open.id, Some(yes), None);
    s.world.post_in(&s.ada, &s.open, "before").await;
    s.world.settle().await;
    exclusive(true).await.unwrap();
    assert!(rows(&s, &s.bob).await.is_empty());
    s.world.post_in(&s.ada, &s.open, "meanwhile").await;
    s.world.settle().await;
    assert!(rows(&s, &s.bob).await.is_empty());
    exclusive(false).await.unwrap();
    assert_eq!(rows(&s, &s.bob).await.len(), 2);
}

#[tokio::test]
async fn leaving_takes_a_community_out_of_lists_and_home_at_once() {
    let s = scene().await;
    for community in [&s.open, &s.partner, &s.inner] {
        let starter = s.world.post_in(&s.ada, community, "hello").await;
        s.world.settle().await;
        assert!(s.world.see(&s.bob.asks, starter).await.is_some());
    }
    assert_eq!(rows(&s, &s.bob).await.len(), 3);
    for community in [&s.open, &s.partner, &s.inner] {
        app::communities::leave(&s.world.hall, &s.bob.asks, community.id).await.unwrap();
    }
    assert!(rows(&s, &s.bob).await.is_empty());
    let page = Page::newest(20);
    assert!(app::communities::directory(&s.world.hall, &s.bob.asks, Directory::Mine, &page).await.unwrap().is_empty());
    assert!(app::communities::show(&s.world.hall, &s.bob.asks, s.inner.id).await.is_err(), "not even the door");
    let room = app::timelines::community(&s.world.hall, &s.bob.asks, s.partner.id, Room::All, &page).await.unwrap();
    assert!(room.is_empty(), "the door of a partner community stands open to the hall, its room does not");
}

#[tokio::test]
async fn a_moderator_removes_a_post_and_everybody_else_only_their_own() {
    let s = scene().await;
    let post = s.world.post_in(&s.bob, &s.inner, "hello").await;
    let third = s.world.person("third").await;
    s.world.member(&s.inner, third.actor).await;
    for asks in [&third.asks, &s.out.asks] {
        assert_eq!(app::posts::delete(&s.world.hall, asks, post).await.unwrap_err().kind, ErrorKind::NotFound);
    }
    app::posts::delete(&s.world.hall, &s.ada.asks, post).await.unwrap();
    assert!(s.world.see(&s.bob.asks, post).await.is_none());
}

#[tokio::test]
async fn the_same_key_with_the_same_draft_is_the_same_post() {
    let s = scene().await;
    let publish = |person: &Person, text: &str| {
        let (hall, asks, draft) = (s.world.hall.clone(), person.asks.clone(), Draft::new(text, Visibility::Public));
        async move { app::posts::publish(&hall, &asks, draft, Origin::Here { idempotency_key: Some("k".into()) }).await }
    };
    let (first, second) = tokio::join!(publish(&s.bob, "one"), publish(&s.bob, "one"));
    assert_eq!(first.unwrap(), second.unwrap());
    assert_eq!(publish(&s.bob, "two").await.unwrap_err().code, "idempotency_key_reused");
    publish(&s.ada, "two").await.unwrap();
    assert_eq!(s.world.db.raw().await.number("SELECT COUNT(*) FROM posts").await, 2);
}

#[tokio::test]
async fn a_shared_link_stands_among_the_resources_with_its_note() {
    let s = scene().await;
    let resource = Some(ResourceLink { url: "https://example.org/compost".into(), title: "Compost".into() });
    let draft = Draft { community: Some(s.inner.id), resource, ..Draft::new("good #soil", Visibility::Public) };
    let post = s.world.publish(&s.bob, draft).await.unwrap();
    s.world.post_in(&s.bob, &s.inner, "no link").await;
    let newest = Page::newest(9);
    let page = app::timelines::community(&s.world.hall, &s.ada.asks, s.inner.id, Room::Resources, &newest).await.unwrap();
    let ids: Vec<PostId> = page.into_iter().map(|seen| seen.take(&s.ada.asks).unwrap().post.id).collect();
    assert_eq!(ids, [post]);
    let bad = Some(ResourceLink { url: "javascript:alert(1)".into(), title: String::new() });
    assert_eq!(s.refused(&s.bob, Draft { resource: bad, ..Draft::new("x", Visibility::Public) }).await.1, "link_invalid");
}
