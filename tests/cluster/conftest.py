# SPDX-License-Identifier: MIT
"""Lines RESULT of this folder's tests are printed again at the end."""

import pytest


@pytest.fixture
def say(record_property):
    def line(text):
        print(text, flush=True)
        record_property("result", text)
    return line


class Results:
    """On the process that reports, which is not the one that runs the tests where they are shared out."""

    def __init__(self):
        self.lines = []

    def pytest_runtest_logreport(self, report):
        if report.when == "teardown" and "cluster/" in report.nodeid:
            self.lines += [value for name, value in report.user_properties if name == "result"]

    def pytest_terminal_summary(self, terminalreporter):
        for line in self.lines:
            terminalreporter.write_line(line)


def pytest_configure(config):
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Results(), "cluster-results")
