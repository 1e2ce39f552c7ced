# SPDX-License-Identifier: MIT
"""What the benches put into a topic: generated reports, their repeats and their revisions, in a fixed order."""

import random
import re
import struct
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "integration"))

MADE = ROOT / "build" / "bench" / "tests"
PARTITIONS = 12
LEAST, MOST = 20_000, 119_000  # a page's identity, put in below, may make it some hundred bytes longer
REPEATS, REVISIONS = 0.3, 0.1  # shares of the messages

TITLE = "青岭县2024年"
INDEX = re.compile(rb"113309990012345678/2025-\d+")
NUMBER = re.compile("青政发〔2025〕\\d+号".encode())
SIGNATURE = b'<p style="text-align: right;">'


def frames(stream):
    while head := stream.read(4):
        yield stream.read(struct.unpack("<I", head)[0])


def raw_pages(count):
    made = subprocess.Popen([MADE / "made_pages", str(count), str(LEAST), str(MOST)], stdout=subprocess.PIPE)
    yield from frames(made.stdout)
    if made.wait() != 0:
        sys.exit("made_pages failed")


def identified(page, n):
    """The page as document number n: title, index number and document number are its own."""
    page = page.replace(TITLE.encode(), f"青岭县第{n}片区2024年".encode())
    page = INDEX.sub(f"113309990012345678/2025-{n:05d}".encode(), page)
    return NUMBER.sub(f"青政发〔2025〕{n + 1}号".encode(), page, count=1)


def pages(count):
    """`count` reports, each another document."""
    for n, page in enumerate(raw_pages(count)):
        yield identified(page, n)


def revised(page, times):
    """The same report with one more paragraph above its signature."""
    return page.replace(SIGNATURE, f"<p>　　第{times}次更正：数据口径作了调整。</p>\n".encode() + SIGNATURE, 1)


def messages(count, seed=1):
    """(url, body) of each message, in order: first appearances, and of those that came before, repeats with the
    same bytes and revisions."""
    rng = random.Random(seed)
    kinds = ["repeat"] * int(count * REPEATS) + ["revision"] * int(count * REVISIONS)
    kinds += ["new"] * (count - len(kinds) - 1)
    rng.shuffle(kinds)
    source, known, times = pages(kinds.count("new") + 1), [], []
    for kind in ["new", *kinds]:
        if kind == "new":
            n = len(known)
            known.append(next(source))
            times.append(0)
        else:
            n = rng.randrange(len(known))
        if kind == "revision":
            times[n] += 1
            known[n] = revised(known[n], times[n])
        yield f"http://demo.example.gov.cn/zwgk/{n}.html", known[n]


def publish(kafka, topic, count):
    """All messages into a new topic; how many reports they are of, and their bytes."""
    from suoyin.pages import Pages
    out, urls, size = Pages(kafka, topic, partitions=PARTITIONS), set(), 0
    for n, (url, body) in enumerate(messages(count)):
        out.publish(url, body, at=n)
        urls.add(url)
        size += len(body)
        if n % 500 == 499:
            out.flush()
        if n % 5000 == 4999:
            print(f"published {n + 1} of {count}", flush=True)
    out.flush()
    return len(urls), size
