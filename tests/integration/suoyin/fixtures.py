# SPDX-License-Identifier: MIT
"""Fixtures: servers once per run, a database, a topic and a pipeline per test."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from . import SHARED
from .pages import Published
from .pipeline import Pipeline
from .portal import Portal
from .stack import Kafka, Postgres, unique


@pytest.fixture(scope="session")
def run_directory(request):
    """Of this process of this run alone; tests/run names one, and it stays where a test failed."""
    given = os.environ.get("SUOYIN_TEST_DIR")
    path = Path(given or tempfile.mkdtemp(prefix="suoyin-tests-")) / os.environ.get("PYTEST_XDIST_WORKER", "")
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o755)  # PostgreSQL's own user must get through when the tests run as root
    yield path
    if not given and request.session.testsfailed == 0:
        shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="session")
def kafka(run_directory):
    server = Kafka(run_directory)
    yield server.start()
    server.stop()


@pytest.fixture(scope="session")
def postgres(run_directory):
    server = Postgres(run_directory)
    yield server.start()
    server.stop()
    server.remove()


@pytest.fixture(scope="session")
def template(postgres):
    """The name of a migrated database nobody is connected to."""
    database = postgres.create_database("suoyin_template").migrate()
    database.close()
    return database.name


@pytest.fixture
def empty_database(postgres):
    """A database with the roles and nothing else."""
    database = postgres.create_database(unique("t"))
    yield database
    database.drop()


@pytest.fixture
def database(postgres, template):
    database = postgres.create_database(unique("t"), template)
    yield database
    database.drop()


@pytest.fixture
def topic():
    return Kafka.topic()


@pytest.fixture
def directory(run_directory, request):
    """For the files of one test."""
    name = "".join(c if c.isalnum() else "-" for c in request.node.name)[:60]
    path = run_directory / unique(name)
    path.mkdir()
    return path


@pytest.fixture
def pipeline(directory, kafka, database, topic):
    line = Pipeline(directory, kafka, database, topic)
    yield line
    sanitizer = line.close()
    assert not sanitizer, sanitizer


@pytest.fixture
def portals(directory):
    """portals(…) starts a Portal; all of them end with the test."""
    started = []

    def start(**settings):
        started.append(Portal(directory, **settings))
        return started[-1]
    yield start
    for portal in started:
        portal.close()


@pytest.fixture
def portal(portals):
    return portals()


@pytest.fixture
def published(kafka, topic):
    """What stands in the test's topic."""
    reader = Published(kafka, topic)
    yield reader
    reader.close()


@pytest.fixture(scope="session")
def shared():
    """The folder of real documents beside the checkout."""
    if not SHARED.is_dir():
        pytest.skip("../shared is not there (SUOYIN_SHARED names another place)")
    return SHARED
