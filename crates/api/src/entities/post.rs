//! Posts, the links they share, and who will read a draft.

use super::attachment::Attachment;
use super::person::Person;
use super::poll::{NewPoll, Poll};
use crate::words::{Visibility, Zone};
use app::posts::AudiencePreview;
use app::views::{self, PostView, ResourceView};
use domain::draft::{Draft, ResourceLink};
use domain::id::{CommunityId, PostId};
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A post in a community's room.
#[derive(Debug, Serialize, ToSchema)]
pub struct Post<'a> {
    /// Decimal digits; also the id of its status in the Mastodon API.
    #[schema(value_type = String, example = "113456789012345678")]
    pub id: PostId,
    /// Its address on the network.
    #[schema(format = "uri")]
    pub uri: &'a str,
    /// The page for people.
    #[schema(format = "uri")]
    pub url: &'a str,
    /// Who wrote it.
    pub author: Person<'a>,
    /// Whose room it is in.
    #[schema(value_type = Option<String>, example = "113456789012345678")]
    pub community: Option<CommunityId>,
    /// What it answers.
    #[schema(value_type = Option<String>, example = "113456789012345678")]
    pub in_reply_to: Option<PostId>,
    /// Its title.
    pub title: Option<&'a str>,
    /// Clean HTML.
    pub html: &'a str,
    /// The link it shares.
    pub link: Option<Link<'a>>,
    /// The poll it holds.
    pub poll: Option<Poll<'a>>,
    /// What is attached to it, in order.
    pub attachments: Vec<Attachment<'a>>,
    /// A content warning; may be empty.
    pub content_warning: &'a str,
    /// Hidden behind a warning.
    pub sensitive: bool,
    /// How far it goes.
    pub visibility: Visibility,
    /// BCP 47.
    #[schema(example = "en")]
    pub language: Option<&'a str>,
    /// Who is mentioned.
    pub mentions: Vec<Person<'a>>,
    /// Hashtags in lower case.
    pub tags: &'a [String],
    /// Answers.
    pub replies: i64,
    /// Boosts.
    pub boosts: i64,
    /// Favourites.
    pub favourites: i64,
    /// What you did with it.
    pub mine: Mine,
    /// When it was written.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it was last changed.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub edited_at: Option<Timestamp>,
}

/// What you did with a post.
#[derive(Debug, Serialize, ToSchema)]
pub struct Mine {
    /// Favourited.
    pub favourited: bool,
    /// Boosted.
    pub boosted: bool,
    /// Bookmarked.
    pub bookmarked: bool,
}

impl Mine {
    fn of(mine: views::Mine) -> Self {
        Self { favourited: mine.favourited, boosted: mine.boosted, bookmarked: mine.bookmarked }
    }
}

/// A shared link.
#[derive(Debug, Serialize, ToSchema)]
pub struct Link<'a> {
    /// Where it leads.
    #[schema(format = "uri")]
    pub url: &'a str,
    /// What it is called.
    pub title: &'a str,
}

impl<'a> Link<'a> {
    fn of(resource: &'a ResourceView) -> Self {
        Self { url: &resource.url, title: &resource.title }
    }
}

impl<'a> Post<'a> {
    /// As shown.
    pub fn of(view: &'a PostView) -> Self {
        let post = view.post.as_ref();
        Self {
            id: post.id,
            uri: &post.uri,
            url: &post.url,
            author: Person::of(&view.author),
            community: post.community,
            in_reply_to: post.in_reply_to,
            title: post.title.as_deref(),
            html: post.html.as_str(),
            link: post.resource.as_ref().map(Link::of),
            poll: Poll::of(view),
            attachments: post.attachments.iter().map(Attachment::of).collect(),
            content_warning: &post.spoiler,
            sensitive: post.sensitive,
            visibility: post.audience.visibility().into(),
            language: post.language.as_deref(),
            mentions: view.mentions.iter().map(|actor| Person::of(actor)).collect(),
            tags: &post.tags,
            replies: post.replies,
            boosts: post.boosts,
            favourites: post.favourites,
            mine: Mine::of(view.mine),
            created_at: post.created_at,
            edited_at: post.edited_at,
        }
    }
}

/// A link in a community's library, with the note it was shared with.
#[derive(Debug, Serialize, ToSchema)]
pub struct Resource<'a> {
    /// The post that shares it, and its place in the list.
    #[schema(value_type = String, example = "113456789012345678")]
    pub post: PostId,
    /// Where it leads.
    #[schema(format = "uri")]
    pub url: &'a str,
    /// What it is called.
    pub title: &'a str,
    /// What was said of it: clean HTML, may be empty.
    pub note: &'a str,
    /// A content warning; may be empty.
    pub content_warning: &'a str,
    /// Who shared it.
    pub shared_by: Person<'a>,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub shared_at: Timestamp,
    /// Hashtags in lower case.
    pub tags: &'a [String],
}

impl<'a> Resource<'a> {
    /// As shown; nothing for a post that shares no link.
    pub fn of(view: &'a PostView) -> Option<Self> {
        let post = view.post.as_ref();
        post.resource.as_ref().map(|resource| Self {
            post: post.id,
            url: &resource.url,
            title: &resource.title,
            note: post.html.as_str(),
            content_warning: &post.spoiler,
            shared_by: Person::of(&view.author),
            shared_at: post.created_at,
            tags: &post.tags,
        })
    }
}

/// A post to write.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPost {
    /// Markdown. May be empty if a link is shared.
    #[serde(default)]
    #[schema(max_length = 5000)]
    text: String,
    /// A title.
    #[schema(max_length = 200)]
    title: Option<String>,
    /// A link for the community's library; the text is the note on it.
    link: Option<NewLink>,
    /// A poll; the text says what it is about.
    poll: Option<NewPoll>,
    /// How far it goes within the community's reach.
    #[serde(default = "public")]
    #[schema(default = "public")]
    visibility: Visibility,
    /// A content warning.
    #[serde(default)]
    #[schema(max_length = 500)]
    content_warning: String,
    /// Hide it behind a warning, also without a text for one.
    #[serde(default)]
    sensitive: bool,
    /// BCP 47.
    #[schema(example = "en")]
    language: Option<String>,
}

/// A link to share.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewLink {
    /// An absolute http(s) address.
    #[schema(format = "uri", max_length = 2048)]
    url: String,
    /// What it is called.
    #[schema(max_length = 200)]
    title: String,
}

/// As far as the community allows, and never further.
fn public() -> Visibility {
    Visibility::Public
}

impl NewPost {
    /// Normalised, for this community's room.
    pub fn draft(self, community: Option<CommunityId>) -> Draft {
        Draft {
            title: self.title,
            spoiler: self.content_warning,
            sensitive: self.sensitive,
            language: self.language,
            community,
            resource: self.link.map(|link| ResourceLink { url: link.url, title: link.title }),
            poll: self.poll.map(NewPoll::draft),
            ..Draft::new(self.text, self.visibility.into())
        }
    }
}

/// A draft whose readers are asked for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PreviewRequest {
    /// The community it would go into. Without one, the text's first or last handle decides, as in apps.
    #[schema(value_type = Option<String>, example = "113456789012345678")]
    pub community: Option<CommunityId>,
    /// The post, as it would be sent.
    pub post: NewPost,
}

/// Who will read a draft.
#[derive(Debug, Serialize, ToSchema)]
pub struct Audience<'a> {
    /// As the post will report it.
    pub visibility: Visibility,
    /// The community's ceiling.
    pub zone: Option<Zone>,
    /// The community it goes into.
    pub community: Option<Room<'a>>,
    /// One sentence for people.
    pub sentence: &'a str,
    /// What you might not expect.
    pub warnings: &'a [String],
}

/// The community a draft goes into.
#[derive(Debug, Serialize, ToSchema)]
pub struct Room<'a> {
    /// Decimal digits.
    #[schema(value_type = Option<String>, example = "113456789012345678")]
    pub id: Option<CommunityId>,
    /// `name` for communities of this hall, `name@host` for others.
    pub acct: String,
    /// What it is called.
    pub name: &'a str,
}

impl<'a> Audience<'a> {
    /// As shown.
    pub fn of(preview: &'a AudiencePreview) -> Self {
        let community = preview.community.as_deref();
        Self {
            visibility: preview.visibility.into(),
            zone: preview.zone.map(Zone::from),
            community: community.map(|group| Room { id: group.community, acct: group.acct(), name: group.label() }),
            sentence: &preview.sentence,
            warnings: &preview.warnings,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_post_is_read_strictly_and_goes_into_the_named_room() {
        let sent =
            r#"{"text":"Read this","link":{"url":"https://a.test/","title":"A"},"content_warning":"long","language":"en"}"#;
        let draft = serde_json::from_str::<NewPost>(sent).unwrap().draft(Some(CommunityId(7)));
        assert_eq!(draft.community, Some(CommunityId(7)));
        assert_eq!(draft.visibility, domain::audience::Visibility::Public);
        assert_eq!(draft.spoiler, "long");
        assert_eq!(draft.resource.map(|link| link.title).as_deref(), Some("A"));
        for bad in [
            r#"{"text":"a","spoiler":"b"}"#,
            r#"{"text":"a","link":{"url":"https://a.test/"}}"#,
            r#"{"text":"a","link":{"url":"https://a.test/","title":"A","note":"b"}}"#,
            r#"{"text":"a","visibility":"everybody"}"#,
        ] {
            assert!(serde_json::from_str::<NewPost>(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_id_is_text() {
        assert!(serde_json::from_str::<PreviewRequest>(r#"{"community":"7","post":{"text":"a"}}"#).is_ok());
        assert!(serde_json::from_str::<PreviewRequest>(r#"{"community":7,"post":{"text":"a"}}"#).is_err());
    }
}
