# SPDX-License-Identifier: MIT
"""Schema api as lines of text, and what was promised of it (../api_contract.txt)."""

import re

from . import ROOT

BILINGUAL = re.compile(r"[A-Za-z].* · .*[\u4e00-\u9fff].*")  # a comment: English · 中文
FILE = ROOT / "tests" / "integration" / "api_contract.txt"


def promised():
    return [line for line in FILE.read_text().splitlines() if line and not line.startswith("#")]


def found(database):
    """"view position column type" of each column, "function name(arguments) → result" of each function."""
    columns = database.query(
        "SELECT c.relname || ' ' || a.attnum || ' ' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)"
        " FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped"
        " WHERE c.relnamespace = 'api'::regnamespace AND c.relkind IN ('v', 'm', 'r') ORDER BY c.relname, a.attnum")
    functions = database.query(
        "SELECT 'function ' || proname || '(' || pg_get_function_arguments(oid) || ') → ' || pg_get_function_result(oid)"
        " FROM pg_proc WHERE pronamespace = 'api'::regnamespace ORDER BY 1")
    return [line for line, in columns + functions]
