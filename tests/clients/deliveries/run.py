#!/usr/bin/env python3
"""SIGKILL at random moments during 10,000 deliveries to a recording peer.

500 followers on 100 hosts, each with an inbox of its own, and 20 posts. The hall is killed again and again while it
delivers and started on its data. At the end every post it acknowledged has reached every inbox at least once, no
activity and no post has come under two ids, and after no restart anything waited for a lease to run out.
"""
import collections
import http.server
import json
import pathlib
import random
import socketserver
import sqlite3
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from checks import Report, wait_for  # noqa: E402
from halls import Hall  # noqa: E402

HOSTS, EACH, POSTS = 100, 5, 20
KILLS = 8
SECONDS = 150


class Recorder(socketserver.ThreadingMixIn, http.server.HTTPServer):
    """Takes everything at every loopback address, and writes down what came where."""

    daemon_threads = True
    request_queue_size = 512

    def __init__(self):
        super().__init__(("0.0.0.0", 0), Taking)
        self.port = self.server_address[1]
        self.came = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, *_):
        pass  # a killed hall lets its connections fall


class Taking(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        activity = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        inbox = f"http://{self.headers['Host']}{self.path}"
        self.server.came.append((time.monotonic(), inbox, activity))
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def followers(hall, author, port):
    """Written past the program: the recorder cannot sign, and how one comes to follow is tested elsewhere."""
    inboxes = []
    with sqlite3.connect(f"{hall.data}/guildhall.db") as database:
        for number in range(HOSTS * EACH):
            host = f"127.0.2.{1 + number % HOSTS}:{port}"
            uri = f"http://{host}/users/f{number}"
            inboxes.append(f"{uri}/inbox")
            database.execute(
                "INSERT INTO actors (id, uri, kind, handle, host, inbox, outside, created_at) VALUES (?, ?, 'Person', ?, ?, ?, TRUE, 1)",
                (number + 1, uri, f"f{number}", host, inboxes[-1]))
            database.execute(
                "INSERT INTO follows (follower_id, target_id, state, created_at) "
                "SELECT ?, id, 'active', 1 FROM actors WHERE handle = ? AND host IS NULL",
                (number + 1, author["username"]))
    database.close()
    return inboxes


def main():
    seed = random.randrange(1 << 32)
    random.seed(seed)
    print(f"# chance begins with {seed}")
    report, recorder = Report(), Recorder()
    hall = Hall("deliveries", "127.0.0.1", "Deliveries")
    report.on_failure.append(hall.show_log)
    try:
        author = hall.account("ana")
        inboxes = followers(hall, author, recorder.port)
        hall.start()
        with report.section(f"{POSTS} posts to {len(inboxes)} inboxes, {KILLS} times SIGKILL"):
            posts = []
            for number in range(POSTS):
                answer = hall.send("POST", "/api/v1/statuses", {"status": f"number {number}"}, token=author["token"])
                report.ok(f"post {number} is acknowledged", answer.status == 200, answer)
                posts.append(answer.json()["uri"])
            waits = kill_again_and_again(report, hall, recorder, len(inboxes) * POSTS)
            check(report, recorder, posts, inboxes, waits)
    finally:
        hall.close()
    return report.finish()


def kill_again_and_again(report, hall, recorder, wanted):
    """How long each restarted hall took from its readiness to its next delivery."""
    waits, began = [], time.monotonic()
    for kill in range(KILLS):
        at_start = len(recorder.came)
        # at a random moment of the work that is left, in deliveries, not in seconds: machines differ
        share = random.randint(1, max(2, (wanted - at_start) // (KILLS - kill)))
        wait_for(lambda: len(recorder.came) >= at_start + share, SECONDS / KILLS, every=0.002)
        if unique(recorder) >= wanted:
            break
        hall.kill()
        dead_at = len(recorder.came)
        hall.start()
        ready = time.monotonic()
        reached, _ = wait_for(lambda: len(recorder.came) > dead_at, 30, every=0.005)
        report.ok(f"the hall killed after {dead_at} deliveries goes on", reached)
        waits.append(time.monotonic() - ready)
    wait_for(lambda: unique(recorder) >= wanted, SECONDS, every=0.2)
    print(f"# {len(recorder.came)} deliveries in {time.monotonic() - began:.1f} s, after {len(waits)} kills")
    return waits


def unique(recorder):
    return len({(inbox, activity["id"]) for _, inbox, activity in recorder.came[:]})


def check(report, recorder, posts, inboxes, waits):
    came = recorder.came[:]
    by_inbox, ids_of, texts = collections.defaultdict(collections.Counter), collections.defaultdict(set), collections.defaultdict(set)
    for _, inbox, activity in came:
        by_inbox[inbox][activity["object"]["id"]] += 1
        ids_of[activity["object"]["id"]].add(activity["id"])
        texts[activity["object"].get("content")].add(activity["object"]["id"])
    missing = {inbox: set(posts) - set(by_inbox[inbox]) for inbox in inboxes}
    report.ok("every post reached every inbox", not any(missing.values()),
              f"{sum(map(len, missing.values()))} of {len(posts) * len(inboxes)} did not")
    report.ok("no post came under two activity ids", all(len(ids) == 1 for ids in ids_of.values()))
    report.ok("no text came under two ids", all(len(ids) == 1 for ids in texts.values()))
    report.equal("nothing came that was not asked for", set(ids_of) - set(posts), set())
    again = sum(times - 1 for counts in by_inbox.values() for times in counts.values())
    print(f"# {again} of {len(came)} came more than once; first delivery after readiness: "
          + ", ".join(f"{wait:.2f}" for wait in waits) + " s")
    report.ok("the hall was killed in the middle of it", len(waits) >= KILLS // 2, f"{len(waits)} times")
    report.ok("after no restart anything waited for a lease", max(waits) < 10, f"{max(waits):.1f} s")


if __name__ == "__main__":
    sys.exit(main())
