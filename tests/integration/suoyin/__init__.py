# SPDX-License-Identifier: MIT
"""What the tests play with: real servers, our programs, the simulated portals. See ../README.md."""

import os
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
BIN = Path(os.environ.get("SUOYIN_BIN", ROOT / "build" / "dev" / "bin"))
SHARED = Path(os.environ.get("SUOYIN_SHARED", ROOT.parent / "shared"))


class Timeout(AssertionError):
    """Something that should have happened did not."""


def wait_until(condition, timeout=30.0, what=None, every=0.1):
    """Calls condition() until it gives something true, which is returned."""
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() >= deadline:
            raise Timeout(f"after {timeout:g} s still not: {what or condition}")
        time.sleep(every)
