# SPDX-License-Identifier: MIT
"""Kafka and PostgreSQL, started by the scripts that the quick start uses (deploy/stack)."""

import itertools
import os
import re
import subprocess

import psycopg2

from . import BIN, ROOT

_count = itertools.count(1)


def unique(prefix):
    """A name nobody else of this run has: t_17_4."""
    return f"{prefix}_{os.getpid()}_{next(_count)}"


class Server:
    """One server in a directory of its own. Its port stays the same when it is started again."""

    part = None

    def __init__(self, directory):
        self.directory = directory
        self.facts = {}

    def _stack(self, verb):
        done = subprocess.run(
            [ROOT / "deploy" / "stack", self.part, verb, self.directory],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300)
        if done.returncode != 0:
            raise RuntimeError(f"deploy/stack {self.part} {verb}:\n{done.stdout}{done.stderr}")
        return dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)

    def start(self):
        self.facts = self._stack("start")
        return self

    def stop(self):
        self._stack("stop")

    def kill(self):
        """SIGKILL; what was not on disk is lost."""
        self._stack("kill")

    @property
    def port(self):
        return int(self.facts["port"])

    @property
    def log(self):
        return (self.directory / "log" / f"{self.part}.log").read_text(errors="replace")


class Kafka(Server):
    part = "kafka"

    @property
    def bootstrap(self):
        return f"127.0.0.1:{self.port}"

    @staticmethod
    def topic(name="suoyin.pages"):
        return unique(name)


class Postgres(Server):
    part = "postgres"

    def remove(self):
        self._stack("remove")

    def url(self, database="postgres", role="postgres"):
        socket, port = self.facts["socket"], self.facts["port"]
        return f"postgresql://{role}@/{database}?host={socket}&port={port}"

    def connect(self, database="postgres", role="postgres"):
        connection = psycopg2.connect(self.url(database, role))
        connection.autocommit = True
        return connection

    def execute(self, sql):
        connection = self.connect()
        try:
            with connection.cursor() as cursor:
                cursor.execute(sql)
        finally:
            connection.close()

    def create_database(self, name, template="template0"):
        if not re.fullmatch(r"[a-z0-9_]+", name):
            raise ValueError(name)
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return Database(self, name)


class Database:
    """A database with suoyin's roles; migrate() gives it the schema."""

    def __init__(self, server, name):
        self.server = server
        self.name = name
        self._connection = None
        self.psql("-f", ROOT / "sql" / "roles.sql")

    def url(self, role="postgres"):
        return self.server.url(self.name, role)

    def psql(self, *arguments, role="postgres"):
        return subprocess.run(
            ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", self.url(role), *map(str, arguments)],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True).stdout

    def migrate(self):
        self.ctl("migrate", "up", role="suoyin_migrate")
        return self

    def ctl(self, *arguments, role="suoyin_operator", check=True, **how):
        """suoyinctl on this database; the finished process, with stdout and stderr as text."""
        environment = {**os.environ, "SUOYIN_DATABASE_URL": self.url(role)}
        done = subprocess.run([BIN / "suoyinctl", *map(str, arguments)], env=environment,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, **how)
        if check and done.returncode != 0:
            raise AssertionError(
                f"suoyinctl {' '.join(map(str, arguments))}: exit {done.returncode}\n{done.stderr}")
        return done

    def _cursor(self):
        if self._connection is None or self._connection.closed:
            self._connection = self.server.connect(self.name)
        return self._connection.cursor()

    def query(self, sql, *parameters):
        """Rows as tuples. The connection survives a restart of the server by one more try."""
        for attempt in (1, 2):
            try:
                with self._cursor() as cursor:
                    cursor.execute(sql, parameters or None)
                    return cursor.fetchall() if cursor.description else []
            except psycopg2.DatabaseError as error:
                lost = isinstance(error, psycopg2.OperationalError) or error.pgcode is None  # no server said it
                if lost:
                    self.close()
                if attempt == 2 or not lost:
                    raise
        return []

    def value(self, sql, *parameters):
        """The first column of the first row, or None."""
        rows = self.query(sql, *parameters)
        return rows[0][0] if rows else None

    def close(self):
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def drop(self):
        self.close()
        self.server.execute(f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)")
