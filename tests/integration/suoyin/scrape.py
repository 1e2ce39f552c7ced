# SPDX-License-Identifier: MIT
"""A /metrics page, read by the rules of its format."""

import re

SAMPLE = re.compile(r'([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)')
LABEL = re.compile(r'([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"(?:,|$)')


def samples(daemon):
    """[(name, {label: value}, number)]; a line that is none fails the test."""
    status, page = daemon.get("/metrics")
    assert status == 200, page
    found = []
    for line in page.splitlines():
        if line.startswith("#"):
            continue
        match = SAMPLE.fullmatch(line)
        assert match, line
        found.append((match[1], dict(LABEL.findall(match[2] or "")), float(match[3])))
    return found
