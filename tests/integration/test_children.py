# SPDX-License-Identifier: MIT
"""The processes that read what portals send, as the real programs start them: what they have, see and cost."""

import os
import re
import signal
import stat
from pathlib import Path

import pytest

from suoyin import BIN, wait_until
from suoyin.ledger import outcomes, settle
from suoyin.pages import Pages, document, slow_document

URL = "http://demo.example.gov.cn/{}.html"
SECRET = "not-for-children-4711"
SANITIZED = "asan" in str(BIN)


@pytest.fixture
def pages(kafka, topic):
    return Pages(kafka, topic)


def children_of(daemon):
    """(pid, role) of each."""
    found = []
    for pid in Path(f"/proc/{daemon.process.pid}/task/{daemon.process.pid}/children").read_text().split():
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        if b"--child" in words:
            found.append((int(pid), words[words.index(b"--child") + 1].decode()))
    return found


def busy_child(daemon, for_ticks=2):
    """One that has begun to read a page: from now on it has used so many ticks."""
    def ticks(pid):
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        return int(fields[11]) + int(fields[12])
    before = {pid: ticks(pid) for pid, _ in children_of(daemon)}
    return wait_until(lambda: next((pid for pid, t in before.items() if ticks(pid) >= t + for_ticks), None), 20,
                      "a child is busy", every=0.002)


def memory_holds(pid, text):
    """Whether any page that the process can read holds the text."""
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            span, rights = line.split()[:2]
            begin, end = (int(x, 16) for x in span.split("-"))
            if not rights.startswith("r") or "[v" in line:
                continue
            try:
                memory.seek(begin)
                if text in memory.read(end - begin):
                    return True
            except OSError:
                continue
    return False


def facts(pid):
    status = Path(f"/proc/{pid}/status").read_text()
    return {name: int(re.search(rf"^{name}:\s+(\d+)", status, re.MULTILINE)[1])
            for name in ("Seccomp", "NoNewPrivs", "Threads")}


def limits(pid):
    text = Path(f"/proc/{pid}/limits").read_text()
    return {name: re.search(rf"^{name}\s+(\S+)\s+(\S+)", text, re.MULTILINE).groups()
            for name in ("Max open files", "Max file size", "Max core file size", "Max address space")}


@pytest.mark.skipif(SANITIZED, reason="a sanitizer needs files and its address space")
@pytest.mark.parametrize("program, role", [("worker", "extract"), ("crawler", "list")])
def test_a_child_has_nothing_but_its_socket_and_sees_no_secret(pipeline, database, monkeypatch, program, role):
    monkeypatch.setenv("SUOYIN_TEST_SECRET", SECRET)
    url = f"{database.url(f'suoyin_{program}')}&options=-c%20suoyin.secret%3D{SECRET}"
    daemon = getattr(pipeline, program)(database__url=url).start()
    assert memory_holds(daemon.process.pid, SECRET.encode())  # the program has it, and we can look
    children = wait_until(lambda: children_of(daemon), 20, "children are there")
    assert {name for _, name in children} == {role}
    for pid, _ in children:
        wait_until(lambda: facts(pid)["Seccomp"] == 2, 20, "the child has locked itself in")
        assert Path(f"/proc/{pid}/environ").read_bytes().strip(b"\0") == b""
        assert os.listdir(f"/proc/{pid}/fd") == ["0"]
        assert stat.S_ISSOCK(os.stat(f"/proc/{pid}/fd/0").st_mode)
        assert facts(pid) == {"Seccomp": 2, "NoNewPrivs": 1, "Threads": 1}
        found = limits(pid)
        assert found["Max open files"] == ("1", "1")
        assert found["Max file size"] == found["Max core file size"] == ("0", "0")
        assert found["Max address space"][0] != "unlimited"
        assert not memory_holds(pid, SECRET.encode())


def seen(worker):
    return {event: worker.metric("suoyin_children_total", event=event)
            for event in ("crashed", "timeout", "hostile")}


def publish_neighbours(pages, numbers):
    for n in numbers:
        pages.publish(URL.format(n), document(f"报告{n}", content=str(n)), n)


def check_one_dead(database, reasons, neighbours):
    assert outcomes(database) == {"new": neighbours, "dead": 1}
    [(url, reason)] = database.query("SELECT url, reason FROM api.dead_letter")
    assert url == URL.format("bad") and reason in reasons


@pytest.mark.parametrize("fate", [signal.SIGSEGV, signal.SIGABRT])
def test_a_crash_costs_one_page_and_is_counted(pipeline, database, pages, fate):
    worker = pipeline.worker(children=1).start()
    publish_neighbours(pages, range(3))
    pages.publish(URL.format("bad"), slow_document("大报告", content="大"), 1)
    publish_neighbours(pages, range(3, 6))
    pages.flush()
    first = busy_child(worker)
    os.kill(first, fate)
    wait_until(lambda: [pid for pid, _ in children_of(worker) if pid != first], 20, "another child is there",
               every=0.01)
    os.kill(busy_child(worker, 5), fate)  # a page is tried once more; to begin, it needs less
    settle(database, pages)
    check_one_dead(database, {"extract_crash"}, 6)
    assert seen(worker) == {"crashed": 2, "timeout": 0, "hostile": 0}
    assert {role for _, role in children_of(worker)} == {"extract"}


SLOW_RULE = """portals:
- id: demo
  name: 示例
  home: http://demo.example.gov.cn/
  lists: [{url: 'http://demo.example.gov.cn/list', rows: //li}]
  extract: {agency: "//p/following-sibling::p"}
"""


def test_a_hang_costs_one_page_and_is_counted(pipeline, database, pages, directory):
    """A portal's own expression that takes ages on a large page: the page is hostile, or the rule is."""
    path = directory / "slow.yaml"
    path.write_text(SLOW_RULE)
    pipeline.sync(path)
    worker = pipeline.worker(children=1, child__deadline="2s").start()
    publish_neighbours(pages, range(3))
    filler = b"<p>" + b"</p><p>".join(b"%d" % n for n in range(50000)) + b"</p>"
    pages.publish(URL.format("bad"), document("大报告", content="大").replace(b"</body>", filler + b"</body>"), 1)
    publish_neighbours(pages, range(3, 6))
    settle(database, pages)
    check_one_dead(database, {"extract_timeout"}, 6)
    assert seen(worker) == {"crashed": 0, "timeout": 2, "hostile": 0}


@pytest.mark.skipif(SANITIZED, reason="a sanitizer needs its address space")
def test_a_memory_bomb_costs_one_page_and_is_counted(pipeline, database, pages):
    worker = pipeline.worker(children=1, child__memory="64MiB").start()
    publish_neighbours(pages, range(3))
    pages.publish(URL.format("bad"), b"<html><body>" + b"<b>x" * 1800000, 1)
    publish_neighbours(pages, range(3, 6))
    settle(database, pages)
    dead = worker.metric("suoyin_dead_letters_total")
    check_one_dead(database, {"extract_crash", "too_large", "too_deep"}, 6)
    assert dead == 1
    print(f"RESULT memory_bomb={database.value('SELECT reason FROM api.dead_letter')} {seen(worker)}")
