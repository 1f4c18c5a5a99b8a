//! Forms on pages: what somebody wrote is kept whatever happens, and goes nowhere else than they chose.

use app::communities::Directory;
use domain::audience::Visibility;
use domain::page::Page;
use domain::zone::Zone;
use http::Method;
use kit::http::{Answer, Client};
use kit::{Hall, Person};
use serde_json::json;
use url::form_urlencoded::Serializer;

const FORM: [(&str, &str); 1] = [("content-type", "application/x-www-form-urlencoded")];

async fn send(browser: &Client, path: &str, fields: &[(&str, &str)]) -> Answer {
    let form = Serializer::new(String::new()).extend_pairs(fields).finish();
    browser.send(Method::POST, path, &FORM, Some(form.into_bytes())).await
}

async fn start() -> (Hall, Person, Client) {
    let hall = Hall::start("Here").await;
    let ada = hall.person("ada").await;
    let browser = hall.in_browser(&ada).await;
    (hall, ada, browser)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_meant_for_one_of_very_many_communities_stays_there() {
    let (hall, ada, browser) = start().await;
    let mut all = Vec::new();
    for number in 0..82 {
        all.push(hall.community(&ada, &format!("room{number}"), Zone::Internal, &[]).await);
    }
    let mine = app::communities::directory(&hall.hall, &ada.asks, Directory::Mine, &Page::newest(80)).await.unwrap();
    assert_eq!(mine.len(), 80, "not all are in the list");
    for room in [&all[0], &all[81]] {
        let id = room.id.to_string();
        for fixed in ["", "1"] {
            let preview = send(&browser, "/compose/preview", &[("text", "WREN"), ("community", &id), ("fixed", fixed)]).await;
            let page = preview.text();
            assert_eq!(preview.status, 200);
            let kept = [format!("name=\"community\" value=\"{id}\""), format!("<option value=\"{id}\" selected>")];
            assert!(kept.iter().any(|kept| page.contains(kept)), "{id} is kept as the place: {page}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_choice_that_cannot_be_read_is_an_error_and_never_a_public_post() {
    let (hall, ada, browser) = start().await;
    let eve = hall.person("eve").await;
    let hidden = hall.community(&eve, "hidden", Zone::Internal, &[]).await.id.to_string();
    for (name, value) in
        [("community", "all"), ("community", "-1"), ("visibility", "secret"), ("in_reply_to", "x"), ("community", "99")]
    {
        for path in ["/compose", "/compose/preview"] {
            let answer = send(&browser, path, &[("text", "WREN"), (name, value)]).await;
            assert!([404, 422].contains(&answer.status), "{path} {name}={value}: {}", answer.status);
            assert!(answer.text().contains("WREN</textarea>"), "what was written is there again: {path} {name}={value}");
            if name == "community" {
                assert!(answer.text().contains(&format!("<option value=\"{value}\" selected>")), "and no other place is chosen");
            }
        }
    }
    let answer = send(&browser, "/compose", &[("text", "WREN"), ("community", &hidden), ("fixed", "1")]).await;
    assert!(answer.text().contains(&format!("name=\"community\" value=\"{hidden}\"")), "{}", answer.text());
    let written = format!("SELECT COUNT(*) FROM posts WHERE actor_id = {}", ada.actor);
    assert_eq!(hall.db.raw().await.number(&written).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_to_what_is_gone_meanwhile_is_not_thrown_away() {
    let (hall, ada, browser) = start().await;
    let eve = hall.person("eve").await;
    let post = hall.post(&eve, "ask me", Visibility::Public).await;
    app::posts::delete(&hall.hall, &eve.asks, post).await.unwrap();
    let answer = send(&browser, "/compose", &[("text", "a long WREN answer"), ("in_reply_to", &post.to_string())]).await;
    assert_eq!(answer.status, 404);
    let page = answer.text();
    assert!(page.contains("a long WREN answer</textarea>"), "{page}");
    assert!(page.contains("not there any more"), "and why is said: {page}");
    let apps = hall.as_person(&ada);
    let own =
        apps.post("/api/v1/statuses", &json!({"status": "mine", "sensitive": true})).await["id"].as_str().unwrap().to_owned();
    let changed = send(&browser, &format!("/posts/{own}/edit"), &[("text", "mine, better")]).await;
    assert_eq!(changed.status, 303);
    let status = apps.read(&format!("/api/v1/statuses/{own}")).await;
    assert_eq!((&status["sensitive"], &status["spoiler_text"]), (&json!(true), &json!("")), "{status}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_people_say_of_themselves_is_changed_as_they_wrote_it() {
    let (hall, ada, browser) = start().await;
    let note = "I **weld** and [write](https://weld.test/).";
    let apps = hall.as_person(&ada);
    apps.json(Method::PATCH, "/api/v1/accounts/update_credentials", &json!({ "note": note })).await.good("the note");
    assert!(browser.get("/settings/profile").await.text().contains(&format!("{note}</textarea>")));
    let saved = send(&browser, "/settings/profile", &[("name", "Ada L."), ("note", note)]).await;
    assert_eq!(saved.status, 303);
    let me = apps.read("/api/v1/accounts/verify_credentials").await;
    assert_eq!(me["source"]["note"], note);
    assert!(me["note"].as_str().unwrap().contains("<strong>weld</strong>"), "{me}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_pinned_stands_on_a_page_once() {
    let (hall, ada, browser) = start().await;
    let post = hall.post(&ada, "WREN", Visibility::Public).await;
    hall.as_person(&ada).post(&format!("/api/v1/statuses/{post}/pin"), &json!({})).await;
    let page = browser.get("/@ada").await.text();
    assert_eq!(page.matches(&format!("id=\"p{post}\"")).count(), 1, "{page}");
    assert!(!page.contains("You have not written anything yet"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_makes_an_account_comes_back_to_where_they_were() {
    let (hall, ..) = start().await;
    let stranger = hall.anonymous().with("origin", &hall.base);
    let page = stranger.get("/sign-in?return_to=/@gardens").await.text();
    let (_, link) = page.split_once("href=\"/sign-up?return_to=").unwrap_or_else(|| panic!("{page}"));
    assert!(link.starts_with("/%40gardens\""), "{page}");
    let form = stranger.get("/sign-up?return_to=/@gardens").await.text();
    assert!(form.contains("name=\"return_to\" value=\"/@gardens\"") && form.contains("href=\"/sign-in?return_to="), "{form}");
    for (handle, back, to) in [
        ("ben", "/@gardens", "/sign-in?return_to=%2F%40gardens&done=ready"),
        ("cid", "//evil.test", "/sign-in?done=ready"),
        ("dot", "", "/sign-in?done=ready"),
    ] {
        let email = format!("{handle}@x.test");
        let fields = [("handle", handle), ("email", &email), ("password", "a long enough one"), ("return_to", back)];
        let made = send(&stranger, "/sign-up", &fields).await;
        assert_eq!((made.status, made.headers["location"].to_str().unwrap()), (303, to), "{}", made.text());
    }
    let wrong = send(&stranger, "/sign-up", &[("handle", "x"), ("return_to", "/@gardens")]).await;
    assert!(wrong.status == 422 && wrong.text().contains("name=\"return_to\" value=\"/@gardens\""), "{}", wrong.text());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_who_may_delete_a_post_is_asked_whether_they_want_to() {
    let (hall, ada, lead) = start().await;
    let (ben, eve) = (hall.person("ben").await, hall.person("eve").await);
    let room = hall.community(&ada, "gardens", Zone::Open, &[]).await;
    for person in [&ben, &eve] {
        hall.member(&room, person.actor).await;
    }
    let post = hall.post_in(&ben, &room, "hello").await;
    let path = format!("/posts/{post}/delete");
    assert_eq!(lead.get(&path).await.status, 200);
    assert_eq!(hall.in_browser(&ben).await.get(&path).await.status, 200);
    assert_eq!(hall.in_browser(&eve).await.get(&path).await.status, 404);
}
