//! What the demo's halls begin with, made by the same use cases that pages and apps call.

use crate::Assembled;
use anyhow::Context;
use app::accounts::create::{self, Wanted};
use app::communities::NewCommunity;
use app::posts::Origin;
use app::{Requester, communities, people, posts};
use domain::audience::Visibility;
use domain::draft::{Draft, ResourceLink};
use domain::handle::Handle;
use domain::id::CommunityId;
use domain::poll::PollDraft;
use domain::time::DAY;
use domain::zone::{Door, JoinPolicy, Zone};
use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

/// Everybody's password: the demo is for one computer only.
const PASSWORD: &str = "guildhall-demo";

/// Somebody who can sign in.
#[derive(Debug)]
pub struct Person {
    hall: usize,
    name: &'static str,
    who: &'static str,
    token: String,
}

/// (hall, name, shown name, who they are)
const PEOPLE: [(usize, &str, &str, &str); 6] = [
    (0, "nora", "Nora Lind", "leads “Payments craft” and “Platform circle”"),
    (0, "max", "Max Ortega", "a member who wants help from peers"),
    (0, "ines", "Ines Marin", "a colleague who is in no community yet"),
    (1, "hugo", "Hugo Brandt", "leads “Test-driven development”"),
    (1, "pia", "Pia Sommer", "a member of it"),
    (1, "sam", "Sam Okafor", "leads “Harbour operations” (hidden)"),
];

/// Fills both halls, unless an earlier run with --keep has done so.
pub async fn seed(a: &Assembled, b: &Assembled) -> anyhow::Result<Vec<Person>> {
    let halls = [a, b];
    let fresh = app::accounts::identify::by_name(&a.hall, "nora").await?.is_none();
    if fresh {
        let hash = auth::password::Passwords::new().hash(PASSWORD).await?;
        for (hall, name, shown, _) in PEOPLE {
            let hall = halls.get(hall).context("a hall")?;
            let wanted = Wanted {
                handle: name.into(),
                name: shown.into(),
                email: format!("{name}@{}.example", hall.hall.settings().organisation.to_lowercase()),
                password_hash: Some(hash.clone()),
                admin: matches!(name, "nora" | "hugo"),
            };
            create::create(&hall.hall, wanted).await?;
        }
        communities_and_posts(a, b).await?;
    }
    let mut people = Vec::new();
    for (hall, name, _, who) in PEOPLE {
        let token = app::oauth::issue::issue(&halls.get(hall).context("a hall")?.hall, name, "read write follow push").await?;
        people.push(Person { hall, name, who, token });
    }
    Ok(people)
}

async fn person(hall: &Assembled, name: &str) -> anyhow::Result<Requester> {
    app::accounts::identify::by_name(&hall.hall, name).await?.with_context(|| format!("no {name}"))
}

/// A community as the demo makes it: handle, name, purpose.
struct Seed(&'static str, &'static str, &'static str);

async fn community(
    hall: &Assembled,
    lead: &Requester,
    seed: Seed,
    zone: Zone,
    join: JoinPolicy,
    partner: Option<String>,
) -> anyhow::Result<CommunityId> {
    let Seed(handle, name, purpose) = seed;
    // The one that is by invitation only is hidden as well.
    let door = if join == JoinPolicy::Invite { Door::Members } else { Door::Hall };
    let partners = partner.into_iter().collect();
    let new = NewCommunity { handle: handle.into(), name: name.into(), purpose: purpose.into(), zone, door, join, partners };
    Ok(communities::create(&hall.hall, lead, new).await?)
}

async fn say(
    hall: &Assembled,
    who: &Requester,
    community: CommunityId,
    title: &str,
    text: &str,
) -> anyhow::Result<domain::id::PostId> {
    let mut draft = Draft::new(text, Visibility::Public);
    draft.title = Some(title.to_owned());
    draft.community = Some(community);
    Ok(posts::publish(&hall.hall, who, draft, Origin::Here { idempotency_key: None }).await?)
}

async fn communities_and_posts(a: &Assembled, b: &Assembled) -> anyhow::Result<()> {
    let (nora, max) = (person(a, "nora").await?, person(a, "max").await?);
    let (hugo, pia, sam) = (person(b, "hugo").await?, person(b, "pia").await?, person(b, "sam").await?);
    let seed = Seed(
        "payments_craft",
        "Payments craft",
        "How we build and run payments at Northwind: what went wrong, what works, who knows what.",
    );
    let payments = community(a, &nora, seed, Zone::Internal, JoinPolicy::Open, None).await?;
    let seed = Seed("platform_circle", "Platform circle", "Northwind and Harbour compare notes on running shared platforms.");
    let harbour = b.hall.settings().handle_domain.clone();
    let platform = community(a, &nora, seed, Zone::Partner, JoinPolicy::Request, Some(harbour)).await?;
    let seed =
        Seed("tdd", "Test-driven development", "For everybody who writes the test first, or wants to learn why one would.");
    let tdd = community(b, &hugo, seed, Zone::Open, JoinPolicy::Open, None).await?;
    let seed = Seed("harbour_ops", "Harbour operations", "Night shifts, hand-overs and post-mortems. Members only.");
    let operations = community(b, &sam, seed, Zone::Internal, JoinPolicy::Invite, None).await?;
    communities::join(&a.hall, &max, payments).await?;
    communities::join(&b.hall, &pia, tdd).await?;
    say(
        a,
        &nora,
        payments,
        "Card retries: three rules that held",
        "1. Retry only what the issuer calls soft.\n2. Never twice within an hour.\n3. Tell the customer before the third.",
    )
    .await?;
    say(a, &nora, platform, "Welcome", "Here we compare notes between our two houses. What would you want to hear about first?")
        .await?;
    say(
        b,
        &sam,
        operations,
        "Night of the 14th",
        "The post-mortem is in the usual place. Please add what you saw before Friday.",
    )
    .await?;
    let question = say(
        b,
        &hugo,
        tdd,
        "How do you name your tests?",
        "I write them as sentences: *a late delivery is refused*. What do you do, and did it change how you design?",
    )
    .await?;
    let mut reply =
        Draft::new("Sentences too. Since then I find the missing cases by reading the list aloud.", Visibility::Public);
    reply.in_reply_to = Some(question);
    posts::publish(&b.hall, &pia, reply, Origin::Here { idempotency_key: None }).await?;
    let mut link = Draft::new("Short, and still the best introduction I know. #reading", Visibility::Public);
    link.community = Some(tdd);
    link.resource =
        Some(ResourceLink { url: "https://example.org/test-first".into(), title: "Test first, in twelve pages".into() });
    posts::publish(&b.hall, &pia, link, Origin::Here { idempotency_key: None }).await?;
    let mut poll = Draft::new("We meet for an hour in December. Which kata shall we do together?", Visibility::Public);
    poll.community = Some(tdd);
    poll.poll = Some(PollDraft::new(["Bowling game", "Gilded Rose", "Mars rover"], false, false, 7 * DAY));
    let poll = posts::publish(&b.hall, &hugo, poll, Origin::Here { idempotency_key: None }).await?;
    app::polls::vote(&b.hall, &pia, poll, &[1]).await?;
    across(a, b, &max).await
}

/// Max joins the other hall's open community and answers: real requests between the two halls.
async fn across(a: &Assembled, b: &Assembled, max: &Requester) -> anyhow::Result<()> {
    let handle = Handle { name: "tdd".into(), host: Some(b.hall.settings().handle_domain.clone()) };
    let found = app::search::resolve(&a.hall, max, &handle.to_string()).await?;
    let Some(app::ports::Found::Actor(group)) = found else { anyhow::bail!("the two halls do not reach each other") };
    people::follow(&a.hall, max, group).await?;
    // Being let in takes a few requests back and forth; the seed does not insist.
    for _ in 0..60 {
        let known = communities::show_by_actor(&a.hall, max, group).await?;
        let inside =
            known.is_some_and(|c| c.open(max).is_ok_and(|c| c.standing.is_some_and(domain::membership::Membership::is_active)));
        if inside {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let text = format!("@{handle} Is there a good way to test time? We pass a clock around, and it feels heavy.");
    posts::publish(&a.hall, max, Draft::new(text, Visibility::Public), Origin::Here { idempotency_key: None }).await?;
    Ok(())
}

/// What the newcomer reads.
pub fn welcome(a: &Assembled, b: &Assembled, people: &[Person], after: Duration, kept: Option<&Path>) -> String {
    let halls = [a, b];
    let mut out = String::new();
    let _ = writeln!(out, "\nTwo halls are open ({:.1} s), connected by real federation:\n", after.as_secs_f32());
    for hall in halls {
        let settings = hall.hall.settings();
        let _ = writeln!(out, "  {:<10} {}", settings.organisation, settings.base());
    }
    let _ = writeln!(out, "\nSign in with these names; the password is “{PASSWORD}”:\n");
    for person in people {
        let organisation = halls.get(person.hall).map_or("", |hall| hall.hall.settings().organisation.as_str());
        let _ = writeln!(out, "  {:<10} {:<5} {}", organisation, person.name, person.who);
    }
    let _ = writeln!(out, "\nAccess tokens for a Mastodon client or for curl:\n");
    for person in people {
        let _ = writeln!(out, "  {:<5} {}", person.name, person.token);
    }
    let (base_a, base_b) = (a.hall.settings().base(), b.hall.settings().base());
    let (host_a, host_b) = (&a.hall.settings().handle_domain, &b.hall.settings().handle_domain);
    let _ = writeln!(out, "\nThree things to try:\n");
    let _ = writeln!(
        out,
        "  1. As ines at {base_a}, find @tdd@{host_b} under Communities, join it and write a post.\n     Then look at {base_b}/@tdd."
    );
    let _ = writeln!(
        out,
        "  2. As pia at {base_b}, find @platform_circle@{host_a} and ask to join.\n     Then, as nora at {base_a}, let her in under Notifications."
    );
    let _ = writeln!(out, "  3. Look for @payments_craft@{host_a} from {base_b}: it is internal, so nothing of it is there.");
    match kept {
        Some(dir) => {
            let _ = writeln!(out, "\nEverything stays in {}. Ctrl-C stops both halls.", dir.display());
        }
        None => {
            let _ = writeln!(out, "\nCtrl-C stops both halls and removes everything (keep it with --keep DIR).");
        }
    }
    out
}
