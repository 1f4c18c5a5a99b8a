"""The two halls of the main job: who is there, and which communities."""
import contextlib
import os

from halls import Hall
from people import client


class World:
    """Hall A hosts two internal communities, hall B an open one and a partner one that names A."""

    def __init__(self, with_internal=True):
        database = os.environ.get("GUILDHALL_TEST_DATABASE", "")
        database = database if database.startswith("postgres") else None
        with contextlib.ExitStack() as unwind:
            self.a = Hall("a", "127.0.0.1", "Alpha Works", database)
            unwind.callback(self.a.close)
            self.b = Hall("b", "127.0.0.2", "Beta Labs", database)
            unwind.callback(self.b.close)
            self._fill(with_internal)
            for hall in (self.a, self.b):
                seconds = hall.start()
                print(f"# hall {hall.name}: {hall.url}, ready after {seconds:.2f} s")
            unwind.pop_all()

    def _fill(self, with_internal):
        # ana and aldo join communities at B; alma is a colleague outside them; amos acts only inside
        for name in ("ana", "aldo", "alma", "amos"):
            self.a.account(name)
        # bea leads at B, ben is a member, bob is in no community
        for name in ("bea", "ben", "bob"):
            self.b.account(name)
        self.b.community("tdd", "Test-driven development", "open", lead="bea")
        self.b.community("supply", "Supply chain circle", "partner", lead="bea", join="request",
                         partners=[self.a.host])
        if with_internal:
            self.a.community("secret", "Incident practice", "internal", lead="ana", door="hall")
            self.a.community("hidden", "Works council", "internal", lead="ana", door="members")

    def at_a(self, name=None):
        return client(self.a, name)

    def at_b(self, name=None):
        return client(self.b, name)

    @property
    def tdd(self):
        return f"@tdd@{self.b.host}"

    @property
    def supply(self):
        return f"@supply@{self.b.host}"

    def close(self):
        self.a.close()
        self.b.close()

    def show_logs(self):
        self.a.show_log()
        self.b.show_log()
