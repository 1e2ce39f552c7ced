# SPDX-License-Identifier: MIT
"""Several workers at one document: whoever comes first and however they meet, it stays one report."""

import contextlib
import importlib.util
import json
import os

import pytest

from suoyin import wait_until
from suoyin.ledger import outcomes, settle
from suoyin.pages import Pages, document

URL = "http://demo.example.gov.cn/{}.html"
QUICK = {"batch__linger": "100ms", "kafka__session.timeout.ms": 6000}


# -- released by a barrier between look-up and write -------------------------------------------------

def two_workers(pipeline, **settings):
    """Each has one of two partitions."""
    workers = [pipeline.worker(**QUICK, **settings).start() for _ in range(2)]
    wait_until(lambda: all(w.metric("suoyin_assigned_partitions") == 1 for w in workers), 60, "each has a partition")
    return workers


def waiting(database):
    return database.value("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                          " AND wait_event_type = 'Lock' AND application_name = 'suoyin-worker store'")


@contextlib.contextmanager
def barrier(database, table):
    """Both workers have looked up; the first write to the table waits, and with it whoever waits for its keys."""
    connection = database.server.connect(database.name)
    connection.autocommit = False
    with connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {table} IN SHARE MODE")  # reads and row locks pass, writes do not
    try:
        yield
        wait_until(lambda: waiting(database) == 2, 30, "both workers are at the barrier", every=0.01)
    finally:
        connection.close()


KINDS = {
    "index number": lambda n: document(f"报告{n}", f"012345678/2026-{n:05d}", content=f"{n}"),
    "document number": lambda n: document(f"报告{n}", None, f"测科发〔2026〕{n}号", content=f"{n}"),
    "both": lambda n: document(f"报告{n}", f"012345678/2026-{n:05d}", f"测科发〔2026〕{n}号", content=f"{n}"),
    "no number": lambda n: document(f"报告{n}", content=f"{n}"),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("table", ["core.report", "core.sighting"])
def test_two_addresses_of_one_report_at_once_are_one_report(pipeline, kafka, topic, database, kind, table):
    pages = Pages(kafka, topic, partitions=2)
    two_workers(pipeline)
    rounds, documents = 5, 4
    for round_ in range(rounds):
        with barrier(database, table):
            for part in (0, 1):
                numbers = range(documents)
                for n in numbers if part == 0 else reversed(numbers):  # the other way round: no deadlock either
                    n += round_ * documents
                    pages.publish(URL.format(f"{part}-{n}"), KINDS[kind](n), n, partition=part)
            pages.flush()
        settle(database, pages)
    total = rounds * documents
    assert outcomes(database) == {"new": total, "sighting": total}
    assert database.query("SELECT count(*), min(sighting_count), max(sighting_count), max(revision_count)"
                          " FROM api.report") == [(total, 2, 2, 1)]


def test_a_number_gained_at_two_addresses_at_once_is_one_report(pipeline, kafka, topic, database):
    """Two records without a number become one when both show the same number in the same moment."""
    pages = Pages(kafka, topic, partitions=2)
    two_workers(pipeline)
    for part in (0, 1):
        pages.publish(URL.format(part), document("报告", content=f"甲{part}"), 1, partition=part)
    settle(database, pages)
    assert database.value("SELECT count(*) FROM api.report") == 2
    with barrier(database, "core.report"):
        for part in (0, 1):
            pages.publish(URL.format(part), document("报告", "012345678/2026-00001", content="乙"), 2, partition=part)
        pages.flush()
    settle(database, pages)
    assert database.query("SELECT sighting_count, status FROM api.report") == [(2, "current")]


# -- the model's hostile histories, dealt to four workers ---------------------------------------------

def load(path):
    spec = importlib.util.spec_from_file_location("identity_model", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def visits_of(model, count):
    """Each page shown, as (history, time, url, title, index, doc, content)."""
    visits = []

    class Writer:
        @staticmethod
        def write(line):
            v = json.loads(line)
            visits.append((v["history"], v["time"], v["url"], v["title"], v["index"], v["doc"], v["content"]))
    for seed in range(count):
        model.history(seed, True, dump=Writer)
    return visits


def real(kind, value):
    """A number of the model as a portal would print it: i7c is the corrected i7."""
    if value is None:
        return None
    serial, corrections = int("".join(c for c in value if c.isdigit())), value.count("c")
    if kind == "index":
        return f"01234567{corrections % 10}/2026-{serial:05d}"
    return f"测科发〔20{20 + corrections}〕{serial}号"


def document_of(content):
    """Which document of its history a page shows: c7ee is the seventh, edited twice."""
    return int("".join(c for c in content if c.isdigit()))


def split_and_mixed(shown, owner):
    """shown: address → document, at the end; owner: address → report."""
    reports, documents = {}, {}
    for address, doc in shown.items():
        reports.setdefault((address[0], doc), set()).add(owner[address])
        documents.setdefault((address[0], owner[address]), set()).add(doc)
    return sum(len(v) > 1 for v in reports.values()), sum(len(v) > 1 for v in documents.values())


ORDER = """
CREATE TABLE public.judged (n bigserial, site text, url text, id text);
CREATE FUNCTION public.note() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN
    IF TG_TABLE_NAME = 'sighting' THEN
        INSERT INTO public.judged (site, url, id) VALUES (NEW.site, NEW.url, NEW.last_id);
    ELSE
        INSERT INTO public.judged (site, url, id) SELECT site, NEW.url, NEW.ce_id FROM core.report
            WHERE report_id = NEW.report_id;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER note AFTER UPDATE ON core.sighting FOR EACH ROW EXECUTE FUNCTION public.note();
CREATE TRIGGER note AFTER INSERT ON core.revision FOR EACH ROW EXECUTE FUNCTION public.note();
"""


def name_of(url):
    return url.rsplit("/", 1)[1].removesuffix(".html")


def order_of(database, visits):
    """The visits in the order in which PostgreSQL let their transactions write; those that wrote nothing are none of
    it: a repeat, or a late page that was there already."""
    by_id = {(f"h{v[0]}", v[2], f"{v[1]:06d}"): v for v in visits}
    seen = {}
    for site, url, id in database.query("SELECT site, url, id FROM public.judged ORDER BY n"):
        seen.setdefault((site, name_of(url), id))
    return [by_id[key] for key in seen]


def model_says(model, visits, shown):
    """Splits, mixes and the groups of addresses, of the model that is shown these visits in this order."""
    stores = {}
    for history, time, url, title, index, doc, content in visits:
        number, docno = real("index", index), real("doc", doc)
        # the real content hash covers title and numbers too
        stores.setdefault(history, model.Store()).page(
            url, title, number, docno, f"{title}|{number}|{docno}|{content}", time)
    owner = {address: stores[address[0]].follow(stores[address[0]].url[address[1]]).n for address in shown}
    return split_and_mixed(shown, owner), groups(owner)


def groups(owner):
    sets = {}
    for address, report in owner.items():
        sets.setdefault((address[0], report), set()).add(address)
    return {frozenset(addresses) for addresses in sets.values()}


def shown_at_the_end(visits):
    last = {}
    for history, time, url, *_, content in visits:
        if time >= last.get((history, url), (0, 0))[0]:
            last[history, url] = time, document_of(content)
    return {address: doc for address, (_, doc) in last.items()}


def database_says(database, shown, visits):
    """Splits, mixes, and merges of reports that never held a document in common."""
    into = dict(database.query("SELECT report_id, merged_into FROM core.report"))

    def follow(report):
        while into[report] is not None:
            report = into[report]
        return report
    owner = {(int(site[1:]), name_of(url)): follow(report) for site, url, report in
             database.query("SELECT site, url, report_id FROM core.sighting")}
    assert owner.keys() == shown.keys()
    doc_of = {(f"h{v[0]}", f"{v[1]:06d}"): document_of(v[6]) for v in visits}
    held = {}
    for report, site, id in database.query("SELECT report_id, site, ce_id FROM core.revision JOIN core.report"
                                           " USING (report_id)"):
        held.setdefault(report, set()).add(doc_of[site, id])
    wrong = sum(not held[report] & held[target] for report, target in into.items() if target is not None)
    return split_and_mixed(shown, owner), groups(owner), wrong


def in_turns(visits):
    """One page of each history, then the next of each: about as a crawler that visits all portals."""
    turn = {}
    return sorted(visits, key=lambda v: turn.setdefault(v[0], iter(range(1 << 30))).__next__())


def run_histories(pipeline, kafka, topic, database, model, count, timeout):
    """One page a transaction, so that their order is known; the model, shown the pages in this very order, must
    come to the same reports."""
    visits = visits_of(model, count)
    shown = shown_at_the_end(visits)
    database.query(ORDER)
    pages = Pages(kafka, topic, partitions=8)
    workers = [pipeline.worker(batch__messages=1, children=1, **QUICK).start() for _ in range(4)]
    wait_until(lambda: all(w.metric("suoyin_assigned_partitions") == 2 for w in workers), 60, "each has two partitions")
    for history, time, url, title, index, doc, content in in_turns(visits):
        body = document(f"关于{title}的报告", real("index", index), real("doc", doc), content)
        pages.publish(f"http://h{history}.example.gov.cn/{url}.html", body, time, portal=f"h{history}", id=f"{time:06d}")
    settle(database, pages, timeout)
    assert database.value("SELECT count(*) FROM core.dead_letter") == 0
    ours, our_groups, wrong = database_says(database, shown, visits)
    models, model_groups = model_says(model, order_of(database, visits), shown)
    in_time, _ = model_says(model, visits, shown)
    judged = [w.metric("suoyin_messages_total") for w in workers]
    print(f"RESULT histories={count} pages={pages.count} documents={len({(a[0], d) for a, d in shown.items()})}"
          f" least_of_a_worker={min(judged):.0f} split={ours[0]} mixed={ours[1]} wrong_merges={wrong}"
          f" model_split={models[0]} model_mixed={models[1]} model_in_time={in_time[0]},{in_time[1]}")
    assert min(judged) > pages.count / 20
    assert wrong == 0
    assert ours[0] <= models[0] and ours[1] <= models[1]
    assert our_groups == model_groups


@pytest.fixture
def model(shared):
    path = shared / "tools" / "identity_model.py"
    if not path.is_file():
        pytest.skip(f"{path} is not there")
    return load(path)


def test_hostile_histories_dealt_to_four_workers(pipeline, kafka, topic, database, model):
    run_histories(pipeline, kafka, topic, database, model, 100, 120)


@pytest.mark.slow
def test_ten_thousand_hostile_histories_dealt_to_four_workers(pipeline, kafka, topic, database, model):
    run_histories(pipeline, kafka, topic, database, model, int(os.environ.get("SUOYIN_HISTORIES", "10000")), 3600)
