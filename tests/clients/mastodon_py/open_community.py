"""Main job, points 1 and 2: an open community of B, found, joined and used from A."""
from halls import ACTIVITY_JSON
from people import bare, find, holding, join, list_of, relationship, resolve, status_code, word


def instance_and_app(world, report):
    """What a client reads before anybody signs in."""
    anyone = world.at_a()
    v2, v1 = anyone.instance_v2(), anyone.instance_v1()
    report.equal("instance v2 names the hall's own domain", v2.domain, world.a.host)
    report.equal("instance v1 names it too", v1.uri.split("://")[-1].strip("/"), world.a.host)
    report.ok("the version has three parts and names no space",
              len(v2.version.split("+")[0].split(".")) == 3 and " " not in v2.version, v2.version)
    report.ok("the limit on a post's length is told", v2.configuration.statuses.max_characters > 0)
    me = world.at_a("ana").account_verify_credentials()
    report.equal("a token made on the command line signs in", (me.username, me.acct), ("ana", "ana"))
    report.ok("a person is no group", me.group is False)


def find_and_join(world, report):
    """Find by handle, by page and by actor; join; see it as list, account and membership."""
    ana, aldo, bea, ben = world.at_a("ana"), world.at_a("aldo"), world.at_b("bea"), world.at_b("ben")
    tdd = find(ana, world.tdd)
    report.equal("searching the handle finds the community", tdd.acct, world.tdd.lstrip("@"))
    report.ok("it is an account with group: true", tdd.group is True)
    report.equal("its name came along", tdd.display_name, "Test-driven development")
    report.equal("searching its page's address finds the same", [a.id for a in resolve(ana, tdd.url)], [tdd.id])
    report.equal("so does its actor's address", [a.id for a in resolve(ana, tdd.uri)], [tdd.id])
    report.equal("looking the handle up finds it", ana.account_lookup(tdd.acct).id, tdd.id)
    report.ok("before joining there is no list", list_of(ana, tdd) is None)
    join(report, ana, tdd, "following it is joining it")
    join(report, aldo, tdd, "a second member of A joins")
    list_ = list_of(ana, tdd)
    report.ok("the joined community is a list", list_ is not None, [x.title for x in ana.lists()])
    report.equal("the list has the community's name", list_.title, tdd.display_name)
    here = bea.account_lookup("tdd")
    report.ok("at B the lead has it as a list as well", list_of(bea, here) is not None)
    join(report, ben, here, "a member of B joins at home")
    wanted = {f"ana@{world.a.host}", f"aldo@{world.a.host}"}
    report.soon("the lead at B sees both members of A",
                lambda: wanted <= {a.acct for a in bea.account_followers(here.id)})


def post_and_boost(world, report):
    """A post from A: at B, at A's other members, once each."""
    ana, aldo, bea, ben = world.at_a("ana"), world.at_a("aldo"), world.at_b("bea"), world.at_b("ben")
    tdd, here, mark = find(ana, world.tdd), bea.account_lookup("tdd"), word("starter")
    sent = ana.status_post(f"{world.tdd} {mark} red, green, refactor")
    report.ok("a status that begins with the handle is accepted", mark in sent.content, sent.content)

    def once(client_, community):
        found = holding(client_.timeline_list(list_of(client_, community).id), mark)
        return found if len(found) == 1 else None
    at_b = report.soon("it arrives on B's list, once", lambda: once(bea, here))[0]
    report.ok("bare, not as a boost", at_b.reblog is None)
    report.equal("under the address it has at A", at_b.uri, sent.uri)
    report.equal("by the person who wrote it", at_b.account.acct, f"ana@{world.a.host}")
    report.soon("it is among the community's own statuses at B",
                lambda: len(holding(bea.account_statuses(here.id), mark)) == 1)
    report.soon("and on the list of A's other member, once", lambda: once(aldo, tdd))
    for who, client_, community in (("A's other member", aldo, tdd), ("a member of B", ben, here)):
        home = report.soon(f"the Home of {who} has it", lambda c=client_: holding(c.timeline_home(), mark))
        report.equal(f"the Home of {who} has it exactly once", len(home), 1)
        report.ok("as the community's boost", home[0].reblog and home[0].account.id == community.id)
        report.ok("the boost is a row with an id of its own", home[0].id != home[0].reblog.id)
    report.ok("the author's Home has it exactly once", len(holding(ana.timeline_home(), mark)) == 1)
    report.ok("somebody at B outside the community has it on no Home",
              not holding(world.at_b("bob").timeline_home(), mark))
    public = world.b.get(sent.uri, accept=ACTIVITY_JSON)
    report.equal("its object is public", public.status, 200)
    report.equal("and carries its own id", public.json()["id"], sent.uri)
    report.equal("its web page is there", world.b.get(sent.url, accept="text/html").status, 200)
    mark = word("fromthelead")
    bea.status_post(f"{mark} good morning @tdd")
    report.soon("a post of the lead at B, handle last, reaches A's list",
                lambda: len(holding(ana.timeline_list(list_of(ana, tdd).id), mark)) == 1)


def thread(world, report):
    """Replies, edits and deletions follow a post to every side."""
    ana, aldo, ben = world.at_a("ana"), world.at_a("aldo"), world.at_b("ben")
    mark, reply_mark, answer_mark, edit_mark = word("question"), word("reply"), word("answer"), word("edited")
    sent = ana.status_post(f"{world.tdd} {mark} how do you test time?")
    here = ben.account_lookup("tdd")
    at_b = report.soon("the starter arrives at B",
                       lambda: holding(ben.timeline_list(list_of(ben, here).id), mark))[0]
    reply = ben.status_post(f"{reply_mark} with a clock you can set", in_reply_to_id=at_b.id)
    report.equal("B's member replies inside the community", reply.in_reply_to_id, at_b.id)
    seen = report.soon("the reply stands in the thread at A",
                       lambda: holding(ana.status_context(sent.id).descendants, reply_mark))
    report.equal("once", len(seen), 1)
    report.equal("as an answer to the starter", seen[0].in_reply_to_id, sent.id)
    ana.status_post(f"{answer_mark} thank you", in_reply_to_id=seen[0].id)
    report.soon("an answer from A stands in the thread at B",
                lambda: len(holding(ben.status_context(at_b.id).descendants, answer_mark)) == 1)
    report.soon("and in the thread of A's other member",
                lambda: len(holding(aldo.status_context(find_status(aldo, sent.uri).id).descendants, answer_mark)) == 1)
    report.ok("replies are on no Home", not holding(aldo.timeline_home(), reply_mark))

    ana.status_update(sent.id, f"{world.tdd} {mark} {edit_mark} how do you test clocks?")
    report.soon("an edit follows to B", lambda: edit_mark in ben.status(at_b.id).content)
    report.ok("and is marked as one", ben.status(at_b.id).edited_at is not None)
    report.ok("the edited post is still one", len(holding(ben.timeline_list(list_of(ben, here).id), mark)) == 1)

    doomed_mark = word("doomed")
    doomed = ana.status_post(f"{world.tdd} {doomed_mark} sent too soon")
    copy = report.soon("another post arrives at B",
                       lambda: holding(ben.timeline_list(list_of(ben, here).id), doomed_mark))[0]
    gone = ana.status_delete(doomed.id)
    report.ok("deleting answers with the text, to write it anew", doomed_mark in (gone.text or ""), gone.text)
    report.equal("deleted, it is gone at A at once", status_code(lambda: ana.status(doomed.id)), 404)
    report.soon("and gone at B", lambda: status_code(lambda: ben.status(copy.id)) == 404)
    report.ok("from B's list", not holding(ben.timeline_list(list_of(ben, here).id), doomed_mark))
    report.ok("and from Home at B", not holding(ben.timeline_home(), doomed_mark))
    report.soon("and from Home of A's other member", lambda: not holding(aldo.timeline_home(), doomed_mark))
    key, once_mark = word("key"), word("once")
    first = ana.status_post(f"{world.tdd} {once_mark}", idempotency_key=key)
    again = ana.status_post(f"{world.tdd} {once_mark}", idempotency_key=key)
    report.equal("posting again with the same idempotency key is the same post", again.id, first.id)


def resource(world, report):
    """A link shared into the community is seen as one on both sides."""
    ana, ben, mark = world.at_a("ana"), world.at_b("ben"), word("resource")
    link = f"https://example.org/{mark}"
    sent = ana.status_post(f"{world.tdd} {mark} a good page on testing {link} #testing")
    here = ben.account_lookup("tdd")
    at_b = report.soon("a post with a link arrives at B",
                       lambda: holding(ben.timeline_list(list_of(ben, here).id), mark))[0]
    for side, status in (("A", sent), ("B", at_b)):
        report.ok(f"the link is a link at {side}", f'href="{link}"' in bare(status).content, bare(status).content)
        report.ok(f"the tag is a tag at {side}", "testing" in [t.name.lower() for t in bare(status).tags])


def find_status(client_, uri):
    """The status at this hall that has the given address, by search."""
    found = client_.search_v2(uri, resolve=True, result_type="statuses").statuses
    if len(found) != 1:
        raise AssertionError(f"search for {uri}: wanted one status, found {len(found)}")
    return found[0]


def leave(world, report):
    """Point 4: leaving is at once, and B no longer delivers."""
    ana, aldo, bea = world.at_a("ana"), world.at_a("aldo"), world.at_b("bea")
    tdd, here = find(aldo, world.tdd), bea.account_lookup("tdd")
    before = holding(aldo.timeline_home(), "")
    report.ok("before leaving, Home has the community's boosts", any(s.account.id == tdd.id for s in before))
    left = aldo.account_unfollow(tdd.id)
    report.ok("leaving answers not following", left.following is False and left.requested is False)
    report.ok("the list is gone at once", list_of(aldo, tdd) is None)
    report.ok("and the boosts are gone from Home", not any(s.account.id == tdd.id for s in aldo.timeline_home()))
    report.soon("the lead at B no longer sees the member", lambda: f"aldo@{world.a.host}" not in {
        a.acct for a in bea.account_followers(here.id)})
    mark = word("afterone")
    bea.status_post(f"@tdd {mark}")
    report.soon("who stayed gets the next post",
                lambda: holding(ana.timeline_list(list_of(ana, tdd).id), mark))
    report.ok("who left does not", not holding(aldo.timeline_home(), mark))

    ana.account_unfollow(tdd.id)
    report.soon("after the last member of A left, B counts none of A", lambda: not any(
        a.acct.endswith(world.a.host) for a in bea.account_followers(here.id)))
    mark, fence = word("afterall"), word("fence")
    bea.status_post(f"@tdd {mark}")
    bea.status_post(f"@supply {fence}")
    supply = find(ana, world.supply)
    report.soon("a later post of another community reaches A",
                lambda: holding(ana.timeline_list(list_of(ana, supply).id), fence))
    report.ok("and nothing of the one that was left", not holding(ana.account_statuses(tdd.id), mark))
    report.ok("the relationship says so", relationship(ana, tdd).following is False)
