"""Main job, point 3: an internal community of A does not exist outside A."""
from halls import ACTIVITY_JSON
from people import find, holding, join, list_of, resolve, status_code, word


def inside(world, report):
    """It works for those who are in it, and its door shows to the hall."""
    ana, aldo, alma, amos = (world.at_a(name) for name in ("ana", "aldo", "alma", "amos"))
    secret = find(aldo, "@secret")
    report.ok("a colleague finds the door of a community that shows it to the hall", secret.group is True)
    join(report, aldo, secret, "a colleague joins")
    join(report, amos, find(amos, "@secret"), "another joins")
    mark = word("inside")
    sent = ana.status_post(f"@secret {mark} what we learned from the outage")
    report.soon("members read what is said in it",
                lambda: len(holding(aldo.timeline_list(list_of(aldo, secret).id), mark)) == 1)
    report.ok("a colleague outside reads none of it", not holding(alma.account_statuses(secret.id), mark))
    report.equal("not by id either", status_code(lambda: alma.status(sent.id)), 404)
    report.ok("nor on any timeline", not holding(alma.timeline_home(), mark)
              and not holding(alma.timeline_local(), mark))
    report.ok("nor by search", not alma.search_v2(mark, resolve=True).statuses)
    report.equal("a community whose door is for members only is not found",
                 [a.acct for a in resolve(alma, "@hidden")], [])
    report.equal("nor looked up", status_code(lambda: alma.account_lookup("hidden")), 404)
    report.ok("its lead finds it", ana.account_lookup("hidden").group is True)
    world.inside_word = mark


def outside(world, report):
    """To B and to strangers it is as if it had never been."""
    ana, bea = world.at_a("ana"), world.at_b("bea")
    secret, hall = ana.account_lookup("secret"), world.a
    never = hall.webfinger("neverwas")
    report.equal("WebFinger of a name that never was answers 404", never.status, 404)
    for name in ("secret", "hidden"):
        report.equal(f"searching @{name} from B finds nothing", resolve(bea, f"@{name}@{hall.host}"), [])
        seen = hall.webfinger(name)
        report.equal(f"WebFinger of {name} answers the same", (seen.status, seen.body), (never.status, never.body))
    addresses = [a for a in (secret.url, secret.uri) if a]
    report.ok("inside, the community's account has an address", addresses)
    for address in addresses:
        report.equal("searching that address from B finds nothing", resolve(bea, address), [])
        for accept in (ACTIVITY_JSON, "text/html"):
            report.equal(f"asked for as {accept} by a stranger it is 404", hall.get(address, accept=accept).status, 404)
    report.equal("the account is 404 to a stranger's client", hall.get(f"/api/v1/accounts/{secret.id}").status, 404)

    posts = holding(ana.timeline_list(list_of(ana, secret).id), world.inside_word)
    report.equal("the post is there inside", len(posts), 1)
    for address in [a for a in (posts[0].uri, posts[0].url) if a]:
        for accept in (ACTIVITY_JSON, "text/html"):
            answer = hall.get(address, accept=accept)
            if answer.status == 303:  # every page's address leads activity readers to its object, there or not
                answer = hall.get(answer.headers["location"], accept=accept)
            report.equal(f"the post asked for as {accept} by a stranger is 404", answer.status, 404)
        report.equal("searching its address from B finds nothing",
                     bea.search_v2(address, resolve=True).statuses, [])
    missing = hall.get("/api/v1/statuses/1")
    seen = hall.get(f"/api/v1/statuses/{posts[0].id}")
    report.equal("its id answers as one that never was", (seen.status, seen.body), (missing.status, missing.body))
    for path in ("/api/v1/timelines/public?limit=40", f"/api/v2/search?q={world.inside_word}",
                 "/api/v1/directory?limit=80", "/api/v1/instance", "/api/v2/instance"):
        body = hall.get(path).body
        report.ok(f"{path.split('?')[0]} tells a stranger nothing of it",
                  world.inside_word.encode() not in body and b"Incident practice" not in body)


def mention(world, report):
    """A remote person named inside gets nothing; a person who acted only inside is unknown outside."""
    ana, amos, bea = world.at_a("ana"), world.at_a("amos"), world.at_b("bea")
    mark, fence = word("named"), word("fence")
    amos.status_post(f"@secret {mark} should we ask @bea@{world.b.host}?")
    ana.status_post(f"{world.tdd} {fence} for everybody @bea@{world.b.host}")
    report.soon("an open post that names B's lead gives a notification", lambda: holding(
        [n.status for n in bea.notifications() if n.status], fence))
    report.ok("the internal one gives none", not holding(
        [n.status for n in bea.notifications() if n.status], mark))
    report.ok("and no post", not holding(bea.timeline_home(), mark) and not bea.search_v2(mark).statuses)
    report.equal("who acted only inside has no WebFinger", world.a.webfinger("amos").status, 404)
    report.equal("and is not found from B", resolve(bea, f"@amos@{world.a.host}"), [])
    acct = amos.account_verify_credentials()
    report.equal("nor has an actor", world.a.get(acct.uri or acct.url, accept=ACTIVITY_JSON).status, 404)
    report.equal("who acted outside has one", world.a.webfinger("ana").status, 200)
