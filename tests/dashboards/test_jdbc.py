# SPDX-License-Identifier: MIT
"""pgJDBC reads schema api as suoyin_readonly, with its comments: what Metabase and other Java clients see."""

import shutil
import subprocess
from pathlib import Path

import pytest

from suoyin.bulk import add_reports
from suoyin.contract import BILINGUAL, promised

JAR = Path("/usr/share/java/postgresql.jar")


def read(database):
    """kind → rows of what ReadComments.java prints"""
    if not JAR.exists():
        pytest.skip(f"{JAR} is not there (deploy/packages.txt, section dashboards)")
    if shutil.which("javac") is None:
        pytest.skip("there is no JDK that runs a single source file (deploy/packages.txt, section dashboards)")
    done = subprocess.run(
        ["java", "-cp", JAR, Path(__file__).with_name("ReadComments.java"),
         f"jdbc:postgresql://127.0.0.1:{database.server.port}/{database.name}", "suoyin_readonly", "api"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    found = {"view": [], "column": [], "row": []}
    for line in done.stdout.splitlines():
        kind, *fields = line.split("\t")
        found[kind].append(fields)
    return found


def test_jdbc_sees_views_columns_and_comments_and_asks(database):
    add_reports(database, [{"title": "甲", "year": 2024, "first_seen": "2026-01-01T08:00+08"},
                           {"title": "乙", "year": 2025}])
    found = read(database)
    columns = [line.split(" ")[::2][:2] for line in promised() if not line.startswith("function ")]
    assert sorted([view, column] for view, column, _, _ in found["column"]) == sorted(columns)
    assert {view for view, _ in found["view"]} == {view for view, _ in columns}
    assert [row for row in found["view"] + found["column"] if not BILINGUAL.fullmatch(row[-1])] == []
    assert ["report", "changed_at", "timestamptz"] in [row[:3] for row in found["column"]]
    assert found["row"] == [["甲", "2026-01-01T00:00:00Z"]]
