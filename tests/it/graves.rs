//! What stood at a public address and was deleted is gone there, and says so; of everything else nothing is said.

use crate::stage::Stage;
use domain::audience::Visibility;
use domain::id::PostId;
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
