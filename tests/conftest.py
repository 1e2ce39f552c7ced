# SPDX-License-Identifier: MIT
"""One Kafka and one PostgreSQL for all tests of a run, whatever folder they are in."""

pytest_plugins = ["suoyin.fixtures"]


def pytest_collection_modifyitems(items):
    for item in items:
        if item.path.parent.name in ("fault", "crawl"):
            item.add_marker(item.path.parent.name)
