# SPDX-License-Identifier: MIT
"""tests/summary.py: the line everything is judged by."""

import subprocess
import sys

import pytest

from suoyin import ROOT

CTEST = """<testsuite>
<testcase name="unit_a" status="run"><system-out>SKIP: ../shared/pages not found
[  PASSED  ] 3 test(s).
[  SKIPPED ] 1 test(s), listed below:</system-out></testcase>
<testcase name="layers" status="run"><system-out>layers: fine</system-out></testcase>
</testsuite>"""
CRASH = """<testsuite><testcase name="unit_b" status="fail"><failure message="SEGFAULT"/>
<system-out>[  PASSED  ] 2 test(s).</system-out></testcase></testsuite>"""
FAILS = """<testsuite><testcase name="unit_c" status="fail"><failure/>
<system-out>[  PASSED  ] 2 test(s).
[  FAILED  ] 2 test(s), listed below:</system-out></testcase></testsuite>"""
ABSENT = """<testsuite><testcase name="unit_d" status="notrun">
<skipped message="Unable to find executable"/></testcase></testsuite>"""
PYTEST = """<testsuites><testsuite><testcase classname="x" name="ok"/>
<testcase name="no"><skipped message="no docker"/></testcase></testsuite></testsuites>"""
ERROR = """<testsuites><testsuite><testcase name="bad"><error>fixture</error></testcase></testsuite></testsuites>"""


@pytest.mark.parametrize("ctest, pytest_xml, last, rc", [
    pytest.param(CTEST, PYTEST, "5 passed, 0 failed, 2 skipped", 0, id="both"),
    pytest.param(CTEST, None, "4 passed, 0 failed, 1 skipped", 0, id="ctest"),
    pytest.param(CRASH, None, "2 passed, 1 failed", 1, id="crash"),
    pytest.param(FAILS, None, "2 passed, 2 failed", 1, id="failures"),
    pytest.param(ABSENT, None, "0 passed, 1 failed", 1, id="absent_program"),
    pytest.param(None, ERROR, "0 passed, 1 failed", 1, id="error"),
    pytest.param("crashed", PYTEST, "1 passed, 1 failed, 1 skipped", 1, id="no_report"),
    pytest.param("<testsuite/>", None, "0 passed, 1 failed", 1, id="no_test"),
    pytest.param(None, None, "0 passed, 0 failed", 1, id="nothing"),
])
def test_everything_counts_once(directory, ctest, pytest_xml, last, rc):
    done = summary(directory, ctest, pytest_xml)
    assert (done.stdout.splitlines()[-1], done.returncode) == (last, rc), done.stdout + done.stderr


def test_why_tests_were_skipped_is_said_once_for_each_reason(directory):
    done = summary(directory, CTEST, PYTEST)
    assert done.stdout.splitlines()[:-1] == ["SKIPPED 1: ../shared/pages not found", "SKIPPED 1: no docker"]


def summary(directory, ctest, pytest_xml):
    for name, text in (("ctest.xml", ctest), ("pytest.xml", pytest_xml)):
        if text is not None:
            (directory / name).write_text(text)
    return subprocess.run([sys.executable, ROOT / "tests" / "summary.py", directory], capture_output=True, text=True)
