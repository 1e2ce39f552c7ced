# SPDX-License-Identifier: MIT
"""Reports written straight into schema core: for views and search, where no page need be read."""

import hashlib
import io
import json


def record(**fields):
    """A record as the extractor gives it, empty where nothing is given."""
    empty = {"sections": [], "citations": [], "quantities": [], "required_parts": {}}
    return {**empty, **fields}


def _cell(value):
    if value is None:
        return "\\N"
    text = value if isinstance(value, str) else str(value)
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


def _copy(cursor, table, columns, rows):
    text = io.StringIO("".join("\t".join(map(_cell, row)) + "\n" for row in rows))
    cursor.copy_expert(f"COPY {table} ({columns}) FROM STDIN", text)


def add_portal(database, portal, name="示例县人民政府", level="county", province="示例省", active=True):
    database.query(
        "INSERT INTO core.portal (portal_id, site, name, home, level, region, config, config_version, active)"
        " VALUES (%s, %s, %s, 'http://demo.example.gov.cn/', %s, jsonb_build_object('province', %s::text), '{}', 1, %s)",
        portal, portal, name, level, province, active)


def add_reports(database, reports):
    """reports: dicts with title, body, and where wanted portal, type, year, published_on, agency, record, first_seen.
    Gives the ids. Each is one revision at one address; COPY, so tens of thousands are fine."""
    reports = list(reports)
    first = database.value("SELECT coalesce(max(report_id), 0) + 1 FROM core.report")
    ids = range(first, first + len(reports))
    with database.server.connect(database.name) as connection, connection.cursor() as cursor:
        def cells(make):
            return (make(id, r, r.get("portal", "demo"), f"http://demo.example.gov.cn/{id}.html")
                    for id, r in zip(ids, reports))
        _copy(cursor, "core.report", "report_id, portal_id, site, baseline, current_revision, first_seen_at, changed_at",
              cells(lambda id, r, portal, url: (id, portal, portal, "f", id, r.get("first_seen", "2026-01-01"),
                                                r.get("first_seen", "2026-01-01"))))
        _copy(cursor, "core.revision", "revision_id, report_id, ce_time, ce_id, url, title, agency, document_type,"
              " report_year, published_on, body, record, content_sha256, page_sha256, extraction_version,"
              " config_version, topic, part, \"offset\", fetched_at",
              cells(lambda id, r, portal, url: (
                  id, id, "2026-01-01", f"id{id}", url, r["title"], r.get("agency"), r.get("type", "其他"),
                  r.get("year"), r.get("published_on"), r.get("body"),
                  json.dumps(r.get("record", record()), ensure_ascii=False),
                  *2 * [hashlib.sha256(str(id).encode()).hexdigest()], 1, 1, "t", 0, id, "2026-01-01")))
        _copy(cursor, "core.sighting", "site, url, report_id, revision_id, portal_id, first_seen, last_seen, last_time,"
              " last_id, gone_at",
              cells(lambda id, r, portal, url: (portal, url, id, id, portal, *3 * ["2026-01-01"], f"id{id}",
                                                r.get("gone_at"))))
        for table in ("report", "revision"):
            cursor.execute(f"SELECT setval('core.{table}_{table}_id_seq', {ids[-1]})")
    connection.close()
    return list(ids)
