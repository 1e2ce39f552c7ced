# SPDX-License-Identifier: MIT
"""deploy/stack and deploy/lib: what they promise beyond starting servers."""

import os
import shlex
import subprocess

import psycopg2
import pytest

from suoyin import ROOT

LIB = ROOT / "deploy" / "lib"


def bash(script, **environment):
    libraries = "".join(f"source {shlex.quote(str(LIB))}/{name}.sh\n" for name in ("common", "process", "packages", "postgres"))
    return subprocess.run(["bash", "-c", f"set -euo pipefail\n{libraries}\n{script}"],
                          env={**os.environ, **environment}, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=60)


def test_a_stranger_with_our_pid_is_never_stopped(directory):
    stranger = subprocess.Popen(["sleep", "60"])
    try:
        script = f"""
            process_record {directory} thing {stranger.pid}
            read -r pid birth boot <{directory}/run/thing.pid
            echo "$pid $((birth - 1)) $boot" >{directory}/run/thing.pid
            process_alive {directory} thing && exit 9
            process_stop {directory} thing"""
        assert bash(script).returncode == 0
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_one_that_ignores_the_signal_is_killed(directory):
    script = f"""
        process_start {directory} deaf bash -c 'trap "" TERM; echo ready; while :; do sleep 0.1; done'
        wait_until 10 grep -q ready {directory}/log/deaf.log
        process_stop {directory} deaf TERM 1
        process_alive {directory} deaf && exit 9
        exit 0"""
    done = bash(script)
    assert done.returncode == 0 and "killed" in done.stderr


def test_packages_that_are_there_need_nothing(directory):
    """No apt-get, no network, no root, no question."""
    trap = directory / "bin"
    trap.mkdir()
    for name in ("apt-get", "sudo"):
        (trap / name).write_text("#!/bin/sh\necho called >&2\nexit 99\n")
        (trap / name).chmod(0o755)
    done = bash(f"packages_install ask {directory}/log build run test watch", PATH=f"{trap}:{os.environ['PATH']}")
    assert done.returncode == 0 and done.stderr == "" and done.stdout == ""


@pytest.mark.parametrize("there", [None, "#!/bin/sh\nexit 104\n"])
def test_a_package_that_is_a_server_is_installed_and_not_started(directory, there):
    """The script that root runs, with places of its own: an apt-get that tells what invoke-rc.d would be told."""
    tools, policy = directory / "bin", directory / "policy-rc.d"
    tools.mkdir()
    for name, does in (("apt-get", f"{policy}; echo start $?"), ("systemctl", "echo systemctl $*")):
        (tools / name).write_text(f"#!/bin/sh\n{does}\n")
        (tools / name).chmod(0o755)
    if there:
        policy.write_text(there)
        policy.chmod(0o755)
    done = bash(f"""
        script=${{PACKAGES_SCRIPT//\\/usr\\/sbin\\/policy-rc.d/{policy}}}
        script=${{script//\\/etc\\/postgresql-common/{directory}}}
        [[ $script != *"/usr/sbin"* && $script != *"/etc/"* ]] || exit 9
        sh -c "$script" sh postgresql-15 prometheus nginx-light""", PATH=f"{tools}:{os.environ['PATH']}")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [f"start {104 if there else 101}", "systemctl -q disable prometheus.service",
                                        "systemctl -q disable nginx.service"]
    assert (policy.read_text() if policy.exists() else None) == there
    assert not list((directory / "createcluster.d").iterdir())


def test_the_list_of_packages_has_no_section_by_another_name():
    everything = bash("packages_wanted build run test watch").stdout.split()
    lines = (ROOT / "deploy" / "packages.txt").read_text().splitlines()
    named = [line for line in lines if line and line[0] not in "#["]
    assert len(everything) <= len(named) and "cmake" in everything and "libcmocka-dev" in everything
    assert "libcmocka-dev" not in bash("packages_wanted build run").stdout.split()


def test_the_cluster_is_utf8_and_compresses_with_lz4(postgres):
    with postgres.connect() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT pg_encoding_to_char(encoding), datcollate, datctype, "
                       "current_setting('default_toast_compression') FROM pg_database WHERE datname = 'postgres'")
        assert cursor.fetchone() == ("UTF8", "C.UTF-8", "C.UTF-8", "lz4")


def test_only_readers_come_in_through_the_port_without_a_password(postgres, empty_database):
    url = f"postgresql://{{}}@127.0.0.1:{postgres.port}/{empty_database.name}"
    psycopg2.connect(url.format("suoyin_readonly")).close()
    for role in ("postgres", "suoyin_worker", "suoyin_migrate"):
        with pytest.raises(psycopg2.OperationalError, match="no password supplied"):
            psycopg2.connect(url.format(role))


def test_a_killed_cluster_comes_back_on_its_port(postgres, empty_database):
    port = postgres.port
    empty_database.query("CREATE TABLE t AS SELECT 1 AS x")
    empty_database.close()
    postgres.kill()
    postgres.start()
    assert postgres.port == port
    assert empty_database.value("SELECT x FROM t") == 1
