# SPDX-License-Identifier: MIT
"""suoyinctl extract and normalize on real documents, held to gold records; neither server is needed."""

import json
import re
import subprocess
import sys

import pytest

from suoyin import BIN

SUOYINCTL = BIN / "suoyinctl"


def score(shared, tool, *arguments):
    """The figures of a yardstick's RESULT line; what it missed is printed."""
    done = subprocess.run([sys.executable, shared / "tools" / f"{tool}.py", *arguments, "--", SUOYINCTL,
                           *(["extract"] if tool != "score_normalize" else [])],
                          capture_output=True, text=True, timeout=300)
    print(done.stdout, done.stderr)
    line = re.search(r"^RESULT (.*)$", done.stdout, re.MULTILINE)
    assert line, done.stderr
    return {key: float(value) for key, value in (pair.split("=") for pair in line[1].split())}, done.returncode


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
