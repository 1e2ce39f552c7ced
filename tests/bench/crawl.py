#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What the crawler's work costs, beside the least it could cost and beside Scrapy, in one run.

usage: tests/bench/crawl.py [PAGES [HOSTS…]]          (default 10000 pages; 1, 100 and 2000 hosts)

nginx serves pages of 60 kB on as many addresses of 127.0.0.0/8 as there are hosts. For each number of hosts
  - a bare libcurl multi loop fetches all pages and throws them away, and as many pages are published (encode, SHA-256,
    produce, delivery report): a fetch for each of the crawler's requests (lists and robots.txt, too) and a publication
    for each page are the floor; at most one request a host at a time there, too,
  - the crawler reads the lists, fetches and publishes, politeness off (one request a host at a time, no pause);
    then, where there are enough hosts, with a pause of a second,
  - Scrapy does the same job, its own politeness off.
CPU is that of the client process alone, its list children included. A page counts when Kafka has acknowledged it.
"""

import json
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "integration"))

from suoyin import wait_until
from suoyin.daemon import free_port
from suoyin.pages import Pages
from suoyin.pipeline import Pipeline
from suoyin.proc import family_cpu, resident_kb
from suoyin.stack import Kafka, Postgres

PROGRAMS = ROOT / "build" / "bench"
FLOOR = PROGRAMS / "tests" / "crawl_floor"
VENV = ROOT / "build" / "scrapy"
PACKAGES = ["scrapy==2.19.0", "confluent-kafka==2.16.1"]
PAGE_BYTES, PAGE_FILES, KNOWN = 60_000, 200, 100_000
LIST_ROWS = 1000


def facts(line):
    return {key: float(value) for key, value in re.findall(r"(\w+)=([\d.]+)", line)}


class Nginx:
    """Every page path of every host gives one of PAGE_FILES files; /list-N.html names some of them."""

    def __init__(self, directory):
        self.directory = directory / "nginx"
        self.port = free_port()
        self.process = None

    def start(self):
        (self.directory / "p").mkdir(parents=True)
        subprocess.run([FLOOR, "pages", self.directory / "p", str(PAGE_FILES), str(PAGE_BYTES)], check=True)
        (self.directory / "conf").write_text(
            "daemon off; worker_processes 1; pid nginx.pid; error_log stderr crit;\n"
            "events { worker_connections 8192; }\n"
            "http { access_log off; keepalive_timeout 600; keepalive_requests 1000000; sendfile on; tcp_nopush on;\n"
            "  types { text/html html; } charset utf-8;\n"
            "  client_body_temp_path t1; proxy_temp_path t2; fastcgi_temp_path t3; uwsgi_temp_path t4;"
            " scgi_temp_path t5;\n"
            f"  server {{ listen 0.0.0.0:{self.port} backlog=4096; allow 127.0.0.0/8; deny all;\n"
            f"    root {self.directory}; rewrite ^/\\d+/(\\d+)$ /p/$1.html break; }} }}\n")
        self.process = subprocess.Popen(["/usr/sbin/nginx", "-p", self.directory, "-c", self.directory / "conf"],
                                        stdin=subprocess.DEVNULL)
        wait_until(lambda: subprocess.run(["curl", "-sf", "-o", "/dev/null", self.home(0) + "p/0.html"]).returncode == 0,
                   20, "nginx answers")

    def stop(self):
        if self.process is not None:
            self.process.terminate()
            self.process.wait(20)

    def home(self, host):
        return f"http://127.{20 + host // 250}.{host % 250}.1:{self.port}/"

    def write_lists(self, per_host):
        for first in range(0, per_host, LIST_ROWS):
            rows = "".join(f"<li><a href=\"/{n // PAGE_FILES}/{n % PAGE_FILES}\">示例县关于第{n}号事项的通知</a>"
                           "<span>2026-01-02</span></li>" for n in range(first, min(first + LIST_ROWS, per_host)))
            (self.directory / f"list-{first // LIST_ROWS}.html").write_text(
                f"<!DOCTYPE html><html><head><meta charset=\"utf-8\"></head><body><ul>{rows}</ul></body></html>")

    def lists(self, host, per_host):
        return [f"{self.home(host)}list-{n}.html" for n in range((per_host - 1) // LIST_ROWS + 1)]


def floor(nginx, kafka, hosts, per_host):
    """CPU a page, in microseconds: (bare fetch, publish)."""
    urls = "".join(f"{nginx.home(h)}{n // PAGE_FILES}/{n % PAGE_FILES}\n" for n in range(per_host) for h in range(hosts))
    done = subprocess.run([FLOOR, "fetch", str(min(32, hosts))], input=urls, capture_output=True, text=True, check=True)
    fetch = facts(done.stdout)
    done = subprocess.run([FLOOR, "publish", kafka.bootstrap, Kafka.topic(), str(hosts * per_host),
                           nginx.directory / "p"], capture_output=True, text=True, check=True)
    return fetch["cpu_us"], facts(done.stdout)["cpu_us"]


def portals_file(path, nginx, hosts, per_host):
    def portal(h):
        lists = ", ".join(f"{{url: \"{url}\", rows: //li, date: .//span, every: 30d}}"
                          for url in nginx.lists(h, per_host))
        return f"  - {{id: h{h}, name: 第{h}号, home: \"{nginx.home(h)}\", revisit: 30d,\n     lists: [{lists}]}}\n"
    path.write_text("portals:\n" + "".join(map(portal, range(hosts))))
    return path


def known_urls_kb(database, pid):
    """KiB that the process grows by when KNOWN more URLs are known."""
    before = resident_kb(pid)
    database.query("INSERT INTO crawl.url (portal_id, url, kind, due_at, published_at) SELECT portal_id,"
                   " home || 'known/' || n, 'page', now() + interval '9 days', now() FROM core.portal,"
                   " generate_series(1, %s / (SELECT count(*) FROM core.portal)) n", KNOWN)
    time.sleep(10)
    return resident_kb(pid) - before


def crawl(directory, kafka, postgres, nginx, hosts, per_host, delay_ms):
    """One crawler on an empty database: what it costs a page, what it holds at rest when all is done."""
    name = f"crawl_{hosts}_{delay_ms}"
    database = postgres.create_database(name).migrate()
    work = directory / name
    work.mkdir()
    pipeline = Pipeline(work, kafka, database, Kafka.topic())
    try:
        pipeline.sync(portals_file(work / "portals.yaml", nginx, hosts, per_host))
        # less than a portal file may ask for, so that politeness is off
        database.query("UPDATE core.portal SET config = config || %s::jsonb", json.dumps({"delay_ms": delay_ms}))
        crawler = pipeline.crawler(fetch__parallel=64, portals__poll="1h").start()
        pid, total = crawler.process.pid, hosts * per_host

        def published():
            return int(crawler.metric("suoyin_published_total"))
        wait_until(lambda: published() > 0, 120, "the first page", every=0.05)
        began = time.monotonic()
        first = published()
        wait_until(lambda: published() >= total, 1200, f"{total} pages", every=0.2)
        seconds, cpu = time.monotonic() - began, family_cpu(pid)
        requests = crawler.metric("suoyin_fetch_seconds_count")
        wait_until(lambda: database.value("SELECT count(*) FROM crawl.url WHERE due_at <= now()") == 0, 60,
                   "nothing is due")
        assert crawler.stop() == 0
        pid = crawler.start().process.pid  # what it holds at rest, not what malloc kept of the rush
        time.sleep(3)
        rest = resident_kb(pid)
        grown = known_urls_kb(database, pid)
        waiting = database.value("SELECT count(*) FROM crawl.url WHERE kind = 'page' AND published_at IS NULL")
        assert waiting == 0, f"{waiting} pages are not published"
        assert crawler.stop() == 0
    finally:
        pipeline.close()
        database.drop()
    return {"rate": (total - first) / seconds, "cpu": 1e6 * cpu / total, "rest": rest, "grown": grown,
            "requests": requests / total}


def scrapy(directory, kafka, nginx, hosts, per_host):
    lists = directory / "lists"
    lists.write_text("".join(url + "\n" for h in range(hosts) for url in nginx.lists(h, per_host)))
    topic = Pages(kafka, Kafka.topic(), partitions=12).topic
    done = subprocess.run([VENV / "bin" / "python", Path(__file__).with_name("crawl_scrapy.py"), lists,
                           kafka.bootstrap, topic], capture_output=True, text=True, cwd=directory)
    if done.returncode != 0 or not done.stdout.startswith("pages="):
        sys.exit(f"scrapy:\n{done.stdout}{done.stderr}")
    found = facts(done.stdout)
    return found["pages"], found["pages"] / found["seconds"], found["cpu_us"]


def make_venv():
    if not (VENV / "ready").exists():
        print("installing Scrapy into build/scrapy", flush=True)
        subprocess.run([sys.executable, "-m", "venv", VENV], check=True)
        subprocess.run([VENV / "bin" / "pip", "install", "-q", *PACKAGES], check=True)
        (VENV / "ready").touch()


def measure(directory, kafka, postgres, nginx, hosts, pages):
    per_host = max(1, pages // hosts)
    nginx.write_lists(per_host)
    fetch, publish = floor(nginx, kafka, hosts, per_host)
    ours = crawl(directory, kafka, postgres, nginx, hosts, per_host, 1)
    polite = crawl(directory, kafka, postgres, nginx, hosts, per_host, 1000) if per_host <= 60 else None
    count, peer_rate, peer_cpu = scrapy(directory, kafka, nginx, hosts, per_host)
    assert count == hosts * per_host, f"scrapy published {count} pages"
    least = fetch * ours["requests"] + publish
    print(f"hosts={hosts} pages={hosts * per_host} requests_a_page={ours['requests']:.2f} bare_fetch_us={fetch:.0f}"
          f" publish_us={publish:.0f} ours_us={ours['cpu']:.0f} ours_per_s={ours['rate']:.0f} resident_kb={ours['rest']}"
          + (f" polite_us={polite['cpu']:.0f} polite_per_s={polite['rate']:.0f}" if polite else "")
          + f" scrapy_us={peer_cpu:.0f} scrapy_per_s={peer_rate:.0f}"
          f" curl_ratio={ours['cpu'] / least:.2f} scrapy_ratio={peer_cpu / ours['cpu']:.1f}", flush=True)
    return {**ours, "floor": least, "scrapy": peer_cpu, "hosts": hosts}


def memory(found):
    """KiB an idle host, where runs differ in hosts, and bytes a known URL."""
    found = sorted(found, key=lambda f: f["hosts"])
    url = max(0, max(f["grown"] for f in found)) * 1024 / KNOWN
    many, few = found[-1], next((f for f in found if f["hosts"] >= 64), found[0])
    host = max(0, many["rest"] - few["rest"]) / (many["hosts"] - few["hosts"]) if many is not few else 0
    return f"kb_per_host={host:.2f} bytes_per_url={url:.1f}"


def main():
    pages = int(sys.argv[1]) if len(sys.argv) > 1 else 10000
    numbers = [int(a) for a in sys.argv[2:]] or [1, 100, 2000]
    make_venv()
    with tempfile.TemporaryDirectory(prefix="suoyin-bench-") as name:
        directory = Path(name)
        directory.chmod(0o755)
        kafka, postgres, nginx = Kafka(directory), Postgres(directory), Nginx(directory)
        try:
            kafka.start()
            postgres.start()
            nginx.start()
            found = [measure(directory, kafka, postgres, nginx, hosts, pages) for hosts in numbers]
        finally:
            nginx.stop()
            kafka.stop()
            postgres.stop()
            postgres.remove()
    total = {key: sum(f[key] for f in found) for key in ("floor", "cpu", "scrapy")}
    print(f"RESULT curl_ratio={total['cpu'] / total['floor']:.2f} scrapy_ratio={total['scrapy'] / total['cpu']:.1f}"
          f" {memory(found)}")


if __name__ == "__main__":
    main()
