# SPDX-License-Identifier: MIT
"""SIGKILLs of crawlers, broker and database, at random and in one run: nothing is lost, and what doubles is counted.

SUOYIN_KILLS says how many (default 200), SUOYIN_SEED which (default: another one each time, printed).
"""

import collections
import json
import os
import random
import time

import pytest

from suoyin import wait_until

QUICK = {"retry.first": "100ms", "retry.most": "500ms", "frontier.poll": "100ms", "partitions": 3, "lease": "1s",
         "kafka.reconnect.backoff.max.ms": 500, "census": "300ms"}
VICTIMS = ["crawler"] * 14 + ["postgres"] * 4 + ["kafka"] * 2


def journal(sim):
    lines = [json.loads(line) for line in sim.journal.read_text().splitlines()]
    return {(e["url"], e["sha256"]) for e in lines if e["event"] in ("publish", "republish")}


def run(pipeline, published, database, kafka, postgres, kills):
    seed = int(os.environ.get("SUOYIN_SEED", random.SystemRandom().randrange(1 << 30)))
    dice = random.Random(seed)
    sim = pipeline.portalsim(portals=4, reports=60 + 4 * kills, late=4 * kills, publish_every=150, scenario="quiet",
                             delay="50ms", revisit="1h").start()
    pipeline.sync(sim.portals_file)
    crawlers = [pipeline.crawler(**QUICK) for _ in range(2)]
    for crawler in crawlers:
        crawler.start(ready=False)
    done = collections.Counter()
    for _ in range(kills):
        time.sleep(dice.uniform(0.05, 1.5))
        victim = dice.choice(VICTIMS)
        done[victim] += 1
        if victim == "crawler":
            crawler = dice.choice(crawlers)
            if crawler.is_running():
                crawler.kill()
            crawler.start(ready=False)
        else:
            server = postgres if victim == "postgres" else kafka
            server.kill()
            server.start()
            if victim == "postgres":
                database.close()
        for crawler in crawlers:
            assert crawler.is_running(), f"a crawler ended by itself:\n{crawler.tail()}"
    wait_until(lambda: journal(sim) <= {(m.subject, m.sha256) for m in published.all()}, 180, f"all arrives (seed {seed})")
    wait_until(lambda: database.value("SELECT count(*) FROM crawl.url WHERE kind = 'page' AND (publishing_id IS NOT NULL"
                                      " OR published_at IS NULL)") == 0, 60, "every page is done")
    pipeline.wait_for_take_over(1)
    for crawler in crawlers:
        assert crawler.stop() == 0
    seen = collections.Counter((m.subject, m.sha256) for m in published.all())
    lost = journal(sim) - set(seen)
    doubled = sum(seen.values()) - len(seen)
    assert set(seen) == journal(sim) and not any(m.is_gone for m in published.all())
    assert len({m.id for m in published.all()}) == len(published.all())
    assert database.value("SELECT count(*) FROM crawl.url WHERE lease_owner IS NOT NULL") == 0  # no orphan
    assert database.value("SELECT sum(discovered) = (SELECT count(*) FROM crawl.url WHERE kind <> 'list')"
                          " FROM crawl.census")
    print(f"RESULT kills={kills} lost={len(lost)} doubled={doubled} pages={len(seen)} seed={seed} "
          + " ".join(f"{name}={count}" for name, count in sorted(done.items())))


@pytest.mark.short
def test_a_dozen_kills_lose_nothing(pipeline, published, database, kafka, postgres):
    run(pipeline, published, database, kafka, postgres, 12)


@pytest.mark.slow
def test_two_hundred_kills_lose_nothing(pipeline, published, database, kafka, postgres):
    run(pipeline, published, database, kafka, postgres, int(os.environ.get("SUOYIN_KILLS", "200")))
