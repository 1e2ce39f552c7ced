# SPDX-License-Identifier: MIT
"""CPU seconds and memory of processes, from /proc."""

import os
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def stat(pid):
    """(parent, own CPU seconds, those of its children that have ended and been waited for), or None."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = text[text.rindex(")") + 2:].split()
    user, system, user_ended, system_ended = (int(fields[i]) / TICKS for i in (11, 12, 13, 14))
    return int(fields[1]), user + system, user_ended + system_ended


def children(pid):
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (known := stat(entry.name)) is not None and known[0] == pid:
            found.append(int(entry.name))
    return found


def family_cpu(pid):
    """CPU seconds of a process and of all its children, living and ended."""
    _, own, ended = stat(pid)
    living = [stat(child) for child in children(pid)]
    return own + ended + sum(known[1] + known[2] for known in living if known is not None)


def status_kb(pid, key):
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(key + ":"):
            return int(line.split()[1])
    return 0


def resident_kb(pid):
    return status_kb(pid, "VmRSS")


def peak_bytes(pid):
    return status_kb(pid, "VmHWM") * 1024


def family_peak(pid):
    """Their peaks added up: they need not have had them at the same time, so it is at most that."""
    return peak_bytes(pid) + sum(peak_bytes(child) for child in children(pid))
