//! What stood at a public address and was deleted is gone there, and says so; a like stands at its address as long as it
//! stands. Of everything else nothing is said.

use crate::stage::Stage;
use domain::audience::Visibility;
use domain::id::PostId;
use kit::poll::becomes;
use serde_json::json;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_where_everybody_could_read_it_stands_a_tombstone() {
    let stage = Stage::new().await;
    let at = |post: PostId| format!("{}/p/{post}", stage.hall.base);
    let public = stage.hall.post(&stage.ada, "CNRYpublic", Visibility::Public).await;
    let open = stage.hall.post_in(&stage.ada, &stage.open, "CNRYopen").await;
    let private = stage.hall.post(&stage.ada, "CNRYprivate", Visibility::Private).await;
    let inside = stage.hall.post_in(&stage.ada, &stage.inner, "CNRYinside").await;
    let never = stage.vic.get(&at(PostId(7))).await.comparable();
    for post in [public, open, private, inside] {
        app::posts::delete(&stage.hall.hall, &stage.ada.asks, post).await.unwrap();
    }
    for post in [public, open] {
        for reader in [&stage.vic, &stage.mal] {
            let grave = reader.get(&at(post)).await;
            let value = grave.value();
            assert_eq!((grave.status, &value["type"], &value["id"]), (410, &json!("Tombstone"), &json!(at(post))), "{value}");
            assert!(value["deleted"].is_string() && !value.to_string().contains("CNRY"), "{value}");
        }
    }
    for post in [private, inside] {
        assert_eq!(stage.vic.get(&at(post)).await.comparable(), never, "as what never was");
    }
    let page = stage.hall.anonymous().get(&format!("/p/{public}")).await;
    assert_eq!(page.status, 404, "for people there is no such page");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_like_is_readable_at_its_id_as_long_as_it_stands_and_only_of_what_everybody_can_read() {
    let stage = Stage::new().await;
    let client = stage.client();
    stage.known_note("/n/public", "CNRYpublic").await;
    let mut private = stage.vic.note(&stage.good("/n/private"), "CNRYprivate");
    (private["to"], private["cc"]) = (json!([format!("{}/followers", stage.vic.uri)]), json!([]));
    stage.honest.say("/n/private", &private);
    assert_eq!(stage.vic.post(&stage.inbox(), &stage.vic.creates(&private)).await.status, 202);
    for (path, public) in [("/n/public", true), ("/n/private", false)] {
        let uri = stage.good(path);
        let here = async || store::posts::id_by_uri(stage.hall.store.read(), &uri).await.unwrap();
        becomes("the note is here", async || here().await.is_some()).await;
        let post = here().await.unwrap().id;
        client.post(&format!("/api/v1/statuses/{post}/favourite"), &json!({})).await;
        let like = || stage.honest.delivered().into_iter().find(|one| one["type"] == "Like" && one["object"] == uri.as_str());
        becomes("the like comes", async || like().is_some()).await;
        let id = like().unwrap()["id"].as_str().unwrap().to_owned();
        for reader in [&stage.vic, &stage.mal] {
            assert_eq!(reader.get(&id).await.status, if public { 200 } else { 404 }, "{path}");
        }
        client.post(&format!("/api/v1/statuses/{post}/unfavourite"), &json!({})).await;
        assert_eq!(stage.vic.get(&id).await.status, 404, "it was taken back");
    }
}
