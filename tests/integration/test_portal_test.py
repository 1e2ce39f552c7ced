# SPDX-License-Identifier: MIT
"""suoyinctl portal test: what a portal file finds, without a trace, and again without the network."""

import json
import subprocess

import pytest

from suoyin import BIN, ROOT

LOOPBACK = ["--allow-networks", "127.0.0.0/8"]


def ctl(*arguments, want=0):
    done = subprocess.run([BIN / "suoyinctl", *map(str, arguments)], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=120)
    assert done.returncode == want, f"{done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout


def test(*arguments, want=0):
    return json.loads(ctl("portal", "test", "--json", *arguments, want=want))


test.__test__ = False


@pytest.fixture
def sim(pipeline):
    return pipeline.portalsim(portals=14, reports=420, scenario="quiet", lists="all").start()


def first_of(sim, directory, *changes):
    """A file with the first portal alone, changed."""
    text = sim.portals_file.read_text().split("  - id: sim-002")[0]
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = directory / "changed.yaml"
    path.write_text(text)
    return path


def published(sim, portal):
    entries = [json.loads(line) for line in sim.journal.read_text().splitlines()]
    return {e["url"]: e for e in entries if e["event"] == "publish" and e["portal"] == portal}


def test_rows_next_page_and_one_report_are_shown_of_every_manner(sim):
    results = test(*LOOPBACK, "--pages", 10, sim.portals_file)
    assert len(results) == 14
    for result in results:
        pages = published(sim, result["portal"])
        assert set(result["rows"]) == set(pages), result["portal"]
        report = result["report"]
        assert report["url"] in pages and report["title"] == pages[report["url"]]["title"]
        assert report["index_number"] == pages[report["url"]]["index_number"]
    text = ctl("portal", "test", *LOOPBACK, f"{sim.portals_file}:sim-014")
    assert "read as html: 10 links that stand alike, 10 with a date, addresses: trs" in text
    assert "next: http://" in text and "index_1.html" in text


def test_what_was_recorded_is_read_again_without_the_network(sim, directory):
    record, one = directory / "record", f"{sim.portals_file}:sim-001"
    first = test(*LOOPBACK, "--record", record, one)[0]
    asked = len(sim.requests.read_text().splitlines())
    assert sim.stop() == 0
    again = test("--replay", record, one)[0]
    assert again["rows"] == first["rows"] and again["report"] == first["report"]
    assert again["compared"] == {"with": "what was recorded", "more": {}, "lost": {}}
    pages = sum(len(listing["pages"]) for listing in first["lists"])
    assert len(sim.requests.read_text().splitlines()) == asked == pages + 2  # and one report, and robots.txt
    # more than was recorded is not there
    more = test("--replay", record, "--pages", 9, one, want=1)[0]
    assert more["lists"][0]["pages"][2]["failure"] == "not_recorded"


def test_a_change_says_what_it_would_find_more_or_lose(sim, directory):
    record = directory / "record"
    first = test(*LOOPBACK, "--record", record, f"{sim.portals_file}:sim-001")[0]
    changed = first_of(sim, directory, (
        "index.html\"\n", "index.html\"\n        include: [\"*通知\"]\n        exclude: [\"url:/none/\"]\n"))
    result = test("--replay", record, changed)[0]
    lost = {url for url, title in first["rows"].items() if "通知" not in title}
    assert 0 < len(lost) < len(first["rows"])
    assert set(result["compared"]["lost"]) == lost and result["compared"]["more"] == {}
    assert sum(page["filtered"] for listing in result["lists"] for page in listing["pages"]) == len(lost)
    assert "left out:" in ctl("portal", "test", "--replay", record, changed)
    # the other way round, by the file itself
    back = test("--replay", record, "--against", changed, f"{sim.portals_file}:sim-001")[0]
    assert set(back["compared"]["more"]) == lost and back["compared"]["lost"] == {}


def test_no_private_address_is_asked_and_a_list_without_rows_is_a_failure(sim, directory):
    one = f"{sim.portals_file}:sim-001"
    assert test(one, want=1)[0]["lists"][0]["pages"][0]["failure"] == "address"
    assert sim.requests.read_text() == ""
    wrong = first_of(sim, directory, ("    platform: trs\n", ""),
                     ("index.html\"\n", "index.html\"\n        rows: \"//table\"\n"))
    result = test(*LOOPBACK, wrong, want=1)[0]
    assert [page["seen"] for page in result["lists"][0]["pages"]] == [0]
    ctl("portal", "test", "--record", "a", "--replay", "b", one, want=2)
    ctl("portal", "test", f"{sim.portals_file}:nobody", want=78)


def test_what_robots_txt_forbids_is_not_asked_for(sim, directory):
    path = first_of(sim, directory, ("/zwgk/c100021/index.html", "/search/index.html"))
    result = test(*LOOPBACK, path, want=1)[0]
    assert [listing["pages"][0].get("failure") for listing in result["lists"]] == ["robots", None]
    asked = [json.loads(line)["path"] for line in sim.requests.read_text().splitlines()]
    assert asked.count("/robots.txt") == 1 and "/search/index.html" not in asked


def test_the_portals_that_are_shipped_are_valid():
    files = sorted((ROOT / "deploy" / "portals").glob("*.yaml"))
    assert len(files) >= 7
    assert f"files={len(files)}" in ctl("validate", *files)
    ctl("validate", *files)
