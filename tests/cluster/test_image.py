# SPDX-License-Identifier: MIT
"""The image: small, without rights, and its crawler and worker bring a report from a portal to a row."""

import json
import os
import re
import shutil

import pytest

from image import BASE, NAME, Container, Store
from manifests import render

ADDED_MB_MAX = 120
PROGRAMS = ("suoyinctl", "suoyin-worker", "suoyin-crawler")
PASSWORD = "of-the-test"


@pytest.fixture(scope="module")
def store(run_directory):
    if os.geteuid() != 0 or shutil.which("buildah") is None:
        pytest.skip("building the image needs root and buildah")
    folder = run_directory / "images"
    folder.mkdir()
    images = Store(folder)
    images.import_base()
    images.build()
    yield images
    images.remove()


@pytest.fixture
def container(store, directory):
    secrets = directory / "secrets"
    secrets.mkdir()
    (secrets / "readme").write_text("what compose would mount\n")
    return Container(store, secrets)


def layers(store, name):
    return store.inspect(name)["Docker"]["rootfs"]["diff_ids"]


def test_it_adds_little_to_debian(store, say):
    sizes = [layer["size"] for layer in json.loads(store.inspect(NAME)["Manifest"])["layers"]]
    below = layers(store, BASE)
    assert len(below) == 1 and layers(store, NAME)[:1] == below
    added = sum(sizes[1:]) / 1e6
    say(f"RESULT image_added_mb={added:.1f}")
    assert 10 < added < ADDED_MB_MAX


def test_it_says_what_it_is(store):
    config = store.inspect(NAME)["Docker"]["config"]
    assert (config["User"], config["StopSignal"]) == ("10001:10001", "SIGTERM")
    assert config["Labels"]["org.opencontainers.image.title"] == "suoyin"


def test_nobody_in_it_can_write_or_become_more(container):
    status = container.run("cat", "/proc/self/status").stdout
    have = dict(re.findall(r"^(\w+):\s+(.*)$", status, re.M))
    assert have["Uid"].split() == ["10001"] * 4 and have["Groups"].split() in ([], ["10001"])
    assert int(have["CapEff"], 16) == int(have["CapPrm"], 16) == 0 and have["Seccomp"] == "2"
    assert container.run("sh", "-c", "echo x >/usr/x", check=False).returncode != 0
    assert container.run("sh", "-c", "echo x >/tmp/x && cat /tmp/x").stdout == "x\n"
    # and where the root is not read-only: next to nothing is theirs
    theirs = container.run("find", "/", "-xdev", "(", "-user", "10001", "-o", "-perm", "-o+w", ")", "!", "-type", "l",
                           check=False).stdout.split()
    assert set(theirs) == {"/demo", "/tmp", "/var/tmp"}


def test_its_programs_tell_their_version_and_check_their_files(container):
    for program in PROGRAMS:
        assert re.match(rf"{program} \d", container.run(program, "--version").stdout)
    assert "usage" in container.run("suoyinctl", "--help").stdout
    for program in ("worker", "crawler"):
        done = container.run(f"suoyin-{program}", "--config", f"/etc/suoyin/{program}.yaml", "--check")
        assert "valid" in done.stdout


@pytest.fixture
def passwords(postgres, container, database):
    """By TCP and with a password, from the files that compose would mount as secrets."""
    roles = ("worker", "crawler", "operator")
    for role in roles:
        postgres.execute(f"ALTER ROLE suoyin_{role} PASSWORD '{PASSWORD}'")
        (container.secrets / f"database_url_{role}").write_text(
            f"postgresql://suoyin_{role}:{PASSWORD}@127.0.0.1:{postgres.port}/{database.name}\n")
    yield
    for role in roles:
        postgres.execute(f"ALTER ROLE suoyin_{role} PASSWORD NULL")


@pytest.fixture(params=["compose", "kubernetes"])
def start(request, container, passwords, pipeline, kafka, topic, directory):
    """start(name, …): the daemon as compose or a pod starts it; only where Kafka, PostgreSQL and the topic are is ours."""
    def begin(name, **environment):
        here = {"SUOYIN_DATABASE_URL_FILE": f"/run/secrets/database_url_{name}",
                "SUOYIN_KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap, "SUOYIN_TOPIC": topic, **environment}
        log = directory / f"{name}.log"
        daemon = container.of_compose(name, log, **here) if request.param == "compose" else \
            container.of_kubernetes(render("base"), name, log, **here)
        assert not daemon.is_healthy()
        pipeline.daemons.append(daemon)
        return daemon.start()
    return begin


def test_a_report_comes_from_a_portal_to_a_row(start, container, pipeline, topic, database):
    sim = pipeline.portalsim(portals=2, reports=8, publish_every=20).start()
    shutil.copy(sim.portals_file, container.secrets / "portals.yaml")
    container.run("suoyinctl", "portal", "sync", "/run/secrets/portals.yaml",
                  environment={"SUOYIN_DATABASE_URL_FILE": "/run/secrets/database_url_operator"})
    worker = start("worker", SUOYIN_GROUP=f"g-{topic}", SUOYIN_OUTBOX_REPORTS=f"{topic}.reports",
                   SUOYIN_OUTBOX_DEAD_LETTERS=f"{topic}.dlq")
    crawler = start("crawler", SUOYIN_ALLOW_NETWORKS="127.0.0.0/8")
    pipeline.check_journal(sim, 120)
    assert worker.is_healthy() and crawler.is_healthy()
    assert database.value("SELECT count(*) FROM api.report") >= 8
    # pages were read in children that had locked themselves in, inside the container's own filter
    assert worker.metric("suoyin_children_total", event="started") >= 1
    assert worker.metric("suoyin_children_total", event="crashed") == 0
    assert (worker.stop(), crawler.stop()) == (0, 0)
    assert not worker.is_healthy()
