"""Main job, point 1 and the barrier: a partner community of B that names A's host."""
from halls import ACTIVITY_JSON
from people import find, holding, list_of, relationship, word


def ask_and_enter(world, report):
    """Ask to join, be let in by the lead."""
    ana, bea = world.at_a("ana"), world.at_b("bea")
    supply = find(ana, world.supply)
    report.ok("a member of a named organisation finds the partner community", supply.group is True)
    report.ok("it says that joining is by request", supply.locked is True)
    asked = ana.account_follow(supply.id)
    report.ok("following it is asking", asked.requested is True and asked.following is False, asked)
    report.ok("until then there is no list", list_of(ana, supply) is None)
    waiting = report.soon("the lead at B sees the request", lambda: [
        a for a in bea.follow_requests() if a.acct == f"ana@{world.a.host}"])
    report.equal("once", len(waiting), 1)
    bea.follow_request_authorize(waiting[0].id)
    report.ok("the answered request is gone from the lead's list",
              waiting[0].id not in [a.id for a in bea.follow_requests()])
    report.soon("the member at A is in", lambda: relationship(ana, supply).following)
    report.ok("and nothing is pending", relationship(ana, supply).requested is False)
    report.ok("the community is a list now", list_of(ana, supply) is not None)


def refuse(world, report):
    """A request that the lead turns down."""
    alma, bea = world.at_a("alma"), world.at_b("bea")
    supply = find(alma, world.supply)
    alma.account_follow(supply.id)
    waiting = report.soon("a second request reaches the lead", lambda: [
        a for a in bea.follow_requests() if a.acct == f"alma@{world.a.host}"])
    bea.follow_request_reject(waiting[0].id)
    report.soon("turned down, it is no longer pending at A", lambda: not relationship(alma, supply).requested)
    report.ok("and gives no membership", relationship(alma, supply).following is False)


def post_among_partners(world, report):
    """What members say, members read; nobody else does."""
    ana, bea = world.at_a("ana"), world.at_b("bea")
    supply, here, mark = find(ana, world.supply), bea.account_lookup("supply"), word("partner")
    sent = ana.status_post(f"{world.supply} {mark} delivery slips by a week")
    report.ok("a post in a partner community is not public", sent.visibility == "private", sent.visibility)
    at_b = report.soon("a post from A arrives on B's list",
                       lambda: holding(bea.timeline_list(list_of(bea, here).id), mark))
    report.equal("once", len(at_b), 1)
    answer = word("partneranswer")
    bea.status_post(f"{answer} understood", in_reply_to_id=at_b[0].id)
    report.soon("the reply of B's lead stands in the thread at A",
                lambda: len(holding(ana.status_context(sent.id).descendants, answer)) == 1)

    never = world.b.get("/api/v1/statuses/1")
    report.equal("a status that never was answers 404", never.status, 404)
    for side, hall, id_ in (("A", world.a, sent.id), ("B", world.b, at_b[0].id)):
        answer_ = hall.get(f"/api/v1/statuses/{id_}")
        report.equal(f"a stranger's client gets 404 for it at {side}", answer_.status, 404)
        report.equal("with the body of one that never was", answer_.body, never.body)
        report.equal(f"and 404 for its thread at {side}", hall.get(f"/api/v1/statuses/{id_}/context").status, 404)
    for side, hall, name in (("A", world.a, "alma"), ("B", world.b, "bob")):
        id_ = sent.id if side == "A" else at_b[0].id
        report.equal(f"somebody at {side} outside the community gets 404",
                     hall.get(f"/api/v1/statuses/{id_}", token=hall.tokens[name]).status, 404)
    report.equal("its object asked for without signature is 404",
                 world.a.get(sent.uri, accept=ACTIVITY_JSON).status, 404)
    report.equal("its web page without session is 404", world.a.get(sent.url, accept="text/html").status, 404)
    report.equal("the community's actor asked for without signature is 404",
                 world.b.get(supply.uri, accept=ACTIVITY_JSON).status, 404)
    for side, hall in (("A", world.a), ("B", world.b)):
        for path in ("/api/v1/timelines/public?limit=40", f"/api/v2/search?type=statuses&q={mark}"):
            report.ok(f"{path.split('?')[0]} of {side} says nothing of it to a stranger",
                      mark.encode() not in hall.get(path).body)
