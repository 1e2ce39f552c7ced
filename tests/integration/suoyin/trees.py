# SPDX-License-Identifier: MIT
"""Sections, citations, quantities and parts: the rows that the worker wrote beside those that PostgreSQL takes from
the records."""

TREES = ("core.section", "core.citation", "core.quantity", "core.required_part")
TREE_HASH = " || ".join(
    f"(SELECT coalesce(md5(string_agg(md5(t::text), '' ORDER BY md5(t::text))), '') FROM {table} t)" for table in TREES)


def differences(database):
    """Rows of one side only, a few of each table: {table: [(side, row), …]}; empty: they are the same."""
    connection = database.server.connect(database.name)
    connection.autocommit = False
    found = {}
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {TREE_HASH}")
        before = cursor.fetchone()
        for table in TREES:
            cursor.execute(f"CREATE TEMP TABLE had_{table[5:]} ON COMMIT DROP AS SELECT * FROM {table};"
                           f" DELETE FROM {table}")
        cursor.execute("SELECT core.expand(coalesce(array_agg(revision_id), '{}')) FROM core.revision")
        cursor.execute(f"SELECT {TREE_HASH}")
        if cursor.fetchone() != before:
            for table in TREES:
                had = f"had_{table[5:]}"
                cursor.execute(f"(SELECT 'worker', t::text FROM {had} t EXCEPT SELECT 'worker', t::text FROM {table} t"
                               f" LIMIT 3) UNION ALL (SELECT 'records', t::text FROM {table} t"
                               f" EXCEPT SELECT 'records', t::text FROM {had} t LIMIT 3)")
                found[table] = cursor.fetchall()
    connection.rollback()
    connection.close()
    return found
