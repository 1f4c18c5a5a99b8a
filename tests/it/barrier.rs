//! The information barrier: every declared route × everybody × communities of each kind.
//!
//! No canary reaches whoever may not see it; what may not be seen answers byte for byte like what never was;
//! and every route that can show something does show it to somebody, so that nothing passes by being broken.
//! The answers are kept in `golden/barrier.txt`; `UPDATE_GOLDEN=1` writes it anew.

use crate::barrier_scene::{EVERYBODY, Placed, Scene, WORDS, Who};
use crate::barrier_targets::{Body, Names, Target, targets};
use app::registry::{AudienceClass, Route};
use kit::Answer;
use std::collections::BTreeMap;
use std::fmt::Write;

/// Ends the sessions that the other cells ask with, or makes something that is not about a community.
const LEFT_OUT: &[&str] = &["/sign-out", "/oauth/revoke"];

/// Routes whose answer never shows what they are about, and why.
const SHOWS_NOTHING: &[(&str, &str)] = &[
    ("/communities/{id}/join", "leads to the page"),
    ("/communities/{id}/leave", "leads to the page"),
    ("/posts/{id}/{act}", "leads to the page"),
    ("/posts/{id}/vote", "leads to the page"),
    ("/posts/{id}/delete", "leads to the page"),
    ("/api/v1/reports", "names posts by their ids"),
    ("/a/{id}/followers", "tells only how many"),
    ("/a/{id}/following", "tells only how many"),
    ("/a/{id}/moderators", "names people by their ids"),
    ("/a/{id}/featured", "names posts by their ids"),
    ("/p/{id}/announce", "names the post by its id"),
    ("/p/{id}/replies", "names posts by their ids"),
    ("/p/{id}/context", "names posts by their ids"),
    ("/p/{id}/delete", "of what is deleted there is nothing to show"),
    ("/api/v1/statuses/{id}/favourited_by", "nobody reacted"),
    ("/api/v1/statuses/{id}/reblogged_by", "nobody boosted"),
    ("/x/{verb}/{key}", "acts towards other halls, of which there are none here"),
    ("/api/guildhall/v1/communities/{id}/requests/{actor_id}/{decision}", "answers with nothing"),
];

/// Where people are shown, their handles are what shows.
const SHOWS_PEOPLE: &[(&str, &str)] = &[
    ("/api/guildhall/v1/communities/{id}/members", "member_here"),
    ("/api/guildhall/v1/communities/{id}/requests", "pend_here"),
    ("/api/v1/accounts/{id}/followers", "bob_here"),
    ("/api/v1/accounts/{id}/following", "bob_here"),
];

/// What one answer shows of a community.
fn shown(answer: &Answer, word: &str) -> (bool, bool) {
    (answer.shows(&format!("room{word}")), answer.shows(&format!("door{word}")))
}

struct Walk {
    scene: Scene,
    broken: Vec<String>,
    /// Route → cell of each principal.
    table: BTreeMap<String, Vec<(Who, String)>>,
    /// Routes that showed what they can show.
    lively: BTreeMap<String, bool>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_reaches_whoever_may_not_see_it_and_the_unseen_is_like_what_never_was() {
    let scene = Scene::new().await;
    let routes = scene.hall.assembled.declarations();
    let mut walk = Walk { scene, broken: Vec::new(), table: BTreeMap::new(), lively: BTreeMap::new() };
    // What reads comes first, so that what changes something changes none of its answers.
    let (reading, changing): (Vec<Route>, Vec<Route>) = routes.iter().partition(|route| route.method == "GET");
    for route in reading.iter().chain(&changing).filter(|route| !LEFT_OUT.contains(&route.path)) {
        walk.route(route).await;
    }
    let dead: Vec<&String> = walk.lively.iter().filter(|(_, lively)| !**lively).map(|(name, _)| name).collect();
    let golden = compare_with_golden(&walk.table);
    assert!(walk.broken.is_empty(), "\n{}", walk.broken.join("\n"));
    assert!(dead.is_empty(), "these routes never showed what they can show: {dead:#?}");
    assert_eq!(golden, Ok(()));
}

impl Walk {
    async fn route(&mut self, route: &Route) {
        let name = format!("{} {}", route.method, route.path);
        let mut cells = Vec::new();
        for who in EVERYBODY.into_iter().filter(|who| who.asks(route.surface)) {
            let mut cell = String::new();
            for (index, word) in WORDS.iter().enumerate() {
                let codes = self.cell(route, who, index).await;
                write!(cell, " {word}={codes}").unwrap();
            }
            cells.push((who, cell));
        }
        if matches!(route.audience, AudienceClass::Door | AudienceClass::Room) {
            self.lively.entry(name.clone()).or_insert(SHOWS_NOTHING.iter().any(|(path, _)| *path == route.path));
        }
        self.table.insert(name, cells);
    }

    async fn cell(&mut self, route: &Route, who: Who, index: usize) -> String {
        let changes = route.method != "GET";
        let word = self.scene.placed[index].word;
        // Whoever may act acts on something of their own; whoever may not is tried on the lead's.
        let acts = changes && matches!(who, Who::Member | Who::Lead);
        if changes && !acts && who.sees_room(word) {
            return "·".into();
        }
        let post = if acts && route.path.contains("{id}") {
            self.scene.fresh(who, &self.scene.placed[index]).await
        } else {
            self.scene.placed[index].starter
        };
        let host = self.scene.hall.host.clone();
        let mut codes = Vec::new();
        for target in targets(route, &self.scene.placed[index], post, &host) {
            let answer = self.scene.ask(who, route, &target.path, &target.body).await;
            codes.push(self.judge(route, who, index, &target, &answer).await);
            if changes && answer.status < 400 {
                self.scene.restore().await;
            }
        }
        codes.dedup();
        codes.join("/")
    }

    /// Checks one answer; gives its code: the status, and R or D for what it shows.
    async fn judge(&mut self, route: &Route, who: Who, index: usize, target: &Target, answer: &Answer) -> String {
        let placed: &Placed = &self.scene.placed[index];
        let word = placed.word;
        let place = format!("{} {} for {who:?} about {word}", route.method, target.path);
        let (room, mut door) = shown(answer, word);
        // What was asked for may be said again; it was known before.
        let asked_for = target.path.contains(&format!("door{word}"))
            || matches!(&target.body, Body::Json(text) | Body::Form(text) if text.contains(&format!("door{word}")));
        if room && !who.sees_room(word) {
            self.broken.push(format!("{place}: shows the room: {}", excerpt(answer, &format!("room{word}"))));
        }
        if door && !who.sees_door(word) && !asked_for {
            self.broken.push(format!("{place}: shows the door: {}", excerpt(answer, &format!("door{word}"))));
        }
        let unseen = match target.names {
            Names::Door => !who.sees_door(word),
            Names::Room => !who.sees_room(word),
            Names::Report => who != Who::Lead,
            Names::Nothing => false,
        };
        if unseen {
            let never = self.scene.ask(who, route, &target.never.0, &target.never.1).await;
            let (real, never) = (neutral(answer, target), neutral(&never, target));
            if real != never {
                self.broken.push(format!("{place}: differs from what never was\n  real  {real:?}\n  never {never:?}"));
            }
            door = false;
        }
        let people = SHOWS_PEOPLE.iter().find(|(path, _)| *path == route.path);
        let lively = match people {
            Some((_, letters)) => answer.shows(letters),
            None => room || (door && (route.audience == AudienceClass::Door || route.path == "/search")),
        };
        if (200..400).contains(&answer.status) && lively {
            self.lively.insert(format!("{} {}", route.method, route.path), true);
        }
        format!(
            "{}{}",
            answer.status,
            if room {
                "R"
            } else if door {
                "D"
            } else {
                ""
            }
        )
    }
}

/// An answer without what was asked for, real or never.
fn neutral(answer: &Answer, target: &Target) -> (u16, Vec<(String, String)>, String) {
    let (status, mut headers, mut body) = answer.comparable();
    for (real, never) in &target.words {
        for word in [real, never] {
            body = body.replace(word.as_str(), "•");
            for (_, value) in &mut headers {
                *value = value.replace(word.as_str(), "•");
            }
        }
    }
    (status, headers, body)
}

fn excerpt(answer: &Answer, word: &str) -> String {
    let text = answer.text().to_lowercase();
    let Some(at) = text.find(word) else { return "in a header".into() };
    text.chars().skip(text[..at].chars().count().saturating_sub(60)).take(120).collect()
}

/// The table as text: one block per route, principals with equal cells on one line.
fn drawn(table: &BTreeMap<String, Vec<(Who, String)>>) -> String {
    let mut text = String::from(
        "What each route answers to whom, about a hidden community (int), one with a door to the hall (inh), one\n\
         shared with a partner (shr) and an open one (opn): the status, R where the room's canary is shown, D\n\
         where the door's; several ways to ask are separated by a slash, · is not tried.\n",
    );
    for (route, cells) in table {
        write!(text, "\n{route}\n").unwrap();
        let mut lines: Vec<(String, Vec<String>)> = Vec::new();
        for (who, cell) in cells {
            let who = format!("{who:?}").to_lowercase();
            match lines.iter_mut().find(|(known, _)| known == cell) {
                Some((_, names)) => names.push(who),
                None => lines.push((cell.clone(), vec![who])),
            }
        }
        for (cell, names) in lines {
            writeln!(text, " {cell}  {}", names.join(" ")).unwrap();
        }
    }
    text
}

fn compare_with_golden(table: &BTreeMap<String, Vec<(Who, String)>>) -> Result<(), String> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/it/golden/barrier.txt");
    let text = drawn(table);
    #[expect(clippy::disallowed_methods, reason = "the switch that writes the table anew")]
    if std::env::var("UPDATE_GOLDEN").is_ok() {
        std::fs::create_dir_all(concat!(env!("CARGO_MANIFEST_DIR"), "/it/golden")).unwrap();
        std::fs::write(path, &text).unwrap();
        return Ok(());
    }
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    let news: Vec<&str> = text.lines().filter(|line| !kept.lines().any(|known| known == *line)).collect();
    if kept == text { Ok(()) } else { Err(format!("golden/barrier.txt differs; new lines: {news:#?}")) }
}
