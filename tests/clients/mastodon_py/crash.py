#!/usr/bin/env python3
"""Main job, point 5: SIGKILL in the middle of a burst of 200 posts, on either side.

Members of A post into B's open community from four threads; in one run B is killed and started again on its data,
in another A. Afterwards both halls hold every acknowledged post (HTTP 200) exactly once, on the list and in Home,
and none that was not acknowledged twice.
"""
import collections
import pathlib
import re
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from checks import Report, wait_for  # noqa: E402
from mastodon import MastodonError  # noqa: E402
from people import bare, find, join, list_of, pages, word  # noqa: E402
from world import World  # noqa: E402

POSTS = 200
KILL_AFTER = 80
SETTLE_SECONDS = 60


class Burst:
    """Posts `POSTS` texts from four threads and remembers which were acknowledged."""

    def __init__(self, world):
        self.mark = word("burst")
        self.acknowledged = {}
        self._next, self._lock, self._world = iter(range(POSTS)), threading.Lock(), world
        self.refused = 0
        self.threads = [threading.Thread(target=self._post, args=(name,))
                        for name in ("ana", "aldo", "ana", "aldo")]

    def _post(self, name):
        client = self._world.at_a(name)
        while True:
            with self._lock:
                number = next(self._next, None)
            if number is None:
                return
            text = f"{self.mark}n{number:03d}"
            # a post that got no answer is given up: it may stand or not, but never twice
            try:
                sent = client.status_post(f"{self._world.tdd} {text}")
            except MastodonError:
                with self._lock:
                    self.refused += 1
                time.sleep(0.2)
                continue
            with self._lock:
                self.acknowledged[text] = sent.uri

    def found(self, statuses):
        """How often each text of this burst is among the statuses, and under which addresses."""
        seen = collections.defaultdict(list)
        for status in statuses:
            for text in re.findall(rf"{self.mark}n\d\d\d", bare(status).content):
                seen[text].append(bare(status).uri)
        return seen

    def wrong(self, statuses):
        """What keeps the statuses from being right; empty when they are."""
        seen = self.found(statuses)
        return {
            "missing": sorted(set(self.acknowledged) - set(seen)),
            "twice": sorted(t for t, uris in seen.items() if len(uris) > 1),
            "under another address": sorted(t for t, uri in self.acknowledged.items()
                                            if t in seen and uri not in seen[t]),
        }


def described(wrong):
    return ", ".join(f"{len(texts)} {what} ({', '.join(t[-4:] for t in texts[:5])} …)"
                     for what, texts in wrong.items() if texts) or "nothing"


def crash(world, report, victim):
    ana, aldo, ben = world.at_a("ana"), world.at_a("aldo"), world.at_b("ben")
    tdd, here = find(ana, world.tdd), ben.account_lookup("tdd")
    burst, began = Burst(world), time.monotonic()
    for thread in burst.threads:
        thread.start()
    reached, _ = wait_for(lambda: len(burst.acknowledged) >= KILL_AFTER, 120, every=0.002)
    report.ok(f"{KILL_AFTER} posts are acknowledged, the burst goes on", reached and any(
        t.is_alive() for t in burst.threads), f"{len(burst.acknowledged)} acknowledged")
    victim.kill()
    at_kill = len(burst.acknowledged)
    time.sleep(0.7)  # the burst meets a dead hall
    ready = victim.start()
    print(f"# killed hall {victim.name} after {at_kill} posts, ready again in {ready:.2f} s")
    for thread in burst.threads:
        thread.join(180)
    report.ok("the burst comes to its end", not any(t.is_alive() for t in burst.threads))
    print(f"# {len(burst.acknowledged)} acknowledged, {burst.refused} got no answer, {time.monotonic() - began:.1f} s")
    report.ok("posts were acknowledged after the restart too", len(burst.acknowledged) > at_kill)
    if victim is world.b:
        report.equal("with B dead, A acknowledges every post", len(burst.acknowledged), POSTS)

    def read(client, community):
        list_ = list_of(client, community)
        return pages(client, client.timeline_list(list_.id, limit=40))
    views = [
        ("A's list", lambda: read(aldo, tdd)),
        ("B's list", lambda: read(ben, here)),
        ("Home at A", lambda: pages(aldo, aldo.timeline_home(limit=40))),
        ("Home at B", lambda: pages(ben, ben.timeline_home(limit=40))),
    ]
    deadline = time.monotonic() + SETTLE_SECONDS
    for name, view in views:
        wait_for(lambda v=view: not any(burst.wrong(v()).values()), max(1.0, deadline - time.monotonic()), every=0.5)
        wrong = burst.wrong(view())
        report.ok(f"{name} has every acknowledged post exactly once, under one address", not any(wrong.values()),
                  described(wrong))
    both = [set(u for uris in burst.found(view()).values() for u in uris) for _, view in views[:2]]
    report.ok("both sides hold the same posts", both[0] == both[1], f"{len(both[0] ^ both[1])} differ")
    print(f"# settled {time.monotonic() - began:.1f} s after the burst began")


def main():
    report, world = Report(), World(with_internal=False)
    report.on_failure.append(world.show_logs)
    try:
        with report.section("Members of both halls join"):
            for name in ("ana", "aldo"):
                join(report, world.at_a(name), find(world.at_a(name), world.tdd), f"{name} of A is in")
            join(report, world.at_b("ben"), world.at_b("ben").account_lookup("tdd"), "ben of B is in")
        if not report.failures:
            with report.section("B, the community's host, is killed"):
                crash(world, report, world.b)
            with report.section("A, the authors' hall, is killed"):
                crash(world, report, world.a)
    finally:
        world.close()
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
