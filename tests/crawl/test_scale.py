# SPDX-License-Identifier: MIT
"""A large frontier: what the crawler holds in memory depends on hosts, not on URLs, and a restart is quick."""

import http.server
import threading
import time

import pytest

from suoyin import wait_until
from suoyin.proc import family_cpu, resident_kb

HOSTS, URLS, VISITS = 5_000, 1_000_000, 3_000
PAGE = b"<html><body><h1>" + "示例县关于某事项的通知".encode() + b"</h1></body></html>"
LIST = b"<html><body><ul><li><a href=\"/first.html\">a</a></li></ul></body></html>"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.asked.append(time.monotonic())
        body = LIST if self.path == "/list.html" else PAGE
        self.send_response_only(404 if self.path == "/robots.txt" else 200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Everyone(http.server.ThreadingHTTPServer):
    """The same small site on every address of 127.0.0.0/8."""
    daemon_threads = True
    request_queue_size = 1024

    def __init__(self):
        super().__init__(("0.0.0.0", 0), Handler)
        self.asked = []
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def verify_request(self, request, client_address):
        return client_address[0].startswith("127.")

    def handle_error(self, request, client_address):
        pass

    def home(self, host):
        return f"http://127.{60 + host // 250}.{host % 250}.1:{self.server_address[1]}/"


@pytest.fixture
def everyone():
    server = Everyone()
    yield server
    server.shutdown()
    server.server_close()


def portals_file(directory, everyone):
    path = directory / "portals.yaml"
    path.write_text("portals:\n" + "".join(
        f"  - {{id: h{h}, name: 第{h}号, home: \"{everyone.home(h)}\", delay: 1s, revisit: 300d,\n"
        f"     lists: [{{url: \"{everyone.home(h)}list.html\", rows: //li, every: 30d}}]}}\n" for h in range(HOSTS)))
    return path


def add_urls(database, everyone, each):
    """So many pages of each host, all due."""
    database.query(
        "INSERT INTO crawl.url (portal_id, url, kind, config_version)"
        " SELECT p.portal_id, p.home || 'more/' || n || '.html', 'page', p.config_version"
        " FROM core.portal p, generate_series(1, %s) n ON CONFLICT DO NOTHING", each)
    database.query("ANALYZE crawl.url")


def run(crawler, everyone, server):
    """A start with work for all hosts: seconds to the first fetch; KiB, milliseconds of CPU a visit after VISITS of them."""
    everyone.asked.clear()
    began, spent = time.monotonic(), family_cpu(server)
    crawler.start(ready=False)
    wait_until(lambda: len(everyone.asked) >= VISITS, 300, f"{VISITS} visits", every=0.1)
    pid, visits = crawler.process.pid, len(everyone.asked)
    first, kb = everyone.asked[0] - began, resident_kb(pid)
    cpu, server_cpu = family_cpu(pid), family_cpu(server) - spent
    assert crawler.stop() == 0
    return first, kb, 1000 * cpu / visits, 1000 * server_cpu / visits


def size(database, *tables):
    return sum(database.value("SELECT pg_total_relation_size(%s)", table) for table in tables)


def test_a_million_urls_cost_no_memory_and_a_restart_fetches_within_seconds(pipeline, postgres, everyone):
    """The issue's bar: resident memory flat within 5 %, restart to first fetch below 5 s."""
    database, server = pipeline.database, int(postgres.facts["pid"])
    pipeline.sync(portals_file(pipeline.directory, everyone))
    crawler = pipeline.crawler(fetch__parallel=64)
    crawler.start()
    wait_until(lambda: database.value("SELECT count(*) FROM crawl.url WHERE kind = 'list' AND complete_at IS NOT NULL")
               == HOSTS, 600, "all lists are read", every=1)
    wait_until(lambda: database.value("SELECT count(*) FROM crawl.url WHERE published_at IS NOT NULL") == HOSTS, 600,
               "their pages are published", every=1)
    assert crawler.stop() == 0
    add_urls(database, everyone, 2)
    few_first, few_kb, *_ = run(crawler, everyone, server)
    add_urls(database, everyone, URLS // HOSTS)
    many_first, many_kb, cpu, server_cpu = run(crawler, everyone, server)
    known = database.value("SELECT count(*) FROM crawl.url")
    each_portal = size(database, "crawl.clock", "crawl.robots", "crawl.list", "crawl.census", "core.portal") / HOSTS
    print(f"RESULT hosts={HOSTS} urls={known} few_kb={few_kb} many_kb={many_kb} growth={many_kb / few_kb - 1:.3f}"
          f" first_fetch_s={many_first:.2f} first_fetch_few_s={few_first:.2f} crawler_ms={cpu:.2f}"
          f" postgres_ms={server_cpu:.2f} bytes_per_url={size(database, 'crawl.url') / known:.0f}"
          f" bytes_per_portal={each_portal:.0f}")
    assert known > URLS
    assert many_kb <= 1.05 * few_kb
    assert many_first < 5
    assert server_cpu < 3, "a statement reads all URLs for a few"
