# SPDX-License-Identifier: MIT
"""portalsim alone: what the other tests take as the truth must be true."""

import concurrent.futures
import hashlib
import html
import http.client
import json
import re
import signal
import subprocess
import time
import unicodedata
from urllib.parse import urljoin, urlsplit

import pytest

from suoyin import BIN, SHARED, wait_until

PORTALSIM = BIN / "portalsim"
HAN = re.compile(r"[\u3400-\u9fff]")


class Sim:
    """A portalsim of our own, its files, and a client that is as plain as can be."""

    def __init__(self, directory, *options):
        self.journal_path = directory / "journal.jsonl"
        self.portals_path = directory / "portals.yaml"
        self.requests_path = directory / "requests.jsonl"
        self.process = subprocess.Popen(
            [PORTALSIM, "--journal", self.journal_path, "--portals-file", self.portals_path,
             "--requests", self.requests_path, *map(str, options)], stdout=subprocess.PIPE, text=True)
        self.ready = self.process.stdout.readline()
        match = re.fullmatch(r"ready port=(\d+) portals=(\d+)\n", self.ready)
        assert match, self.ready
        self.port, self.portal_count = map(int, match.groups())

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(10)

    def journal(self):
        return [json.loads(line) for line in self.journal_path.read_text().splitlines()]

    def events(self, kind):
        return [line for line in self.journal() if line["event"] == kind]

    def urls(self):
        return {line["url"]: line for line in self.journal() if "sha256" in line}

    def get(self, url, method="GET", **headers):
        parts = urlsplit(url)
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=30)
        try:
            connection.request(method, parts.path, headers={k.replace("_", "-"): v for k, v in headers.items()})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def lists(self):
        """(first page, next link's pattern) of each list of the portals file."""
        return re.findall(r'url: "([^"]+)"', self.portals_path.read_text())

    def walk(self, url):
        """The addresses of a list's entries, and how many stand on each of its pages."""
        found, pages = [], []
        while url is not None:
            status, headers, body = self.get(url)
            assert status == 200 and len(pages) < 100
            text = decode(headers, body)
            rows = re.search(r'<ul class="list(?:-ul)?">(.*?)</ul>', text, re.S).group(1)
            hrefs = re.findall(r'<li><a href="([^"]+)"', rows)
            found += [urljoin(url, html.unescape(href)) for href in hrefs]
            following = re.search(r'<a class="next" href="([^"]+)">下一页</a>', text)
            url = urljoin(url, following.group(1)) if following else None
            pages.append(len(hrefs))
        return found, pages


def decode(headers, body):
    """As HTTP or the first META says, with gb2312 meaning GB18030; strict."""
    said = re.search(r"charset=[\"']?([\w-]+)", headers.get("Content-Type", "")) or \
        re.search(r"charset=[\"']?([\w-]+)", body[:1024].decode("ascii", "replace"))
    charset = said.group(1).lower() if said else "utf-8"
    return body.decode("gb18030" if charset.startswith("gb") else charset)


@pytest.fixture
def sim(tmp_path):
    running = []

    def start(*options, directory=None):
        where = directory or tmp_path
        where.mkdir(exist_ok=True)
        running.append(Sim(where, *options))
        return running[-1]

    yield start
    for one in running:
        if one.process.poll() is None:
            assert one.stop() == 0
        one.process.stdout.close()


def sha256(body):
    return hashlib.sha256(body).hexdigest()


def test_the_same_seed_gives_the_same_bytes_and_another_gives_others(sim, tmp_path):
    def bodies(directory, seed):
        one = sim("--scenario", "quiet", "--reports", 24, "--seed", seed, directory=tmp_path / directory)
        return {(urlsplit(url).hostname, urlsplit(url).path): one.get(url)[2] for url in one.urls()}

    first, again, other = bodies("a", 5), bodies("b", 5), bodies("c", 6)
    assert len(first) == 24 and first == again
    assert not set(first.values()) & set(other.values())


def test_the_journal_knows_the_bytes_that_are_served(sim):
    one = sim("--scenario", "quiet", "--reports", 30)
    for url, line in one.urls().items():
        status, _, body = one.get(url)
        assert (status, sha256(body)) == (200, line["sha256"])
    wait_until(lambda: one.events("end"), 5, "end")


def plain(markup):
    return re.sub(r"\s", "", html.unescape(re.sub(r"<[^>]*>", "", markup)))


NUMBERED = re.compile(r"[一二三四五六七八九十]+、|（[一二三四五六七八九十]+）|[0-9]+\.")


def test_what_the_journal_says_of_a_page_stands_on_it(sim):
    one = sim("--scenario", "quiet", "--reports", 160, "--portals", 8)
    attached = inline = dated = blocks = 0
    for url, line in one.urls().items():
        _, headers, body = one.get(url)
        page = decode(headers, body)
        links = re.findall(r'<a href="([^"]*)" target="_blank">([^<]*)</a>', page)
        assert line["attachments"] == [{"text": t, "url": urljoin(url, html.unescape(h))} for h, t in links]
        assert all(one.get(link["url"])[0] == 200 for link in line["attachments"])
        paragraphs = [plain(p) for p in re.findall(r"<p[ >].*?</p>", page, re.S)]
        text = "".join(paragraphs)
        numbered = [p for p in paragraphs if NUMBERED.match(p) and p not in text.partition("附件：")[2]]
        assert line["headings"] == [p.split("。")[0] for p in numbered]
        assert text.index(plain(line["body_first"])) < text.index(plain(line["body_last"]))
        for name, key in (("SiteName", "site_name"), ("SiteIDCode", "site_id_code"), ("ContentSource", "source")):
            assert f'<meta name="{name}" content="{line[key]}">' in page
        at, flat = 0, plain(page)
        for label, value in line["metadata"].items():
            at += re.search(f"{plain(label)}[:：]{re.escape(plain(value))}", flat[at:]).end()
        year, month, day = map(int, line["signed_on"].split("-"))
        attached += len(links)
        inline += any("。" in p for p in numbered)
        dated += line["body_last"].endswith(f"{year}年{month}月{day}日")
        blocks += len(line["metadata"]) == 8
    assert attached > 20 and inline > 20 and dated > 80 and 60 < blocks < 160


def test_lists_lead_to_every_page_and_to_no_other(sim):
    one = sim("--scenario", "quiet", "--reports", 90, "--portals", 5)
    walks = [one.walk(url) for url in one.lists()]
    found = [url for urls, _ in walks for url in urls]
    assert sorted(found) == sorted(one.urls()) and len(found) == 90
    assert max(len(pages) for _, pages in walks) >= 3
    assert all(10 <= rows <= 20 for _, pages in walks for rows in pages[:-1])


def test_lists_show_the_newest_first(sim):
    one = sim("--scenario", "quiet", "--reports", 60)
    days = {url: line["published_on"] for url, line in one.urls().items()}
    for url in one.lists():
        shown = [days[page] for page in one.walk(url)[0]]
        assert shown == sorted(shown, reverse=True)


def test_a_list_ends_with_404(sim):
    one = sim("--scenario", "quiet", "--reports", 8)
    for url in one.lists():
        assert one.get(re.sub(r"\.s?html$", "_9\\g<0>", url))[0] == 404


def test_reports_are_long_and_all_different(sim):
    one = sim("--scenario", "quiet", "--reports", 60)
    titles, texts = set(), set()
    for url, line in one.urls().items():
        _, headers, body = one.get(url)
        text = decode(headers, body)
        paragraphs = re.findall(r"<p[^>]*>(.*?)</p>", text, re.S)
        plain = re.sub(r"<[^>]*>|\s", "", "".join(paragraphs))
        assert 3000 <= len(plain) <= 13500, url
        assert line["title"] in text and line["agency"] in text
        for number in (line["index_number"], line["document_number"]):
            assert number is None or number in text
        titles.add(line["title"])
        texts.add(plain)
    assert len(titles) == len(texts) == 60


def test_each_charset_is_labelled_as_portals_label_it(sim):
    one = sim("--scenario", "quiet", "--reports", 40, "--portals", 8)
    seen = set()
    for url in one.urls():
        _, headers, body = one.get(url)
        text = decode(headers, body)
        assert len(HAN.findall(text)) > 2000
        with_http = "charset" in headers["Content-Type"]
        with_meta = b"charset=" in body[:1024]
        assert with_http != with_meta
        try:
            body.decode("utf-8")
            seen.add(("utf-8", with_http))
        except UnicodeDecodeError:
            assert "gb2312" in (headers["Content-Type"] + body[:1024].decode("ascii", "replace"))
            seen.add(("gb", with_http))
    assert seen == {("utf-8", True), ("utf-8", False), ("gb", True), ("gb", False)}


def test_some_bytes_need_gb18030(sim):
    """Pages that are called gb2312 and hold characters that GB2312 and GBK do not have."""
    one = sim("--scenario", "quiet", "--reports", 60)
    beyond = 0
    for url in one.urls():
        try:
            one.get(url)[2].decode("gbk")
        except UnicodeDecodeError:
            beyond += 1
    assert beyond > 0


def test_validators_lead_to_304_where_a_portal_has_them(sim):
    one = sim("--scenario", "quiet", "--reports", 12)
    kinds = set()
    for url in one.urls():
        _, headers, _ = one.get(url)
        etag, date = headers["ETag"], headers["Last-Modified"]
        kinds.add((etag is not None, date is not None))
        if etag:
            assert one.get(url, If_None_Match=etag)[::2] == (304, b"")
            assert one.get(url, If_None_Match='"other"', If_Modified_Since=date or "")[0] == 200
        if date:
            assert one.get(url, If_Modified_Since=date)[0] == 304
            assert one.get(url, If_Modified_Since="Tue, 01 Jan 2019 00:00:00 GMT")[0] == 200
    assert kinds == {(True, True), (False, False), (False, True), (True, False)}


def test_index_numbers_are_unique_and_some_reports_have_none(sim):
    one = sim("--scenario", "quiet", "--reports", 200, "--portals", 4)
    lines = one.urls().values()
    numbers = [(line["portal"], unicodedata.normalize("NFKC", line["index_number"]))
               for line in lines if line["index_number"]]
    assert len(numbers) == len(set(numbers))
    assert 40 < len(numbers) < 160
    forms = " ".join(line["document_number"] or "" for line in lines)
    assert all(mark in forms for mark in "〔﹝[０")


def visit_everything(one, seconds=25):
    """What a watcher sees: rounds over lists and all pages ever found, until the journal ends."""
    seen = {}
    deadline = time.monotonic() + seconds
    while not one.events("end"):
        assert time.monotonic() < deadline, "the journal does not end"
        for url in one.lists():
            for page in one.walk(url)[0]:
                seen.setdefault(page, [])
        for page, states in seen.items():
            status, _, body = one.get(page)
            state = sha256(body) if status == 200 else status
            if states[-1:] != [state]:
                states.append(state)
    return seen


def test_a_demo_happens_whole_and_every_state_can_be_seen(sim):
    one = sim("--reports", 40, "--publish-every", 200, "--seed", 3)
    before = len(one.events("publish"))
    seen = visit_everything(one)
    assert 30 <= before < len(one.events("publish")) == 40
    assert one.journal()[-1]["t"] < 12000

    (edit,), (republish,), (remove,) = map(one.events, ("edit", "republish", "remove"))
    published = {line["report"]: line for line in one.events("publish")}
    first = published[edit["report"]]
    assert first["url"] == edit["url"] and first["sha256"] != edit["sha256"]
    assert seen[edit["url"]] == [first["sha256"], edit["sha256"]]

    first = published[republish["report"]]
    assert first["url"] != republish["url"] and republish["index_number"]
    assert all(first[k] == republish[k] for k in ("title", "index_number", "document_number", "portal"))
    assert seen[republish["url"]] == [republish["sha256"]]

    assert seen[remove["url"]] == [published[remove["report"]]["sha256"], 404]
    assert set(seen) == set(one.urls())
    for url, line in one.urls().items():
        if line["event"] == "publish":
            assert seen[url][0] == line["sha256"]


def test_nothing_changes_before_somebody_has_looked(sim):
    one = sim("--reports", 12, "--publish-every", 50)
    time.sleep(1.0)
    assert {line["event"] for line in one.journal()} == {"publish"}
    count = len(one.journal())
    one.get(one.lists()[0])  # the clock starts; pages were not looked at
    wait_until(lambda: len(one.journal()) > count, 5, "a late publication")
    time.sleep(5.5)
    assert {line["event"] for line in one.journal()} == {"publish"}


def test_the_edited_text_differs_in_one_paragraph(sim):
    one = sim("--reports", 12, "--publish-every", 50)
    before = {url: one.get(url)[2] for url in one.urls()}
    one.get(one.lists()[0])
    (edit,) = wait_until(lambda: one.events("edit"), 10, "an edit")
    _, headers, body = one.get(edit["url"])
    old = decode(headers, before[edit["url"]]).splitlines()
    new = decode(headers, body).splitlines()
    assert len([line for line in new if line not in old]) == 1
    assert len([line for line in old if line not in new]) == 0


def test_bad_pages_are_bad_and_stand_on_the_list_of_sim_bad(sim):
    one = sim("--scenario", "quiet", "--reports", 8, "--misbehave")
    bad = {line["kind"]: line["url"] for line in one.events("bad")}
    assert set(bad) == {"empty", "binary", "deep", "huge"}
    good = [line["url"] for line in one.events("publish") if line["portal"] == "sim-bad"]
    assert len(good) == 2
    found, _ = one.walk(one.lists()[-1])
    assert sorted(found) == sorted(good + list(bad.values()))

    assert one.get(bad["empty"])[2] == b""
    assert one.get(bad["binary"])[2].startswith(b"\x89PNG")
    assert one.get(bad["deep"])[2].count(b"<div>") == 100000
    _, headers, body = one.get(bad["huge"])
    assert headers["Content-Length"] == str(50 << 20) == str(len(body))


def test_bad_pages_exist_only_on_demand(sim):
    one = sim("--scenario", "quiet", "--reports", 8)
    assert one.get(f"http://127.10.1.1:{one.port}/bad/deep.html")[0] == 404


def test_served_files_keep_their_bytes(sim, tmp_path):
    folder = tmp_path / "files"
    folder.mkdir()
    names = [f"{i:03}.html" for i in range(43)] + ["a b%.htm", "正文.txt"]
    for i, name in enumerate(names):
        (folder / name).write_bytes(bytes([i]) * i + name.encode("utf-16-le"))
    (folder / "large.html").write_bytes(b"<p>x</p>\n" * 1000000)
    (folder / "left-out.pdf").write_bytes(b"%PDF")
    (folder / "sub.html").mkdir()
    one = sim("--serve", folder, "--serve-id", "corpus")
    assert one.portal_count == 1

    (start,) = one.lists()
    found, pages = one.walk(start)
    lines = one.urls()
    assert found == [line["url"] for line in sorted(lines.values(), key=lambda l: l["title"].encode())]
    assert (len(found), pages) == (46, [20, 20, 6])
    for url, line in lines.items():
        status, headers, body = one.get(url)
        want = (folder / line["title"]).read_bytes()
        assert (status, body, line["sha256"], line["bytes"]) == (200, want, sha256(want), len(want))
        assert headers["Content-Type"] == ("text/plain" if url.endswith(".txt") else "text/html")
        assert line["portal"] == "corpus" and line["index_number"] is None
    wait_until(lambda: one.events("end"), 5, "end")


def test_the_corpus_is_served_byte_for_byte(sim):
    folder = SHARED / "corpus" / "pages"
    if not folder.is_dir():
        pytest.skip(f"{folder} not found")
    one = sim("--serve", folder)
    files = sorted(p.name for p in folder.iterdir() if p.suffix in (".html", ".htm", ".txt"))
    assert sorted(line["title"] for line in one.urls().values()) == files
    for url, line in one.urls().items():
        assert one.get(url)[2] == (folder / line["title"]).read_bytes()


def test_many_connections_at_once(sim):
    one = sim("--scenario", "quiet", "--reports", 60)
    jobs = list(one.urls().items()) * 10
    with concurrent.futures.ThreadPoolExecutor(64) as pool:
        answers = list(pool.map(lambda job: sha256(one.get(job[0])[2]) == job[1]["sha256"], jobs))
    assert all(answers) and len(answers) == 600
    logged = one.requests_path.read_text().splitlines()
    assert len(logged) == 600
    assert set(json.loads(logged[0])) == {"t", "method", "host", "path", "status", "address", "end"}


def test_it_ends_at_once_with_connections_open(sim):
    one = sim("--scenario", "quiet", "--reports", 8, "--misbehave")
    connections = [http.client.HTTPConnection("127.10.5.1", one.port) for _ in range(20)]
    for connection in connections:
        connection.request("GET", "/bad/huge.html")  # nobody reads it
    start = time.monotonic()
    assert one.stop() == 0
    assert time.monotonic() - start < 3
    for connection in connections:
        connection.close()


def test_two_live_side_by_side(sim, tmp_path):
    one = sim("--scenario", "quiet", directory=tmp_path / "a")
    two = sim("--scenario", "quiet", directory=tmp_path / "b")
    assert one.port != two.port
    taken = subprocess.run([PORTALSIM, "--journal", tmp_path / "j", "--portals-file", tmp_path / "p",
                            "--listen-port", str(one.port)], capture_output=True, text=True, timeout=10)
    assert taken.returncode == 1 and "127.10.1.1" in taken.stderr


def test_other_methods_are_refused_and_head_has_no_body(sim):
    one = sim("--scenario", "quiet", "--reports", 8)
    url = next(iter(one.urls()))
    assert one.get(url, "POST")[0] == 405
    status, headers, body = one.get(url, "HEAD")
    assert (status, body) == (200, b"") and int(headers["Content-Length"]) > 3000


@pytest.mark.parametrize("options, word", [
    (["--reports", "zwei"], "--reports"),
    (["--reports", "3"], "--reports"),
    (["--scenario", "loud"], "--scenario"),
    (["--delay", "50"], "--delay"),
    (["--serve-id", "Corpus"], "--serve-id"),
    (["--portals", "0"], "--portals"),
])
def test_a_wrong_option_is_named(tmp_path, options, word):
    done = subprocess.run([PORTALSIM, "--journal", tmp_path / "j", "--portals-file", tmp_path / "p", *options],
                          capture_output=True, text=True, timeout=10)
    assert done.returncode == 2 and word in done.stderr and not (tmp_path / "j").exists()


@pytest.mark.parametrize("portals, reports", [(1, 5), (9, 13), (30, 34)])
def test_the_smallest_demos_happen_too(sim, portals, reports):
    one = sim("--portals", portals, "--reports", reports, "--publish-every", 100)
    visit_everything(one)
    assert len(one.events("publish")) == reports
    assert [len(one.events(kind)) for kind in ("republish", "edit", "remove")] == [1, 1, 1]
