# SPDX-License-Identifier: MIT
"""core/identity against the model of its rules, and the worker's whole transaction against the same model."""

import importlib.util
import random
import subprocess
import sys

import pytest

from suoyin import BIN, wait_until
from suoyin.pages import Pages, document

REPLAY = BIN.parent / "tests" / "identity_replay"


@pytest.fixture
def model_file(shared):
    path = shared / "tools" / "identity_model.py"
    if not path.is_file():
        pytest.skip(f"{path} is not there")
    return path


@pytest.mark.parametrize("kind", ["plain", "hostile"])
def test_every_verdict_is_the_models_on_20000_histories(model_file, directory, kind):
    dump = directory / "histories.jsonl"
    command = [sys.executable, model_file, "20000", "--dump", dump]
    subprocess.run(command + ["--hostile"] * (kind == "hostile"), check=True, capture_output=True)
    done = subprocess.run([REPLAY, dump], capture_output=True, text=True)
    dump.unlink()
    print(done.stdout[-200:])
    assert done.returncode == 0, done.stdout[:2000]
    assert "histories=20000 differences=0" in done.stdout


def load(path):
    spec = importlib.util.spec_from_file_location("identity_model", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Recorder:
    """Runs the model's random histories and keeps each page shown, as the worker would see it."""

    def __init__(self, model, count, hostile):
        self.model = model
        self.visits = []  # (history, time, url, title, index, doc, content)
        for seed in range(count):
            model.history(seed, hostile, dump=self._writer(seed))

    def _writer(self, seed):
        recorder = self

        class Writer:
            @staticmethod
            def write(line):
                import json
                v = json.loads(line)
                recorder.visits.append((seed, v["time"], v["url"], v["title"], v["index"], v["doc"], v["content"]))
        return Writer()


def real(kind, value):
    """A number of the model as a portal would print it: i7c is the corrected i7."""
    if value is None:
        return None
    serial, corrections = int("".join(c for c in value if c.isdigit())), value.count("c")
    if kind == "index":
        return f"01234567{corrections % 10}/2026-{serial:05d}"
    return f"测科发〔20{20 + corrections}〕{serial}号"


@pytest.mark.parametrize("hostile", [False, True], ids=["plain", "hostile"])
def test_the_worker_groups_urls_as_the_model_does(pipeline, kafka, database, topic, model_file, hostile):
    model = load(model_file)
    visits = Recorder(model, 60, hostile).visits
    stores = {}
    pages = Pages(kafka, topic)
    worker = pipeline.worker(batch__messages=random.Random(1).randint(20, 90)).start()
    for history, time, url, title, index, doc, content in visits:
        number, docno = real("index", index), real("doc", doc)
        # the real content hash covers title and numbers too
        stores.setdefault(history, model.Store()).page(
            url, title, number, docno, f"{title}|{number}|{docno}|{content}", time)
        body = document(f"关于{title}的报告", number, docno, content)
        portal = f"h{history}"
        pages.publish(f"http://{portal}.example.gov.cn/{url}.html", body, time, portal=portal, id=f"{time:06d}")
    pages.flush()
    wait_until(lambda: database.value("SELECT coalesce(sum(messages), 0) FROM core.outcome") >= pages.count, 60,
               f"{pages.count} messages are judged")
    assert database.value("SELECT count(*) FROM api.dead_letter") == 0
    rows = database.query(
        "WITH RECURSIVE f AS (SELECT report_id, report_id AS last, merged_into FROM core.report"
        " UNION ALL SELECT f.report_id, r.report_id, r.merged_into FROM f JOIN core.report r"
        " ON r.report_id = f.merged_into)"
        " SELECT s.site, s.url, f.last FROM core.sighting s JOIN f ON f.report_id = s.report_id"
        " WHERE f.merged_into IS NULL")
    got, want = {}, {}
    for site, url, report in rows:
        got.setdefault((site, report), set()).add(url.rsplit("/", 1)[1].removesuffix(".html"))
    for history, store in stores.items():
        for url, report in store.url.items():
            want.setdefault((f"h{history}", store.follow(report).n), set()).add(url)
    differ = {(site, frozenset(urls)) for (site, _), urls in got.items()} ^ \
             {(site, frozenset(urls)) for (site, _), urls in want.items()}
    assert not differ, sorted(differ, key=str)[:5]
    conflicts = database.value("SELECT count(*) FROM core.report WHERE conflict")
    assert conflicts == sum(r.conflict for s in stores.values() for r in s.reports)
    merged = database.value("SELECT count(*) FROM core.report WHERE merged_into IS NOT NULL")
    assert merged == sum(r.merged is not None for s in stores.values() for r in s.reports)
    print(f"RESULT pages={pages.count} reports={len(got)} conflicts={conflicts} merged={merged}")
    worker.stop()
