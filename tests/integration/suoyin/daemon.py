# SPDX-License-Identifier: MIT
"""A program of ours (or any other) under test."""

import contextlib
import os
import random
import re
import signal
import socket
import subprocess
import urllib.error
import urllib.request

from . import BIN, wait_until


_given = set()


def free_port():
    """One that nobody listens on, that was not given before, and that the kernel gives to no outgoing connection."""
    while True:
        port = random.SystemRandom().randrange(10000, 20000)
        if port in _given:
            continue
        with socket.socket() as s, contextlib.suppress(OSError):
            s.bind(("127.0.0.1", port))
            _given.add(port)
            return port


class Daemon:
    """start, stop, kill, log. The log goes on over restarts; it dies with the test process."""

    def __init__(self, name, arguments, log, environment=None, admin_port=None):
        self.name = name
        self.arguments = [str(a) for a in arguments]
        self.log_path = log
        self.environment = environment or {}
        self.admin_port = admin_port
        self.process = None

    def start(self, ready=True, timeout=60):
        """With an admin port and `ready`, waits until /readyz says 200."""
        if self.is_running():
            raise RuntimeError(f"{self.name} is running already")
        clean = {k: v for k, v in os.environ.items() if not k.startswith("SUOYIN_")}
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", "--", *self.arguments],
                env={**clean, **self.environment}, stdin=subprocess.DEVNULL,
                stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
        if ready and self.admin_port:
            self.wait_ready(timeout)
        return self

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def wait(self, timeout=30):
        """Its exit status, once it has ended by itself."""
        return self.process.wait(timeout)

    def signal(self, number):
        if self.is_running():
            self.process.send_signal(number)

    def stop(self, timeout=30):
        """SIGTERM; its exit status. One that does not drain in time fails the test."""
        self.resume()
        self.signal(signal.SIGTERM)
        try:
            return self.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"{self.name} did not stop within {timeout} s:\n{self.tail()}")

    def kill(self):
        self.signal(signal.SIGKILL)
        self.process.wait(10)

    def pause(self):
        self.signal(signal.SIGSTOP)

    def resume(self):
        self.signal(signal.SIGCONT)

    # -- its log ---------------------------------------------------------------------------

    @property
    def log(self):
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    def tail(self, lines=30):
        return "\n".join(self.log.splitlines()[-lines:])

    def log_contains(self, pattern):
        """The match of a regular expression, or None."""
        return re.search(pattern, self.log, re.MULTILINE)

    def wait_for_log(self, pattern, timeout=30):
        def look():
            found = self.log_contains(pattern)
            if found is None and not self.is_running():
                raise AssertionError(f"{self.name} ended without {pattern!r}:\n{self.tail()}")
            return found
        return wait_until(look, timeout, f"{self.name} logs {pattern!r}; it wrote:\n{self.tail()}")

    # -- its admin port ----------------------------------------------------------------------

    def get(self, path):
        """(status, text) of a page of the admin port; (0, reason) where nobody answers."""
        url = f"http://127.0.0.1:{self.admin_port}{path}"
        try:
            with urllib.request.urlopen(url, timeout=5) as reply:
                return reply.status, reply.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError as error:
            return 0, str(error)

    def is_ready(self):
        return self.get("/readyz")[0] == 200

    def is_live(self):
        return self.get("/livez")[0] == 200

    def wait_ready(self, timeout=60):
        def look():
            if not self.is_running():
                raise AssertionError(f"{self.name} ended, exit {self.process.returncode}:\n{self.tail()}")
            return self.is_ready()
        try:
            wait_until(look, timeout, f"{self.name} is ready")
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.get('/readyz')}\n{self.tail()}") from None

    def metric(self, name, **labels):
        """Sum of the samples of a metric that carry these labels."""
        total = 0.0
        for line in self.get("/metrics")[1].splitlines():
            found = re.fullmatch(rf"{re.escape(name)}(?:\{{(.*)\}})? (\S+)", line)
            if found and all(f'{k}="{v}"' in (found[1] or "") for k, v in labels.items()):
                total += float(found[2])
        return total


class Portalsim(Daemon):
    """The simulated portals: portals_file, journal and port are theirs."""

    def __init__(self, name, directory, **options):
        self.journal = directory / f"{name}.journal"
        self.requests = directory / f"{name}.requests"
        self.portals_file = directory / f"{name}.portals.yaml"
        self.port = None
        given = {"listen-port": 0, "journal": self.journal, "requests": self.requests,
                 "portals-file": self.portals_file}
        given.update({k.replace("_", "-"): v for k, v in options.items()})
        arguments = [BIN / "portalsim"]
        for key, value in given.items():
            arguments += [f"--{key}"] if value is True else [f"--{key}", value]
        super().__init__(name, arguments, directory / f"{name}.log")

    def start(self, ready=True, timeout=60):
        super().start()
        self.port = int(self.wait_for_log(r"^ready port=(\d+)", timeout)[1])
        return self
