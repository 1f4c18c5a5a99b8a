//! Polls and votes on their way out.

use crate::Federation;
use activitypub::build::{Envelope, PollParams, PostParams, create, vote};
use app::federated::outgoing::{Outgoing, To};
use app::federated::{Effect, NewActivity, actors, posts};
use domain::id::{ActorId, PostId};
use domain::poll::Poll;
use domain::text::Html;
use domain::time::Timestamp;

/// A poll as it stands now. A count that nobody may see yet is not written.
pub fn params(poll: &Poll, now: Timestamp) -> PollParams {
    let shown = poll.shows_result(now);
    PollParams {
        multiple: poll.multiple,
        choices: poll.choices.iter().map(|choice| (choice.name.clone(), choice.votes.filter(|_| shown))).collect(),
        ends_ms: poll.ends_at.map(|end| end.0),
        ended: poll.ended(now),
        voters: poll.voters,
    }
}

/// A poll as a text: what it asks, its choices, and where the votes are.
pub fn as_text(mut params: PostParams, poll: &Poll) -> PostParams {
    let (mut html, mut source) = (String::from("<ul>"), String::from("\n\n"));
    for choice in &poll.choices {
        html.extend(["<li>", Html::of_text(&choice.name).as_str(), "</li>"]);
        source.extend(["- ", &plain_markdown(&choice.name), "\n"]);
    }
    let many = if poll.multiple { "A poll: you can choose several." } else { "A poll: you can choose one." };
    html.extend(["</ul><p>", many, " <a href=\"", &params.url, "\">See the votes</a></p>"]);
    source.extend(["\n", many, " [See the votes](", &params.url, ")"]);
    params.content_html.push_str(&html);
    if let Some(text) = &mut params.source_markdown {
        text.push_str(&source);
    }
    params
}

/// A text in which Markdown finds nothing to format.
fn plain_markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_ascii_punctuation() {
            out.push('\\');
        }
        out.push(letter);
    }
    out
}

/// A vote in another hall's poll: an activity for each choice, to the poll's author and nobody else. Its id leads
/// nowhere, because nobody else may read it.
pub async fn voted(
    federation: &Federation,
    effect: &Effect,
    voter: ActorId,
    post: PostId,
    choices: &[String],
) -> app::Result<Vec<Outgoing>> {
    let hall = federation.hall();
    let Some(record) = posts::record(hall, post).await?.filter(|record| !record.local) else { return Ok(Vec::new()) };
    let (Some(voter), Some(author)) = (actors::wire(hall, voter).await?, actors::wire(hall, record.actor).await?) else {
        return Ok(Vec::new());
    };
    let one = |(at, choice): (usize, &String)| {
        let parts = [effect.id.to_string(), at.to_string(), effect.payload.clone()];
        let parts = parts.each_ref().map(String::as_str);
        let (id, ballot) = (federation.activity_id("vote", &parts), federation.activity_id("ballot", &parts));
        let to = [author.uri.clone()];
        let envelope = Envelope { id: &id, actor: &voter.uri, to: &to, ..Envelope::default() };
        let body = create(&envelope, vote(&ballot, &voter.uri, &author.uri, &record.uri, choice)).to_string();
        let activity = NewActivity {
            uri: id,
            actor: voter.id,
            kind: "Create".to_owned(),
            post: None,
            community: None,
            object_uri: Some(record.uri.clone()),
            body,
            public: false,
        };
        Outgoing { activity, to: vec![To::AuthorOf(post)], asks: None }
    };
    Ok(choices.iter().enumerate().map(one).collect())
}
