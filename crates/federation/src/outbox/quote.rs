//! Answers to who asks to quote a post of ours, and the approvals that they name (FEP-044f).

use super::answers::asked;
use super::expand::new;
use crate::Federation;
use activitypub::build::{Envelope, accept_quote, quote_authorization, reject};
use activitypub::model::ActivityKind;
use app::federated::outgoing::{Outgoing, To};
use app::federated::{QuoteAnswered, actors, posts};
use app::views::PostRecord;
use serde_json::Value;

/// `Accept` or `Reject` by the author of the post, to whoever asked and to nobody else.
pub async fn answered(federation: &Federation, answer: &QuoteAnswered) -> app::Result<Vec<Outgoing>> {
    let hall = federation.hall();
    let Some(post) = posts::record(hall, answer.post).await?.filter(|post| post.local) else { return Ok(Vec::new()) };
    let (Some(author), Some(who)) = (actors::wire(hall, post.actor).await?, actors::wire(hall, answer.who).await?) else {
        return Ok(Vec::new());
    };
    let mut object = asked(ActivityKind::QuoteRequest.as_str(), Some(&answer.request), &who.uri, &post.uri);
    if let Some(request) = object.as_object_mut() {
        request.insert("instrument".to_owned(), Value::from(answer.quoting.as_str()));
    }
    let (kind, verb) = if answer.approval.is_some() { ("Accept", "accept") } else { ("Reject", "reject") };
    let (id, to) = (federation.activity_id(verb, &[&post.uri, &answer.request]), [who.uri]);
    let envelope = Envelope { id: &id, actor: &author.uri, to: &to, ..Envelope::default() };
    let body = match answer.approval {
        Some(approval) => accept_quote(&envelope, object, &address(&post, approval)),
        None => reject(&envelope, object),
    };
    let mut activity = new(&id, author.id, kind, &body);
    activity.object_uri = Some(answer.request.clone());
    Ok(vec![Outgoing { activity, to: vec![To::Directly(vec![who.id])], asks: None }])
}

/// The approval that lets a post elsewhere quote this one.
pub fn approval(post: &PostRecord, author: &str, approval: i64, quoting: &str) -> Value {
    quote_authorization(&address(post, approval), author, quoting, &post.uri)
}

fn address(post: &PostRecord, approval: i64) -> String {
    format!("{}/quotes/{approval}", post.uri)
}
