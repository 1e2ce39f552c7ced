# SPDX-License-Identifier: MIT
"""The crawler's job as a Scrapy spider: lists → pages → Kafka, each page with its headers and SHA-256.

usage: crawl_scrapy.py LISTS BOOTSTRAP TOPIC [DELAY]        (run inside the virtual environment)

LISTS has one address of a list a line. Prints pages=… seconds=… cpu_us=… (CPU of this process, a page).
"""

import hashlib
import resource
import sys
import time
import uuid

import scrapy
from confluent_kafka import Producer
from scrapy.crawler import CrawlerProcess

LISTS, BOOTSTRAP, TOPIC = sys.argv[1:4]
DELAY = float(sys.argv[4]) if len(sys.argv) > 4 else 0
DONE = {"pages": 0, "failed": 0}


def delivered(error, _):
    DONE["failed" if error else "pages"] += 1


class Portals(scrapy.Spider):
    name = "portals"

    def __init__(self):
        super().__init__()
        self.producer = Producer({"bootstrap.servers": BOOTSTRAP, "enable.idempotence": True,
                                  "compression.type": "zstd", "message.max.bytes": 8388608})

    async def start(self):
        for line in open(LISTS):
            yield scrapy.Request(line.strip(), callback=self.parse_list)

    def parse_list(self, response):
        for row in response.xpath("//li"):
            yield response.follow(row.xpath(".//a/@href").get(), callback=self.parse_page, cb_kwargs={
                "title": row.xpath("string(.//a)").get(), "date": row.xpath("string(.//span)").get()})

    def parse_page(self, response, title, date):
        headers = {"ce_specversion": "1.0", "ce_id": uuid.uuid4().hex, "ce_subject": response.url,
                   "ce_type": "suoyin.page.fetched.v1", "ce_portal": "bench", "ce_site": "bench",
                   "ce_httpstatus": str(response.status), "ce_listtitle": title, "ce_listdate": date,
                   "ce_sha256": hashlib.sha256(response.body).hexdigest(),
                   "content-type": response.headers.get("Content-Type", b"")}
        while True:
            try:
                self.producer.produce(TOPIC, response.body, f"bench {response.url}", headers=headers,
                                      on_delivery=delivered)
                break
            except BufferError:
                self.producer.poll(0.1)
        self.producer.poll(0)

    def closed(self, _):
        self.producer.flush()


def main():
    began, used = time.monotonic(), resource.getrusage(resource.RUSAGE_SELF)
    process = CrawlerProcess({
        "LOG_LEVEL": "ERROR", "ROBOTSTXT_OBEY": False, "DOWNLOAD_DELAY": DELAY, "RETRY_ENABLED": False,
        "RANDOMIZE_DOWNLOAD_DELAY": False, "CONCURRENT_REQUESTS": 64, "CONCURRENT_REQUESTS_PER_DOMAIN": 16,
        "COOKIES_ENABLED": False, "TELNETCONSOLE_ENABLED": False})
    process.crawl(Portals)
    process.start()
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime
    assert not DONE["failed"], DONE
    print(f"pages={DONE['pages']} seconds={time.monotonic() - began:.3f} cpu_us={1e6 * cpu / DONE['pages']:.1f}")


main()
