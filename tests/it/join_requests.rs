//! Requests to follow and to join, as one list.

use domain::membership::{MembershipState, Role};
use domain::page::Page;
use domain::zone::{Door, JoinPolicy, Zone};
use kit::World;

#[tokio::test]
async fn every_request_is_on_exactly_one_page_in_whatever_order_they_were_made() {
    let world = World::new().await;
    let ada = world.person("ada").await;
    let clubs = [
        world.community_with(&ada, "one", Zone::Open, Door::Hall, JoinPolicy::Request, &[]).await,
        world.community_with(&ada, "two", Zone::Open, Door::Hall, JoinPolicy::Request, &[]).await,
    ];
    let mut people = Vec::new();
    for number in 0..9 {
        people.push(world.person(&format!("person{number}")).await);
    }
    // The latest acquaintance asks first, and some ask twice.
    for (number, person) in people.iter().enumerate().rev() {
        world.put(&clubs[number % 2], person.actor, Role::Member, MembershipState::Pending).await;
        if number % 3 == 0 {
            world.put(&clubs[(number + 1) % 2], person.actor, Role::Member, MembershipState::Pending).await;
        }
    }
    world.db.raw().await.run("UPDATE memberships SET asked_at = -actor_id").await;
    let asked = world.community_with(&people[0], "theirs", Zone::Open, Door::Hall, JoinPolicy::Request, &[]).await;
    world.put(&asked, people[1].actor, Role::Member, MembershipState::Pending).await;

    let mut expected: Vec<_> = people.iter().map(|person| person.actor).collect();
    expected.sort_unstable_by(|a, b| b.cmp(a));
    let (mut found, mut page) = (Vec::new(), Page { limit: 2, ..Page::newest(2) });
    loop {
        let some = app::people::follow_requests(&world.hall, &ada.asks, &page).await.unwrap();
        let Some(last) = some.last() else { break };
        page.max_id = Some(last.id.0);
        found.extend(some.iter().map(|actor| actor.id));
    }
    assert_eq!(found, expected);
    let above = Page { min_id: Some(expected[8].0), ..Page::newest(3) };
    let above = app::people::follow_requests(&world.hall, &ada.asks, &above).await.unwrap();
    assert_eq!(above.iter().map(|actor| actor.id).collect::<Vec<_>>(), expected[5..8], "the stretch directly above");
    let oldest = app::communities::requests(&world.hall, &ada.asks, None, 1).await.unwrap();
    let oldest = oldest.into_iter().next().unwrap().1.take(&ada.asks).unwrap();
    assert_eq!(oldest.actor.id, people[8].actor, "on pages who waits longest comes first");

    app::people::decide_follow(&world.hall, &ada.asks, people[0].actor, true).await.unwrap();
    for club in &clubs {
        let standing = store::memberships::standing(world.store.read(), club.id, people[0].actor).await.unwrap();
        assert!(standing.unwrap().is_active(), "everything they ask of her is answered");
    }
}
