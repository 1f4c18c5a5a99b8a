"""Starting, killing and asking `guildhall` processes on loopback.

Standard library only. Every hall has its own loopback address, so that two halls on one machine differ
in host name: 127.0.0.1, 127.0.0.2 and so on.
"""
import collections
import json
import os
import pathlib
import re
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
PASSWORD = "correct-horse-battery"
ACTIVITY_JSON = "application/activity+json"


def binary():
    """The program under test: $GUILDHALL_BINARY, else the debug build."""
    target = os.environ.get("CARGO_TARGET_DIR") or REPOSITORY / "target"
    path = pathlib.Path(os.environ.get("GUILDHALL_BINARY") or pathlib.Path(target) / "debug" / "guildhall")
    if not path.is_file():
        raise SystemExit(f"no binary at {path}: run `cargo build -p server`, or set GUILDHALL_BINARY")
    return str(path.resolve())


def free_port(address):
    with socket.socket() as probe:
        probe.bind((address, 0))
        return probe.getsockname()[1]


class Hall:
    """One instance: its data folder, its process, its accounts and their tokens."""

    def __init__(self, name, address, organisation, database=None):
        self.name = name
        self.host = f"{address}:{free_port(address)}"
        self.url = f"http://{self.host}"
        self.data = tempfile.mkdtemp(prefix=f"guildhall-{name}-")
        self.tokens = {}
        self.process = None
        self.log = collections.deque(maxlen=400)
        self._ready = threading.Event()
        self._database = Database(database, name) if database else None
        # nothing of the caller's own configuration may reach the hall
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith("GUILDHALL_")} | {
            "GUILDHALL_BASE_URL": self.url,
            "GUILDHALL_LISTEN": self.host,
            "GUILDHALL_DATA_DIR": self.data,
            "GUILDHALL_ORGANISATION": organisation,
            "GUILDHALL_FEDERATION_INSECURE": "true",
            "GUILDHALL_REGISTRATIONS": "open",
            "GUILDHALL_RATE_LIMITS": "off",
        }
        if self._database:
            self.environment["GUILDHALL_DATABASE_URL"] = self._database.url

    # ------------------------------------------------------------------ the command line
    def command(self, *words):
        """Run one administrative command; its JSON answer."""
        done = subprocess.run([binary(), *words], env=self.environment, cwd=self.data, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=120)
        if done.returncode:
            raise RuntimeError(f"guildhall {' '.join(words)} ended with {done.returncode}: {done.stdout}{done.stderr}")
        return json.loads(done.stdout)

    def account(self, name, scopes="read write follow push"):
        made = self.command("account", "create", name, "--email", f"{name}@example.org", "--password", PASSWORD,
                            "--token", scopes)
        self.tokens[name] = made["token"]
        return made

    def community(self, handle, name, zone, lead, join="open", door=None, partners=()):
        words = ["community", "create", handle, "--name", name, "--zone", zone, "--lead", lead, "--join", join]
        words += ["--door", door] if door else []
        for partner in partners:
            words += ["--partner", partner]
        return self.command(*words)

    # ------------------------------------------------------------------------ the process
    def start(self, seconds=30):
        """Start `serve` and wait for the line that says it listens; the seconds that took."""
        self._ready.clear()
        began = time.monotonic()
        self.process = subprocess.Popen([binary(), "serve"], env=self.environment, cwd=self.data,
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                        text=True, errors="replace")
        threading.Thread(target=self._read, args=(self.process.stdout,), daemon=True).start()
        while not self._ready.wait(0.05):
            if self.process.poll() is not None or time.monotonic() - began > seconds:
                self.show_log()
                raise RuntimeError(f"hall {self.name} did not say `listening on` (exit {self.process.poll()})")
        return time.monotonic() - began

    def _read(self, stream):
        for line in stream:
            self.log.append(line.rstrip())
            if "listening on " in line:
                self._ready.set()

    def kill(self):
        """SIGKILL, as a power cut would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def close(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        if os.environ.get("GUILDHALL_KEEP"):
            print(f"# kept: {self.data}")
            return
        shutil.rmtree(self.data, ignore_errors=True)
        if self._database:
            self._database.drop()

    def show_log(self, lines=40):
        print(f"# last lines of hall {self.name}:")
        for line in list(self.log)[-lines:]:
            print(f"#   {line}")

    # ------------------------------------------------------------------------------- HTTP
    def get(self, path, accept="application/json", token=None):
        return request("GET", self.url + path if path.startswith("/") else path, accept=accept, token=token)

    def send(self, method, path, data=None, token=None, headers=None):
        """`data`: bytes as they are, anything else as JSON."""
        return request(method, self.url + path, data=data, token=token, headers=headers)

    def webfinger(self, handle):
        return self.get(f"/.well-known/webfinger?resource=acct:{handle}@{self.host}", accept="application/jrd+json")


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def json(self):
        return json.loads(self.body)

    def __str__(self):
        return f"{self.status} {self.body[:300]!r}"


class _StayHere(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _StayHere)


def request(method, url, data=None, accept="application/json", token=None, headers=None, timeout=30):
    """One request; the answer whatever its status, redirects not followed."""
    wanted = {"Accept": accept, "User-Agent": "guildhall-client-test"}
    if token:
        wanted["Authorization"] = f"Bearer {token}"
    if data is not None and not isinstance(data, bytes):
        data = json.dumps(data).encode()
        wanted["Content-Type"] = "application/json"
    wanted |= headers or {}
    try:
        with _opener.open(urllib.request.Request(url, data, wanted, method=method), timeout=timeout) as answer:
            return Answer(answer.status, answer.headers, answer.read())
    except urllib.error.HTTPError as answer:
        return Answer(answer.code, answer.headers, answer.read())


class Database:
    """A fresh database on the PostgreSQL server that `server` names, made with psql."""

    def __init__(self, server, name):
        self._server = server
        self._name = f"guildhall_{name}_{secrets.token_hex(4)}"
        self._run(f'create database "{self._name}"')
        self.url = re.sub(r"^(postgres(?:ql)?://[^/]+)(?:/[^?]*)?", rf"\1/{self._name}", server)

    def drop(self):
        self._run(f'drop database if exists "{self._name}" with (force)')

    def _run(self, statement):
        subprocess.run(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", self._server, "-c", statement], check=True,
                       stdin=subprocess.DEVNULL)
