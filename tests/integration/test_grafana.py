# SPDX-License-Identifier: MIT
"""deploy/grafana as files: their shape, and that the runner of their queries expands as Grafana does."""

import datetime
import itertools
import re

import pytest
import yaml

from suoyin import grafana
from suoyin.grafana import FOLDER, Range, Wrong, expand_macros, expand_variables, panels, ready_promql, ready_sql

UTC = datetime.timezone.utc
SPAN = Range(datetime.datetime(2026, 3, 31, 16, tzinfo=UTC),
             datetime.datetime(2026, 4, 1, 16, 0, 0, 500000, tzinfo=UTC))
BOARDS = grafana.boards()
SOURCES = {"grafana-postgresql-datasource": "sql", "prometheus": "prom"}
UNITS = {"short", "none", "s", "d", "percent", "percentunit", "bytes", "Bps", "cps", "dateTimeAsIso", "dateTimeFromNow"}


# -- macros ------------------------------------------------------------------------------

@pytest.mark.parametrize("macro, sql", [
    ("$__time(t)", 't AS "time"'),
    ("$__timeEpoch(t)", 'extract(epoch from t) AS "time"'),
    ("$__timeFilter(r.t)", "r.t BETWEEN '2026-03-31T16:00:00Z' AND '2026-04-01T16:00:00.500000Z'"),
    ("$__timeFrom()", "'2026-03-31T16:00:00Z'"),
    ("$__timeTo()", "'2026-04-01T16:00:00.500000Z'"),
    ("$__timeGroup(t, '5m')", "floor(extract(epoch from t)/300)*300"),
    ("$__timeGroup(t,1d, NULL)", "floor(extract(epoch from t)/86400)*86400"),
    ("$__timeGroup(t,'5m'), x", 'floor(extract(epoch from t)/300)*300 AS "time", x'),
    ("$__timeGroupAlias(t,$__interval)", 'floor(extract(epoch from t)/20)*20 AS "time"'),
    ("$__timeGroupAlias(t,'500ms', previous)", 'floor(extract(epoch from t)/0.5)*0.5 AS "time"'),
    ("$__unixEpochFilter(n)", "n >= 1774972800 AND n <= 1775059200"),
    ("$__unixEpochNanoFilter(n)", "n >= 1774972800000000000 AND n <= 1775059200500000000"),
    ("$__unixEpochNanoFrom()", "1774972800000000000"),
    ("$__unixEpochNanoTo()", "1775059200500000000"),
    ("$__unixEpochGroup(n,'1h')", "floor((n)/3600)*3600"),
    ("$__unixEpochGroupAlias(n,'30y',0)", 'floor((n)/946080000)*946080000 AS "time"'),
    ("$__interval_ms", "20000"),
])
def test_a_macro_means_what_grafana_says(macro, sql):
    assert expand_macros(macro, SPAN, "20s") == sql


def test_there_are_thirteen():
    assert len(grafana.MACROS) == 13


@pytest.mark.parametrize("sql", [
    "$__timeGroup(t)", "$__timeGroup(t, 'often')", "$__timeGroup(t, '5m', nothing)", "$__timeFilter()",
    "$__timeFilter(a, b)", "$__timeFrom(t)", "$__timeFiltre(t)", "$__timeGroupAlias(date_trunc('day', t), '1d')",
])
def test_what_grafana_refuses_is_refused(sql):
    with pytest.raises(Wrong):
        expand_macros(sql, SPAN)


def test_the_literals_compare_as_moments(postgres):
    connection = postgres.connect()
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s, %s" % tuple(
            expand_macros("$__timeFilter(t)", SPAN).replace("t ", f"timestamptz '{at}' ", 1)
            for at in ("2026-04-01 23:59+08", "2026-04-02 00:01+08")))
        assert cursor.fetchone() == (True, False)
    connection.close()


# -- variables ---------------------------------------------------------------------------

def test_variables_are_put_as_the_data_source_wants_them():
    values = {"p": ["a", "b'c"], "q": ["x.y", "z"], "one": ["x.y"], "all": ".*", "d": "7"}
    assert ready_sql("IN (${p:sqlstring}) >= ${d} $__timeFrom()", SPAN, values) == \
        "IN ('a','b''c') >= 7 '2026-03-31T16:00:00Z'"
    assert ready_sql("IN ($p) = ${d:sqlstring}", SPAN, values) == "IN ('a','b''c') = '7'"
    assert ready_promql('m{p=~"$q",o=~"$one",i=~"$all"}[$__rate_interval]', values, "4s") == \
        r'm{p=~"(x\\.y|z)",o=~"x\\.y",i=~".*"}[4s]'
    for text in ("$unknown", "${unknown}", "${p:nothing}"):
        with pytest.raises(Wrong):
            expand_variables(text, values, ",".join)


def test_times_are_relative_to_now():
    now = datetime.datetime(2026, 7, 1, tzinfo=UTC)
    span = grafana.time_range({"time": {"from": "now-7d", "to": "now"}}, now)
    assert span == (datetime.datetime(2026, 6, 24, tzinfo=UTC), now)
    with pytest.raises(Wrong):
        grafana.moment("yesterday", now)


# -- the files ---------------------------------------------------------------------------

def test_there_are_the_three_dashboards():
    assert set(BOARDS) == {"pipeline", "portals", "compliance"}
    assert {name: board["uid"] for name, board in BOARDS.items()} == {name: f"suoyin-{name}" for name in BOARDS}
    for board in BOARDS.values():
        assert board["id"] is None and board["title"] and board["description"] and board["tags"] == ["suoyin"]
        grafana.time_range(board)


def provisioned(folder):
    (path,) = (FOLDER / "provisioning" / folder).glob("*.yaml")
    return yaml.safe_load(path.read_text())


def test_data_sources_are_fixed_and_hold_no_password():
    sources = provisioned("datasources")["datasources"]
    assert [(s["type"], s["uid"]) for s in sources] == [
        ("grafana-postgresql-datasource", "suoyin-postgresql"), ("prometheus", "suoyin-prometheus")]
    assert not any(s["editable"] for s in sources)
    assert sources[0]["user"] == "suoyin_readonly"
    assert sources[0]["secureJsonData"] == {"password": "$__env{SUOYIN_READONLY_PASSWORD}"}
    text = next((FOLDER / "provisioning" / "datasources").glob("*.yaml")).read_text()
    head, _, rest = text.partition("apiVersion")
    assert set(re.findall(r"\$__env\{(\w+)\}", rest)) == set(re.findall(r"^#\s+(SUOYIN_\w+)", head, re.MULTILINE))


def test_the_provider_reads_the_folder_that_docs_name():
    (provider,) = provisioned("dashboards")["providers"]
    assert provider["options"]["path"] == "/etc/grafana/dashboards" and provider["allowUiUpdates"] is False


@pytest.mark.parametrize("name", BOARDS)
def test_variables_name_data_sources_that_are_provisioned(name):
    uids = {s["uid"]: (s["name"], s["type"]) for s in provisioned("datasources")["datasources"]}
    variables = BOARDS[name]["templating"]["list"]
    names = [v["name"] for v in variables]
    assert len(set(names)) == len(names) and all(v["label"] for v in variables)
    for variable in variables:
        if variable["type"] == "datasource":
            current = variable["current"]
            assert uids[current["value"]] == (current["text"], variable["query"])
            assert SOURCES[variable["query"]] == variable["name"]
        elif variable["type"] == "query":
            source = variable["datasource"]
            assert source["uid"] == f"${{{SOURCES[source['type']]}}}" and variable["description"]


@pytest.mark.parametrize("name", BOARDS)
def test_every_panel_has_a_place_of_its_own(name):
    taken, ids = {}, []
    for panel in BOARDS[name]["panels"]:
        at = panel["gridPos"]
        assert at["x"] + at["w"] <= 24, panel["title"]
        for place in itertools.product(range(at["x"], at["x"] + at["w"]), range(at["y"], at["y"] + at["h"])):
            assert place not in taken, f"{panel['title']} lies over {taken.get(place)}"
            taken[place] = panel["title"]
        ids.append(panel["id"])
    assert len(set(ids)) == len(ids)
    rows = {y for _, y in taken}
    assert rows == set(range(len(rows))), "there is a gap"
    titles = [panel["title"] for panel in BOARDS[name]["panels"]]
    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize("name", BOARDS)
def test_every_panel_says_what_it_shows_and_in_which_unit(name):
    declared = {v["name"] for v in BOARDS[name]["templating"]["list"] if v["type"] == "datasource"}
    for panel in panels(BOARDS[name]):
        title, source, defaults = panel["title"], panel["datasource"], panel["fieldConfig"]["defaults"]
        assert len(panel["description"]) > 25 and panel["description"].endswith("."), title
        assert source["uid"] == f"${{{SOURCES[source['type']]}}}" and SOURCES[source["type"]] in declared, title
        changed = [p for o in panel["fieldConfig"].get("overrides", ()) for p in o["properties"]]
        units = {p["value"] for p in changed if p["id"] == "unit"}
        units |= {defaults["unit"]} if "unit" in defaults else set()
        assert units <= UNITS, title
        assert "unit" in defaults or panel["type"] == "table", title
        assert "thresholds" in defaults or panel["type"] not in ("stat", "bargauge", "status-history"), title
        steps = [step["value"] for step in defaults.get("thresholds", {"steps": [{"value": None}]})["steps"]]
        assert steps[0] is None and steps[1:] == sorted(steps[1:]), title
        assert [t["refId"] for t in panel["targets"]] == list("ABCDEF"[:len(panel["targets"])]), title


def test_sql_reads_schema_api_by_its_full_names():
    for name, panel, target in grafana.queries("grafana-postgresql-datasource"):
        assert re.search(r"\bFROM api\.", target["rawSql"]), (name, panel["title"])
        assert not re.search(r"\b(core|crawl|public)\.", target["rawSql"]), (name, panel["title"])


def test_variables_are_never_put_into_sql_as_they_are():
    """A portal may be called anything: ${x:sqlstring} quotes it, whatever Grafana thinks the default is."""
    numbers = {v["name"] for b in BOARDS.values() for v in b["templating"]["list"] if v["type"] == "custom"}
    texts = [t["rawSql"] for _, _, t in grafana.queries("grafana-postgresql-datasource")]
    texts += [v["query"] for b in BOARDS.values() for v in b["templating"]["list"] if v["type"] == "query"
              and isinstance(v["query"], str)]
    for text in texts:
        for match in grafana.VARIABLE.finditer(text):
            assert match[2] == "sqlstring" or match[1] in numbers, text
