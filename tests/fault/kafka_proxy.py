# SPDX-License-Identifier: MIT
"""A broker of two doors: tests go straight to it, workers through a way that is silent, slow, cut, or answers with errors.

The group's errors are answered by the way itself, in the place of the broker, which is not asked: what a broker says whose
coordinator moves or has forgotten a member.
"""

import contextlib
import socket
import struct
import threading
import time

from suoyin.daemon import free_port
from suoyin.stack import Kafka

OFFSET_COMMIT, FIND_COORDINATOR, JOIN_GROUP, HEARTBEAT, LEAVE_GROUP, SYNC_GROUP = 8, 10, 11, 12, 13, 14
LOAD_IN_PROGRESS, NOT_COORDINATOR, ILLEGAL_GENERATION, UNKNOWN_MEMBER_ID, REBALANCE_IN_PROGRESS = 14, 16, 22, 25, 27
GROUP_APIS = {"OffsetCommit": OFFSET_COMMIT, "FindCoordinator": FIND_COORDINATOR, "JoinGroup": JOIN_GROUP,
              "Heartbeat": HEARTBEAT, "LeaveGroup": LEAVE_GROUP, "SyncGroup": SYNC_GROUP}
GROUP_ERRORS = {"COORDINATOR_LOAD_IN_PROGRESS": LOAD_IN_PROGRESS, "NOT_COORDINATOR": NOT_COORDINATOR,
                "REBALANCE_IN_PROGRESS": REBALANCE_IN_PROGRESS, "ILLEGAL_GENERATION": ILLEGAL_GENERATION,
                "UNKNOWN_MEMBER_ID": UNKNOWN_MEMBER_ID}
# (oldest, newest) versions whose form is that of the answers below
KNOWN = {OFFSET_COMMIT: (3, 7), FIND_COORDINATOR: (1, 2), JOIN_GROUP: (2, 5), HEARTBEAT: (1, 3), LEAVE_GROUP: (1, 2),
         SYNC_GROUP: (1, 3)}


class TwoDoors(Kafka):
    """Kafka whose listener PROXIED tells those who come through it to come through `proxy` again."""

    def __init__(self, directory):
        home = directory / "two-doors" / "kafka"
        home.mkdir(parents=True)
        super().__init__(home.parent)
        broker, controller, behind = free_port(), free_port(), free_port()
        self.proxy = KafkaProxy(behind)
        (home / "port").write_text(f"{broker}\n")
        (home / "controller_port").write_text(f"{controller}\n")
        (home / "extra.properties").write_text(
            f"listeners=PLAINTEXT://127.0.0.1:{broker},PROXIED://127.0.0.1:{behind},CONTROLLER://127.0.0.1:{controller}\n"
            f"advertised.listeners=PLAINTEXT://127.0.0.1:{broker},PROXIED://127.0.0.1:{self.proxy.port}\n"
            "listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,PROXIED:PLAINTEXT\n"
            "inter.broker.listener.name=PLAINTEXT\n")


class KafkaProxy:
    def __init__(self, behind):
        self.behind = behind
        self.delay = 0.0   # seconds that each answer takes longer
        self.rate = None   # bytes a second of answers
        self.hits = 0      # requests that refuse() has answered
        self._refused = {}  # api → (error, times left)
        self._loud = threading.Event()
        self._loud.set()
        self._links = set()
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.bootstrap = f"127.0.0.1:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def refuse(self, api, error, times=1):
        """The next requests of this kind are answered with the error; times=0: no more of them."""
        with self._lock:
            self._refused[api] = (error, times)

    def left(self, api):
        """How many of them are still to be refused."""
        with self._lock:
            return self._refused.get(api, (0, 0))[1]

    def silence(self):
        """Nothing arrives any more, and nobody is told, until speak()."""
        self._loud.clear()

    def speak(self):
        self._loud.set()

    def reset(self):
        """RST on all connections."""
        with self._lock:
            links = list(self._links)
        for link in links:
            link.reset()

    def close(self):
        self.speak()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.reset()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                try:
                    broker = socket.create_connection(("127.0.0.1", self.behind), 10)
                except OSError:
                    client.close()
                    continue
                broker.settimeout(None)
                broker.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                link = _Link(self, client, broker)
                with self._lock:
                    self._links.add(link)
                link.start()

    def _error_for(self, api):
        with self._lock:
            error, times = self._refused.get(api, (0, 0))
            if times == 0:
                return None
            self._refused[api] = (error, times - 1)
            self.hits += 1
            return error

    def _ended(self, link):
        with self._lock:
            self._links.discard(link)


class _Link:
    """One connection: a thread each way; frames of a length and so many bytes."""

    def __init__(self, proxy, client, broker):
        self.proxy, self.client, self.broker = proxy, client, broker
        self._sending = threading.Lock()  # answers of the broker and of ours

    def start(self):
        for way in (self._up, self._down):
            threading.Thread(target=self._run, args=(way,), daemon=True).start()

    def _run(self, way):
        with contextlib.suppress(OSError, EOFError):
            way()
        self.close()

    def close(self):
        for end in (self.client, self.broker):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        self.proxy._ended(self)

    def reset(self):
        for end in (self.client, self.broker):
            with contextlib.suppress(OSError):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    @staticmethod
    def _frame(end):
        data = bytearray()
        wanted = 4
        while len(data) < wanted:
            more = end.recv(min(wanted - len(data), 1 << 16))
            if not more:
                raise EOFError
            data += more
            if wanted == 4 and len(data) == 4:
                wanted += struct.unpack(">I", data)[0]
        return bytes(data)

    def _send(self, frame):
        with self._sending:
            self.client.sendall(frame)

    def _up(self):
        while True:
            frame = self._frame(self.client)
            self.proxy._loud.wait()
            api, version, correlation = struct.unpack_from(">hhi", frame, 4)
            error = self.proxy._error_for(api)
            if error is None:
                self.broker.sendall(frame)
            else:
                answer = struct.pack(">i", correlation) + refusal(api, version, error, frame)
                self._send(struct.pack(">I", len(answer)) + answer)

    def _down(self):
        while True:
            frame = self._frame(self.broker)
            self.proxy._loud.wait()
            if self.proxy.delay:
                time.sleep(self.proxy.delay)
            if not self.proxy.rate:
                self._send(frame)
                continue
            step = max(int(self.proxy.rate / 20), 1)
            for at in range(0, len(frame), step):
                self._send(frame[at:at + step])
                time.sleep(0.05)


def refusal(api, version, error, frame):
    """The body of an answer that says nothing but the error."""
    oldest, newest = KNOWN[api]
    assert oldest <= version <= newest, f"api {api} in version {version} is not known here"
    head = struct.pack(">ih", 0, error)  # not throttled
    if api == JOIN_GROUP:
        return head + struct.pack(">i", -1) + 3 * struct.pack(">h", 0) + struct.pack(">i", 0)
    if api == SYNC_GROUP:
        return head + struct.pack(">i", 0)
    if api == FIND_COORDINATOR:
        return head + struct.pack(">h", -1) + struct.pack(">ihi", -1, 0, -1)
    if api == OFFSET_COMMIT:
        return struct.pack(">i", 0) + _commit_refusal(version, error, frame)
    return head


class _Reader:
    def __init__(self, data, at):
        self.data, self.at = data, at

    def number(self, form):
        value, = struct.unpack_from(f">{form}", self.data, self.at)
        self.at += struct.calcsize(f">{form}")
        return value

    def text(self):
        n = self.number("h")
        self.at += max(n, 0)
        return self.data[self.at - max(n, 0):self.at]


def _commit_refusal(version, error, frame):
    """The partitions that the request names, each with the error."""
    r = _Reader(frame, 12)
    r.text()  # client
    r.text()  # group
    r.number("i")
    r.text()  # member
    if version >= 7:
        r.text()  # instance
    if version <= 4:
        r.number("q")
    topics = r.number("i")
    out = struct.pack(">i", topics)
    for _ in range(topics):
        name, parts = r.text(), r.number("i")
        out += struct.pack(">h", len(name)) + name + struct.pack(">i", parts)
        for _ in range(parts):
            out += struct.pack(">ih", r.number("i"), error)
            r.number("q")
            if version >= 6:
                r.number("i")
            r.text()
    return out
