"""Bad input: each a clear answer with the right status and shape."""
import time

from halls import free_port
from people import find, list_of, resolve, status_code, word


def shape(report, sentence, answer, status):
    """An error is JSON with a text under `error`, and has the status wanted."""
    report.equal(sentence, answer.status, status)
    kind = answer.headers.get("Content-Type", "")
    report.ok("as JSON", kind.split(";")[0] == "application/json", kind)
    report.ok("with a text in `error`", isinstance(answer.json().get("error"), str) and answer.json()["error"])


def unknown(world, report):
    """Handles and halls that are not there."""
    ana = world.at_a("ana")
    report.equal("an unknown handle of B is an empty result", resolve(ana, f"@nosuch@{world.b.host}"), [])
    began = time.monotonic()
    report.equal("a dead hall is an empty result", resolve(ana, f"@tdd@127.0.0.9:{free_port('127.0.0.9')}"), [])
    report.ok("within ten seconds", time.monotonic() - began < 10)
    report.equal("words that are no handle are an empty result", resolve(ana, "@@@"), [])
    shape(report, "an unknown status is 404", world.a.get("/api/v1/statuses/42", token=world.a.tokens["ana"]), 404)
    shape(report, "an unknown account is 404", world.a.get("/api/v1/accounts/42", token=world.a.tokens["ana"]), 404)
    shape(report, "an unknown route of the API is 404", world.a.get("/api/v1/no/such/route"), 404)


def posts(world, report):
    """Posts that a community refuses."""
    ana = world.at_a("ana")
    token, tdd = world.a.tokens["ana"], find(ana, world.tdd)
    limit = ana.instance_v2().configuration.statuses.max_characters

    def post(**fields):
        return world.a.send("POST", "/api/v1/statuses", fields, token)
    shape(report, "a post over the limit is 422", post(status=f"{world.tdd} " + "x" * (limit + 1)), 422)
    shape(report, "an empty post is 422", post(status=""), 422)
    shape(report, "a post with two community handles is 422",
          post(status=f"{world.tdd} to both {world.supply}"), 422)
    shape(report, "a private post into an open community is 422",
          post(status=f"{world.tdd} only some", visibility="private"), 422)
    starter = ana.status_post(f"{world.tdd} {word('starter')}")
    shape(report, "a reply that would cross communities is 422",
          post(status=f"{world.supply} across", in_reply_to_id=str(starter.id)), 422)
    shape(report, "a reply to a post that never was is 404", post(status="hello", in_reply_to_id="42"), 404)
    list_ = list_of(ana, tdd)
    report.equal("renaming a community's list is 422", status_code(lambda: ana.list_update(list_.id, "Mine")), 422)
    report.equal("deleting it is 422", status_code(lambda: ana.list_delete(list_.id)), 422)
    me = ana.account_verify_credentials()
    report.equal("adding a person to it is 422",
                 status_code(lambda: ana.list_accounts_add(list_.id, [me.id])), 422)
    report.ok("and it is as it was", list_of(ana, tdd).title == list_.title)


def requests(world, report):
    """Tokens and bodies that are wrong."""
    hall = world.a
    shape(report, "a made-up token is 401", hall.get("/api/v1/timelines/home", token="made-up"), 401)
    shape(report, "no token is 401", hall.get("/api/v1/timelines/home"), 401)
    narrow = hall.command("token", "create", "alma", "--scopes", "read")["access_token"]
    report.equal("a token for reading reads", hall.get("/api/v1/timelines/home", token=narrow).status, 200)
    shape(report, "a token for reading does not post",
          hall.send("POST", "/api/v1/statuses", {"status": "hello"}, narrow), 403)
    token = hall.tokens["ana"]
    as_json = {"Content-Type": "application/json"}
    answer = hall.send("POST", "/api/v1/statuses", b'{"status": ', token, as_json)
    report.ok("a body that is no JSON is refused", answer.status in (400, 422), answer)
    shape(report, "in the shape of an error", answer, answer.status)
    answer = hall.send("POST", "/api/v1/statuses", b"\x00" * 64, token, {"Content-Type": "image/png"})
    report.ok("a body of the wrong type is refused", answer.status in (400, 415, 422), answer)
    answer = hall.send("POST", "/api/v1/statuses", b'{"status":"' + b"x" * (4 << 20) + b'"}', token, as_json)
    report.ok("an oversized body is refused", answer.status in (413, 422), answer.status)
    report.equal("and the hall goes on", hall.get("/api/v2/instance").status, 200)
