//! Background jobs: declared or not started, on somebody's behalf, and never a way out for what is inside.

use crate::barrier_scene::Scene;
use crate::stage::Stage;
use app::effects::Wire;
use app::jobs::Job;
use app::registry::{self, JOBS, JobDeclaration};
use domain::audience::Visibility;
use domain::draft::Draft;
use domain::membership::{MembershipState, Role};
use domain::poll::PollDraft;
use domain::time::DAY;
use domain::zone::Zone;
use kit::Hall;
use kit::poll::becomes;
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use store::effects::{Lane, enqueue};
use store::fetches::Kind;
use store::outbox::NewActivity;
use store::{StoreError, deliveries, fetches, memberships, outbox, recipients};
use tokio_util::sync::CancellationToken;

fn names(jobs: impl Iterator<Item = JobDeclaration>) -> BTreeSet<&'static str> {
    jobs.map(|job| job.name).collect()
}

#[tokio::test]
async fn every_declared_job_exists_and_every_job_is_declared() {
    let hall = Hall::without_work("Jobs").await;
    let existing: Vec<JobDeclaration> = hall.assembled.jobs(&CancellationToken::new()).iter().map(Job::declared).collect();
    assert_eq!(names(existing.iter().copied()), names(JOBS.iter().copied()));
    assert_eq!(existing.len(), JOBS.len(), "each once");
    assert!(existing.iter().all(|job| JOBS.contains(job)), "as declared: {existing:?}");
}

/// Where something may be started that goes on by itself, and how often: jobs and the demo's servers, the writer and
/// the intake of the store, connections, and the hands of the jobs that do many things at once and end with them.
const STARTS: [(&str, usize); 7] = [
    ("crates/server/src/connections.rs", 1),
    ("crates/server/src/assemble.rs", 1),
    ("crates/server/src/commands/demo.rs", 2),
    ("crates/store/src/write.rs", 3),
    ("crates/federation/src/settler.rs", 1),
    ("crates/federation/src/inbox/process.rs", 3),
    ("crates/federation/src/outbox/send.rs", 3),
];

#[test]
fn nothing_works_in_the_background_but_a_declared_job() {
    let calls = [["spa", "wn("].concat(), ["spawn", "_local("].concat(), ["JoinS", "et"].concat()];
    for (path, text) in crate::tidy::rust() {
        let Some((code, _)) = path.starts_with("crates/").then(|| text.split_once("#[cfg(test)]").unwrap_or((&text, ""))) else {
            continue;
        };
        let found = code.lines().filter(|line| calls.iter().any(|call| line.contains(call))).count();
        let allowed = STARTS.iter().find(|(known, _)| *known == path).map_or(0, |(_, count)| *count);
        assert_eq!(found, allowed, "{path}: work in the background is an app::jobs::Job, started by server::assemble");
    }
}

#[tokio::test]
async fn a_job_that_panics_begins_again() {
    let begun = Arc::new(AtomicUsize::new(0));
    let count = begun.clone();
    let job = Job::new(registry::INBOX, move || {
        let number = count.fetch_add(1, Ordering::SeqCst);
        async move { assert!(number > 0, "this panic is part of the test") }
    });
    job.run().await;
    assert_eq!(begun.load(Ordering::SeqCst), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_job_sees_what_the_one_it_works_for_sees() {
    let stage = Stage::new().await;
    for job in JOBS {
        match *job {
            registry::HALL_EFFECTS => homes_hold_what_their_owners_may_see(&stage).await,
            registry::POLLS => the_end_of_a_poll_is_told_within_its_room(&stage).await,
            registry::WIRE_EFFECTS => what_is_inside_becomes_no_activity(&stage).await,
            registry::DELIVERIES => what_nobody_there_may_have_is_not_sent(&stage).await,
            registry::INBOX => a_remote_actor_does_nothing_to_what_it_cannot_see(&stage).await,
            registry::FETCHES => what_is_inside_is_asked_for_nowhere(&stage).await,
            other => panic!("show here what “{}” may see", other.name),
        }
    }
}

async fn homes_hold_what_their_owners_may_see(stage: &Stage) {
    let (bob, member) = (stage.hall.person("bob").await, stage.hall.person("member").await);
    stage.hall.member(&stage.inner, member.actor).await;
    for person in [&bob, &member] {
        app::people::follow(&stage.hall.hall, &person.asks, stage.ada.actor).await.unwrap();
    }
    let post = stage.hall.post_in(&stage.ada, &stage.inner, "CNRYhome").await;
    becomes("a member's Home holds it", || async {
        stage.hall.as_person(&member).get("/api/v1/timelines/home").await.shows("CNRYhome")
    })
    .await;
    stage.settled().await;
    // Even if the job had put it there: a Home is read in its owner's scope.
    for (person, sees) in [(&bob, false), (&member, true)] {
        let sql = "INSERT INTO home_entries (account_id, post_id, actor_id) VALUES";
        let row = format!("{sql} ({}, {post}, {}) ON CONFLICT DO NOTHING", person.account, stage.ada.actor);
        stage.hall.db.raw().await.run(&row).await;
        let home = stage.hall.as_person(person).get("/api/v1/timelines/home").await;
        assert_eq!(home.shows("CNRYhome"), sees, "{}", home.text());
    }
}

async fn the_end_of_a_poll_is_told_within_its_room(stage: &Stage) {
    let (stays, leaves) = (stage.hall.person("stays").await, stage.hall.person("leaves").await);
    let poll = Some(PollDraft::new(["CNRYred", "CNRYgreen"], false, false, DAY));
    let draft = Draft { community: Some(stage.inner.id), poll, ..Draft::new("CNRYasked", Visibility::Public) };
    let post = stage.hall.publish(&stage.ada, draft).await.unwrap();
    for person in [&stays, &leaves] {
        stage.hall.member(&stage.inner, person.actor).await;
        app::polls::vote(&stage.hall.hall, &person.asks, post, &[0]).await.unwrap();
    }
    stage.hall.put(&stage.inner, leaves.actor, Role::Member, MembershipState::Left).await;
    let mut raw = stage.hall.db.raw().await;
    raw.run("UPDATE polls SET ends_at = 1, due_at = 1").await;
    becomes("both are told", || async {
        let sql = format!("SELECT COUNT(*) FROM notifications WHERE kind = 'poll' AND post_id = {post}");
        stage.hall.db.raw().await.number(&sql).await == 3
    })
    .await;
    stage.settled().await;
    for (person, sees) in [(&stays, true), (&leaves, false)] {
        let told = stage.hall.as_person(person).get("/api/v1/notifications").await;
        assert_eq!(told.shows("CNRYgreen"), sees, "{}", told.text());
    }
    let kept = format!("SELECT COUNT(*) FROM outbox_activities WHERE post_id = {post}");
    assert_eq!(raw.number(&kept).await, 0, "its count does not leave");
}

async fn what_is_inside_is_asked_for_nowhere(stage: &Stage) {
    // Asked for by hand, as if a use case had made a mistake; and a thread elsewhere that names it.
    let (inside, cellar) =
        (format!("{}/p/{}", stage.hall.base, stage.inside), format!("{}/a/{}", stage.hall.base, stage.inner.actor));
    let mut note = stage.vic.note(&stage.good("/n/read"), "CNRYread");
    note["replies"] = json!(stage.good("/n/read/replies"));
    stage.honest.say("/n/read", &note);
    stage.honest.say("/n/read/replies", &json!({"id": stage.good("/n/read/replies"), "type": "Collection", "items": [inside]}));
    let wanted = [(Kind::Thread, inside.clone()), (Kind::Community, cellar.clone()), (Kind::Thread, stage.good("/n/read"))];
    let ask = stage.hall.store.write(move |tx| {
        Box::pin(async move {
            for (kind, target) in wanted {
                assert!(fetches::ask(tx, kind, &target, &target, None).await?);
            }
            Ok::<_, StoreError>(())
        })
    });
    ask.await.unwrap();
    let waiting = "SELECT COUNT(*) FROM fetch_jobs WHERE state = 'waiting'";
    becomes("all is read", || async { stage.hall.db.raw().await.number(waiting).await == 0 }).await;
    let read = store::posts::id_by_uri(stage.hall.store.read(), &stage.good("/n/read")).await.unwrap();
    assert!(read.is_some(), "what is elsewhere is read");
    for peer in [&stage.honest, &stage.hostile] {
        for seen in peer.seen() {
            let body = String::from_utf8_lossy(&seen.body).into_owned();
            for hidden in [&inside, &cellar] {
                assert!(!seen.path.contains(hidden.as_str()) && !body.contains(hidden.as_str()), "{seen:?}");
            }
        }
    }
    let answers = format!("SELECT COUNT(*) FROM posts WHERE in_reply_to = {}", stage.inside);
    assert_eq!(stage.hall.db.raw().await.number(&answers).await, 0);
}

async fn what_is_inside_becomes_no_activity(stage: &Stage) {
    // Its consequences are queued by hand, as if a use case had made a mistake.
    let (post, by) = (stage.inside, stage.ada.actor);
    for wire in
        [Wire::Published { post }, Wire::Edited { post, at: 1 }, Wire::Boosted { boost: post }, Wire::Deleted { post, by }]
    {
        let payload = serde_json::to_string(&wire).unwrap();
        stage.hall.store.write(move |tx| Box::pin(async move { enqueue(tx, Lane::Wire, "", &payload).await })).await.unwrap();
    }
    let (public, _) = stage.public_post("CNRYwire").await;
    stage.settled().await;
    let mut raw = stage.hall.db.raw().await;
    let kept = |post| format!("SELECT COUNT(*) FROM outbox_activities WHERE post_id = {post}");
    assert_eq!(raw.number(&kept(post)).await, 0);
    assert!(raw.number(&kept(public)).await > 0, "the job does write out what may leave");
}

async fn what_nobody_there_may_have_is_not_sent(stage: &Stage) {
    stage.mal.get(&format!("{}/p/7", stage.hall.base)).await;
    let mal = store::actors::id_by_uri(stage.hall.store.read(), &stage.mal.uri).await.unwrap().unwrap();
    let shared = stage.hall.community(&stage.ada, "bridges", Zone::Partner, &[stage.hostile.host.as_str()]).await;
    for (number, still_in) in [(1, false), (2, true)] {
        stage.hall.put(&shared, mal, Role::Member, MembershipState::Active).await;
        let (community, actor) = (shared.id, shared.actor);
        let uri = format!("{}/x/test/{number}", stage.hall.base);
        let body = json!({"id": uri, "type": "Announce", "content": format!("CNRYsent{number}")}).to_string();
        let new = NewActivity {
            uri,
            actor,
            kind: "Announce".into(),
            post: None,
            community: Some(community),
            object_uri: None,
            body,
            public: false,
        };
        // Queued while mal is a member, who then leaves before it is sent.
        let queued = stage.hall.store.write(move |tx| {
            Box::pin(async move {
                let row = outbox::keep(tx, &new).await?;
                let members = recipients::members(tx, community, None).await?;
                deliveries::enqueue(tx, row, &members).await?;
                if !still_in {
                    memberships::set_state(tx, community, mal, MembershipState::Left).await?;
                }
                Ok::<_, StoreError>(members.inboxes().count())
            })
        });
        assert_eq!(queued.await.unwrap(), 1);
        becomes("the delivery is dealt with", || async {
            stage.hall.db.raw().await.number("SELECT COUNT(*) FROM deliveries WHERE state = 'waiting'").await == 0
        })
        .await;
    }
    let arrived = |number: u32| {
        let letters = format!("CNRYsent{number}");
        stage.hostile.delivered().iter().any(|activity| activity.to_string().contains(&letters))
    };
    assert!(!arrived(1) && arrived(2), "what a member may have arrives, and nothing else");
}

async fn a_remote_actor_does_nothing_to_what_it_cannot_see(stage: &Stage) {
    let inside = format!("{}/p/{}", stage.hall.base, stage.inside);
    for (number, kind) in ["Like", "Announce", "Delete", "Update", "Follow", "Join", "EmojiReact"].into_iter().enumerate() {
        let activity = stage.vic.does(kind, &stage.good(&format!("/on-inside/{number}")), &json!(inside));
        stage.in_vain(&stage.vic, &activity).await;
    }
    let (post, uri) = stage.public_post("CNRYpublic").await;
    stage.vic.post(&stage.inbox(), &stage.vic.does("Like", &stage.good("/on-public"), &json!(uri))).await;
    stage.settled().await;
    let sql = format!("SELECT COUNT(*) FROM favourites WHERE post_id = {post}");
    assert_eq!(stage.hall.db.raw().await.number(&sql).await, 1, "the job does take what may be done");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_every_job_nothing_from_inside_waits_for_or_reached_the_outside() {
    let scene = Scene::new().await;
    let lead = &scene.people[0];
    for placed in &scene.placed {
        scene.hall.edit(lead, placed.starter, &format!("ROOM{} changed", placed.word)).await.unwrap();
        app::posts::delete(&scene.hall.hall, &scene.people[1].asks, placed.reply).await.unwrap();
    }
    becomes("every job has nothing left to do", || async {
        let sql = "SELECT (SELECT COUNT(*) FROM effects WHERE state = 'waiting') + \
            (SELECT COUNT(*) FROM deliveries WHERE state = 'waiting' AND attempts = 0)";
        scene.hall.db.raw().await.number(sql).await == 0
    })
    .await;
    let mut raw = scene.hall.db.raw().await;
    let mut outside: String = raw.rows("SELECT uri, body FROM outbox_activities").await.concat().join("\n");
    for peer in &scene.peers {
        for seen in peer.seen() {
            outside.push_str(&seen.path);
            outside.push_str(&String::from_utf8_lossy(&seen.body));
        }
    }
    for placed in &scene.placed {
        let inside = placed.word.starts_with("in");
        for letters in [format!("ROOM{}", placed.word), format!("/a/{}\"", placed.community.actor)] {
            assert_eq!(outside.contains(&letters), !inside, "{letters}");
        }
        assert!(!(inside && outside.contains(&format!("door{}", placed.word))), "the handle of {}", placed.word);
        for id in [placed.starter, placed.reply] {
            assert!(!(inside && outside.contains(&id.to_string())), "{id} of {}", placed.word);
        }
    }
}
