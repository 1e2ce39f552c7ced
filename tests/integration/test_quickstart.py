# SPDX-License-Identifier: MIT
"""deploy/quickstart as a user meets it, in a directory of its own (SUOYIN_QUICKSTART_DIR)."""

import json
import os
import re
import shutil
import subprocess
import time
import urllib.request

import psycopg2
import pytest

from suoyin import ROOT, wait_until

QUICKSTART = ROOT / "deploy" / "quickstart"


class Quickstart:
    def __init__(self, directory):
        self.directory = directory
        # what a user may have set must not lead it elsewhere
        self.environment = {**os.environ, "SUOYIN_QUICKSTART_DIR": str(directory),
                            "SUOYIN_DATABASE_URL": "postgresql://elsewhere/nothing", "PGHOST": "elsewhere"}

    def __call__(self, *arguments, timeout=900):
        return subprocess.run([QUICKSTART, *map(str, arguments)], env=self.environment, cwd="/",
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout)

    def start(self, *arguments):
        done = self(*arguments, "--yes")
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def open(self, *arguments):
        return subprocess.Popen([QUICKSTART, *map(str, arguments), "--yes"], env=self.environment,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, text=True, start_new_session=True)


@pytest.fixture
def quickstart(directory):
    start = Quickstart(directory / "quickstart")
    yield start
    start("stop")


def pids(quickstart):
    """name → pid of what status says runs."""
    text = quickstart("status").stdout
    return dict(re.findall(r"^  (\S+) +running +(\d+)", text, re.MULTILINE))


def query(output, sql):
    """Runs sql through the psql line that was printed."""
    url = re.search(r"^psql (\S+)$", output, re.MULTILINE)[1]
    connection = psycopg2.connect(url)
    with connection.cursor() as cursor:
        cursor.execute(sql)
        rows = cursor.fetchall()
    connection.close()
    return rows


def test_help_says_what_it_does(quickstart):
    done = quickstart("--help")
    assert done.returncode == 0 and "--documents DIR" in done.stdout and done.stderr == ""


def test_status_and_stop_where_nothing_runs(quickstart):
    assert quickstart("status").returncode == 1
    assert quickstart("stop").returncode == 0
    assert quickstart("prometheus").returncode == 1


@pytest.mark.parametrize("arguments", [
    ["--workers", "0"], ["--workers"], ["--portals", "no/such/file"], ["--documents", "/no/such/folder"],
    ["--portals", "/etc/passwd", "--documents", "/etc"], ["--nonsense"], ["start"],
])
def test_wrong_usage_is_said_and_starts_nothing(quickstart, arguments):
    done = quickstart(*arguments)
    assert done.returncode == 2 and done.stderr.startswith("quickstart: ")
    assert not quickstart.directory.exists()


def test_an_unknown_log_is_refused(quickstart):
    done = quickstart("logs", "../../../../etc/passwd")
    assert done.returncode == 1 and "no log of that name" in done.stderr


def watched(quickstart):
    """{job: [up, …]} as the Prometheus of `quickstart prometheus` has them once it has asked all."""
    process = quickstart.open("prometheus")
    try:
        line = next(text for text in process.stdout if text.startswith("Prometheus: "))
        address = re.match(r"Prometheus: (http://127\.0\.0\.1:\d+)/graph\?", line)[1]

        def all_asked():
            assert process.poll() is None, process.stdout.read()
            try:
                with urllib.request.urlopen(f"{address}/api/v1/targets", timeout=5) as reply:
                    targets = json.load(reply)["data"]["activeTargets"]
            except OSError:
                return False
            return targets if targets and all(t["health"] != "unknown" for t in targets) else False
        found = {}
        for target in wait_until(all_asked, 60, "Prometheus has asked its targets"):
            found.setdefault(target["labels"]["job"], []).append(target["health"])
        with urllib.request.urlopen(f"{address}/api/v1/rules", timeout=5) as reply:
            assert len(json.load(reply)["data"]["groups"]) == 4
        return found
    finally:
        process.terminate()
        process.wait(60)


def test_the_demo_arrives_whole_and_a_second_run_is_quick(quickstart):
    output = quickstart.start()
    assert re.search(r"^RESULT reports=\d+ .*differences=0$", output, re.MULTILINE)
    assert query(output, "SELECT count(*) FROM api.report WHERE revision_count = 2")[0][0] == 1
    assert query(output, "SELECT count(*) FROM api.report WHERE sighting_count = 2")[0][0] == 1
    assert query(output, "SELECT count(*) FROM api.report WHERE status = 'withdrawn'")[0][0] == 1
    wait_until(lambda: query(output, "SELECT snippet FROM api.search('法治政府建设')"), 30, "search finds the reports")
    with pytest.raises(psycopg2.Error):
        query(output, "SELECT count(*) FROM core.report")
    before = pids(quickstart)
    assert set(before) == {"kafka", "postgres", "portals", "crawler", "worker-1", "worker-2", "indexer"}

    if shutil.which("prometheus"):
        assert watched(quickstart) == {
            "suoyin-worker": ["up", "up"], "suoyin-crawler": ["up"], "suoyin-indexer": ["up"]}

    began = time.monotonic()
    quickstart.start()
    assert time.monotonic() - began < 20
    assert pids(quickstart) == before

    quickstart.start("--workers", "1")
    assert set(pids(quickstart)) == set(before) - {"worker-2"}
    assert "consum" in quickstart("logs", "kafka").stdout.lower()
    assert quickstart("stop").returncode == 0
    assert pids(quickstart) == {}


def test_a_folder_of_pages_goes_the_same_way(quickstart, directory):
    pages = directory / "pages"
    pages.mkdir()
    for n in range(3):
        text = f"第{n}号文件的正文。" * 40
        (pages / f"{n}.html").write_text(
            f"<html><head><meta charset='utf-8'><title>关于第{n}号工作的通知</title></head>"
            f"<body><h1>关于第{n}号工作的通知</h1><div><p>{text}</p></div></body></html>")
    output = quickstart.start("--documents", pages)
    assert re.search(r"^RESULT served=3 sightings=3 reports=3 dead=0", output, re.MULTILINE)


def test_an_interrupt_stops_all_that_was_started(quickstart):
    process = quickstart.open()
    wait_until(lambda: "worker-1" in pids(quickstart) or process.poll() is not None, 600)
    running = pids(quickstart)
    assert process.poll() is None
    os.killpg(process.pid, 2)
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 130, output
    assert pids(quickstart) == {}
    for pid in running.values():
        assert not os.path.exists(f"/proc/{pid}/exe") or not os.readlink(f"/proc/{pid}/exe")
