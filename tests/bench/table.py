#!/usr/bin/env python3
"""One table from the load harness's figures: what was aimed at, what was measured, another server's figure.

  table.py RESULTS.json [OTHER.json …]     the last OTHER that has figures is compared with
"""
import json
import sys

CONNECTIONS = ("c1", "c16")


def dig(document, *path):
    for key in path:
        document = document.get(key) if isinstance(document, dict) else None
    return document


def per_request(section, what, connections, background=False):
    """Server CPU in µs for one request; with the work it leaves behind where that counts."""
    def read(document):
        figures = dig(document, section, what, connections) or {}
        with_background = figures.get("cpu_us_per_op_with_background") if background else None
        return with_background if with_background is not None else figures.get("server_cpu_us_per_op")
    return read


def accepted_per_core(document):
    """Signed activities accepted for each second of server CPU, over 16 connections. What is processed meanwhile
    counts as well: the harness measures the whole process while the queue is worked off."""
    cost = dig(document, "inbox", "c16", "server_cpu_us_per_op")
    return 1e6 / cost if cost else None


def accepted_per_second(document):
    rates = [dig(document, "inbox", c, "rps") for c in CONNECTIONS]
    return max((r for r in rates if r), default=None)


def memory_after(document):
    readings = [v.get("VmRSS") for k, v in document.items() if k.startswith("mem_after_") and isinstance(v, dict)]
    readings.append(dig(document, "seed", "mem_after_kb", "VmRSS"))
    readings = [r for r in readings if r]
    return max(readings) / 1024 if readings else None


def scaled(factor, *path):
    def read(document):
        value = dig(document, *path)
        return None if value is None else value * factor
    return read


# what, unit, aim, whether more is better, reading
ROWS = [
    *[(f"home page of 20, {c}", "µs CPU", 200, False, per_request("read", "home", c)) for c in CONNECTIONS],
    *[(f"single post, {c}", "µs CPU", 60, False, per_request("read", "status", c)) for c in CONNECTIONS],
    *[(f"posting, 20 local followers, {c}", "µs CPU", 2000, False, per_request("write", "post", c, True))
      for c in CONNECTIONS],
    ("inbox, signed activities accepted per core", "1/s", 1000, True, accepted_per_core),
    ("inbox, accepted as measured", "1/s", None, True, accepted_per_second),
    ("idle memory", "MB", 40, False, scaled(1 / 1024, "startup", "idle_rss_kb")),
    ("memory after the load", "MB", 150, False, memory_after),
    ("ready after start", "ms", 300, False, scaled(1000, "startup", "first_200_s")),
    ("seeding", "posts/s", None, True, scaled(1, "seed", "posts_per_s")),
    ("fan-out, 50 shared inboxes", "1/s", None, True, scaled(1, "fanout", "shared", "deliveries_per_s")),
    ("fan-out, 500 inboxes", "1/s", None, True, scaled(1, "fanout", "individual", "deliveries_per_s")),
    ("binary", "MB", None, False, scaled(1 / 2**20, "startup", "binary_bytes")),
]


def number(value):
    if value is None:
        return "–"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}"


def ratio(better, worse):
    return "–" if not better or not worse else f"{better / worse:.2f}×"


def errors(document):
    """Requests that were refused or failed, by what was asked."""
    for section in ("read", "write", "inbox"):
        parts = document.get(section) or {}
        for what, figures in ({"inbox": parts} if section == "inbox" else parts).items():
            if "skipped" in figures:
                yield f"{what}: {figures['skipped']}"
            for connections, measured in figures.items():
                if isinstance(measured, dict) and measured.get("errors"):
                    yield f"{what} {connections}: {measured['errors']:.0f} of {measured['requests']:.0f} failed"


def busy(document):
    """How many cores everything else on the machine took while the parts ran: least and most."""
    found = []

    def walk(node):
        if isinstance(node, dict):
            if isinstance(node.get("other_cores"), (int, float)):
                found.append(node["other_cores"])
            for child in node.values():
                walk(child)
    walk(document)
    return f"{min(found):.1f} to {max(found):.1f}" if found else "unknown"


def main():
    documents = []
    for path in sys.argv[1:]:
        try:
            with open(path, encoding="utf-8") as file:
                documents.append((path.rsplit("/", 1)[-1].removesuffix(".json"), json.load(file)))
        except OSError:  # a pattern that matched nothing
            continue
    (_, ours), others = documents[0], documents[1:]
    other_name, other = others[-1] if others else ("no other server", {})
    print(f"| what | unit | aim | Guildhall | of the aim | | {other_name} | Guildhall is better by |")
    print("|---|---|---|---|---|---|---|---|")
    for what, unit, aim, more, read in ROWS:
        mine, theirs = read(ours), read(other)
        if mine is None and theirs is None:
            continue
        met = "" if aim is None else "not measured" if mine is None else \
            "met" if (mine >= aim if more else mine <= aim) else "MISSED"
        by = ratio(mine, theirs) if more else ratio(theirs, mine)
        cells = [what, unit, number(aim), number(mine), ratio(mine, aim), met, number(theirs), by]
        print(f"| {' | '.join(cells)} |")
    print(f"\nOther processes took {busy(ours)} of the machine's cores in our run, {busy(other)} in the other.")
    for line in errors(ours):
        print(f"- {line}")


if __name__ == "__main__":
    main()
