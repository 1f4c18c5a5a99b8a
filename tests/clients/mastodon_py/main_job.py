#!/usr/bin/env python3
"""The main job with Mastodon.py: two organisations share communities, end to end.

Two `guildhall serve` processes on 127.0.0.1 and 127.0.0.2. SQLite, or with GUILDHALL_TEST_DATABASE=postgres://…
a database per hall on that server. The program: $GUILDHALL_BINARY, else the debug build. GUILDHALL_KEEP=1 keeps
the data folders.
"""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

import internal_community  # noqa: E402
import open_community  # noqa: E402
import partner_community  # noqa: E402
import refusals  # noqa: E402
import sign_in  # noqa: E402
from checks import Report  # noqa: E402
from world import World  # noqa: E402

SECTIONS = [
    ("What an app reads first", open_community.instance_and_app),
    ("Signing in from an app", sign_in.sign_in),
    ("Finding and joining an open community", open_community.find_and_join),
    ("Posting into it", open_community.post_and_boost),
    ("Replies, edits, deletions", open_community.thread),
    ("Sharing a resource", open_community.resource),
    ("Asking to join a partner community", partner_community.ask_and_enter),
    ("A request turned down", partner_community.refuse),
    ("Posting among partners", partner_community.post_among_partners),
    ("An internal community from inside", internal_community.inside),
    ("An internal community from outside", internal_community.outside),
    ("Naming outsiders inside", internal_community.mention),
    ("What is not there", refusals.unknown),
    ("Posts that are refused", refusals.posts),
    ("Requests that are refused", refusals.requests),
    ("Leaving", open_community.leave),
]


def main():
    report, world = Report(), World()
    report.on_failure.append(world.show_logs)
    try:
        for title, section in SECTIONS:
            with report.section(title):
                section(world, report)
    finally:
        world.close()
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
