# SPDX-License-Identifier: MIT
"""What the daemons tell systemd: ready, alive as long as the main loop turns, and what they wait for."""

import socket
import time

import pytest

from suoyin import wait_until


class Systemd:
    """Takes what is sent to $NOTIFY_SOCKET."""

    def __init__(self, address):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind("\0" + address[1:] if address.startswith("@") else address)
        self.socket.settimeout(0.2)
        self.said = []

    def listen(self):
        try:
            while True:
                self.said.append(self.socket.recv(1024).decode())
        except TimeoutError:
            return self.said

    def has_said(self, text):
        return any(text in line for line in self.listen())


@pytest.mark.parametrize("kind, where", [("worker", "path"), ("crawler", "abstract")])
def test_ready_alive_and_silent_when_it_hangs(pipeline, directory, kind, where):
    address = str(directory / "n")[-100:] if where == "path" else f"@{directory}"[-100:]
    address = address if where == "path" else "@" + address.lstrip("@")
    systemd = Systemd(address)
    daemon = getattr(pipeline, kind)()
    daemon.environment = {"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "1500000"}
    daemon.start()
    wait_until(lambda: systemd.has_said("STATUS=ready"), 30, "it is ready")
    assert systemd.said.count("READY=1") == 1
    wait_until(lambda: systemd.listen().count("WATCHDOG=1") >= 4, 30, "it says that it lives")

    daemon.pause()
    time.sleep(1)
    systemd.listen()
    before = systemd.said.count("WATCHDOG=1")
    time.sleep(2)
    assert systemd.listen().count("WATCHDOG=1") == before
    daemon.resume()
    wait_until(lambda: systemd.listen().count("WATCHDOG=1") > before, 30, "it lives again")
    assert daemon.stop() == 0


def test_without_a_database_it_runs_and_says_what_it_waits_for(pipeline, directory):
    systemd = Systemd(str(directory / "n"))
    worker = pipeline.worker(database__url="postgresql://nobody@127.0.0.1:1/none")
    worker.environment = {"NOTIFY_SOCKET": str(directory / "n")}
    worker.start(ready=False)
    wait_until(lambda: systemd.has_said("database: "), 30, "it says so")
    assert systemd.said.count("READY=1") == 1 and worker.is_running()
    assert not any("WATCHDOG" in line for line in systemd.said)
    assert worker.stop() == 0
