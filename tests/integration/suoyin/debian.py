# SPDX-License-Identifier: MIT
"""A fresh Debian of this machine's release, made by debootstrap once and kept in var/cache (SUOYIN_CACHE)."""

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from . import ROOT

CACHE = Path(os.environ.get("SUOYIN_CACHE", ROOT / "var" / "cache"))
CA_FILE = Path("/etc/ssl/certs/ca-certificates.crt")
KEYRINGS = Path("/usr/share/keyrings")


def run(*words, check=True, **how):
    done = subprocess.run([str(w) for w in words], capture_output=True, text=True, stdin=subprocess.DEVNULL, **how)
    assert not check or done.returncode == 0, f"{words}: exit {done.returncode}\n{done.stdout[-4000:]}{done.stderr[-4000:]}"
    return done


def release():
    return re.search(r"^VERSION_CODENAME=(\S+)", Path("/etc/os-release").read_text(), re.M)[1]


def mirror():
    sites = run("apt-get", "indextargets", "--format", "$(SITE) $(RELEASE)").stdout.splitlines()
    return next(line.split()[0] for line in sites if line.split()[1:] == [release()])


def unpack(root):
    """Its minimal variant into the folder `root`, as apt made it: nothing of this machine is in it."""
    if os.geteuid() != 0 or shutil.which("debootstrap") is None:
        pytest.skip("a fresh Debian needs root and debootstrap")
    kept = CACHE / f"debian-{release()}.tar"
    if not kept.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as work:
            made, tar = Path(work) / "root", Path(work) / "root.tar"
            run("debootstrap", "--variant=minbase", release(), made, mirror())
            run("tar", "--numeric-owner", "-C", made, "-cf", tar, ".")
            os.replace(tar, kept)  # whole, or not there
    root.mkdir(parents=True, exist_ok=True)
    run("tar", "--numeric-owner", "-C", root, "-xpf", kept)


def apt_of_this_machine(folder):
    """A copy of /etc/apt, in which apt finds the certificates of this machine at /ca.crt (for mirrors by https)."""
    shutil.copytree("/etc/apt", folder, symlinks=True)
    if CA_FILE.exists():
        (folder / "apt.conf.d" / "zz-ca").write_text('Acquire::https::CaInfo "/ca.crt";\n')
