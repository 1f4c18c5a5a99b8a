//! The paths that can name a thing of a community, and the same paths for what never was.

use crate::barrier_scene::{NEVER, Placed};
use app::registry::{Route, Surface};
use domain::id::PostId;
use serde_json::json;

/// What is sent along.
#[derive(Debug, Clone)]
pub enum Body {
    None,
    Json(String),
    Form(String),
}

/// What a path names, and so who may learn that it is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Names {
    /// The community itself.
    Door,
    /// Something in its room.
    Room,
    /// A report, which is for its leads alone.
    Report,
    /// Nothing hidden; but nothing of it may be shown either.
    Nothing,
}

/// One way to ask a route about a community, and the same about what never was.
pub struct Target {
    pub names: Names,
    pub path: String,
    pub body: Body,
    pub never: (String, Body),
    /// What differs between the two, real and never.
    pub words: Vec<(String, String)>,
}

/// How a route is asked about a community. `post` is what post ids in it stand for.
pub fn targets(route: &Route, placed: &Placed, post: PostId, host: &str) -> Vec<Target> {
    let door = format!("door{}", placed.word);
    let tag = format!("tag{}", placed.word);
    let (community, actor) = (placed.community.id.to_string(), placed.community.actor.to_string());
    let (lead, asker) = (placed.lead.to_string(), placed.asker.to_string());
    let (never_id, never_door, never_tag) = (NEVER[2].to_owned(), NEVER[0].to_owned(), NEVER[1].to_owned());
    let post_words = || vec![(post.to_string(), never_id.clone())];
    let door_words =
        || vec![(community.clone(), never_id.clone()), (actor.clone(), never_id.clone()), (door.clone(), never_door.clone())];
    let id_of_actor = ["/accounts/{id}", "/a/{id}", "/people/{id}"].iter().any(|part| route.path.contains(part));
    let id_of_post = ["/statuses/{id}", "/p/{id}", "/posts/{id}", "/polls/{id}"].iter().any(|part| route.path.contains(part));
    let path = route
        .path
        .replace("{actor}", &asker)
        .replace("{actor_id}", &asker)
        .replace("{decision}", "authorize")
        .replace("{act}", "favourite");
    let (path, names, words) = if path.starts_with("/@{handle}/{id}") {
        (path.replace("{handle}", "lead_here").replace("{id}", &post.to_string()), Names::Room, post_words())
    } else if path.contains("{handle}") {
        (path.replace("{handle}", &door), Names::Door, door_words())
    } else if path.contains("{hashtag}") || path.contains("{tag}") || path.ends_with("/tags/{name}") {
        let path = path.replace("{hashtag}", &tag).replace("{tag}", &tag).replace("{name}", &tag);
        (path, Names::Room, vec![(tag.clone(), never_tag)])
    } else if path.contains("/notifications/{id}") {
        (
            path.replace("{id}", &placed.notification),
            Names::Room,
            vec![(placed.notification.clone(), "9".repeat(placed.notification.len()))],
        )
    } else if path.contains("/reports/{report}") {
        let report = placed.report.to_string();
        (path.replace("{report}", &report), Names::Report, vec![(report, NEVER[2].to_owned())])
    } else if path.contains("/x/{verb}/{key}") || path.contains("/announce") {
        return activities(route, placed);
    } else if path.contains("/follow_requests/{id}") {
        (path.replace("{id}", &asker), Names::Nothing, Vec::new())
    } else if id_of_actor {
        let mut all = vec![target(Names::Door, path.replace("{id}", &actor), body(route, placed, post), door_words())];
        for more in ["?page=true".to_owned(), format!("?is_follower={}", placed.pat)] {
            if route.surface == Surface::Federation && route.method == "GET" {
                all.push(target(Names::Door, path.replace("{id}", &actor) + &more, Body::None, door_words()));
            }
        }
        if route.method == "GET" {
            all.push(target(Names::Nothing, path.replace("{id}", &lead), Body::None, Vec::new()));
        }
        return all;
    } else if id_of_post && route.surface == Surface::Federation {
        let gone = path.replace("{id}", &placed.gone.to_string());
        let path = path.replace("{id}", &post.to_string()).replace("{quote}", &placed.quote);
        let mut all: Vec<Target> =
            ["", "?page=true"].map(|more| target(Names::Room, format!("{path}{more}"), Body::None, post_words())).into();
        // That something is gone is told of what everybody could see, and of nothing else.
        all.push(target(Names::Room, gone, Body::None, vec![(placed.gone.to_string(), NEVER[2].to_owned())]));
        return all;
    } else if id_of_post {
        (path.replace("{id}", &post.to_string()), Names::Room, post_words())
    } else if path.contains("{id}") {
        (path.replace("{id}", &community), Names::Door, door_words())
    } else {
        return queries(route, placed, post, host);
    };
    vec![target(names, path, body(route, placed, post), words)]
}

fn target(names: Names, path: String, body: Body, words: Vec<(String, String)>) -> Target {
    let swap = |text: &str| words.iter().fold(text.to_owned(), |text, (real, never)| text.replace(real.as_str(), never));
    let never_body = match &body {
        Body::None => Body::None,
        Body::Json(text) => Body::Json(swap(text)),
        Body::Form(text) => Body::Form(swap(text)),
    };
    Target { names, never: (swap(&path), never_body), path, body, words }
}

fn activities(route: &Route, placed: &Placed) -> Vec<Target> {
    let fits = |path: &&String| match route.path {
        "/x/{verb}/{key}" => path.starts_with("/x/"),
        "/p/{id}/announce" => path.ends_with("/announce"),
        _ => path.contains("/announce/"),
    };
    let words = |path: &str| {
        let numbers = path.split(|c: char| !c.is_ascii_digit()).filter(|part| part.len() > 15);
        numbers.map(|number| (number.to_owned(), NEVER[2].to_owned())).collect::<Vec<_>>()
    };
    let mut paths: Vec<String> = placed.activities.iter().filter(fits).cloned().collect();
    if paths.is_empty() {
        // What stays inside has no activities; where they would be there is nothing.
        let path = route.path.replace("{id}", &placed.starter.to_string()).replace("{what}", "create");
        paths.push(path.replace("{verb}", "like").replace("{key}", &placed.starter.to_string()));
    }
    paths.into_iter().map(|path| target(Names::Room, path.clone(), Body::None, words(&path))).collect()
}

/// Routes without a parameter in their path.
fn queries(route: &Route, placed: &Placed, post: PostId, host: &str) -> Vec<Target> {
    let (door, tag) = (format!("door{}", placed.word), format!("tag{}", placed.word));
    let (community, actor) = (placed.community.id.to_string(), placed.community.actor.to_string());
    let at_door = |query: String| {
        let words = vec![(actor.clone(), NEVER[2].to_owned()), (door.clone(), NEVER[0].to_owned())];
        target(Names::Door, format!("{}?{query}", route.path), Body::None, words)
    };
    let in_room = |query: String| {
        let words = vec![(post.to_string(), NEVER[2].to_owned()), (tag.clone(), NEVER[1].to_owned())];
        target(Names::Room, format!("{}?{query}", route.path), Body::None, words)
    };
    match route.path {
        "/api/v2/search" | "/search" => vec![
            at_door(format!("q={door}")),
            at_door(format!("q=%40{door}%40{host}&resolve=true")),
            in_room(format!("q=%23{tag}")),
            in_room(format!("q=http://{host}/p/{post}&resolve=true")),
            in_room(format!("q=http://{host}/@lead_here/{post}&resolve=true")),
        ],
        "/api/v1/accounts/search" | "/communities/find" => {
            vec![at_door(format!("q={door}")), at_door(format!("q=%40{door}%40{host}"))]
        }
        "/api/v1/accounts/lookup" | "/api/guildhall/v1/communities/lookup" => vec![at_door(format!("acct={door}"))],
        "/api/v1/accounts/relationships" => vec![at_door(format!("id[]={actor}"))],
        "/.well-known/webfinger" => {
            vec![at_door(format!("resource=acct:{door}@{host}")), at_door(format!("resource=http://{host}/a/{actor}"))]
        }
        "/api/v1/statuses" if route.method == "GET" => vec![in_room(format!("id[]={post}"))],
        "/api/v1/statuses" => {
            vec![target(Names::Room, route.path.into(), body(route, placed, post), vec![(post.to_string(), NEVER[2].to_owned())])]
        }
        "/api/v1/reports" => {
            let words = vec![(placed.reply.to_string(), NEVER[2].to_owned())];
            vec![target(Names::Room, route.path.into(), body(route, placed, post), words)]
        }
        "/compose" | "/compose/preview" | "/api/guildhall/v1/audience-preview" => {
            let words = vec![(community, NEVER[2].to_owned()), (door, NEVER[0].to_owned())];
            vec![target(Names::Door, route.path.into(), body(route, placed, post), words)]
        }
        _ => vec![target(Names::Nothing, route.path.into(), body(route, placed, post), Vec::new())],
    }
}

fn body(route: &Route, placed: &Placed, post: PostId) -> Body {
    let word = placed.word;
    let json = match (route.method, route.path) {
        ("GET" | "DELETE", _) => return Body::None,
        (_, "/api/v1/statuses") => json!({"status": format!("ROOM{word} answer"), "in_reply_to_id": post}),
        ("PUT", "/api/v1/statuses/{id}") => json!({"status": format!("ROOM{word} changed")}),
        (_, "/api/guildhall/v1/communities/{id}/posts") => json!({"text": format!("ROOM{word} new")}),
        (_, "/api/guildhall/v1/audience-preview") => json!({"text": format!("@door{word} hello")}),
        (_, "/api/guildhall/v1/communities/{id}/membership") => json!({"exclusive": false}),
        (_, "/api/v1/reports") => {
            json!({"account_id": placed.member.to_string(), "status_ids": [placed.reply.to_string()], "comment": "look"})
        }
        (_, "/api/v1/polls/{id}/votes" | "/api/guildhall/v1/posts/{id}/votes") => json!({"choices": [0]}),
        ("PUT", "/api/v1/lists/{id}") => json!({"title": format!("DOOR{word}"), "exclusive": false}),
        _ => json!({}),
    };
    if route.surface == Surface::Web {
        return Body::Form(format!("text=hello+there&community={}&visibility=public&accept=true&choice=0", placed.community.id));
    }
    Body::Json(json.to_string())
}
