# SPDX-License-Identifier: MIT
"""Instants at which real portals published, for schedule_bench: "LIST SECONDS" a line.

usage: published_dates.py FOLDER   (the folder of real documents, with corpus/records)

Each record and each page (META PubDate) of the corpus that has a time of day, not only a day; a list for each
portal that has several, one for the others together.
"""

import collections
import datetime
import json
import re
import sys
from pathlib import Path
from urllib.parse import urlsplit

CHINA = datetime.timezone(datetime.timedelta(hours=8))


PUB_DATE = re.compile(rb'<meta[^>]*PubDate[^>]*content="\s*(\d{4}-\d{1,2}-\d{1,2}) (\d{1,2}:\d{2})', re.IGNORECASE)


def instant(day, time):
    """Seconds since 1970, None where there is no time of day."""
    try:
        at = datetime.datetime.strptime(f"{day} {time}", "%Y-%m-%d %H:%M").replace(tzinfo=CHINA)
    except ValueError:
        return None
    return int(at.timestamp()) if at.time() != datetime.time(0) else None


def dates(folder):
    """(portal, seconds) of all that have both."""
    for path in sorted(Path(folder, "records").glob("*.json")):
        record = json.loads(path.read_text())
        day, _, time = (record.get("date") or "").partition(" ")
        yield urlsplit(record.get("url") or "").hostname, instant(day, time[:5])
    for path in sorted(Path(folder, "pages").glob("*.html")):
        found = PUB_DATE.search(path.read_bytes())
        if found:
            yield None, instant(found[1].decode(), found[2].decode())


def main():
    lists = collections.defaultdict(list)
    for portal, at in dates(Path(sys.argv[1], "corpus")):
        if at is not None:
            lists[portal].append(at)
    others = [at for found in lists.values() if len(found) < 5 for at in found]
    kept = [found for found in lists.values() if len(found) >= 5] + ([others] if others else [])
    for number, found in enumerate(kept):
        for at in found:
            print(number, at)


main()
