//! Posts by people of this hall as objects: a poll is a `Question`, a thread starter in a community an `Article`,
//! everything else a `Note`, or for who reads no others a `ChatMessage`.

use super::audience::{About, Addressees, addressees};
use super::poll;
use super::shapes::{Shape, Starter, Unwanted};
use crate::Federation;
use activitypub::build::{Hashtag, Link, Mention, PostParams, PreviewParams, QuotePolicy, article, note, page, question};
use app::federated::{CommunityWire, actors, posts};
use app::views::{ActorView, PostRecord};
use domain::audience::Reach;
use domain::id::ActorId;
use domain::text::{self, Html};
use domain::zone::Zone;
use serde_json::{Value, json};

/// A text up to this long is its own abstract (design: what goes over the wire).
const SHORT: usize = 500;

/// A post written out, with what the activities about it need.
#[derive(Debug)]
pub struct Written {
    /// The object, with its own context: for everybody, and what stands at its id.
    pub object: Value,
    /// The same in the one form that the community's own server takes, where no other reader takes that.
    pub for_group: Option<Value>,
    /// A poll in a community as a text that names its choices, for servers that take no polls.
    pub as_text: Option<Value>,
    /// To whom.
    pub addressees: Addressees,
    /// The community it is in.
    pub community: Option<CommunityWire>,
    /// Begins a thread in a community.
    pub starter: bool,
}

/// Writes out a post of this hall. `None`: its author is not known outside or it may not leave.
pub async fn write(federation: &Federation, post: &PostRecord) -> app::Result<Option<Written>> {
    let hall = federation.hall();
    if post.audience.outbound().is_none() || post.boost_of.is_some() || !post.local {
        return Ok(None);
    }
    let Some(author) = actors::view(hall, post.actor).await?.filter(|author| author.outside) else { return Ok(None) };
    let community = match post.audience.community() {
        Some(id) => actors::community(hall, id).await?,
        None => None,
    };
    let members = match &community {
        Some(group) => Some(members_of(federation, group).await?),
        None => None,
    };
    let parent = parent(federation, post).await?;
    let shape = match &community {
        Some(group) => Some(federation.shape(group).await?),
        None => None,
    };
    let (mut mentions, mut people) = mentions(federation, post).await?;
    if let Some(answered) = parent.as_ref().and_then(|parent| parent.author.clone())
        && answered != author.uri
        && !people.contains(&answered)
    {
        people.push(answered);
    }
    let starter = post.in_reply_to.is_none() && post.in_reply_to_uri.is_none();
    let followers = format!("{}/followers", author.uri);
    let followers = Some(followers.as_str()).filter(|_| shape.is_none_or(|shape| shape.followers));
    let group = community.as_ref().zip(members.as_deref()).map(|(group, members)| (group.uri.as_str(), members));
    let about = About { reach: post.audience.reach(), followers, group, people: &people, starter };
    let addressees = addressees(&about);
    let mut params = params(federation, post, &author, &addressees);
    params.in_reply_to = parent.as_ref().map(|parent| parent.uri.clone()).or_else(|| post.in_reply_to_uri.clone());
    params.context = context(federation, post).await?;
    let the_group = match &community {
        Some(group) => mention(federation, group.actor).await?,
        None => None,
    };
    let mut named = mentions.clone();
    named.extend(the_group.clone());
    if let (Some(group), Some(Shape { mention: true, .. })) = (&community, shape)
        && (group.zone == Zone::Open || !group.local)
    {
        // So that answers from microblogs reach it.
        mentions.extend(the_group);
    }
    let here = format!("@{}", hall.settings().handle_domain);
    named.retain(|mention| mention.name.ends_with(&here));
    params.source_markdown = params.source_markdown.map(|source| with_full_handles(&source, &named));
    params.mentions = mentions;
    let starter = starter && community.is_some();
    params.comments_enabled = starter.then_some(!post.locked);
    let alone = people.first().filter(|_| people.len() == 1 && post.audience.reach() == Reach::Mentioned);
    let chat = match alone {
        Some(person) => post.poll.is_none() && federation.chats_with(person).await?,
        None => false,
    };
    let mut object = match (&post.poll, shape.filter(|_| starter), &community) {
        (Some(asked), ..) => {
            params.name = if starter { Some(title(post)) } else { post.title.clone() };
            question(&params, &poll::params(asked, app::federated::now(hall)))
        }
        (None, Some(shape), Some(_)) => begin(&mut params, post, shape.starter),
        _ => note(&params),
    };
    if chat && let Some(map) = object.as_object_mut() {
        map.insert("type".to_owned(), Value::from("ChatMessage"));
    }
    let groups = shape.filter(|shape| starter && post.poll.is_none() && shape.starter == Starter::GroupsArticle);
    let mut for_group = groups.and(community.as_ref()).map(|group| as_the_groups(article(&params), &group.uri));
    let mut as_text = post.poll.as_ref().filter(|_| community.is_some()).map(|asked| {
        let mut params = poll::as_text(params, asked);
        if starter { begin(&mut params, post, Starter::Page) } else { note(&params) }
    });
    if community.as_ref().is_some_and(|group| !group.local) {
        // The group's own server is the only one that is told by us.
        for_group = for_group.or(as_text.take().filter(|_| shape.is_some_and(|shape| shape.refuses.contains(&Unwanted::Poll))));
    }
    Ok(Some(Written { object, for_group, as_text, addressees, community, starter }))
}

struct Parent {
    uri: String,
    author: Option<String>,
}

async fn parent(federation: &Federation, post: &PostRecord) -> app::Result<Option<Parent>> {
    let Some(id) = post.in_reply_to else { return Ok(None) };
    let Some(parent) = posts::record(federation.hall(), id).await? else { return Ok(None) };
    let author = actors::wire(federation.hall(), parent.actor).await?;
    Ok(Some(Parent { uri: parent.uri.clone(), author: author.map(|author| author.uri) }))
}

/// The members' collection of a group: named, never expanded.
async fn members_of(federation: &Federation, group: &CommunityWire) -> app::Result<String> {
    let stated = match actors::wire(federation.hall(), group.actor).await? {
        Some(wire) => wire.followers_uri,
        None => None,
    };
    Ok(stated.unwrap_or_else(|| format!("{}/followers", group.uri)))
}

/// Who is mentioned. People who acted only inside are not named to anybody outside.
async fn mentions(federation: &Federation, post: &PostRecord) -> app::Result<(Vec<Mention>, Vec<String>)> {
    let (mut tags, mut people) = (Vec::new(), Vec::new());
    for id in &post.mentions {
        let Some(tag) = mention(federation, *id).await? else { continue };
        people.push(tag.href.clone());
        tags.push(tag);
    }
    Ok((tags, people))
}

/// A mention of this actor.
async fn mention(federation: &Federation, id: ActorId) -> app::Result<Option<Mention>> {
    let Some(actor) = actors::view(federation.hall(), id).await?.filter(|actor| actor.outside) else { return Ok(None) };
    let host = actor.host.as_deref().unwrap_or(&federation.hall().settings().handle_domain);
    Ok(Some(Mention { href: actor.uri.clone(), name: format!("@{}@{host}", actor.handle) }))
}

/// Markdown as it can be read elsewhere: whoever is `named` in it without a host is of this hall, and not of the reader's
/// (Mbin and Lemmy show the source rather than the HTML).
fn with_full_handles(source: &str, named: &[Mention]) -> String {
    let mut out = source.to_owned();
    for token in text::scan(source).into_iter().rev() {
        let text::TokenKind::Mention(handle) = token.kind else { continue };
        let whole = |mention: &&Mention| {
            let name = mention.name.get(1..).and_then(|name| name.split_once('@')).map(|(name, _)| name);
            handle.host.is_none() && name.is_some_and(|name| name.eq_ignore_ascii_case(&handle.name))
        };
        if let Some(mention) = named.iter().find(whole) {
            out.replace_range(token.start..token.end, &mention.name);
        }
    }
    out
}

/// The conversation's address: the root's own, resolvable where the root is ours (FEP-7888, FEP-f228).
async fn context(federation: &Federation, post: &PostRecord) -> app::Result<Option<String>> {
    if post.context_uri.is_some() {
        return Ok(post.context_uri.clone());
    }
    let root = posts::record(federation.hall(), post.root).await?;
    Ok(root.and_then(|root| if root.local { Some(format!("{}/context", root.uri)) } else { root.context_uri.clone() }))
}

/// A number of something that everybody may see.
fn told(post: &PostRecord, number: i64) -> Option<u64> {
    post.audience.is_world().then(|| u64::try_from(number).unwrap_or_default())
}

fn params(federation: &Federation, post: &PostRecord, author: &ActorView, addressees: &Addressees) -> PostParams {
    let link = post.resource.as_ref().map(|resource| Link { href: resource.url.clone(), name: Some(resource.title.clone()) });
    PostParams {
        id: post.uri.clone(),
        url: post.url.clone(),
        attributed_to: author.uri.clone(),
        to: addressees.to.clone(),
        cc: addressees.cc.clone(),
        audience: addressees.audience.clone(),
        content_html: post.html.as_str().to_owned(),
        summary: Some(post.spoiler.clone()).filter(|spoiler| !spoiler.is_empty()),
        source_markdown: post.source.clone(),
        // From a room that is not for everybody nothing is carried on.
        quote_policy: if post.audience.is_world() { QuotePolicy::Anyone } else { QuotePolicy::Nobody },
        replies: Some(format!("{}/replies", post.uri)),
        likes: told(post, post.favourites),
        shares: told(post, post.boosts),
        published_ms: post.created_at.0,
        updated_ms: post.edited_at.map(|at| at.0),
        language: post.language.clone(),
        sensitive: post.sensitive,
        hashtags: post
            .tags
            .iter()
            .map(|tag| Hashtag { href: format!("{}/tags/{tag}", federation.base()), name: tag.clone() })
            .collect(),
        links: link.into_iter().collect(),
        resource: post.resource.as_ref().map(|resource| json!({"url": resource.url, "title": resource.title})),
        ..PostParams::default()
    }
}

/// A thread starter, in the form that the group's server takes and everybody else reads.
fn begin(params: &mut PostParams, post: &PostRecord, starter: Starter) -> Value {
    if starter == Starter::Note {
        return note(params);
    }
    dress(params, post);
    if starter == Starter::Page { page(params) } else { article(params) }
}

/// A thread starter attributed to its group, with its author as `actor`: the only form in which Mobilizon takes one.
/// Where author and group are on two origins only the group's server takes it.
pub fn as_the_groups(mut object: Value, group: &str) -> Value {
    if let Some(map) = object.as_object_mut()
        && let Some(author) = map.insert("attributedTo".to_owned(), Value::from(group))
    {
        map.insert("actor".to_owned(), author);
    }
    object
}

/// What makes an article of a text: title, abstract, preview (FEP-b2b8).
fn dress(params: &mut PostParams, post: &PostRecord) {
    let title = title(post);
    // What stands behind a warning is in no part that is shown without a click.
    let warning = || Html::of_text(&post.spoiler);
    let about = if post.spoiler.is_empty() { abstract_of(&post.html) } else { warning() };
    params.preview = Some(PreviewParams { content_html: about.clone().into_string() });
    // Title and abstract are read one after the other, by Mastodon for instance.
    let derived = post.title.is_none() && post.resource.is_none() && post.spoiler.is_empty();
    let rest = if derived { text::without_title(&post.html, &title) } else { None };
    let about = rest.map_or(about, |rest| abstract_of(&rest)).into_string();
    if params.summary.is_none() && !about.is_empty() {
        params.summary = Some(about);
    }
    params.name = Some(title);
}

/// A short text is its own abstract; of a longer one it is the beginning.
fn abstract_of(html: &Html) -> Html {
    let plain = text::plain(html);
    if plain.chars().count() <= SHORT { html.clone() } else { Html::of_text(&text::shorten(&plain, SHORT)) }
}

/// A starter's title: its own, its link's, its warning, or its first sentence.
fn title(post: &PostRecord) -> String {
    let titled = post.title.clone().or_else(|| post.resource.as_ref().map(|resource| resource.title.clone()));
    let title = titled.unwrap_or_else(|| {
        // Markdown's own signs name nothing.
        text::derive_title(&if post.spoiler.is_empty() { text::plain(&post.html) } else { post.spoiler.clone() })
    });
    if title.is_empty() { "…".to_owned() } else { title }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_is_named_without_a_host_is_of_this_hall() {
        let named = |name: &str| Mention { href: String::new(), name: name.to_owned() };
        let all = [named("@ben@hall.test"), named("@tdd@hall.test")];
        let source = "@tdd Ask @Ben and @eve@far.test, not @nobody: mail ben@hall.test or see https://x.test/@ben";
        let whole =
            "@tdd@hall.test Ask @ben@hall.test and @eve@far.test, not @nobody: mail ben@hall.test or see https://x.test/@ben";
        assert_eq!(with_full_handles(source, &all), whole);
    }
}
