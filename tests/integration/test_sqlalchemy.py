# SPDX-License-Identifier: MIT
"""SQLAlchemy, the way in of Superset and of notebooks, reads schema api as suoyin_readonly: views, columns, comments."""

import pytest

from suoyin.bulk import add_reports
from suoyin.contract import BILINGUAL, promised

sqlalchemy = pytest.importorskip("sqlalchemy", reason="python3-sqlalchemy is not installed (deploy/packages.txt)")


@pytest.fixture
def engine(database):
    engine = sqlalchemy.create_engine(database.url("suoyin_readonly"))  # psycopg2 is what it takes by default
    yield engine
    engine.dispose()


def views():
    """view → its columns in order, as api_contract.txt promises them"""
    found = {}
    for line in promised():
        if not line.startswith("function "):
            view, _, column, _ = line.split(" ", 3)
            found.setdefault(view, []).append(column)
    return found


def test_all_views_are_found_with_their_columns_and_comments(engine):
    inspector = sqlalchemy.inspect(engine)
    assert set(inspector.get_view_names(schema="api")) == set(views())
    for view, columns in views().items():
        assert BILINGUAL.fullmatch(inspector.get_table_comment(view, schema="api")["text"]), view
        seen = inspector.get_columns(view, schema="api")
        assert [column["name"] for column in seen] == columns
        for column in seen:
            assert BILINGUAL.fullmatch(column["comment"] or ""), f"{view}.{column['name']}"
            assert not isinstance(column["type"], sqlalchemy.types.NullType), f"{view}.{column['name']}"
        assert any(isinstance(c["type"], sqlalchemy.TIMESTAMP) and c["type"].timezone for c in seen), view


def test_a_view_that_was_reflected_answers(engine, database):
    add_reports(database, [{"title": "甲", "type": "通知", "year": 2024, "published_on": "2025-01-31"},
                           {"title": "乙", "type": "公告", "year": 2025}])
    report = sqlalchemy.Table("report", sqlalchemy.MetaData(), schema="api", autoload_with=engine)
    with engine.connect() as connection:
        rows = connection.execute(sqlalchemy.select(report.c.title, sqlalchemy.extract("month", report.c.published_on))
                                  .where(report.c.report_year == 2024)).all()
        assert rows == [("甲", 1)]
