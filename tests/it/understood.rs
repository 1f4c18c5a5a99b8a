//! What follows from what was understood: likes with ids of their own, locked threads, and who favourited.

use app::Requester;
use domain::audience::Visibility;
use domain::draft::Draft;
use domain::page::Page;
use kit::World;

#[tokio::test]
async fn a_like_given_again_is_another_act() {
    let world = World::new().await;
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    let post = world.post(&ada, "hello", Visibility::Public).await;
    let mut seen = Vec::new();
    for _ in 0..2 {
        app::posts::favourite(&world.hall, &ben.asks, post).await.unwrap();
        seen.extend(world.db.raw().await.rows("SELECT uri FROM favourites").await);
        app::posts::unfavourite(&world.hall, &ben.asks, post).await.unwrap();
    }
    assert_eq!(seen.len(), 2);
    assert_ne!(seen[0], seen[1], "peers take a repeated id for the same act");
}

#[tokio::test]
async fn a_locked_thread_takes_no_answers_anywhere_in_it() {
    let world = World::new().await;
    let ada = world.person("ada").await;
    let root = world.post(&ada, "hello", Visibility::Public).await;
    let answer = world.reply(&ada, root, "first").await;
    world.db.raw().await.run(&format!("UPDATE posts SET locked_at = 1 WHERE id = {root}")).await;
    for parent in [root, answer] {
        let draft = Draft { in_reply_to: Some(parent), ..Draft::new("late", Visibility::Public) };
        assert_eq!(world.publish(&ada, draft).await.unwrap_err().code, "locked");
    }
}

#[tokio::test]
async fn who_favourited_and_boosted_is_told_to_whoever_may_see_the_post_and_know_them() {
    let world = World::new().await;
    let (ada, ben, eve) = (world.person("ada").await, world.person("ben").await, world.person("eve").await);
    let post = world.post(&ada, "hello", Visibility::Public).await;
    for person in [&ben, &eve] {
        app::posts::favourite(&world.hall, &person.asks, post).await.unwrap();
    }
    app::posts::boost(&world.hall, &ben.asks, post).await.unwrap();
    let names = async |asks: &Requester, boosts: bool, page: Page| {
        let people = app::posts::people(&world.hall, asks, post, boosts, &page).await.unwrap();
        people.iter().map(|person| person.handle.clone()).collect::<Vec<_>>()
    };
    assert_eq!(names(&ada.asks, false, Page::newest(40)).await, ["eve", "ben"]);
    assert_eq!(names(&ada.asks, true, Page::newest(40)).await, ["ben"]);
    let next = Page { max_id: Some(eve.actor.0), ..Page::newest(1) };
    assert_eq!(names(&ada.asks, false, next).await, ["ben"]);
    assert_eq!(names(&Requester::anonymous(), false, Page::newest(40)).await, ["ben"], "eve acted only inside");
    let direct = world.post(&ada, "for me", Visibility::Direct).await;
    assert!(app::posts::people(&world.hall, &ben.asks, direct, false, &Page::newest(40)).await.is_err());
}
