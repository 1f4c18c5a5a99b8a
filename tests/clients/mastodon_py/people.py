"""A Mastodon.py client per person, and the readings of timelines that the checks share."""
import re
import secrets

import requests
from mastodon import Mastodon, MastodonAPIError


def client(hall, name=None):
    """A client of `name` at `hall`; without a name, of nobody."""
    session = requests.Session()
    session.trust_env = False  # no proxy between loopback and loopback
    return Mastodon(api_base_url=hall.url, access_token=hall.tokens[name] if name else None, session=session,
                    ratelimit_method="throw", request_timeout=30)


def word(kind):
    """A word that no other text holds, to find a post by wherever it went."""
    return f"{kind}{secrets.token_hex(5)}"


def status_code(call):
    """The status code of a refused call, 200 if it went through."""
    try:
        call()
    except MastodonAPIError as refusal:
        return refusal.args[1]
    return 200


def bare(status):
    """The post itself, whether the entry is a boost or not."""
    return status.reblog or status


def holding(statuses, text):
    """The entries whose post has `text` in it, boosts of it included."""
    return [s for s in statuses if text in bare(s).content]


def pages(client_, first, limit=100):
    """All entries from a first page on, following the Link header."""
    entries, page = list(first), first
    for _ in range(limit):
        page = client_.fetch_next(page)
        if not page:
            return entries
        entries += page
    raise AssertionError(f"more than {limit} pages: does paging end?")


def resolve(client_, query):
    """The accounts that a search finds, asking the other hall if need be."""
    return client_.search_v2(query, resolve=True, result_type="accounts").accounts


def find(client_, query):
    """The one account that a search finds."""
    found = resolve(client_, query)
    if len(found) != 1:
        raise AssertionError(f"search for {query}: wanted one account, found {[a.acct for a in found]}")
    return found[0]


def list_of(client_, community):
    """The list that stands for a joined community: the one whose only account is the community."""
    for list_ in client_.lists():
        if [a.id for a in client_.list_accounts(list_.id)] == [community.id]:
            return list_
    return None


def relationship(client_, account):
    return client_.account_relationships(account.id)[0]


def join(report, client_, community, sentence):
    """Follow a community and wait until the membership stands."""
    client_.account_follow(community.id)
    report.soon(sentence, lambda: relationship(client_, community).following)


def words_of(status):
    """The text of a post without its markup."""
    return re.sub(r"<[^>]+>", " ", bare(status).content).strip()
