# SPDX-License-Identifier: MIT
"""Reports written straight into schema core: for views and search, where no page need be read."""

import hashlib
import io
import json
import random
import unicodedata


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
    first = database.value("SELECT coalesce(greatest((SELECT max(report_id) FROM core.report),"
                           " (SELECT max(revision_id) FROM core.revision)), 0) + 1")  # both ids are the same number
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


def texts(count, seed=1, words=500):
    """(title, body) of so many documents: words as often as in real text (few common, many rare), with the marks,
    wide and Latin characters that portals mix in."""
    rng = random.Random(seed)
    common = ("工作 法治 政府 建设 行政 执法 监督 落实 制度 依法 全县 重大 决策 程序 审查 合法性 公开 服务 群众 规范性文件 复议 "
              "行政复议 法治政府建设 营商环境 知识产权 高新技术企业 普法宣传 数字政府 案件 改革").split()
    han = [chr(c) for c in rng.sample(range(0x4E00, 0x9FA5), 1500)]
    rare = ["".join(rng.choices(han, weights=[1 / (n + 3) for n in range(len(han))], k=rng.choice((2, 2, 2, 3, 4))))
            for _ in range(6000)]
    pool = common + rare
    weights = [1 / (n + 8) for n in range(len(pool))]
    marks = ["，", "、", "。\n", "；", "（", "）", " ", "\u3000", "“", "”", "·", "", "", "", ""]

    def number():
        text = str(rng.randrange(3000))
        return text.translate(WIDE) if rng.random() < 0.3 else text
    for n in range(count):
        picked = rng.choices(pool, weights=weights, k=words)
        for i in range(0, words, 25):
            picked[i] = rng.choice((number() + "件", "PPP项目", "ＡＩ", "Ⅲ级", "café", "①", "𠮷野家"))
        body = "".join(w + m for w, m in zip(picked, rng.choices(marks, k=words)))
        yield f"{rng.choice(rare)}县{rng.choice(pool)}局关于《{rng.choice(pool)}》的报告（第{n}号）", body


WIDE = {ord(str(digit)): chr(0xFF10 + digit) for digit in range(10)}


def folded(text):
    """As docs/SEARCH.md says, by Python's own tables of Unicode."""
    kept = (c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c)[0] not in "PSZC"
            or unicodedata.category(c) in ("Cn", "Co"))
    return "".join(simple_lower(c) for c in kept)


def simple_lower(c):
    low = c.lower()
    return low if len(low) == 1 else c
