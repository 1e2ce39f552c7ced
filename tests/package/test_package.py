# SPDX-License-Identifier: MIT
"""The .deb: built by CPack, accepted by lintian, installed into a fresh Debian, removed without a trace."""

import os
import re
import shutil
import subprocess

import pytest

from suoyin import BIN, ROOT
from suoyin.debian import CA_FILE, KEYRINGS, run, unpack

PROGRAMS = ("suoyinctl", "suoyin-worker", "suoyin-crawler")
LINTIAN = {"LC_ALL": "C.UTF-8"}


@pytest.fixture(scope="module")
def deb():
    for old in (ROOT / "build" / "package").glob("*.deb"):
        old.unlink()
    run("cmake", "--workflow", "--preset", "package", cwd=ROOT)
    (package,) = (ROOT / "build" / "package").glob("*.deb")
    return package


def listing(deb):
    """path → (mode, owner) of what the package holds."""
    lines = run("dpkg-deb", "-c", deb).stdout.splitlines()
    return {line.split(None, 5)[5]: tuple(line.split(None, 2)[:2]) for line in lines}


def test_lintian_accepts_it(deb):
    if shutil.which("lintian") is None:
        pytest.skip("lintian is not installed")
    done = run("lintian", "--no-cfg", "--allow-root", "--fail-on", "error,warning", deb, check=False,
               env={**os.environ, **LINTIAN})
    assert (done.returncode, done.stdout) == (0, ""), done.stdout


def test_it_holds_what_an_operator_looks_for(deb):
    found = listing(deb)
    for program, section in zip(PROGRAMS, (1, 8, 8)):
        for path in (f"usr/bin/{program}", f"usr/share/man/man{section}/{program}.{section}.gz",
                     f"usr/share/bash-completion/completions/{program}",
                     f"usr/share/zsh/vendor-completions/_{program}",
                     f"usr/share/fish/vendor_completions.d/{program}.fish"):
            assert f"./{path}" in found, path
    for path in ("etc/suoyin/worker.yaml", "etc/suoyin/crawler.yaml", "usr/lib/systemd/system/suoyin-worker@.service",
                 "usr/lib/systemd/system/suoyin-crawler.service", "usr/lib/sysusers.d/suoyin.conf",
                 "usr/lib/tmpfiles.d/suoyin.conf", "usr/share/suoyin/roles.sql", "usr/share/doc/suoyin/OPERATIONS.md",
                 "usr/share/doc/suoyin/examples/example.yaml"):
        assert f"./{path}" in found, path
    strays = [path for path in found if not re.match(r"\./(usr/(bin|lib|share)|etc/suoyin)?(/|$)|\./(usr|etc)/$", path)]
    assert strays == [] and {owner for _, owner in found.values()} == {"root/root"}


def test_installed_elsewhere_the_units_follow(tmp_path):
    build = BIN.parent
    if not (build / "cmake_install.cmake").exists():
        pytest.skip(f"{build} is no build tree")
    run("cmake", "--install", build, env={**os.environ, "DESTDIR": str(tmp_path)})
    (unit,) = tmp_path.rglob("suoyin-worker@.service")
    program = re.search(r"^ExecStart=(\S+)", unit.read_text(), re.M)[1]
    assert program.startswith("/usr/local/") and os.access(f"{tmp_path}{program}", os.X_OK)


# -- a fresh Debian --------------------------------------------------------------------------

@pytest.fixture(scope="module")
def debian(tmp_path_factory):
    """A minimal Debian of this machine's release and mirror."""
    root = tmp_path_factory.mktemp("debian")
    unpack(root)
    shutil.copytree("/etc/apt", root / "etc/apt", dirs_exist_ok=True, symlinks=True)
    if KEYRINGS.is_dir():
        shutil.copytree(KEYRINGS, root / "usr/share/keyrings", dirs_exist_ok=True)
    if CA_FILE.exists():
        (root / "etc/ssl/certs").mkdir(parents=True, exist_ok=True)
        shutil.copy(CA_FILE, root / "etc/ssl/certs/")
    shutil.copy("/etc/resolv.conf", root / "etc/resolv.conf")
    inside(root, "apt-get", "update")
    yield root
    shutil.rmtree(root, ignore_errors=True)


def inside(root, *words, check=True):
    return run("unshare", "--pid", "--fork", f"--mount-proc={root}/proc", "chroot", root, *words, check=check,
               env={**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"})


def test_it_installs_runs_keeps_what_was_edited_and_leaves_nothing(deb, debian):
    shutil.copy(deb, debian / "suoyin.deb")
    inside(debian, "apt-get", "install", "-y", "--no-install-recommends", "/suoyin.deb")
    for program in PROGRAMS:
        assert re.match(rf"{program} \d", inside(debian, program, "--version").stdout)
    assert "nologin" in inside(debian, "getent", "passwd", "suoyin").stdout

    # a wrong configuration says so; a right one is valid
    checked = inside(debian, "suoyin-worker", "--config", "/etc/suoyin/worker.yaml", "--check")
    assert "valid" in checked.stdout
    assert inside(debian, "suoyinctl", "validate", "/usr/share/doc/suoyin/examples/example.yaml").returncode == 0

    # the units fit to what is installed (an instance of the template, and the plain one)
    for unit in ("suoyin-crawler.service", "suoyin-worker@1.service", "suoyin-indexer.service"):
        done = inside(debian, "systemd-analyze", "verify", "--man=no", unit, check=False)
        assert "suoyin" not in done.stdout + done.stderr, done.stdout + done.stderr

    # passwords are root's, whoever wrote them
    secret = debian / "etc/suoyin/worker.url"
    secret.write_text("postgresql://suoyin_worker:x@db/suoyin\n")
    secret.chmod(0o644)
    edited = debian / "etc/suoyin/worker.yaml"
    edited.write_text(edited.read_text() + "children: 3\n")
    inside(debian, "dpkg", "-i", "/suoyin.deb")
    assert secret.stat().st_mode & 0o777 == 0o600
    assert edited.read_text().endswith("children: 3\n")

    inside(debian, "apt-get", "remove", "-y", "suoyin")
    assert edited.exists() and not (debian / "usr/bin/suoyinctl").exists()
    secret.unlink()
    inside(debian, "dpkg", "--purge", "suoyin")
    left = [str(p) for top in ("etc", "usr") for p in (debian / top).rglob("*suoyin*")]
    assert left == []
