//! Report somebody of whom, or something that, one can see.

use crate::effects::{self, Wire};
use crate::{Error, Hall, Requester, Result, people};
use domain::id::{ActorId, CommunityId, PostId, ReportId};
use domain::policy::{self, Permit, PostFacts, act};
use store::reports::{self, NewReport as Row};
use store::views::ReportCategory;
use store::{Tx, actors, audit, communities, facts, posts};

/// Longest comment, as in Mastodon.
pub const MAX_COMMENT: usize = 1_000;
/// Most posts one report names.
const MAX_POSTS: usize = 50;

/// What somebody reports.
#[derive(Debug, Clone)]
pub struct NewReport {
    /// Whom.
    pub about: ActorId,
    /// Which posts of theirs.
    pub posts: Vec<PostId>,
    /// Why.
    pub comment: String,
    /// In a word.
    pub category: ReportCategory,
    /// Whether the server they come from is told too, by this hall and without the reporter's name. Only what
    /// everybody can read is told outside.
    pub forward: bool,
}

/// Reports somebody, with some of their posts, to those who keep order over them: one report for each community that
/// the posts are in. Gives the first.
pub async fn report(hall: &Hall, requester: &Requester, new: NewReport) -> Result<ReportId> {
    if !requester.is_local() {
        return Err(Error::denied("sign_in_first", "Sign in to report something."));
    }
    if new.comment.chars().count() > MAX_COMMENT {
        return Err(Error::invalid("comment_too_long", format!("Say it in at most {MAX_COMMENT} characters.")));
    }
    if new.posts.len() > MAX_POSTS {
        return Err(Error::invalid("too_many_posts", format!("One report names at most {MAX_POSTS} posts.")));
    }
    people::show(hall, requester, new.about).await?;
    let (base, requester) = (hall.settings().base().to_owned(), requester.clone());
    hall.store().write(move |tx| Box::pin(async move { make(tx, &base, &requester, new).await })).await
}

async fn make(tx: &Tx, base: &str, requester: &Requester, new: NewReport) -> Result<ReportId> {
    let mut facts = Vec::with_capacity(new.posts.len());
    for post in &new.posts {
        facts.push(facts::post(tx, requester, *post).await?.ok_or_else(Error::not_found)?);
    }
    let permit = policy::report(requester, new.about, &facts)?;
    let mut first = None;
    for (community, posts) in by_community(tx, new.about, facts).await? {
        let id = keep(tx, base, &permit, &new, community, &posts).await?;
        first = first.or(Some(id));
    }
    first.ok_or_else(Error::not_found)
}

/// Each room's posts apart: who keeps order in one is not told what was said in another.
async fn by_community(tx: &Tx, about: ActorId, facts: Vec<PostFacts>) -> Result<Vec<(Option<CommunityId>, Vec<PostFacts>)>> {
    if facts.is_empty() {
        return Ok(vec![(communities::of_actor(tx, about).await?, Vec::new())]);
    }
    let mut groups: Vec<(Option<CommunityId>, Vec<PostFacts>)> = Vec::new();
    for post in facts {
        let community = post.community.as_ref().map(|community| community.id);
        super::put(&mut groups, community, post);
    }
    Ok(groups)
}

async fn keep(
    tx: &Tx,
    base: &str,
    permit: &Permit<act::Report>,
    new: &NewReport,
    community: Option<CommunityId>,
    posts: &[PostFacts],
) -> Result<ReportId> {
    let about = actors::wire(tx, new.about).await?.ok_or_else(Error::not_found)?;
    let mut objects = vec![(about.uri, Some(new.about), None)];
    for post in posts {
        let uri = posts::uri(tx, post.id).await?.ok_or_else(Error::not_found)?;
        objects.push((uri, Some(new.about), Some(post.id)));
    }
    let reporter = permit.actor();
    let (about_elsewhere, outside) = (about.host.is_some(), posts.iter().all(|post| post.audience.is_world()));
    // Where somebody elsewhere keeps order, what our own people wrote there is theirs to look at as well.
    let hosted_elsewhere = match community {
        Some(id) => communities::wire(tx, id).await?.is_some_and(|community| !community.local),
        None => false,
    };
    let forwarded = new.forward && (about_elsewhere || hosted_elsewhere) && outside;
    let uri = format!("{base}/x/flag/{}", tx.next_id());
    let (reason, category) = (new.comment.clone(), new.category);
    let row = Row { uri: uri.clone(), community, reason, category, forwarded, objects };
    if let Some(same) = reports::same(tx, reporter, &row).await? {
        return Ok(same);
    }
    let id = reports::keep(tx, permit, &row).await?.ok_or_else(Error::not_found)?;
    // Where nobody here may read it, whoever keeps order there does.
    if !super::tell(tx, id, reporter).await? && !forwarded {
        let why = if (about_elsewhere || hosted_elsewhere) && outside {
            "Nobody keeps order here who may read this. Have it sent to their server, where somebody does."
        } else {
            "Nobody keeps order here who may read this, but whom you report. Speak with whoever runs this hall."
        };
        return Err(Error::denied("nobody_to_tell", why));
    }
    audit::append(tx, Some(reporter), "report.made", &id.to_string(), "").await?;
    if forwarded {
        let objects = row.objects.into_iter().map(|(uri, ..)| uri).collect();
        let wire = Wire::Reported { uri, about: new.about, community, objects, comment: new.comment.clone() };
        effects::outside(tx, &wire).await?;
    }
    Ok(id)
}
