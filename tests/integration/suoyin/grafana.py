# SPDX-License-Identifier: MIT
"""What Grafana does to a dashboard's queries before they leave: variables, intervals and the macros of SQL.

The macros are those of Grafana's PostgreSQL data source, by what its documentation says they mean. Its limits hold
here, too: the arguments of a macro end at the first closing bracket and are cut at commas, so none may be a call.
"""

import datetime
import json
import re
from typing import NamedTuple

from . import ROOT

FOLDER = ROOT / "deploy" / "grafana"
MACRO = re.compile(r"\$(\w+)\(([^)]*)\)")
VARIABLE = re.compile(r"\$\{(\w+)(?::(\w+))?\}|\$(?!__)([A-Za-z]\w*)")
UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800, "M": 2592000, "y": 31536000}


class Wrong(Exception):
    """Grafana would show this instead of the panel."""


# -- time --------------------------------------------------------------------------------

class Range(NamedTuple):
    start: datetime.datetime
    end: datetime.datetime


def moment(text, now):
    """now, now-7d, now+1h; what a dashboard's time range says."""
    found = re.fullmatch(r"now(?:([+-])(\d+)([smhdwMy]))?", text)
    if not found:
        raise Wrong(f"no time is called {text!r}")
    if not found[1]:
        return now
    seconds = int(found[2]) * UNITS[found[3]]
    return now + datetime.timedelta(seconds=seconds if found[1] == "+" else -seconds)


def time_range(board, now=None):
    now = now or datetime.datetime.now(datetime.timezone.utc)
    return Range(moment(board["time"]["from"], now), moment(board["time"]["to"], now))


def seconds(interval):
    """'5m', 5m or 0.5 s as a number; an interval without a unit is in seconds."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)(ms|[smhdwMy])?", interval.strip("'"))
    if not found:
        raise Wrong(f"error parsing interval {interval}")
    value = float(found[1]) * UNITS[found[2] or "s"]
    return f"{value:g}" if value < 1e6 else f"{value:.0f}"


# -- the macros of SQL -------------------------------------------------------------------

def _literal(time):
    return f"'{time.astimezone(datetime.timezone.utc).isoformat().replace('+00:00', 'Z')}'"


def _epoch(time):
    return int(time.timestamp())


def _nano(time):
    # not by way of a float: it has no room for nanoseconds
    since = time - datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
    return (since.days * 86400 + since.seconds) * 10**9 + since.microseconds * 1000


def _group(expression, arguments):
    if len(arguments) not in (2, 3):
        raise Wrong("needs a time column, an interval and, if it likes, a fill value")
    if len(arguments) == 3 and not re.fullmatch(r"NULL|previous|-?\d+(\.\d+)?", arguments[2]):
        raise Wrong(f"error parsing fill value {arguments[2]}")
    every = seconds(arguments[1])
    return f"floor({expression.format(arguments[0])}/{every})*{every}"


def _time_group(_, *arguments):
    return _group("extract(epoch from {})", arguments)


def _unix_group(_, *arguments):
    return _group("({})", arguments)


MACROS = {
    "__time": lambda _, column: f'{column} AS "time"',
    "__timeEpoch": lambda _, column: f'extract(epoch from {column}) AS "time"',
    "__timeFilter": lambda t, column: f"{column} BETWEEN {_literal(t.start)} AND {_literal(t.end)}",
    "__timeFrom": lambda t: _literal(t.start),
    "__timeTo": lambda t: _literal(t.end),
    "__timeGroup": _time_group,
    "__timeGroupAlias": lambda t, *arguments: _time_group(t, *arguments) + ' AS "time"',
    "__unixEpochFilter": lambda t, column: f"{column} >= {_epoch(t.start)} AND {column} <= {_epoch(t.end)}",
    "__unixEpochNanoFilter": lambda t, column: f"{column} >= {_nano(t.start)} AND {column} <= {_nano(t.end)}",
    "__unixEpochNanoFrom": lambda t: str(_nano(t.start)),
    "__unixEpochNanoTo": lambda t: str(_nano(t.end)),
    "__unixEpochGroup": _unix_group,
    "__unixEpochGroupAlias": lambda t, *arguments: _unix_group(t, *arguments) + ' AS "time"',
}


def expand_macros(sql, span, interval="1m"):
    """The SQL that PostgreSQL gets."""
    def call(match):
        name, arguments = match[1], [a.strip() for a in match[2].split(",")] if match[2].strip() else []
        # as of old: one that a comma follows stands in the list of columns, and names its column
        if name == "__timeGroup" and sql[match.end():match.end() + 1] == ",":
            name = "__timeGroupAlias"
        if name not in MACROS:
            raise Wrong(f"unknown macro {name}")
        try:
            return MACROS[name](span, *arguments)
        except TypeError:
            raise Wrong(f"macro {name} has the wrong number of arguments: {match[0]}") from None
    sql = sql.replace("$__interval_ms", f"{float(seconds(interval)) * 1000:.0f}").replace("$__interval", interval)
    return MACRO.sub(call, sql)


# -- template variables ------------------------------------------------------------------

def _quoted(text):
    return "'" + text.replace("'", "''") + "'"


def _sql(values):
    return ",".join(map(_quoted, values))


def _regex(values):
    escaped = [re.sub(r"([\\^$*+?.()|\[\]{}/])", r"\\\\\1", v) for v in values]
    return escaped[0] if len(escaped) == 1 else f"({'|'.join(escaped)})"


FORMATS = {"sqlstring": _sql, "csv": ",".join, "raw": ",".join}


def expand_variables(text, values, default):
    """values: name → list of texts, or one text that is put as it is. default: formats a list where ${name} says no format."""
    def put(match):
        name, form = match[1] or match[3], match[2]
        if name not in values:
            raise Wrong(f"no variable is called {name}")
        if form and form not in FORMATS:
            raise Wrong(f"no format is called {form}")
        value = values[name]
        if isinstance(value, str) and not form:
            return value
        return FORMATS.get(form, default)([value] if isinstance(value, str) else value)
    return VARIABLE.sub(put, text)


def ready_sql(sql, span, values, interval="1m"):
    return expand_macros(expand_variables(sql, values, _sql), span, interval)


def ready_promql(expression, values, rate="1m"):
    for name, value in (("$__rate_interval", rate), ("$__interval", rate), ("$__range", "1h")):
        expression = expression.replace(name, value)
    return expand_variables(expression, values, _regex)


def variable_values(board, span, ask_sql, ask_prometheus):
    """What the variables are when somebody opens the dashboard: all values, or the first where only one is taken.
    ask_sql(query) gives rows and column names; ask_prometheus(metric, label) the values of a label."""
    values = {}
    for variable in board["templating"]["list"]:
        name, kind = variable["name"], variable["type"]
        if kind in ("datasource", "custom"):
            values[name] = variable["current"]["value"]
            continue
        if variable["datasource"]["type"] == "prometheus":
            metric, label = re.fullmatch(r"label_values\((\w+), (\w+)\)", variable["query"]["query"]).groups()
            options = ask_prometheus(metric, label)
        else:
            rows, columns = ask_sql(ready_sql(variable["query"], span, values))
            options = [str(row[columns.index("__value") if "__value" in columns else 0]) for row in rows]
        if not options:
            raise Wrong(f"the variable {name} has no values")
        values[name] = variable.get("allValue", options) if variable["includeAll"] else options[0]
    return values


# -- the files ---------------------------------------------------------------------------

def boards():
    """file name → dashboard"""
    return {path.stem: json.loads(path.read_text()) for path in sorted((FOLDER / "dashboards").glob("*.json"))}


def panels(board):
    """Those that show something; a row is a heading."""
    return [panel for panel in board["panels"] if panel["type"] != "row"]


def queries(kind):
    """[(dashboard, panel, target)] of one kind of data source."""
    return [(name, panel, target) for name, board in boards().items() for panel in panels(board)
            if panel["datasource"]["type"] == kind for target in panel["targets"]]
