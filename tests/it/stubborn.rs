//! What a host never takes holds up nothing else that it is sent.

use crate::stage::Stage;
use domain::audience::Visibility;
use kit::poll::becomes;
use serde_json::json;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_inbox_that_always_fails_is_no_matter_of_the_host() {
    let stage = Stage::new().await;
    let ada = format!("{}/a/{}", stage.hall.base, stage.ada.actor);
    let follow = stage.vic.does("Follow", &stage.good("/follow/ada"), &json!(ada));
    assert_eq!(stage.vic.post(&stage.inbox(), &follow).await.status, 202);
    stage.known_note("/n/1", "CNRYliked").await;
    stage.settled().await;
    let liked = store::posts::id_by_uri(stage.hall.store.read(), &stage.good("/n/1")).await.unwrap().unwrap().id;
    // A reaction goes to its author's own inbox, a post to the one that all of a server share.
    stage.honest.answer("/users/vic/inbox", 500, "text/plain", b"Unknown Error".to_vec());
    stage.client().post(&format!("/api/v1/statuses/{liked}/favourite"), &json!({})).await;
    let mut raw = stage.hall.db.raw().await;
    let host = &stage.honest.host;
    let attempts = format!("SELECT COALESCE(MAX(attempts), 0) FROM deliveries WHERE host = '{host}' AND state = 'waiting'");
    for tries in 1..=8 {
        becomes("it was tried", async || stage.hall.db.raw().await.number(&attempts).await >= tries).await;
        if tries < 8 {
            raw.run(&format!("UPDATE deliveries SET due_at = 1 WHERE host = '{host}' AND state = 'waiting'")).await;
            raw.run(&format!("UPDATE instances SET due_at = 1, open_until = 0 WHERE host = '{host}'")).await;
        }
    }
    let open = format!("SELECT open_until FROM instances WHERE host = '{host}'");
    assert_eq!(raw.number(&open).await, 0, "the host is not shut for it");
    for text in ["CNRYfirst", "CNRYsecond"] {
        stage.hall.post(&stage.ada, text, Visibility::Public).await;
        becomes("it comes at once", async || stage.honest.delivered().iter().any(|one| one.to_string().contains(text))).await;
    }
    assert_eq!(raw.number(&attempts).await, 8, "and that one still waits");
}
