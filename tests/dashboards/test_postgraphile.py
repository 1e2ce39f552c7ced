# SPDX-License-Identifier: MIT
"""PostGraphile, a server of somebody else, makes an API of schema api as suoyin_readonly: with keys and relations from
deploy/postgraphile, and the comments as its documentation."""

import json
import os
import re
import shutil
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from suoyin import ROOT, wait_until
from suoyin.bulk import add_portal, add_reports, record
from suoyin.contract import BILINGUAL, promised
from suoyin.daemon import Daemon, free_port

PACKAGE = Path(__file__).with_name("package.json")
TAGS = ROOT / "deploy" / "postgraphile" / "postgraphile.tags.json5"
ARGUMENTS = ["--schema", "api", "--append-plugins", "postgraphile/plugins:TagsFilePlugin",
             "--disable-default-mutations", "--no-ignore-rbac"]


@pytest.fixture(scope="module")
def program():
    """Installed once, of the version that package.json says."""
    for command in ("node", "npm"):
        if shutil.which(command) is None:
            pytest.skip(f"there is no {command} (deploy/packages.txt, section dashboards)")
    version = json.loads(PACKAGE.read_text())["dependencies"]["postgraphile"]
    folder = Path(os.environ.get("SUOYIN_CACHE", ROOT / "var" / "cache")) / f"postgraphile-{version}"
    binary = folder / "node_modules" / ".bin" / "postgraphile"
    if not binary.exists():
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(PACKAGE, folder)
        done = subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"],
                              cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300)
        if done.returncode != 0:
            pytest.skip(f"npm could not install postgraphile: {done.stderr.strip().splitlines()[-1:]}")
    return binary


def sections():
    def section(heading, level, *children):
        return {"level": level, "ordinal": "一、", "heading": heading, "inline": False, "role": None,
                "text": f"{heading}的正文", "enumerations": 0, "children": list(children)}
    return record(sections=[section("甲", 1, section("乙", 2)), section("丙", 1)],
                  citations=[{"title": "宪法", "count": 3, "kind": "law", "nested": []}])


@pytest.fixture
def graphql(program, database, directory):
    """graphql(query, …) gives data; errors fail the test."""
    add_portal(database, "p", "示例市人民政府")
    ids = add_reports(database, [
        {"portal": "p", "title": "法治政府建设情况的报告", "year": 2024, "published_on": "2025-01-31",
         "type": "法治政府建设年度报告", "record": sections()},
        {"portal": "p", "title": "通知", "year": 2025}])
    database.query("SELECT core.expand(%s)", ids)
    port = free_port()
    server = Daemon("postgraphile", [  # it looks for the file of tags where it is started
        "env", f"--chdir={TAGS.parent}", "NODE_ENV=production", program,
        "--connection", f"postgres://suoyin_readonly@127.0.0.1:{database.server.port}/{database.name}",
        *ARGUMENTS, "--host", "127.0.0.1", "--port", port, "--disable-query-log"], directory / "postgraphile.log")

    def ask(query, **variables):
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}/graphql", json.dumps({"query": query, "variables": variables}).encode(),
            {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=30) as reply:
                answer = json.load(reply)
        except urllib.error.HTTPError as error:
            answer = json.load(error)
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    def answers():
        assert server.is_running(), server.tail()
        try:
            return ask("{ __typename }")
        except OSError:
            return None
    server.start()
    wait_until(answers, 60, "PostGraphile answers")
    yield ask
    server.stop()


def test_a_report_comes_with_its_sections(graphql):
    report, = graphql("""
        query ($year: Int) {
          allReports(condition: {reportYear: $year}) { nodes {
            title publishedOn portalByPortalId { name }
            sectionsByReportId(orderBy: POSITION_ASC) { nodes { heading level text } }
            citationsByReportId { nodes { title count } }
          } }
        }""", year=2024)["allReports"]["nodes"]
    assert report == {
        "title": "法治政府建设情况的报告", "publishedOn": "2025-01-31", "portalByPortalId": {"name": "示例市人民政府"},
        "sectionsByReportId": {"nodes": [{"heading": heading, "level": level, "text": f"{heading}的正文"}
                                         for heading, level in (("甲", 1), ("乙", 2), ("丙", 1))]},
        "citationsByReportId": {"nodes": [{"title": "宪法", "count": 3}]}}


def test_rows_are_found_by_their_keys_and_lead_on(graphql):
    reports = graphql("{ allReports(orderBy: REPORT_ID_ASC) { nodes { reportId } } }")["allReports"]["nodes"]
    found = graphql("""
        query ($id: BigInt!) {
          reportByReportId(reportId: $id) { compliancesByReportId { nodes {
            status obligationRuleByRuleId { legalBasis } } } }
        }""", id=reports[0]["reportId"])["reportByReportId"]["compliancesByReportId"]["nodes"]
    assert [row["status"] for row in found] == ["on_time"]
    assert found[0]["obligationRuleByRuleId"]["legalBasis"].startswith("《")


def test_comments_are_the_documentation_and_nothing_can_be_changed(graphql):
    schema = graphql("{ __schema { mutationType { name } types { name description fields { name description } } } }")
    assert schema["__schema"]["mutationType"] is None
    types = {t["name"]: t for t in schema["__schema"]["types"]}
    for line in promised():
        if line.startswith("function "):
            continue
        view, _, column, _ = line.split(" ", 3)
        of_view = types[view.title().replace("_", "")]
        named = {field["name"]: field["description"] for field in of_view["fields"]}
        assert BILINGUAL.fullmatch(of_view["description"]), view
        assert BILINGUAL.fullmatch(named[re.sub(r"_(\w)", lambda m: m[1].upper(), column)] or ""), (view, column)
