# SPDX-License-Identifier: MIT
"""deploy/prometheus: rules held to scenarios and to the metrics there are, and evaluated by a real Prometheus."""

import re
import subprocess

import pytest
import yaml

from suoyin import ROOT, wait_until
from suoyin.prometheus import SHIPPED, Prometheus, installed

SCENARIOS = sorted((ROOT / "tests" / "prometheus").glob("*.yml"))
QUICK = {"batch__linger": "100ms", "kafka__session.timeout.ms": 6000}
needs_prometheus = pytest.mark.skipif(not installed(), reason="Debian's package prometheus is not installed")


def rules(name="alerts.yml"):
    return [rule for group in yaml.safe_load((SHIPPED / name).read_text())["groups"] for rule in group["rules"]]


def promtool(*arguments):
    done = subprocess.run(["promtool", *map(str, arguments)], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


# -- the files -------------------------------------------------------------------------------------------

@needs_prometheus
def test_promtool_accepts_the_configuration():
    promtool("check", "config", SHIPPED / "prometheus.yml")


@needs_prometheus
def test_alerts_fire_in_their_scenarios_and_in_no_other():
    promtool("test", "rules", *SCENARIOS)


def test_each_alert_is_seen_to_fire_and_not_to_fire():
    seen = set()
    for scenario in (s for path in SCENARIOS for s in yaml.safe_load(path.read_text())["tests"]):
        told = [set(re.findall(r'alertname="(\w+)"', str(check.get("exp_samples", []))))
                for check in scenario.get("promql_expr_test", [])]
        seen |= {name for firing in told for name in firing if any(name not in other for other in told)}
    assert seen == {rule["alert"] for rule in rules()}


def test_an_alert_says_how_bad_it_is_what_it_is_and_what_to_do():
    for rule in rules():
        assert rule["labels"]["severity"] in ("critical", "warning", "info"), rule["alert"]
        assert rule["annotations"].keys() == {"summary", "description", "action"}, rule["alert"]
        assert "for" in rule or re.search(r"\[\d+[mhd]\]", rule["expr"]), f"{rule['alert']} fires at one sample"


def test_rules_ask_for_nothing_that_there_is_not():
    """Metrics and their labels are those of metrics.def; a recorded name is one of rules.yml."""
    table = (ROOT / "include" / "suoyin" / "metrics.def").read_text()
    labels = {name: label for name, label in re.findall(r'^METRIC\(\w+, \w+, "(\w+)", (?:NULL|"(\w+)")', table, re.M)}
    process = set(re.findall(r'"(process_\w+)"', (ROOT / "runtime" / "metrics_process.c").read_text()))
    recorded = {rule["record"] for rule in rules("rules.yml")}
    asked = 0
    for rule in rules("rules.yml") + rules():
        assert set(re.findall(r"\bjob\w*:[a-z_:]+\w*", rule["expr"])) <= recorded, rule
        for name, matchers in re.findall(r"(?<![\w:])((?:suoyin|process)_\w+)(?:\{([^}]*)\})?", rule["expr"]):
            name = re.sub("_bucket$", "", name)
            assert name in labels or name in process, f"{rule}: there is no metric {name}"
            for label in re.findall(r"(\w+)=", matchers):
                assert label in ("job", labels.get(name)), f"{rule}: {name} has no label {label}"
            asked += 1
    assert asked > 30


def test_each_state_of_a_portal_has_its_alert():
    names = re.search(r"health_names\[HEALTH_STATES\] = \{(.*?)\};", (ROOT / "crawler" / "health.c").read_text(), re.S)[1]
    states = set(re.findall(r'"([a-z_0-9:]+)"', names)) - {"ok"}
    asked = [re.search(r'state=~?"([^"]+)"', rule["expr"])[1] for rule in rules() if "suoyin_portals:" in rule["expr"]]
    assert len(states) > 10
    for state in states:
        assert sum(bool(re.fullmatch(pattern, state)) for pattern in asked) == 1, state


def test_targets_are_services_of_the_compose_file():
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    jobs = yaml.safe_load((SHIPPED / "prometheus.yml").read_text())["scrape_configs"]
    assert [job["job_name"] for job in jobs] == ["suoyin-worker", "suoyin-crawler", "suoyin-indexer"]
    for job in jobs:
        [found] = job["dns_sd_configs"]
        [service] = found["names"]
        listen = services[service]["environment"]["SUOYIN_ADMIN_LISTEN"]
        assert listen == f"0.0.0.0:{found['port']}", service


def test_the_document_tells_each_alert():
    text = (ROOT / "docs" / "OPERATIONS.md").read_text()
    section = text.split("\n## Alerts\n")[1].split("\n## ")[0]
    told = dict(re.findall(r"^\| `(Suoyin\w+)` \| (\w+) \| [^|]+ \| [^|]+ \|$", section, re.M))
    assert told == {rule["alert"]: rule["labels"]["severity"] for rule in rules()}


# -- a real one -------------------------------------------------------------------------------------------

@pytest.fixture
def watched(pipeline, directory):
    """Two workers, a crawler and an indexer that have worked, and a Prometheus that watches them."""
    sim = pipeline.portalsim(scenario="demo", portals=4, reports=20, publish_every=100).start()
    pipeline.sync(sim.portals_file)
    crawler = pipeline.crawler(partitions=4, census="1s").start()
    workers = [pipeline.worker(**QUICK).start() for _ in range(2)]
    index = pipeline.worker(mode="index", index__linger="100ms").start()
    wait_until(lambda: all(w.metric("suoyin_assigned_partitions") == 2 for w in workers), 60, "each has its partitions")
    server = Prometheus(directory, {"suoyin-worker": workers, "suoyin-crawler": [crawler], "suoyin-indexer": [index]})
    pipeline.daemons.append(server)
    return sim, workers, server.start()


def firing(server):
    return sorted((alert["labels"]["alertname"], alert["labels"].get("instance", "")) for alert in server.alerts())


@needs_prometheus
def test_a_real_prometheus_scrapes_and_evaluates_and_tells_of_a_worker_that_is_killed(pipeline, watched):
    sim, workers, server = watched
    wait_until(lambda: server.health() == {"suoyin-worker": ["up", "up"], "suoyin-crawler": ["up"],
                                           "suoyin-indexer": ["up"]}, 60, "all targets are up")
    pipeline.check_journal(sim)
    wait_until(lambda: all(rule["health"] == "ok" for rule in server.rules()), 60, "all rules are evaluated")
    assert len(server.rules()) == len(rules()) + len(rules("rules.yml"))

    # what panels ask for
    wait_until(lambda: len(server.query("suoyin_lag_messages == 0")) == 4, 60, "each partition is read to its end")
    for expression in ("suoyin_lag_seconds == 0", "job:suoyin_lag_messages:sum == 0",
                       'suoyin_messages_total{outcome="new"} > 0', "suoyin_publish_to_row_seconds_count > 0",
                       "suoyin_transaction_seconds_count > 0", "suoyin_portal_ok == 1", "suoyin_urls_unaccounted == 0",
                       "suoyin_dead_letters_open == 0", "process_resident_memory_bytes > 0",
                       'suoyin_build_info{job="suoyin-indexer"}', "scrape_samples_scraped < 1000"):
        wait_until(lambda: server.query(expression), 60, expression)
    for rule in rules("rules.yml"):
        wait_until(lambda: server.query(rule["record"]), 60, f"{rule['record']} is recorded")

    # nothing is wrong
    wait_until(lambda: firing(server) == [], 120, "no alert fires")

    # one is killed; the other takes its partitions
    killed = f"127.0.0.1:{workers[1].admin_port}"
    workers[1].kill()
    wait_until(lambda: ("SuoyinDown", killed) in firing(server), 60, "the alert fires")
    [alert] = [a for a in server.alerts() if a["labels"]["alertname"] == "SuoyinDown"]
    assert alert["labels"]["severity"] == "warning" and alert["labels"]["job"] == "suoyin-worker"
    assert alert["annotations"]["summary"] == f"suoyin-worker {killed} does not answer"
    wait_until(lambda: workers[0].metric("suoyin_assigned_partitions") == 4, 60, "the other one has all partitions")
    wait_until(lambda: firing(server) == [("SuoyinDown", killed)], 120, "no other alert fires")

    workers[0].kill()
    wait_until(lambda: "SuoyinNoWorker" in dict(firing(server)), 60, "none is left")
    for worker in workers:
        worker.start()
    wait_until(lambda: firing(server) == [], 120, "all is well again")
    assert not server.log_contains("level=error"), server.tail()
