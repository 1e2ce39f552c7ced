# SPDX-License-Identifier: MIT
"""Every query of every dashboard in deploy/grafana: asked as suoyin_readonly and of a real Prometheus, while the
simulated portals, a crawler, a worker and an indexer run. None may fail, give nothing, or take a second."""

import json
import re
import shutil
import time
import urllib.error
import urllib.parse
import urllib.request

import pytest

from suoyin import grafana, wait_until
from suoyin.bulk import add_portal, add_reports, record
from suoyin.daemon import Daemon, free_port
from suoyin.pipeline import Pipeline
from suoyin.stack import Kafka, unique

SQL = grafana.queries("grafana-postgresql-datasource")
PROMQL = grafana.queries("prometheus")
NUMBERS = {20, 21, 23, 700, 701, 1700}                 # oids of int8, int2, int4, float4, float8, numeric
TIMES = {1184, 1700}                                   # timestamptz, and what $__timeGroup gives: seconds
PARTS = ("achievements", "shortcomings", "leader_duties", "next_year_plan", "other")


def names(queries):
    return [f"{name}-{panel['title']}-{target['refId']}" for name, panel, target in queries]


# -- who answers -------------------------------------------------------------------------

class Reader:
    """PostgreSQL as Grafana's data source asks it."""

    def __init__(self, database):
        self.connection = database.server.connect(database.name, "suoyin_readonly")

    def ask(self, sql):
        """(rows, column names, column types, seconds)"""
        began = time.monotonic()
        with self.connection.cursor() as cursor:
            cursor.execute(sql)
            rows = cursor.fetchall()
            took = time.monotonic() - began
            return rows, [c.name for c in cursor.description], [c.type_code for c in cursor.description], took


class Prometheus(Daemon):
    """A server that asks some of our programs every second."""

    def __init__(self, directory, daemons):
        binary = shutil.which("prometheus")
        if binary is None:
            pytest.skip("prometheus is not installed (deploy/packages.txt, section test)")
        config = directory / "prometheus.yml"
        targets = [{"targets": [f"127.0.0.1:{d.admin_port}"], "labels": {"instance": d.name}} for d in daemons]
        config.write_text(json.dumps({"global": {"scrape_interval": "1s"},
                                      "scrape_configs": [{"job_name": "suoyin", "static_configs": targets}]}))
        port = free_port()
        super().__init__("prometheus", [
            binary, f"--config.file={config}", f"--storage.tsdb.path={directory / 'prometheus'}",
            f"--web.listen-address=127.0.0.1:{port}"], directory / "prometheus.log")
        self.url = f"http://127.0.0.1:{port}"

    def ask(self, path, **parameters):
        url = f"{self.url}/api/v1/{path}?{urllib.parse.urlencode(parameters, doseq=True)}"
        try:
            with urllib.request.urlopen(url, timeout=10) as reply:
                return json.load(reply)["data"]
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{parameters}: {error.read().decode()}") from None

    def sees(self, count):
        try:
            return len(self.ask("query", query="up == 1")["result"]) == count
        except OSError:
            return False

    def label(self, metric, name):
        return self.ask(f"label/{name}/values", **{"match[]": metric})


def add_what_the_demo_lacks(database):
    """Reports that came late, and parts that have no section."""
    statuses = ("section", "mentioned", "absent", "section", "mentioned")
    parts = {part: {"status": status, "evidence": None if status == "absent" else "第一责任人"}
             for part, status in zip(PARTS, statuses)}
    ids = add_reports(database, [
        {"portal": "sim-001", "title": "政府信息公开工作年度报告", "type": "政府信息公开年度报告", "year": 2023,
         "published_on": "2024-05-02"},
        {"portal": "sim-002", "title": "法治政府建设工作情况的报告", "type": "法治政府建设年度报告", "year": 2024,
         "published_on": "2025-06-01", "record": record(required_parts=parts)}])
    database.query("SELECT core.expand(%s)", ids)


class Stage:
    """What runs while the queries are asked, and the data they are asked of."""

    def __init__(self, directory, kafka, database):
        self.database, self.pipeline = database, Pipeline(directory, kafka, database, Kafka.topic())
        sim = self.pipeline.portalsim(portals=4, reports=40, publish_every=300, misbehave=True).start()
        self.daemons = [self.pipeline.worker(), self.pipeline.worker(mode="index", index__linger="0ms"),
                        self.pipeline.crawler(census="500ms")]
        self.prometheus = Prometheus(directory, self.daemons)
        self.pipeline.daemons.append(self.prometheus)
        self.prometheus.start()
        self.began = time.time()
        for daemon in self.daemons:
            daemon.start()
        # counters have to be seen at 0 before anything happens
        wait_until(lambda: self.prometheus.sees(len(self.daemons)), 60, "Prometheus has asked all programs")
        self.pipeline.sync(sim.portals_file)
        self.pipeline.check_journal(sim, 180)
        add_what_the_demo_lacks(database)
        wait_until(lambda: database.value("SELECT waiting FROM api.search_index") == 0, 60, "all is indexed")
        self.reader = Reader(database)
        self.spans = {name: grafana.time_range(board) for name, board in grafana.boards().items()}
        self.values = {name: grafana.variable_values(
            board, self.spans[name], lambda sql: self.reader.ask(sql)[:2], self.prometheus.label)
            for name, board in grafana.boards().items()}

    def range(self, expression):
        return self.prometheus.ask("query_range", query=expression, start=self.began, end=time.time(), step=2)["result"]


@pytest.fixture(scope="module")
def stage(run_directory, kafka, postgres):
    directory = run_directory / unique("dashboards")
    directory.mkdir()
    database = postgres.create_database(unique("board")).migrate()
    built = Stage(directory, kafka, database)
    yield built
    built.reader.connection.close()
    built.pipeline.close()
    database.drop()


# -- PostgreSQL --------------------------------------------------------------------------

def columns_after(panel, columns):
    """The columns that a panel shows, after its transformations."""
    for step in panel.get("transformations", ()):
        assert step["id"] == "groupingToMatrix", step["id"]
        named = {step["options"][key] for key in ("columnField", "rowField", "valueField")}
        assert named <= set(columns), f"{named} of {columns}"
        columns = [f"{step['options']['rowField']}\\{step['options']['columnField']}"]
    return columns


def check_overrides(panel, shown):
    """An override that names no column does nothing, which nobody would notice."""
    for override in panel["fieldConfig"].get("overrides", ()):
        how, what = override["matcher"]["id"], override["matcher"]["options"]
        if how == "byName":
            assert what in shown, f"{panel['title']}: no column {what!r} among {shown}"
        else:
            found = [name for name in shown if re.search(what.strip("/"), name)]
            assert found, f"{panel['title']}: {what} matches none of {shown}"


def check_series(rows, columns, types):
    """A query in the form of a time series: time first, ascending, with values and no gaps in its names."""
    assert columns[0] == "time", columns
    assert types[0] in TIMES, "the time is no timestamptz"
    assert [row[0] for row in rows] == sorted(row[0] for row in rows) and None not in {row[0] for row in rows}
    assert set(types[1:]) & NUMBERS and set(columns[1:]) - {"metric"}
    if "metric" in columns:
        assert None not in {row[columns.index("metric")] for row in rows}


@pytest.mark.parametrize("name, panel, target", SQL, ids=names(SQL))
def test_postgresql_answers(stage, name, panel, target):
    rows, columns, types, took = stage.reader.ask(
        grafana.ready_sql(target["rawSql"], stage.spans[name], stage.values[name], "20s"))
    assert rows and any(value is not None for row in rows for value in row), "the panel is empty"
    assert took < 1, f"{took:.3f} s"
    assert len(set(columns)) == len(columns), columns
    assert not set(types) & {1082, 1114}, "a date or a time without zone: Grafana takes it for UTC; cast it to text"
    if target["format"] == "time_series":
        check_series(rows, columns, types)
        return  # what overrides name are series, by their values
    if panel["type"] in ("stat", "bargauge"):
        assert set(types) & NUMBERS, "nothing to show"
        assert panel["type"] == "bargauge" or (len(rows) == 1 and None not in rows[0]), rows
    if panel["type"] == "barchart":
        assert panel["options"]["xField"] in columns
    check_overrides(panel, columns_after(panel, columns))


def test_postgresql_answers_for_one_portal_too(stage):
    """One value chosen instead of all: one of each variable, and of portals the one with the most reports."""
    for name, panel, target in SQL:
        chosen = {key: value if isinstance(value, str) else value[:1] for key, value in stage.values[name].items()}
        chosen["portal"] = ["sim-001"]
        for variable in ("province", "level"):
            if variable in chosen:
                of_portal = f"SELECT {variable} FROM api.portal WHERE portal_id = 'sim-001'"
                chosen[variable] = [stage.database.value(of_portal)]
        stage.reader.ask(grafana.ready_sql(target["rawSql"], stage.spans[name], chosen, "1h"))


def test_status_texts_are_all_mapped(stage):
    """What a status is called on the board: none is left as a bare word of the database."""
    mapped = {key for name, panel, _ in SQL for mapping in mappings(panel) for key in mapping["options"]}
    assert {"on_time", "late", "missing", "not_due"} <= mapped
    assert {"mentioned", "absent", "current", "conflict", "withdrawn", *PARTS} <= mapped
    states = set(re.findall(r"`([a-z_:]+)`", states_of_operations()))
    assert len(states) > 10 and states <= mapped | {"paused"}, states - mapped


def mappings(panel):
    found = list(panel["fieldConfig"]["defaults"].get("mappings", ()))
    for override in panel["fieldConfig"].get("overrides", ()):
        found += [m for p in override["properties"] if p["id"] == "mappings" for m in p["value"]]
    return found


def states_of_operations():
    text = (grafana.ROOT / "docs" / "OPERATIONS.md").read_text()
    return "".join(line.split("|")[1] for line in text.split("## How portals fare")[1].split("## ")[0].splitlines()
                   if line.startswith("| `"))


# -- Prometheus --------------------------------------------------------------------------

def exported(stage):
    """metric name → label names, of all pages that are there now"""
    found = {}
    for daemon in stage.daemons:
        status, page = daemon.get("/metrics")
        assert status == 200
        for line in page.splitlines():
            if match := re.fullmatch(r"([a-z_]+)(?:\{(.*)\})? \S+", line):
                found.setdefault(match[1], set()).update(re.findall(r'(\w+)="', match[2] or ""))
    return found


@pytest.mark.parametrize("name, panel, target", PROMQL, ids=names(PROMQL))
def test_prometheus_answers(stage, name, panel, target):
    pages = exported(stage)
    expression = target["expr"]
    for metric, labels in re.findall(r"\b((?:suoyin|process)_\w+)(?:\{([^}]*)\})?", expression):
        assert metric in pages, f"no program exports {metric}"
        asked = set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", labels))
        assert asked <= pages[metric] | {"instance", "job"}, f"{metric} has {pages[metric]}"
    ready = grafana.ready_promql(expression, stage.values[name], "20s")

    def shows():
        series = stage.range(ready)
        return series if any(value != "NaN" for one in series for _, value in one["values"]) else None
    series = wait_until(shows, 30, f"{ready} has a value")
    grouped = {label for group in re.findall(r"by \(([^)]*)\)", expression) for label in group.split(", ")} - {"le"}
    told = set(re.findall(r"\{\{(\w+)\}\}", target.get("legendFormat", "")))
    for one in series:
        assert grouped | told <= set(one["metric"]), f"{one['metric']} lacks {grouped | told}"
    assert told or len(series) == 1, "series that the legend does not tell apart"


# -- with more of it ---------------------------------------------------------------------

def yearly(portals, years):
    """Reports as many portals have published over the years, some late; each cites, and lacks a part."""
    kinds = ("法治政府建设年度报告", "政府信息公开年度报告", "通知", "公告")
    for portal in range(portals):
        for year in years:
            for n, kind in enumerate(kinds):
                parts = {part: {"status": status, "evidence": "依据" * 20} for part, status in
                         zip(PARTS, ("section", "absent", "section", "mentioned", "section"))}
                yield {"portal": f"p{portal}", "title": f"{year}年第{portal}号{kind}", "type": kind, "year": year,
                       "published_on": f"{year + 1}-{1 + (portal + year) % 5:02d}-{1 + n * 7:02d}", "body": "正文" * 400,
                       "record": record(
                           citations=[{"title": f"第{(portal + c) % 97}号条例", "count": 1, "kind": "law", "nested": []}
                                      for c in range(10)],
                           required_parts=parts if n == 0 else {})}


def compared_in_vain(plan):
    """Pairs of rows that joins have looked at and thrown away."""
    loops = plan.get("Actual Loops", 1)
    return plan.get("Rows Removed by Join Filter", 0) * loops + sum(map(compared_in_vain, plan.get("Plans", ())))


@pytest.mark.slow
def test_panels_are_quick_over_20000_reports_and_200000_pages(database):
    """Within a second each, and by no plan that will not be any more with ten times as many portals."""
    for portal in range(625):
        add_portal(database, f"p{portal}", f"第{portal}县人民政府", province=f"第{portal % 31}省")
    ids = add_reports(database, yearly(625, range(2018, 2026)))
    assert len(ids) == 20000
    database.query("SELECT core.expand(%s)", ids)
    database.query("INSERT INTO crawl.url (portal_id, url, kind, published_at, checked_at) SELECT 'p' || n % 625,"
                   " 'http://demo.example.gov.cn/' || n, CASE WHEN n < 1250 THEN 'list' ELSE 'page' END, now(), now()"
                   " FROM generate_series(0, 199999) n")
    database.query("INSERT INTO crawl.fetch_daily SELECT current_date - d, 'p' || p, o, 10, now() - d * '1 day'::interval"
                   " FROM generate_series(0, 29) d, generate_series(0, 624) p,"
                   " unnest('{published,unchanged,listed,failed}'::text[]) o")
    database.query("ANALYZE")
    reader = Reader(database)
    for name in ("compliance", "portals"):
        board = grafana.boards()[name]
        span = grafana.time_range(board)
        values = grafana.variable_values(board, span, lambda sql: reader.ask(sql)[:2], lambda *_: ["any"])
        for panel, target in ((panel, target) for of, panel, target in SQL if of == name):
            sql = grafana.ready_sql(target["rawSql"], span, values)
            took = min(reader.ask(sql)[3] for _ in range(3))
            print(f"{took:6.3f} s  {name}: {panel['title']}")
            assert took < 1, panel["title"]
            (plan,), = reader.ask(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}")[0]
            assert compared_in_vain(plan[0]["Plan"]) < 100000, panel["title"]
    reader.connection.close()
