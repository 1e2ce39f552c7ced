# SPDX-License-Identifier: MIT
"""suoyinctl robots: verdict, line and exit status."""

import subprocess

import pytest

from suoyin import BIN

FILE = "User-agent: *\nDisallow: /a/\nAllow: /a/b\n\nUser-agent: crab\nDisallow: /\n"


def ask(path, *arguments):
    done = subprocess.run([BIN / "suoyinctl", "robots", *map(str, arguments[:-1]), path, arguments[-1]],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True)
    return done.returncode, done.stdout


@pytest.fixture
def robots(directory):
    path = directory / "robots.txt"
    path.write_text(FILE)
    return path


@pytest.mark.parametrize("arguments, status, said", [
    (("http://x.cn/a/c",), 1, "disallowed line 2: Disallow: /a/\n"),
    (("--agent", "", "http://x.cn/a/b"), 0, "allowed line 3: Allow: /a/b\n"),
    (("--agent", "*", "http://x.cn/a/c"), 1, "disallowed line 2: Disallow: /a/\n"),
    (("--agent", "Crab/1.0 (+http://y.cn)", "http://x.cn/"), 1, "disallowed line 6: Disallow: /\n"),
    (("--agent", "gull", "http://x.cn/"), 0, "allowed no rule matches\n"),
    (("--agent=gull", "/a/%62"), 0, "allowed line 3: Allow: /a/b\n"),
])
def test_the_verdict_and_the_line_that_decided(robots, arguments, status, said):
    assert ask(robots, *arguments) == (status, said)


def test_what_cannot_be_decided_is_not_called_disallowed(robots):
    assert ask(robots.parent / "missing", "http://x.cn/") == (2, "")
    assert subprocess.run([BIN / "suoyinctl", "robots", robots], capture_output=True).returncode == 2
