#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Counts what ctest and pytest reported, says why tests were skipped, names what failed, and says the one line:

    N passed, N failed[, N skipped]

usage: summary.py DIR        DIR/ctest.xml and DIR/pytest.xml, where they exist
Exit 1 if anything failed, could not be counted, or if nothing passed or failed at all.
"""

import re
import sys
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path

CMOCKA = {
    "passed": re.compile(r"^\[  PASSED  \] (\d+) test", re.MULTILINE),
    "skipped": re.compile(r"^\[  SKIPPED \] (\d+) test", re.MULTILINE),
    "failed": re.compile(r"^\[  FAILED  \] (\d+) test", re.MULTILINE),
}
SKIP = re.compile(r"^SKIP: (.*)$", re.MULTILINE)  # what our programs print before they skip


def cmocka_counts(output):
    """What the groups of a cmocka program reported, or nothing for another program."""
    return Counter({kind: sum(map(int, pattern.findall(output))) for kind, pattern in CMOCKA.items()})


def case_result(case):
    """passed, failed or skipped, for one <testcase> of either tool."""
    if case.find("failure") is not None or case.find("error") is not None:
        return "failed"
    skipped = case.find("skipped")
    if skipped is None:
        return "passed" if case.get("status", "run") == "run" else "failed"
    # ctest calls a program that is not there "skipped" too
    return "failed" if "executable" in (skipped.get("message") or "").lower() else "skipped"


def skip_reasons(case):
    reasons = SKIP.findall(case.findtext("system-out") or "")
    skipped = case.find("skipped")
    if not reasons and skipped is not None and skipped.get("message"):
        return [skipped.get("message")]
    return reasons


def count_case(case, counts, reasons, failed):
    result = case_result(case)
    inside = cmocka_counts(case.findtext("system-out") or "")
    reasons.update(skip_reasons(case))
    if result == "failed":
        failed.append(f"{case.get('classname') or ''} {case.get('name')}".strip())
    if inside["passed"] + inside["skipped"] + inside["failed"] == 0:
        counts[result] += 1
        return
    counts += inside
    if result == "failed" and inside["failed"] == 0:  # crashed, or leaked, after its tests
        counts["failed"] += 1


def count_file(path, counts, reasons, failed):
    try:
        cases = list(ET.parse(path).iter("testcase"))
    except ET.ParseError:
        cases = []
    if not cases:
        counts["failed"] += 1
        failed.append(f"{path.stem}: ended without a report, or without a test")
    for case in cases:
        count_case(case, counts, reasons, failed)


def line(counts):
    text = f"{counts['passed']} passed, {counts['failed']} failed"
    return text + (f", {counts['skipped']} skipped" if counts["skipped"] else "")


def main(directory):
    counts, reasons, failed = Counter(), Counter(), []
    for name in ("ctest.xml", "pytest.xml"):
        path = Path(directory) / name
        if path.exists():
            count_file(path, counts, reasons, failed)
    for reason, times in sorted(reasons.items()):
        print(f"SKIPPED {times}: {reason}")
    for name in failed:
        print(f"FAILED {name}")
    print(line(counts))
    return 0 if counts["passed"] > 0 and counts["failed"] == 0 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
