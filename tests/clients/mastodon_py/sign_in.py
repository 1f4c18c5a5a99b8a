"""Signing in as an app does: register, authorize on the pages with a password, trade the code."""
import html.parser
import http.cookiejar
import urllib.error
import urllib.parse
import urllib.request

import requests
from halls import PASSWORD
from mastodon import Mastodon

REDIRECT = "http://127.0.0.1:1/back"
SCOPES = ["read", "write", "follow"]


class Forms(html.parser.HTMLParser):
    """The forms of a page: where they go, and their fields."""

    def __init__(self, page):
        super().__init__()
        self.forms = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "form":
            self.forms.append({"action": attrs.get("action") or "", "method": (attrs.get("method") or "get").lower(),
                               "fields": []})
        elif tag in ("input", "button") and self.forms and attrs.get("name"):
            kind = (attrs.get("type") or ("submit" if tag == "button" else "text")).lower()
            self.forms[-1]["fields"].append((attrs["name"], kind, attrs.get("value") or ""))


def filled(form, name, password):
    """The form's fields as a person fills them in: the first button pressed that does not refuse."""
    values, pressed = {}, False
    for field, kind, value in form["fields"]:
        if kind == "password":
            values[field] = password
        elif kind == "email" or (kind == "text" and not value):
            values[field] = f"{name}@example.org" if kind == "email" or "mail" in field else name
        elif kind == "submit":
            if not pressed and not any(no in value.lower() for no in ("deny", "cancel", "refuse")):
                values[field], pressed = value, True
        else:
            values.setdefault(field, value)
    return values


class Browser:
    """Follows pages with cookies, up to the app's own address."""

    def __init__(self, base):
        class StopAtApp(urllib.request.HTTPRedirectHandler):
            def redirect_request(self, req, fp, code, msg, headers, newurl):
                if newurl.startswith(REDIRECT):
                    raise Arrived(newurl)
                return super().redirect_request(req, fp, code, msg, headers, newurl)
        self.base = base
        self.opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), StopAtApp,
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))

    def open(self, url, fields=None):
        data = None if fields is None else urllib.parse.urlencode(fields).encode()
        headers = {"Accept": "text/html"} | ({"Origin": self.base} if data is not None else {})
        with self.opener.open(urllib.request.Request(url, data, headers), timeout=30) as page:
            return page.url, page.read().decode()


class Arrived(Exception):
    pass


def code_for(base, url, name, password, steps=6):
    """Go through the pages; the code, or None when the pages do not lead there."""
    browser = Browser(base)
    try:
        at, page = browser.open(url)
        for _ in range(steps):
            forms = [f for f in Forms(page).forms if f["method"] == "post"]
            asking = [f for f in forms if any(kind == "password" for _, kind, _ in f["fields"])]
            authorizing = [f for f in forms if "authorize" in f["action"]]
            form = (asking or authorizing or forms)[0]
            at, page = browser.open(urllib.parse.urljoin(at, form["action"] or at), filled(form, name, password))
            if asking and any(kind == "password" for f in Forms(page).forms for _, kind, _ in f["fields"]):
                return None
    except Arrived as back:
        return urllib.parse.parse_qs(urllib.parse.urlsplit(str(back)).query).get("code", [None])[0]
    except urllib.error.HTTPError as refusal:
        if refusal.code in (400, 401, 403, 422):
            return None
        raise
    return None


def sign_in(world, report):
    hall = world.a
    session = requests.Session()
    session.trust_env = False
    client_id, secret = Mastodon.create_app("client test", scopes=SCOPES, redirect_uris=REDIRECT,
                                            api_base_url=hall.url, session=session)
    report.ok("an app registers", client_id and secret)
    app = Mastodon(client_id=client_id, client_secret=secret, api_base_url=hall.url, session=session,
                   ratelimit_method="throw")
    url = app.auth_request_url(redirect_uris=REDIRECT, scopes=SCOPES, allow_http=True)
    report.ok("with a wrong password the pages give no code", code_for(hall.url, url, "alma", "wrong-password") is None)
    code = code_for(hall.url, url, "alma", PASSWORD)
    report.ok("with the right one they do", code)
    app.log_in(code=code, redirect_uri=REDIRECT, scopes=SCOPES, allow_http=True)
    report.equal("the code is traded for a token", app.account_verify_credentials().acct, "alma")
    report.ok("a code is good once", status_code_of_second_use(hall, client_id, secret, code) in (400, 401))
    token = app.access_token
    app.revoke_access_token(allow_http=True)
    report.equal("a revoked token is 401", hall.get("/api/v1/accounts/verify_credentials", token=token).status, 401)


def status_code_of_second_use(hall, client_id, secret, code):
    return hall.send("POST", "/oauth/token", {
        "grant_type": "authorization_code", "client_id": client_id, "client_secret": secret,
        "redirect_uri": REDIRECT, "code": code}).status
