# SPDX-License-Identifier: MIT
"""A real Prometheus (Debian's package) with the configuration that is shipped, at a pace for tests."""

import json
import re
import shutil
import urllib.parse
import urllib.request

import yaml

from . import ROOT, wait_until
from .daemon import Daemon, free_port

SHIPPED = ROOT / "deploy" / "prometheus"


def installed():
    return shutil.which("prometheus") is not None and shutil.which("promtool") is not None


class Prometheus(Daemon):
    """Scrapes `targets` ({job: [Daemon]}) every 2 s. An alert that waits for minutes waits for `wait` seconds."""

    def __init__(self, directory, targets, wait=6):
        self.port = free_port()
        self.targets_file = directory / "targets"
        home = directory / "prometheus"
        home.mkdir()
        for rules in ("rules.yml", "alerts.yml"):
            text = (SHIPPED / rules).read_text()
            (home / rules).write_text(re.sub(r"^( +for: )\S+$", rf"\g<1>{wait}s", text, flags=re.M))
        config = yaml.safe_load((SHIPPED / "prometheus.yml").read_text())
        config["global"] = {"scrape_interval": "2s", "scrape_timeout": "2s", "evaluation_interval": "1s"}
        for job in config["scrape_configs"]:
            del job["dns_sd_configs"]
            job["static_configs"] = [{"targets": [f"127.0.0.1:{d.admin_port}" for d in targets[job["job_name"]]]}]
        (home / "prometheus.yml").write_text(yaml.safe_dump(config))
        super().__init__("prometheus", ["prometheus", f"--config.file={home}/prometheus.yml",
                                        f"--storage.tsdb.path={home}/data", f"--web.listen-address=127.0.0.1:{self.port}"],
                         directory / "prometheus.log")

    def start(self, ready=True, timeout=60):
        super().start(ready=False)

        def answers():
            assert self.is_running(), self.tail()
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/-/ready", timeout=5) as reply:
                    return reply.status == 200
            except OSError:
                return False
        wait_until(answers, timeout, "Prometheus is ready")
        return self

    def ask(self, path, **parameters):
        """The data of an answer of its API."""
        url = f"http://127.0.0.1:{self.port}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
        with urllib.request.urlopen(url, timeout=10) as reply:
            answer = json.load(reply)
        assert answer["status"] == "success", answer
        return answer["data"]

    def query(self, expression):
        """[(labels, number)] now."""
        return [(sample["metric"], float(sample["value"][1])) for sample in self.ask("query", query=expression)["result"]]

    def health(self):
        """{job: [up, …]} of its targets."""
        found = {}
        for target in self.ask("targets")["activeTargets"]:
            found.setdefault(target["labels"]["job"], []).append(target["health"])
        return found

    def rules(self):
        return [rule for group in self.ask("rules")["groups"] for rule in group["rules"]]

    def alerts(self, state="firing"):
        """Alerts in this state, each with labels and annotations."""
        return [alert for alert in self.ask("alerts")["alerts"] if alert["state"] == state]
