# SPDX-License-Identifier: MIT
"""suoyinctl extract and normalize on real and simulated documents, held to gold records; neither server is needed."""

import json
import re
import subprocess
import sys
import urllib.request

import pytest

from suoyin import BIN
from suoyin.daemon import Portalsim

SUOYINCTL = BIN / "suoyinctl"


def score(shared, tool, *arguments):
    """The figures of a yardstick's RESULT line; what it missed is printed."""
    done = subprocess.run([sys.executable, shared / "tools" / f"{tool}.py", *arguments, "--", SUOYINCTL,
                           *(["extract"] if tool != "score_normalize" else [])],
                          capture_output=True, text=True, timeout=300)
    print(done.stdout, done.stderr)
    line = re.search(r"^RESULT (.*)$", done.stdout, re.MULTILINE)
    assert line, done.stderr
    figures = {key: float(value) for key, value in (pair.split("=") for pair in line[1].split())}
    return {**figures, "missed": len(re.findall(r"^MISS\t", done.stdout, re.MULTILINE))}, done.returncode


def normalize(kind, text):
    done = subprocess.run([SUOYINCTL, "normalize", kind], input=text, capture_output=True, timeout=60)
    return done, [json.loads(line) for line in done.stdout.splitlines()]


def test_nothing_of_the_seeds_is_missed(shared):
    figures, status = score(shared, "score_seeds", shared / "seeds")
    assert figures["score"] == 1.0 and status == 0


def test_real_pages_give_what_a_careful_reader_sees(shared):
    corpus = shared / "corpus"
    figures, status = score(shared, "score_extract", corpus / "pages", corpus / "labels")
    assert figures["failed"] == 0 and figures["body_f1"] >= 0.98 and figures["headings"] >= 0.98
    assert status == 0  # no field below 0.96


ENCODINGS = {"UTF-8": "utf-8", "GB18030": "gb18030", "UTF-16LE": "utf-16-le"}


def record_of(page):
    """The record of these bytes without what tells the bytes themselves; and the charset."""
    done = subprocess.run([SUOYINCTL, "extract", "-"], input=page, capture_output=True, check=True, timeout=60)
    record = json.loads(done.stdout)
    del record["extraction"]["page_sha256"]
    return record, record["extraction"].pop("charset")


def called(text, charset):
    return re.sub(r"""(charset\s*=\s*["']?)[\w-]+""", rf"\1{charset}", text, flags=re.IGNORECASE)


def other_bytes(text):
    """The same text in other charsets, most of them called wrong."""
    yield "UTF-8, undeclared", called(text, "x-none").encode()
    yield "UTF-8, called gbk", called(text, "gbk").encode()
    yield "UTF-8 with BOM, called gb2312", b"\xef\xbb\xbf" + called(text, "gb2312").encode()
    yield "UTF-16LE with BOM, called gb2312", b"\xff\xfe" + called(text, "gb2312").encode("utf-16-le")
    yield "UTF-16BE with BOM, called utf-8", b"\xfe\xff" + called(text, "utf-8").encode("utf-16-be")
    if "\ufffd" not in text:
        yield "GB18030, called gb2312", called(text, "gb2312").encode("gb18030")
        yield "GB18030, undeclared", called(text, "x-none").encode("gb18030")


def test_the_charset_of_a_real_page_changes_nothing_in_its_record(shared):
    pages = sorted((shared / "corpus" / "pages").glob("*.html"))
    variants = 0
    for page in pages:
        record, charset = record_of(page.read_bytes())
        text = page.read_bytes().decode(ENCODINGS[charset["used"]], "replace").removeprefix("\ufeff")
        for how, content in other_bytes(text):
            assert record_of(content)[0] == record, f"{page.name} as {how}"
            variants += 1
    print(f"RESULT pages={len(pages)} variants={variants} differences=0")
    assert variants >= 5 * len(pages) > 0


CHROME = ["分享到", "打印本页", "关闭窗口", "网站标识码", "政务数据中心", "当前位置", "浏览次数"]


def write_corpus(journal, pages, labels):
    """The journal's pages byte for byte, and what it says of each as the yardstick's gold label."""
    pages.mkdir()
    labels.mkdir()
    for line in map(json.loads, journal.read_text().splitlines()):
        if line["event"] != "publish":
            continue
        name = f"{line['report']:04}"
        with urllib.request.urlopen(line["url"], timeout=30) as answer:
            (pages / f"{name}.html").write_bytes(answer.read())
            content_type = answer.headers["Content-Type"]
        words = [*line["headings"], line["body_first"], line["body_last"]]
        label = {**line, "file": f"{name}.html", "kind": "article", "content_type": content_type,
                 "body_with": words, "body_without": CHROME}
        (labels / f"{name}.json").write_text(json.dumps(label))


def headings(sections):
    for section in sections:
        yield section["ordinal"] + section["heading"]
        yield from headings(section["children"])


def find_surplus(page, label):
    """The yardstick counts what is lacking and knows no content type: with it, nothing may be there too much."""
    done = subprocess.run([SUOYINCTL, "extract", "--url", label["url"], "--content-type", label["content_type"], page],
                          capture_output=True, timeout=60, check=True)
    record = json.loads(done.stdout)
    assert list(headings(record["sections"])) == label["headings"]
    assert [{"text": x["text"], "url": x["url"]} for x in record["attachments"]] == label["attachments"]


@pytest.mark.parametrize("options", [{"seed": 1}, {"seed": 2}, {"seed": 3, "portals": 16, "reports": 160}])
def test_pages_of_known_truth_give_all_of_it(shared, directory, options):
    pages, labels = directory / "pages", directory / "labels"
    sim = Portalsim("portalsim", directory, scenario="quiet", **{"portals": 4, "reports": 40, **options}).start()
    try:
        write_corpus(sim.journal, pages, labels)
    finally:
        assert sim.stop() == 0
    figures, status = score(shared, "score_extract", pages, labels)
    assert status == 0 and figures.pop("failed") == 0
    assert figures.pop("missed") == 0  # figures are rounded: one of thousands would not show
    assert figures.pop("pages") == options.get("reports", 40)
    assert figures["attachments"] == 1.0 and {"headings", "metadata", "body_f1"} <= figures.keys()
    assert {key: value for key, value in figures.items() if value != 1.0} == {}
    for label in map(json.loads, (path.read_text() for path in labels.iterdir())):
        find_surplus(pages / label["file"], label)


@pytest.mark.parametrize("kind, table", [
    ("index-number", "index_numbers"), ("document-number", "document_numbers"), ("date", "dates")])
def test_every_value_of_the_tables_has_its_normal_form(shared, kind, table):
    figures, status = score(shared, "score_normalize", kind, shared / "corpus" / f"{table}.tsv")
    assert figures["score"] == 1.0 and status == 0


def test_each_line_in_is_one_line_out():
    done, out = normalize("index-number", "11 4 1 11/2025-00012\n\n无\n".encode() + b"\xff\n" + "末".encode())
    assert done.returncode == 0 and len(out) == 5
    assert out[1]["normalized"] is None and out[2]["class"] == "absent"
    assert out[3] == {"raw": None, "flags": ["not_utf8"]}
    done, out = normalize("date", "2024年2月30日\n二〇二四年三月\n".encode())
    assert out[0]["date"] is None and out[0]["flags"] == ["impossible"]
    assert out[1]["date"] == "2024-03" and out[1]["precision"] == "month"


def test_wrong_usage_of_normalize_is_said():
    done, out = normalize("colour", b"")
    assert done.returncode == 2 and out == [] and b"index-number" in done.stderr
    done = subprocess.run([SUOYINCTL, "normalize", "date", "/no/such"], capture_output=True, text=True)
    assert done.returncode == 1 and "/no/such" in done.stderr


PAGE = """<meta name=PubDate content="2024-03-04"><h1>甲县通知公告</h1>
<ul><li>信息来源：甲\x9b31m县\u202e网{long}</li></ul><div>来源：乙县网 发布时间：2024-02-03 10:08</div>
<div id=zoom><p>为落实各项要求，扎实推进工作，现将有关事项通知如下，请认真遵照执行，不得有误。</p></div>"""


def explained(path, *arguments):
    return subprocess.run([SUOYINCTL, "extract", *arguments, path], capture_output=True, text=True, timeout=60)


def test_an_explanation_has_a_block_for_each_field_and_leaves_the_record_alone(tmp_path):
    page = tmp_path / "page.html"
    page.write_text(PAGE.format(long="很长" * 40))
    plain, told = explained(page), explained(page, "--explain")
    assert plain.returncode == told.returncode == 0 and plain.stderr == ""
    assert told.stdout == plain.stdout and json.loads(told.stdout)["published_at"] == "2024-02-03T10:08"
    blocks = re.split(r"^(?=[a-z])", told.stderr, flags=re.MULTILINE)[1:]
    assert [block.split()[0] for block in blocks] == [
        "title", "index_number", "document_number", "agency", "source", "published_on", "signed_on", "body",
        "charset", "attachments", "labels", "read"]
    assert blocks[5] == ("published_on\n"
                         "  > info:发布时间 = 2024-02-03 10:08\n          the first that has a value\n"
                         "    meta:PubDate = 2024-03-04\n          what comes before it has a value\n")
    assert blocks[1] == "index_number\n    no candidate\n"


def test_an_explanation_cuts_values_and_shows_no_control_characters(tmp_path):
    page = tmp_path / "page.html"
    page.write_text(PAGE.format(long="很长" * 40))
    told = explained(page, "--explain").stderr
    value = re.search(r"^  > block:信息来源 = (.*)$", told, re.MULTILINE)[1]
    assert value.startswith("甲 31m县 网很长") and value.endswith("…") and len(value) == 61
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", told)


def test_a_refused_page_is_explained_as_far_as_it_was_read(tmp_path):
    page = tmp_path / "page.html"
    page.write_text("<script>甲</script>")
    told = explained(page, "--explain")
    assert told.returncode == 1 and told.stdout == ""
    assert "  > utf8\n" in told.stderr and told.stderr.endswith("empty: the page prints no text\n")
