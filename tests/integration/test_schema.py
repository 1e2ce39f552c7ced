# SPDX-License-Identifier: MIT
"""The schema as a contract, and what reaches it."""

import os
import subprocess

from suoyin import BIN


def test_every_view_and_column_of_api_has_a_comment(database):
    bare = database.query(
        "SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0"
        " WHERE c.relnamespace = 'api'::regnamespace AND c.relkind = 'v'"
        " AND (col_description(c.oid, a.attnum) IS NULL OR obj_description(c.oid) IS NULL)")
    assert bare == []


def test_the_columns_of_api_report_are_those_of_the_design(database):
    columns = [c for c, in database.query(
        "SELECT attname FROM pg_attribute WHERE attrelid = 'api.report'::regclass AND attnum > 0 ORDER BY attnum")]
    assert columns[:18] == (
        "report_id portal_id title index_number document_number agency published_on report_year document_type status"
        " revision_count sighting_count url page_sha256 content_sha256 baseline first_seen_at changed_at").split()


def test_long_text_is_compressed_with_lz4(database):
    assert database.query("SELECT attname, attcompression FROM pg_attribute WHERE attrelid = 'core.revision'::regclass"
                          " AND attname IN ('body', 'record') ORDER BY 1") == [("body", "l"), ("record", "l")]


def test_what_our_part_of_libpq_does_with_a_server(empty_database):
    """The unit tests of runtime/pg.c that ctest skips, for want of a server."""
    done = subprocess.run([BIN.parent / "tests" / "test_pg"], capture_output=True, text=True,
                          env={**os.environ, "SUOYIN_TEST_DATABASE_URL": empty_database.url()})
    assert done.returncode == 0 and "SKIPPED" not in done.stdout + done.stderr, done.stdout + done.stderr
