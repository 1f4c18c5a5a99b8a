#!/usr/bin/env python3
"""One hall and an independent ActivityPub implementation, a peer on Fedify: they must understand each other.

Starts `guildhall serve` on 127.0.0.1 and `peer.mjs` on 127.0.0.3. Needs `npm ci` done in this folder. Fedify asks
for Node.js 22; where the system's is older, the one that the optional dependencies bring is used.
"""
import json
import pathlib
import re
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from checks import Report, wait_for  # noqa: E402
from halls import ACTIVITY_JSON, Hall, free_port, request  # noqa: E402

NODE_NEEDED = 22
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"


def node():
    """A Node.js that is new enough: the system's, or the one installed beside Fedify."""
    bundled = sorted(HERE.glob("node_modules/node-linux-*/bin/node"))
    for path in filter(None, [shutil.which("node"), *map(str, bundled)]):
        version = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout
        if (found := re.match(r"v(\d+)", version)) and int(found[1]) >= NODE_NEEDED:
            return path
    raise SystemExit(f"no Node.js {NODE_NEEDED} or newer: run `npm ci` in {HERE}")


class Peer:
    """The peer's process and its control address."""

    def __init__(self, address="127.0.0.3", only=None):
        self.host, self.control = f"{address}:{free_port(address)}", free_port("127.0.0.1")
        port = self.host.split(":")[1]
        words = [node(), "peer.mjs", address, port, str(self.control), *([only] if only else [])]
        self.process = subprocess.Popen(words, cwd=HERE, stdin=subprocess.DEVNULL, stdout=sys.stderr)
        if not wait_for(lambda: self.ask("/state"), 60)[0]:
            self.close()
            raise SystemExit("the peer did not start")

    def ask(self, path):
        return request("GET", f"http://127.0.0.1:{self.control}{path}").json()

    def tell(self, path, **words):
        answer = request("POST", f"http://127.0.0.1:{self.control}{path}", data=words, timeout=60)
        if answer.status != 200:
            raise RuntimeError(f"the peer, told {path}: {answer}")
        return answer.json()

    def activities(self, kind, holds=lambda activity: True):
        return [a for a in self.ask("/activities") if a["type"] == kind and holds(a)]

    def close(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(10)


def post(hall, name, **fields):
    answer = hall.send("POST", "/api/v1/statuses", fields, hall.tokens[name])
    if answer.status != 200:
        raise RuntimeError(f"posting as {name}: {answer}")
    return answer.json()


def list_holding(hall, name, text):
    """The entries of a person's community list whose post has `text` in it."""
    token, found = hall.tokens[name], []
    for list_ in hall.get("/api/v1/lists", token=token).json():
        page = hall.get(f"/api/v1/timelines/list/{list_['id']}?limit=40", token=token).json()
        found += [s for s in page if text in (s.get("reblog") or s)["content"]]
    return found


def inner(activity):
    """What an Announce is about: an id, or the activity in it."""
    return activity["json"].get("object")


def look_up(hall, peer, report):
    seen = peer.tell("/lookup", handle=f"@tdd@{hall.host}")
    report.ok("WebFinger leads to the community's actor", seen["actor"], seen["webfinger"])
    report.equal("WebFinger names the handle back", seen["webfinger"]["subject"], f"acct:tdd@{hall.host}")
    report.equal("Fedify reads a Group", seen["kind"], "Group")
    actor = seen["actor"]
    for key in ("inbox", "outbox", "followers", "publicKey"):
        report.ok(f"with {key}", actor.get(key))
    report.ok("and a shared inbox", (actor.get("endpoints") or {}).get("sharedInbox"))
    report.equal("named as the handle says", actor["preferredUsername"], "tdd")
    secret = peer.tell("/lookup", handle=f"@secret@{hall.host}")
    report.ok("an internal community is not found", not secret["webfinger"] and not secret["actor"])
    return actor["id"]


def follow(hall, peer, group, report):
    sent = peer.tell("/follow", target=group)
    accept = report.soon("the Follow is accepted", lambda: peer.activities("Accept"))[0]
    told = accept["object"] if isinstance(accept["object"], str) else accept["object"]["id"]
    report.equal("the Accept names our Follow", told, sent["id"])
    report.equal("it comes from the community", accept["actor"], group)
    verdict(report, "the Accept", accept)


def verdict(report, what, activity):
    """Fedify's verdict on the HTTP signature, and whether its listeners then got the activity."""
    signature = activity["signature"]
    report.ok(f"Fedify verified the signature of {what}", signature["verified"], signature)
    report.equal("the key belongs to the sender", signature["owner"], activity["actor"])
    report.equal("and Fedify took it in", activity["answer"], 202)


def receive(hall, peer, group, report):
    status = post(hall, "ana", status="@tdd fedifystarter one assertion at a time")
    uri = status["uri"]
    by_id = report.soon("a post comes as Announce of its id", lambda: peer.activities(
        "Announce", lambda a: inner(a) == uri))
    whole = report.soon("and as Announce of its Create", lambda: peer.activities(
        "Announce", lambda a: isinstance(inner(a), dict) and inner(a).get("type") == "Create"
        and (inner(a)["object"] == uri or inner(a)["object"].get("id") == uri)))
    report.equal("each once", (len(by_id), len(whole)), (1, 1))
    for name, announce in (("Announce{id}", by_id[0]), ("Announce{Create}", whole[0])):
        report.equal(f"{name} is the community's", announce["actor"], group)
        verdict(report, name, announce)
        addressed = announce["json"].get("to", []) + announce["json"].get("cc", [])
        report.ok(f"{name} is public", PUBLIC in addressed, addressed)
    for signed in (False, True):
        seen = peer.tell("/fetch", url=uri, signed=signed)
        report.ok(f"the object can be fetched {'with' if signed else 'without'} signature", "document" in seen, seen)
    report.equal("it is an Article", seen["kind"], "Article")
    document = seen["document"]
    report.equal("under its own id", document["id"], uri)
    report.equal("its audience is the community", document.get("audience"), group)
    report.ok("its text is there", "fedifystarter" in document["content"])
    author = peer.tell("/fetch", url=document["attributedTo"], signed=True)
    report.ok("its author can be looked up", "document" in author, author)
    reply = post(hall, "ana", status="fedifyreply and another", in_reply_to_id=status["id"])
    report.soon("a reply comes as Announce of its Create", lambda: peer.activities(
        "Announce", lambda a: isinstance(inner(a), dict) and reply["uri"] in json.dumps(inner(a))))
    report.ok("and not as Announce of its id", not peer.activities("Announce", lambda a: inner(a) == reply["uri"]))


def send(hall, peer, group, report):
    sent = peer.tell("/post", target=group, text="fedifyguest greetings from outside")
    seen = report.soon("a note that names the community enters it", lambda: list_holding(hall, "ana", "fedifyguest"))
    report.equal("once", len(seen), 1)
    report.equal("under its own address", (seen[0].get("reblog") or seen[0])["uri"], sent["note"])
    report.equal("by the peer's person", (seen[0].get("reblog") or seen[0])["account"]["acct"], f"otto@{peer.host}")
    echo = report.soon("the community announces it to its followers", lambda: peer.activities(
        "Announce", lambda a: sent["note"] in json.dumps(inner(a))))
    verdict(report, "that Announce", echo[0])


def quote(hall, peer, _group, report):
    """FEP-044f: a post is quoted elsewhere, and the approval can be read by Fedify."""
    post_ = post(hall, "ana", status="fedifyquoted a sentence worth repeating")
    sent = peer.tell("/quote", object=post_["uri"], text="fedifyquoting well said")
    accept = report.soon("the request to quote is accepted", lambda: peer.activities(
        "Accept", lambda a: isinstance(a["object"], dict) and a["object"].get("id") == sent["request"]))[0]
    verdict(report, "that Accept", accept)
    report.equal("by the author of the post", accept["actor"], sent["author"])
    approval = accept["json"].get("result")
    seen = peer.tell("/fetch", url=approval, signed=False)
    report.equal("Fedify reads the approval", seen.get("kind"), "QuoteAuthorization")
    report.equal("which names both posts", (seen.get("interacting"), seen.get("interacted")), (sent["note"], post_["uri"]))
    told = report.soon("the author is told where", lambda: hall.get(
        "/api/v1/notifications?types[]=quote", token=hall.tokens["ana"]).json())
    report.ok("by the post that quotes", "fedifyquoting" in told[0]["status"]["content"], told)
    peer.tell("/unquote", object=post_["uri"])
    report.soon("after Undo the approval is gone",
                lambda: hall.get(approval, accept=ACTIVITY_JSON).status == 404)


def forms(hall, peer, group, report):
    """How both sides signed so far: Fedify by RFC 9421 first, the hall after draft-cavage first."""
    sent = [s for s in peer.ask("/sent") if s["url"].startswith(hall.url)]
    posts = [s for s in sent if s["method"] == "POST"]
    report.ok("Fedify's deliveries were taken at the first knock", posts and all(
        s["form"] == "rfc9421" and s["status"] == 202 for s in posts), posts)
    reads = [s for s in sent if s["method"] == "GET"]
    report.ok("and so were its signed reads", reads and all(s["form"] == "rfc9421" for s in reads), reads)
    came = {a["signature"]["form"] for a in peer.ask("/activities")}
    report.equal("the hall signs after draft-cavage as long as that is taken", came, {"draft-cavage"})


def only_by(form, address, hall, group, report):
    """A peer that takes one form alone: the hall finds out, and Fedify verifies what it then sends."""
    peer = Peer(address, form)
    try:
        follow(hall, peer, group, report)
        uri = post(hall, "ana", status=f"@tdd fedify{form} signed another way")["uri"]
        came = report.soon("a post comes", lambda: peer.activities("Announce", lambda a: inner(a) == uri))[0]
        verdict(report, "it", came)
        report.equal("it is signed so", came["signature"]["form"], form)
        refused = peer.ask("/refused")
        wanted = [] if form == "ed25519" else ["draft-cavage"]
        report.equal("the hall knocked with draft-cavage once, unless it was told", refused, wanted)
        if form == "ed25519":
            sent = peer.tell("/deliver", target=group, text="@tdd fedifyedwards by another library")
            report.ok("the hall takes Ed25519 by RFC 9421 from another library", sent["status"] == 202, sent)
            report.soon("and what it said is there", lambda: list_holding(hall, "ana", "fedifyedwards"))
    finally:
        peer.close()


def unfollow(hall, peer, group, report):
    peer.tell("/unfollow", target=group)

    def unheard():
        uri = post(hall, "ana", status="@tdd fedifyafter who still listens")["uri"]
        seen = peer.tell("/fetch", url=uri, signed=False)
        late, _ = wait_for(lambda: peer.activities("Announce", lambda a: uri in json.dumps(inner(a))), 2)
        return "document" in seen and not late

    report.soon("after Undo a later post is there to be fetched, but is not delivered", unheard)
    refused = [a for a in peer.ask("/activities") if not a["signature"]["verified"]]
    report.ok("no request came with a signature that Fedify refused", not refused, refused)
    report.equal("and no object is fetched that is not there",
                 peer.tell("/fetch", url=f"{hall.url}/p/42", signed=True)["status"], 404)
    report.equal("Fedify met no error", peer.ask("/state")["errors"], [])


def main():
    report = Report()
    hall = Hall("a", "127.0.0.1", "Alpha Works")
    peer = None
    try:
        hall.account("ana")
        hall.community("tdd", "Test-driven development", "open", lead="ana")
        hall.community("secret", "Incident practice", "internal", lead="ana")
        hall.start()
        peer = Peer()
        report.on_failure += [hall.show_log, lambda: print(f"# peer: {json.dumps(peer.ask('/state'))}")]
        print(f"# hall {hall.url}, peer {peer.host} on Node.js {peer.ask('/state')['node']}")
        group = None
        with report.section("Finding the community"):
            group = look_up(hall, peer, report)
        steps = [("Following it", follow), ("Receiving its posts", receive), ("Posting into it", send),
                 ("Quoting a post", quote), ("How both sign", forms), ("Undoing the follow", unfollow)]
        for title, step in steps if group else []:
            with report.section(title):
                step(hall, peer, group, report)
        for form, address in (("rfc9421", "127.0.0.4"), ("ed25519", "127.0.0.5")) if group else []:
            with report.section(f"A peer that takes {form} alone"):
                only_by(form, address, hall, group, report)
    finally:
        if peer:
            peer.close()
        hall.close()
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
