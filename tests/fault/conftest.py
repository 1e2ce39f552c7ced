# SPDX-License-Identifier: MIT
"""The fault matrix: fixtures of its rows, what is skipped because it is done, and the table at the end.

SUOYIN_SEED: what is drawn (default: another one each time, printed). SUOYIN_FAULT_DONE: a file; a row that passed is
written into it, and with SUOYIN_FAULT_RESUME=1 those in it are left out.
"""

import os
import random
from pathlib import Path

import pytest

from oracle import CHECKS, Oracle, install
from traffic import Traffic

DONE = os.environ.get("SUOYIN_FAULT_DONE")


def seed_of_this_run():
    return int(os.environ.get("SUOYIN_SEED") or random.SystemRandom().randrange(1 << 30))


@pytest.fixture
def seed(record_property):
    number = seed_of_this_run()
    record_property("seed", number)
    print(f"SUOYIN_SEED={number}")
    return number


@pytest.fixture
def say(record_property):
    """A line RESULT that is printed again below the table."""
    def line(text):
        print(text, flush=True)
        record_property("result", text)
    return line


@pytest.fixture
def traffic(kafka, topic, seed):
    return Traffic(kafka, topic, seed)


@pytest.fixture
def oracle(kafka, database, traffic, record_property):
    install(database)
    judge = Oracle(kafka, database, traffic)
    yield judge
    record_property("verdict", " ".join(f"{name}:{'ok' if judge.verdict.get(name) == 'ok' else 'BAD'}"
                                        for name in CHECKS if name in judge.verdict))


def pytest_collection_modifyitems(config, items):
    if not (DONE and os.environ.get("SUOYIN_FAULT_RESUME") and Path(DONE).exists()):
        return
    done = set(Path(DONE).read_text().splitlines())
    config.hook.pytest_deselected(items=[item for item in items if item.nodeid in done])
    items[:] = [item for item in items if item.nodeid not in done]


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    if call.when == "teardown":
        outcome.get_result().user_properties += [
            ("row", number) for mark in item.iter_markers("row") for number in mark.args]


class Table:
    """On the process that reports, which is not the one that runs the tests where they are shared out."""

    def __init__(self):
        self.rows = {}

    def pytest_runtest_logreport(self, report):
        if "fault/" not in report.nodeid:
            return
        seen = self.rows.setdefault(report.nodeid, {"result": "passed", "properties": {}, "rows": []})
        if report.outcome != "passed":
            seen["result"] = report.outcome
        if report.when != "teardown":
            return
        seen["properties"] = dict(report.user_properties)
        seen["rows"] = [value for name, value in report.user_properties if name == "row"]
        if DONE and seen["result"] == "passed":
            with open(DONE, "a", encoding="utf-8") as out:
                out.write(report.nodeid + "\n")

    def pytest_terminal_summary(self, terminalreporter):
        lines = sorted((number, name, seen) for name, seen in self.rows.items() for number in seen["rows"])
        if lines:
            terminalreporter.section("fault × verdict")
        for number, name, seen in lines:
            verdict = seen["properties"].get("verdict") or "its own checks"
            terminalreporter.write_line(f"{number:>3}  {seen['result']:8} {verdict:47} {name.split('::')[1]}")
        for _, seen in sorted(self.rows.items()):
            if "result" in seen["properties"]:
                terminalreporter.write_line(f"{seen['properties']['result']} seed={seen['properties'].get('seed')}")
        if not lines:
            return
        clean = sum(seen["result"] == "passed" for _, _, seen in lines)
        terminalreporter.write_line(f"RESULT faults={len(lines)} clean={clean}")


def pytest_configure(config):
    config.addinivalue_line("markers", "row(N, …): rows of the fault matrix that the test plays")
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Table(), "fault-table")
