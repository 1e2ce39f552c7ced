# SPDX-License-Identifier: MIT
"""Messages from a seed, and what must become of each: the manifest that tests/fault/oracle.py judges by."""

import random
import uuid
from collections import Counter
from dataclasses import dataclass, field

from suoyin.pages import Pages

URL = "http://demo.example.gov.cn/{}.html"
POISON = {
    "sha256_mismatch": dict(ce_sha256="0" * 64),
    "header_missing": dict(drop=("ce_site",)),
    "schema_unsupported": dict(kind="suoyin.page.fetched.v2"),
    "header_malformed": dict(ce_time="yesterday"),
}
# of 100 messages; "again" is a repeat, or the return of a page that was gone
MIX = {"new": 42, "revised": 18, "again": 16, "gone": 6, "twin": 8, "poison": 10}


@dataclass
class Address:
    """A URL that has a page, and the ids of the messages that must be its revisions, in order."""
    url: str
    title: str
    content: str = ""
    index: str = None
    gone: bool = False
    twins: bool = False  # one of two addresses of a report: its text stays, so that their order is free
    ids: list = field(default_factory=list)


def report(address):
    """A report with a section tree, a citation and a quantity; `content` stands in each paragraph."""
    block = f"<table class=\"xxgk\"><tr><td>索引号：</td><td>{address.index}</td></tr></table>" if address.index else ""
    parts = "".join(
        f"<p>{number}、第{number}部分</p><p>根据《中华人民共和国政府信息公开条例》，{address.content}期间办理{10 + n}件，"
        f"有关情况说明如下，本段文字足够长，用来充当公文正文的内容，编号{address.content}不同则正文不同。</p>"
        for n, number in enumerate("一二三"))
    return (f"<!DOCTYPE html><html><head><meta charset=\"utf-8\"><title>{address.title}</title></head><body>{block}"
            f"<h1>{address.title}</h1><div class=\"TRS_Editor\">{parts}</div></body></html>").encode()


class Traffic:
    """send(n) publishes n messages more. Everything follows from the seed and the order of calls."""

    def __init__(self, kafka, topic, seed, partitions=4, mix=None, replicas=1):
        self.pages = Pages(kafka, topic, partitions, replicas)
        self.topic = topic
        self.dice = random.Random(seed)
        self.mix = mix or MIX
        self.addresses = []
        self.poison = {}      # ce_id → reason
        self.twins = []       # pairs of ids: either may be the one revision
        self.expected = Counter()
        self.ids = []

    @property
    def count(self):
        return self.pages.count

    def send(self, n):
        for kind in self.dice.choices(list(self.mix), weights=self.mix.values(), k=n):
            getattr(self, f"_{kind}")()
        self.pages.producer.poll(0)

    def flush(self):
        self.pages.flush()

    def _publish(self, address, **more):
        id = uuid.UUID(int=self.dice.getrandbits(128)).hex
        self.ids.append(id)
        body = more.pop("body", None) or report(address)
        self.pages.publish(address.url, body, len(self.ids), id=id, **more)
        return id

    def _some(self, wanted):
        """One of forty addresses drawn that is as wanted, or None."""
        drawn = (self.dice.choice(self.addresses) for _ in range(40 if self.addresses else 0))
        return next((a for a in drawn if wanted(a)), None)

    def _new(self):
        n = len(self.ids)
        address = Address(URL.format(n), f"示例县报告{n}", f"甲{n}乙")
        address.ids.append(self._publish(address))
        self.addresses.append(address)
        self.expected["new"] += 1

    def _revised(self):
        address = self._some(lambda a: not a.gone and not a.twins)
        if address is None:
            return self._new()
        address.content = f"丙{len(self.ids)}丁"
        address.ids.append(self._publish(address))
        self.expected["revised"] += 1

    def _again(self):
        address = self._some(lambda a: True)
        if address is None:
            return self._new()
        self._publish(address)
        self.expected["sighting" if address.gone else "same"] += 1
        address.gone = False

    def _gone(self):
        address = self._some(lambda a: not a.gone and not a.twins)
        if address is None:
            return self._new()
        self.ids.append(uuid.UUID(int=self.dice.getrandbits(128)).hex)
        self.pages.gone(address.url, len(self.ids), id=self.ids[-1])
        address.gone = True
        self.expected["withdrawn"] += 1

    def _twin(self):
        """One report at two addresses, in whatever partitions their keys fall."""
        n = len(self.ids)
        pair = [Address(URL.format(f"{n}-{half}"), f"示例县双报告{n}", f"戊{n}己", f"012345678/2026-{n:05}", twins=True)
                for half in (1, 2)]
        self.twins.append(tuple(self._publish(address) for address in pair))
        self.addresses += pair
        self.expected["new"] += 1
        self.expected["sighting"] += 1

    def _poison(self):
        reason = self.dice.choice(list(POISON))
        n = len(self.ids)
        id = self._publish(Address(URL.format(f"bad{n}"), f"坏{n}", f"坏{n}"), **POISON[reason])
        self.poison[id] = reason
        self.expected["dead"] += 1

    def refused(self, n, neighbours=3):
        """Pages that a test has PostgreSQL refuse by their title, each with others in its batch; their ids."""
        ids = []
        for _ in range(n):
            at = len(self.ids)
            ids.append(self._publish(Address(URL.format(f"refused{at}"), f"坏的报告{at}", f"坏{at}")))
            self.poison[ids[-1]] = "database"
            self.expected["dead"] += 1
            self.send(neighbours)
        return ids
