# SPDX-License-Identifier: MIT
"""tests/summary.py: the line everything is judged by."""

import subprocess
import sys

import pytest

from suoyin import ROOT

CTEST = """<testsuite>
<testcase name="unit_a" status="run"><system-out>[  PASSED  ] 3 test(s).
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
<testcase name="no"><skipped/></testcase></testsuite></testsuites>"""
ERROR = """<testsuites><testsuite><testcase name="bad"><error>fixture</error></testcase></testsuite></testsuites>"""


@pytest.mark.parametrize("ctest, pytest_xml, last, rc", [
    (CTEST, PYTEST, "5 passed, 0 failed, 2 skipped", 0),
    (CTEST, None, "4 passed, 0 failed, 1 skipped", 0),
    (CRASH, None, "2 passed, 1 failed", 1),
    (FAILS, None, "2 passed, 2 failed", 1),
    (ABSENT, None, "0 passed, 1 failed", 1),
    (None, ERROR, "0 passed, 1 failed", 1),
    ("crashed", PYTEST, "1 passed, 1 failed, 1 skipped", 1),
    ("<testsuite/>", None, "0 passed, 1 failed", 1),
    (None, None, "0 passed, 0 failed", 1),
])
def test_everything_counts_once(directory, ctest, pytest_xml, last, rc):
    for name, text in (("ctest.xml", ctest), ("pytest.xml", pytest_xml)):
        if text is not None:
            (directory / name).write_text(text)
    done = subprocess.run([sys.executable, ROOT / "tests" / "summary.py", directory],
                          capture_output=True, text=True)
    assert (done.stdout.splitlines()[-1], done.returncode) == (last, rc), done.stdout + done.stderr
