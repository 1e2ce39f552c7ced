# SPDX-License-Identifier: MIT
"""The systemd units: hardened, and yet they let the programs do what they do."""

import re
import shutil
import subprocess

import pytest

from suoyin import ROOT

UNITS = ("suoyin-crawler.service", "suoyin-worker@.service", "suoyin-indexer.service")
FOLDER = ROOT / "deploy" / "systemd"
EXPOSURE_MAX = 2.0

pytestmark = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")


def analyze(*words):
    return subprocess.run(["systemd-analyze", "--no-pager", *map(str, words)], capture_output=True, text=True)


@pytest.mark.parametrize("unit", UNITS)
def test_a_unit_exposes_little(unit):
    done = analyze("security", "--offline=true", FOLDER / unit)
    exposure = float(re.search(r"Overall exposure level for \S+: ([\d.]+)", done.stdout)[1])
    print(f"RESULT unit={unit} exposure={exposure}")
    assert exposure <= EXPOSURE_MAX, done.stdout


def calls_of(name):
    """The system calls of a filter set, sets in it included."""
    found = set()
    for line in analyze("syscall-filter", name).stdout.splitlines()[1:]:
        word = line.strip().split("#")[0].strip()
        if word.startswith("@"):
            found |= calls_of(word)
        elif word:
            found.add(word)
    return found


def allowed_by(unit):
    """What SystemCallFilter= leaves, line by line, as systemd does it."""
    allowed = set()
    for value in re.findall(r"^SystemCallFilter=(.*)$", (FOLDER / unit).read_text(), re.M):
        calls = set()
        for word in value.lstrip("~").split():
            calls |= calls_of(word) if word.startswith("@") else {word}
        allowed = allowed - calls if value.startswith("~") else allowed | calls
    # the dynamic loader and systemd's own start: always let through (systemd.exec, SystemCallFilter=)
    return allowed | {"execve", "exit", "exit_group", "getrlimit", "rt_sigreturn", "sigreturn", "clock_nanosleep"}


def trace(daemon, path):
    daemon.arguments = ["strace", "-D", "-f", "-qq", "-o", str(path), "-e", "signal=none", *daemon.arguments]
    return daemon


def used(path):
    return set(re.findall(r"^\d+ +(?:<\.\.\. )?([a-z_0-9]+)[( ]", path.read_text(errors="replace"), re.M))


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_the_programs_need_no_more_than_the_units_allow(pipeline, directory):
    sim = pipeline.portalsim(portals=2, reports=6, publish_every=50).start()
    pipeline.sync(sim.portals_file)
    worker = trace(pipeline.worker(), directory / "worker.strace").start()
    crawler = trace(pipeline.crawler(), directory / "crawler.strace").start()
    pipeline.check_journal(sim, 240)
    assert (worker.stop(), crawler.stop()) == (0, 0)
    for unit, name in zip(UNITS, ("crawler", "worker", "worker")):
        calls = used(directory / f"{name}.strace")
        assert {"execve", "socket", "sendto", "prlimit64", "seccomp"} <= calls
        assert calls - allowed_by(unit) == set(), unit
