# SPDX-License-Identifier: MIT
"""Real records of eleven portals' search services, each read by the JSON pointers of a portal file.

No server is needed. The portal file is written here; the records stay where they are, and the test skips where they
are not.
"""

import datetime
import html
import json
import re
import subprocess

import pytest

from suoyin import BIN

SUOYINCTL = BIN / "suoyinctl"
CHINA = datetime.timezone(datetime.timedelta(hours=8))
FIELDS = ("title", "index_number", "document_number", "agency", "published_on")

# Source of a record → portal id, and what the portal calls the fields above.
SOURCES = {
    "CQProvince/success.json":
        ("chongqing", "f_202121500898", "f_202121273539", "f_202121837479", "f_202121437464",
         "f_202121607647"),
    "GDProvince/GDProvince/success.json":
        ("guangdong", "title", "identifier", "document_number", "publisher", "pub_time"),
    "GXProvince/WholeProvince/success.json":
        ("guangxi", "DOCTITLE", "IdxID", "fileNum", "publisher", "PUBDATE"),
    "GZProvince/WholeProvince/success.json":
        ("guizhou", "title", "table-2", "table-1", "table-4", "table-3"),
    "HBProvince/WholeProvince/success.json":
        ("hubei", "DOCTITLE", "IdxID", "fileNum", "publisher", "PUBDATE"),
    "MGProvince/WholeProvince/success.json":
        ("neimenggu", "title", "idxId", "docno", "publisher", "docpubtime"),
    "SXProvinceL/WholeProvince/success.json":
        ("shaanxi", "DOCTITLE", None, None, "publishdept", "PUBDATE"),
    "TJProvince/WholeProvince/success.json":
        ("tianjin", "BT", "IDXID", "FWZH", "FWJG_name", "CWRQ"),
    "ZJProvince/WholeProvince/success.json":
        ("zhejiang", "title", "xxgkindexcode", "filenumber", "fbjg", "compaltedate"),
    "FJPronvince/FJProvince/success.json":
        ("fujian", "doctitle", "idxid", "fileno", "puborg", "crtime"),
    "GWY/success.json":
        ("gov.cn", "title", "index", "pcode", "puborg", "pubtimeStr"),
}

ORDINAL = re.compile(r"[一二三四五六七八九十]+、|[（(]([一二三四五六七八九十]+|\d{1,2})[）)]|\d{1,2}[.．、](?!\d)")
ANNEX = re.compile(r"附件\d*[:：]")
PLACEHOLDERS = {"", "无"}


@pytest.fixture(scope="module")
def records(shared):
    folder = shared / "corpus" / "records"
    if not folder.is_dir():
        pytest.skip("../shared/corpus/records is not there")
    return [json.loads(path.read_bytes()) for path in sorted(folder.glob("*.json"))]


@pytest.fixture(scope="module")
def portal_file(tmp_path_factory):
    """One portal per source; JSON is YAML too."""
    portals = []
    for portal, *names in SOURCES.values():
        pointers = {field: f"/{name}" for field, name in zip(FIELDS, names) if name is not None}
        portals.append({
            "id": portal, "name": portal, "home": f"http://{portal}.example/",
            "lists": [{"url": f"http://{portal}.example/list", "rows": "//li"}],
            "extract": {"json": {**pointers, "body": "/text"}},
        })
    path = tmp_path_factory.mktemp("records") / "portals.yaml"
    path.write_text(json.dumps({"portals": portals}))
    return path


def extract(portal_file, record):
    page = {**record["raw_fields"], "text": record["text"]}
    done = subprocess.run(
        [SUOYINCTL, "extract", "--portal", f"{portal_file}:{SOURCES[record['source']['path']][0]}",
         "--content-type", "application/json", "-"],
        input=json.dumps(page).encode(), capture_output=True, timeout=60)
    assert done.returncode == 0, (record["id"], done.stderr.decode())
    return json.loads(done.stdout)


def normalize(kind, values):
    """What the rules make of each value, one a line."""
    done = subprocess.run([SUOYINCTL, "normalize", kind], input="\n".join(values) + "\n", text=True,
                          capture_output=True, check=True, timeout=60)
    return [json.loads(line) for line in done.stdout.splitlines()]


def squeeze(text):
    """Without markup, entities, white space and characters that have no width."""
    text = html.unescape(html.unescape(re.sub(r"</?\w[^>]*>", "", text or "")))
    return re.sub(r"[\s\u200b-\u200f\u2060\ufeff]+", "", text)


def day(value):
    """The day in China of what a portal wrote: milliseconds, an instant with its zone, or a local date."""
    if value.isdigit():
        return datetime.datetime.fromtimestamp(int(value) / 1000, CHINA).date().isoformat()
    if "T" in value:
        instant = datetime.datetime.strptime(value, "%Y-%m-%dT%H:%M:%S.%f%z")
        return instant.astimezone(CHINA).date().isoformat()
    return value[:10].replace(".", "-")


def same_title(record, out):
    return squeeze(out["title"]) == squeeze(record["title"]) and "\n" not in out["title"]


def same_number(field, record, out, normal):
    """As printed, and its normal form. A portal that gives none: none, or one that the text itself prints."""
    if record[field] is None or squeeze(record[field]) in PLACEHOLDERS:
        number = out[field]
        return number is None or squeeze(number["raw"]) in squeeze(record["title"] + record["text"])
    return squeeze(out[field]["raw"]) == squeeze(record[field]) and \
        {key: out[field][key] for key in ("normalized", "class", "flags")} == \
        {key: normal[key] for key in ("normalized", "class", "flags")}


def same_agency(record, out):
    """The portal's issuer. Where it gives none, nobody is made up: who signed the text, or whom the title names."""
    if squeeze(record["issuer"]) == "":
        return out["agency"] is None or squeeze(out["agency"]) in squeeze(record["title"] + record["text"])
    return squeeze(out["agency"]) == squeeze(record["issuer"])


def paragraphs(text):
    """Lines; where there is no line end, two wide blanks begin each paragraph."""
    return text.splitlines() if "\n" in text.strip() else text.split("\u3000\u3000")


def headings(text):
    """Paragraphs that begin with an ordinal, up to a list of annexes, whose items have ordinals too."""
    found = []
    for line in paragraphs(text):
        line = squeeze(line)
        if ANNEX.match(line):
            break
        if ORDINAL.match(line):
            found.append(line)
    return found


def flat(sections):
    for section in sections:
        yield section
        yield from flat(section["children"])


def same_sections(lines, out):
    """Each line is a section, in order, and nothing else is; 一、 has no section above it."""
    sections = list(flat(out["sections"]))
    return len(sections) == len(lines) and \
        all(line.startswith(squeeze(section["ordinal"] + section["heading"]))
            for line, section in zip(lines, sections)) and \
        len([line for line in lines if re.match("[一二三四五六七八九十]+、", line)]) in (0, len(out["sections"]))


def same_body(record, out):
    """All of the text; title and number of the document may be left out at its head, being fields of their own."""
    text, body = squeeze(record["text"]), squeeze(out["body"])
    head = text[:len(text) - len(body)].replace(squeeze(record["document_number"]), "", 1)
    return text.endswith(body) and squeeze(record["title"]).startswith(head)


def test_records_of_eleven_portals_are_read_by_the_rules_of_a_portal_file(records, portal_file):
    assert {record["source"]["path"] for record in records} == set(SOURCES)
    outs = [extract(portal_file, record) for record in records]
    normal = {field: normalize(kind, [(record[field] or "").replace("\n", " ") for record in records])
              for field, kind in (("index_number", "index-number"), ("document_number", "document-number"))}
    count = dict.fromkeys(("title", "index_number", "document_number", "agency", "date", "body", "sections"), 0)
    numbered = 0
    for i, (record, out) in enumerate(zip(records, outs)):
        same = {
            "title": same_title(record, out),
            "index_number": same_number("index_number", record, out, normal["index_number"][i]),
            "document_number": same_number("document_number", record, out, normal["document_number"][i]),
            "agency": same_agency(record, out),
            "date": out["published_on"] == day(record["date"]),
            "body": same_body(record, out),
        }
        lines = headings(record["text"])
        if lines and len(paragraphs(record["text"])) > 1:
            numbered += 1
            same["sections"] = same_sections(lines, out)
        for field, equal in same.items():
            count[field] += equal
            if not equal:
                print(record["id"], field, "differs")
    figures = {"records": len(records), **count, "numbered": numbered}
    print("RESULT", *(f"{field}={n}" for field, n in figures.items()))
    assert numbered >= 7
    assert count.pop("sections") == numbered
    assert set(count.values()) == {len(records)}


def test_values_are_found_where_the_portal_file_points(records, portal_file):
    for record in records:
        provenance = extract(portal_file, record)["provenance"]
        _, *names = SOURCES[record["source"]["path"]]
        assert provenance["title"] == f"json:/{names[0]}"
        assert provenance["published_at"] == f"json:/{names[4]}"
        assert ("body" in provenance) == (record["text"] != "")
