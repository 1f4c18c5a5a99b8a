//! Mastodon API: reports methods.

use super::change;
use crate::answer::{Answer, Failure, json};
use crate::api::Api;
use crate::entities::{Account, Moment, Report};
use app::people;
use app::registry::{AudienceClass, Scope};
use app::reports::{self, NewReport, ReportCategory};
use auth::{Asker, Params, Routes};
use axum::extract::State;
use domain::id::{ActorId, PostId};

pub(super) fn mount(routes: Routes<Api>) -> Routes<Api> {
    routes.add(change("POST", "/api/v1/reports", Scope::Token("write:reports"), AudienceClass::Room), report)
}

/// Whoever is reported, as the reporter knows them; what is done about it is not for the reporter to see.
async fn report(State(api): State<Api>, Asker(asker): Asker, params: Params) -> Answer {
    let new = asked(&params)?;
    let id = reports::report(&api.hall, &asker, new.clone()).await?;
    let (at, forwarded) = reports::made(&api.hall, &asker, id).await?;
    let about = people::show(&api.hall, &asker, new.about).await?;
    json(&Report {
        id,
        action_taken: false,
        action_taken_at: None,
        category: new.category.as_str(),
        comment: &new.comment,
        forwarded,
        created_at: Moment(at),
        status_ids: new.posts,
        collection_ids: [],
        rule_ids: [],
        target_account: Account::of(&api.site, &about),
    })
}

fn asked(params: &Params) -> Result<NewReport, Failure> {
    let about: ActorId = params.filled("account_id").and_then(|id| id.parse().ok()).ok_or_else(Failure::not_found)?;
    let posts = params.texts("status_ids").into_iter().map(str::parse).collect::<Result<Vec<PostId>, _>>();
    let rules = params.texts("rule_ids").iter().any(|rule| !rule.is_empty());
    let named = params.filled("category").map(|word| {
        ReportCategory::parse(word)
            .ok_or_else(|| Failure::invalid("category_invalid", "The category is spam, legal, violation or other."))
    });
    let otherwise = if rules { ReportCategory::Violation } else { ReportCategory::Other };
    Ok(NewReport {
        about,
        posts: posts.map_err(|_| Failure::not_found())?,
        comment: params.text("comment").unwrap_or_default().trim().to_owned(),
        category: named.transpose()?.unwrap_or(otherwise),
        forward: params.flag("forward") == Some(true),
    })
}
