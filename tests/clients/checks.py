"""Checks that print one line each, and waiting for something to become true.

Standard library only: the client tests share it whatever else they install.
"""
import sys
import time
import traceback
from contextlib import contextmanager


class Failed(Exception):
    """A check did not hold; the rest of its section is given up."""


class Report:
    """Counts checks. A failure ends its section, the next section still runs."""

    def __init__(self):
        self.passed = 0
        self.failures = []
        self.on_failure = []

    def ok(self, sentence, holds=True, detail=""):
        """Record one check; `detail` says what was seen instead."""
        if not holds:
            raise Failed(f"{sentence}{': ' + short(detail) if detail != '' else ''}")
        self.passed += 1
        print(f"ok - {sentence}", flush=True)

    def equal(self, sentence, seen, wanted):
        self.ok(sentence, seen == wanted, f"wanted {wanted!r}, saw {seen!r}")

    def soon(self, sentence, probe, seconds=20.0):
        """Poll `probe` until it answers something true; that answer is returned."""
        value, seen = wait_for(probe, seconds)
        self.ok(sentence, bool(value), f"not within {seconds:g} s; last seen {seen}")
        return value

    @contextmanager
    def section(self, title):
        print(f"\n# {title}", flush=True)
        started = time.monotonic()
        try:
            yield
        except Failed as failure:
            self._fail(title, str(failure))
        except Exception as error:  # a section must not hide the ones after it
            frames = traceback.extract_tb(error.__traceback__)
            ours = [f for f in frames if "/tests/clients/" in f.filename] or frames
            where = f"{ours[-1].filename.rsplit('/', 1)[-1]}:{ours[-1].lineno}: {ours[-1].line}"
            self._fail(title, f"{type(error).__name__}: {short(error)} ({where})")
        finally:
            print(f"# {time.monotonic() - started:.1f} s", flush=True)

    def _fail(self, title, text):
        self.failures.append(f"{title}: {text}")
        print(f"not ok - {text}", flush=True)
        for action in self.on_failure:
            action()

    def finish(self):
        """Print the sum and return the exit code."""
        print(f"\n{self.passed} checks held, {len(self.failures)} sections failed")
        for text in self.failures:
            print(f"  {text}", file=sys.stderr)
        return 1 if self.failures or not self.passed else 0


def wait_for(probe, seconds=20.0, every=0.1):
    """(value, last seen): `value` is false when the deadline passed."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            value = seen = probe()
        except Failed:
            raise
        except Exception as error:  # an answer that is not there yet
            value, seen = None, f"{type(error).__name__}: {error}"
        if value or time.monotonic() > deadline:
            return value, short(seen)
        time.sleep(every)


def short(value, limit=600):
    text = str(value)
    return text if len(text) <= limit else text[:limit] + " …"
