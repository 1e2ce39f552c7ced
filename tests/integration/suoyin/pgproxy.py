# SPDX-License-Identifier: MIT
"""A way to PostgreSQL that breaks where a test wants it to."""

import contextlib
import socket
import struct
import threading
import time
from urllib.parse import quote


class PgProxy:
    """Listens on 127.0.0.1 and passes everything on, but for what a rule of when() catches."""

    CUT = "cut"          # the message does not arrive; both ends are closed
    SWALLOW = "swallow"  # the server does what it says; both ends are closed instead of its answer
    HOLD = "hold"        # the server does what it says; its answer does not come until thaw() or a cut
    FREEZE = "freeze"    # it does not arrive, and nothing moves any more until thaw()

    def __init__(self, postgres):
        self.target = f"{postgres.facts['socket']}/.s.PGSQL.{postgres.port}"
        self.port = 0
        self.hits = 0
        self.delay = 0.0     # seconds that an answer takes longer
        self.rate = None     # bytes a second each way and connection
        self.slice = None    # bytes that arrive at once, at most
        self.sent_bytes = 0  # by the clients
        self.seen = 0        # messages that held the text of watch()
        self._watched = None
        self._listener = None
        self._links = set()
        self._rule = None  # (text, action, times left)
        self._lock = threading.Lock()
        self._thawed = threading.Event()
        self.open()

    def url(self, database, role, **settings):
        """settings: of the session, as lock_timeout="2s"."""
        options = quote(" ".join(f"-c {k}={v}" for k, v in settings.items()))
        return (f"postgresql://{role}@127.0.0.1:{self.port}/{database.name}"
                f"?sslmode=disable&gssencmode=disable&options={options}")

    def when(self, text, action, times=1):
        """The next messages (Query, Parse, Bind, CopyData) that hold this text: a statement or its name, or a row."""
        with self._lock:
            self._rule = (text.encode(), action, times)

    def watch(self, text):
        """From now on `seen` counts the messages of clients that hold this text, `sent_bytes` their bytes."""
        with self._lock:
            self._watched, self.seen, self.sent_bytes = text.encode(), 0, 0

    def _note(self, payload):
        with self._lock:
            self.sent_bytes += len(payload)
            self.seen += self._watched is not None and self._watched in payload

    def thaw(self):
        self._thawed.set()

    def open(self):
        """Listens, on the same port as before."""
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def close(self):
        """Refuses whoever comes, and cuts who is there."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()

    def cut(self):
        with self._lock:
            links = list(self._links)
        for link in links:
            link.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.thaw()
        self.close()

    def _accept(self, listener):
        with contextlib.suppress(OSError):
            while True:
                client, _ = listener.accept()
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                server = socket.socket(socket.AF_UNIX)
                try:
                    server.connect(self.target)
                except OSError:
                    client.close()
                    server.close()
                    continue
                link = _Link(self, client, server)
                with self._lock:
                    self._links.add(link)
                link.start()

    def _verdict(self, kind, payload):
        with self._lock:
            if self._rule is None or kind not in b"QPBd" or self._rule[0] not in payload:
                return None
            text, action, times = self._rule
            self._rule = (text, action, times - 1) if times > 1 else None
            self.hits += 1
            return action

    def _ended(self, link):
        with self._lock:
            self._links.discard(link)


class _Link:
    """One connection: a thread each way."""

    def __init__(self, proxy, client, server):
        self.proxy, self.client, self.server = proxy, client, server
        self.swallowing = self.holding = self.frozen = False

    def start(self):
        for way in (self._up, self._down):
            threading.Thread(target=self._run, args=(way,), daemon=True).start()

    def _run(self, way):
        with contextlib.suppress(OSError, EOFError):
            way()
        self.close()

    def close(self):
        for end in (self.client, self.server):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        self.proxy._ended(self)

    @staticmethod
    def _read(end, n):
        data = bytearray()
        while len(data) < n:
            more = end.recv(n - len(data))
            if not more:
                raise EOFError
            data += more
        return bytes(data)

    def _message(self, end):
        head = self._read(end, 5)
        return head, self._read(end, struct.unpack(">I", head[1:])[0] - 4)

    def _pass(self, end, data):
        """All of it, in slices and no faster than the proxy says."""
        rate, piece = self.proxy.rate, self.proxy.slice or (self.proxy.rate and max(self.proxy.rate // 50, 1)) or len(data)
        for at in range(0, len(data), piece):
            end.sendall(data[at:at + piece])
            if rate:
                time.sleep(min(piece, len(data) - at) / rate)

    def _freeze(self):
        self.frozen = True
        self.proxy._thawed.wait()
        raise EOFError

    def _up(self):
        length = self._read(self.client, 4)  # the first message has no kind
        self.server.sendall(length + self._read(self.client, struct.unpack(">I", length)[0] - 4))
        while True:
            head, payload = self._message(self.client)
            self.proxy._note(payload)
            action = self.proxy._verdict(head[0], payload)
            if action == PgProxy.CUT:
                raise EOFError
            if action == PgProxy.FREEZE:
                self._freeze()
            self.swallowing |= action in (PgProxy.SWALLOW, PgProxy.HOLD)
            self.holding |= action == PgProxy.HOLD
            self._pass(self.server, head + payload)

    def _down(self):
        while True:
            head, payload = self._message(self.server)
            if self.frozen:
                self._freeze()
            if head[:1] == b"Z" and self.proxy.delay:
                time.sleep(self.proxy.delay)
            if not self.swallowing:
                self._pass(self.client, head + payload)
            elif head[:1] == b"Z":  # ready for the next query: what was asked for is done
                if self.holding:
                    self._freeze()
                raise EOFError
