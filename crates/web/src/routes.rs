//! Every page and form, as declared in the registry.

use crate::{assets, pages};
use app::registry::{AudienceClass, RateClass, Route, Scope, Surface};
use auth::{Gate, Routes};
use axum::Router;

/// A page for everybody.
const fn page(path: &'static str, audience: AudienceClass) -> Route {
    Route::get(Surface::Web, path, Scope::Public, audience)
}

/// A page for people with an account.
const fn own_page(path: &'static str, audience: AudienceClass) -> Route {
    Route::get(Surface::Web, path, Scope::SignedIn, audience)
}

/// A form of somebody signed in.
const fn form(path: &'static str) -> Route {
    Route::change("POST", Surface::Web, path, Scope::SignedIn, AudienceClass::Own)
}

/// A form of a stranger.
const fn open_form(path: &'static str) -> Route {
    Route::change("POST", Surface::Web, path, Scope::Public, AudienceClass::Nothing)
}

macro_rules! mounted {
    ($($route:expr => $handler:path,)+) => {
        /// Everything this surface serves.
        pub fn declarations() -> Vec<Route> {
            vec![$($route),+]
        }

        /// The same, with handlers behind their guards.
        pub fn routes(gate: Gate) -> Routes {
            Routes::<Gate>::new(gate.clone())$(.add($route, $handler))+.with_state(gate)
        }
    };
}

use AudienceClass::{Door, Nothing, Own, Room};

mounted! {
    page("/", Door) => pages::front::show,
    page("/assets/{version}/{name}", Nothing).public_for(assets::FOR_EVER).rate(RateClass::Free) => assets::versioned,
    page("/assets/missing.png", Nothing).public_for(86_400).rate(RateClass::Free) => assets::missing,
    page("/favicon.ico", Nothing).public_for(86_400).rate(RateClass::Free) => assets::favicon,

    page("/sign-up", Nothing) => pages::sign_up::form,
    open_form("/sign-up").rate(RateClass::Register) => pages::sign_up::send,
    page("/sign-in", Nothing) => pages::sign_in::form,
    open_form("/sign-in").rate(RateClass::SignIn) => pages::sign_in::send,
    open_form("/sign-out") => pages::sign_in::sign_out,
    own_page("/oauth/authorize", Own) => pages::authorize::ask,
    form("/oauth/authorize") => pages::authorize::answer,
    own_page("/settings/profile", Own) => pages::profile::form,
    form("/settings/profile") => pages::profile::send,

    own_page("/home", Room) => pages::home::show,
    form("/compose") => pages::compose::publish,
    form("/compose/preview") => pages::compose::preview,

    page("/communities", Door) => pages::directory::show,
    own_page("/communities/find", Door).rate(RateClass::Outbound) => pages::directory::find,
    own_page("/communities/new", Own) => pages::found::form,
    form("/communities/new") => pages::found::send,
    form("/communities/{id}/join") => pages::membership::join,
    own_page("/communities/{id}/leave", Door) => pages::membership::ask_leave,
    form("/communities/{id}/leave") => pages::membership::leave,
    form("/communities/{id}/requests/{actor}") => pages::membership::decide,
    own_page("/communities/{id}/bans/{actor}", Door) => pages::ban::ask,
    form("/communities/{id}/bans/{actor}") => pages::ban::ban,
    form("/communities/{id}/bans/{actor}/lift") => pages::ban::lift,

    page("/@{handle}", Room) => pages::actor::show,
    page("/@{handle}/{id}", Room) => pages::post::show,
    page("/@{handle}/{id}/history", Room) => pages::post::history,
    page("/@{handle}/{id}/likes", Room) => pages::likes::show,
    form("/people/{id}/follow") => pages::actor::follow,
    form("/people/{id}/unfollow") => pages::actor::unfollow,
    form("/people/{id}/request") => pages::actor::answer_request,

    own_page("/posts/{id}/edit", Own) => pages::change::form,
    form("/posts/{id}/edit") => pages::change::send,
    own_page("/posts/{id}/delete", Room) => pages::change::ask_delete,
    form("/posts/{id}/delete") => pages::change::delete,
    own_page("/posts/{id}/report", Room) => pages::reports::form,
    form("/posts/{id}/report") => pages::reports::send,
    form("/posts/{id}/vote") => pages::vote::send,
    form("/posts/{id}/{act}") => pages::react::act,

    own_page("/reports", Room) => pages::reports::list,
    own_page("/reports/{report}", Room) => pages::reports::show,
    form("/reports/{report}") => pages::reports::settle,
    own_page("/notifications", Own) => pages::notifications::show,
    form("/notifications/clear") => pages::notifications::clear,
    page("/tags/{tag}", Room) => pages::tag::show,
    own_page("/search", Room).rate(RateClass::Outbound) => pages::search::show,
}

/// The surface, ready to be merged into the server's router.
pub fn router(gate: Gate) -> Router {
    routes(gate).into_router()
}

#[cfg(test)]
mod tests {
    use super::*;
    use app::registry::Csrf;
    use std::collections::HashSet;

    /// What no template may hold: unescaped values, and whatever the content policy would refuse.
    #[test]
    fn templates_print_nothing_unescaped_and_need_no_script() {
        let mut folders = vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/templates"))];
        let mut read = 0;
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let text = std::fs::read_to_string(&path).unwrap();
                read += 1;
                for bad in ["|safe", "| safe", "escape", "<script", " style=", " onclick", "javascript:", "autoescape"] {
                    assert!(!text.contains(bad), "{} holds {bad}", path.display());
                }
            }
        }
        assert!(read > 20);
    }

    #[test]
    fn every_changing_route_checks_its_origin_and_is_declared_once() {
        let mut seen = HashSet::new();
        for route in declarations() {
            assert_eq!(route.csrf == Csrf::SameOrigin, route.method == "POST", "{}", route.path);
            assert!(seen.insert((route.method, route.path)), "{}", route.path);
        }
    }
}
