# SPDX-License-Identifier: MIT
"""What kustomize makes of deploy/kubernetes, and what Kubernetes would do with it, as far as that follows from the text."""

import ipaddress
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from suoyin import ROOT
from suoyin.debian import CACHE

FOLDER = ROOT / "deploy" / "kubernetes"
KUSTOMIZE = "5.7.1"
WORKLOADS = ("Deployment", "StatefulSet", "Job")


def kustomize():
    """The command that renders: kubectl's own where it is new enough for components, else one built by Go."""
    if shutil.which("kubectl"):
        told = subprocess.run(["kubectl", "version", "--client", "-o", "json"], capture_output=True, text=True).stdout
        found = re.search(r'"kustomizeVersion": "v(\d+)', told)
        if found and int(found[1]) >= 4:
            return ["kubectl", "kustomize"]
    home = CACHE / f"kustomize-{KUSTOMIZE}"
    if not (home / "kustomize").exists():
        if shutil.which("go") is None:
            pytest.skip("no kubectl with kustomize 4 or newer, and no Go that builds it")
        made = subprocess.run(["go", "install", f"sigs.k8s.io/kustomize/kustomize/v5@v{KUSTOMIZE}"],
                              env={**os.environ, "GOBIN": str(home)}, capture_output=True, text=True)
        if made.returncode != 0:
            pytest.skip(f"no kubectl with kustomize 4 or newer, and Go could not build it: {made.stderr.strip()[-300:]}")
    return [str(home / "kustomize"), "build"]


def render(folder):
    done = subprocess.run([*kustomize(), FOLDER / folder], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return Rendered(done.stdout)


class Rendered:
    def __init__(self, text):
        self.text = text
        self.objects = [o for o in yaml.safe_load_all(text) if o]

    def of(self, *kinds):
        """name → object."""
        return {o["metadata"]["name"]: o for o in self.objects if o["kind"] in kinds}

    def pods(self):
        """name of the workload → what its pods are."""
        return {name: o["spec"]["template"] for name, o in self.of(*WORKLOADS).items()}

    def config(self, pod, folder):
        """Writes what a pod mounts below /etc/suoyin and /run/secrets/suoyin into the folder."""
        for mount in pod["spec"]["containers"][0]["volumeMounts"]:
            volume = next(v for v in pod["spec"]["volumes"] if v["name"] == mount["name"])
            place = Path(f"{folder}{mount['mountPath']}")
            place.mkdir(parents=True, exist_ok=True)
            files = {}
            if "configMap" in volume:
                files = self.of("ConfigMap")[volume["configMap"]["name"]]["data"]
            elif "secret" in volume:
                files = secrets()[volume["secret"]["secretName"]]
            for name, text in files.items():
                (place / name).write_text(text)


def secrets():
    """name → its keys, of the example that an operator fills in."""
    found = yaml.safe_load_all((FOLDER / "secrets.example.yaml").read_text())
    return {o["metadata"]["name"]: o["stringData"] for o in found}


def selects(selector, labels):
    for name, value in (selector.get("matchLabels") or {}).items():
        if labels.get(name) != value:
            return False
    for rule in selector.get("matchExpressions") or []:
        assert rule["operator"] == "In", rule
        if labels.get(rule["key"]) not in rule["values"]:
            return False
    return True


class Network:
    """Who may talk to whom. A place is an address, with the labels of its namespace where it is a pod's."""

    def __init__(self, rendered):
        self.policies = [o["spec"] for o in rendered.of("NetworkPolicy").values()]

    def sends(self, labels, address, port, namespace=None, protocol="TCP"):
        return self._passes("egress", "to", labels, address, port, namespace, protocol)

    def takes(self, labels, address, port, namespace=None, protocol="TCP"):
        return self._passes("ingress", "from", labels, address, port, namespace, protocol)

    def _passes(self, way, peers, labels, address, port, namespace, protocol):
        mine = [p for p in self.policies if way.capitalize() in p["policyTypes"] and selects(p["podSelector"], labels)]
        if not mine:
            return True  # as Kubernetes has it: what no policy selects is open
        return any(self._port(rule, port, protocol) and self._peer(rule, peers, address, namespace)
                   for policy in mine for rule in policy.get(way) or [])

    @staticmethod
    def _port(rule, port, protocol):
        return not rule.get("ports") or any(
            p.get("protocol", "TCP") == protocol
            and ("port" not in p or p["port"] <= port <= p.get("endPort", p["port"])) for p in rule["ports"])

    @staticmethod
    def _peer(rule, peers, address, namespace):
        for peer in rule.get(peers) or [{}]:
            assert not set(peer) - {"ipBlock", "namespaceSelector"}, peer
            if not peer:
                return True
            if "ipBlock" in peer:
                inside = [within(address, c) for c in (peer["ipBlock"]["cidr"], *peer["ipBlock"].get("except", []))]
                if inside[0] and not any(inside[1:]):
                    return True
            elif namespace is not None and selects(peer["namespaceSelector"], namespace):
                return True
        return False


def within(address, network):
    address, network = ipaddress.ip_address(address), ipaddress.ip_network(network)
    return address.version == network.version and address in network


def schema_check(text, folder):
    """Kubernetes' own schemas, by the package kubernetes-validate in an environment of its own; names what is wrong."""
    home = CACHE / "kubernetes-validate"
    if not (home / "done").exists():
        shutil.rmtree(home, ignore_errors=True)
        for command in ([sys.executable, "-m", "venv", home],
                        [home / "bin" / "pip", "-q", "install", "kubernetes-validate==1.37.0"]):
            made = subprocess.run(command, capture_output=True, text=True)
            if made.returncode != 0:
                pytest.skip(f"kubernetes-validate could not be installed: {(made.stdout + made.stderr).strip()[-300:]}")
        (home / "done").touch()
    (folder / "rendered.yaml").write_text(text)
    # by the interpreter: the script names the folder that it was installed in
    done = subprocess.run([home / "bin" / "python", home / "bin" / "kubernetes-validate", "--strict", "-k", "1.32",
                           folder / "rendered.yaml"], capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def mebibytes(text):
    number, unit = re.fullmatch(r"(\d+)(MiB|GiB|Mi|Gi)", text).groups()
    return int(number) * (1024 if unit.startswith("G") else 1)


def project_version():
    return re.search(r"project\(suoyin VERSION ([\d.]+)", (ROOT / "CMakeLists.txt").read_text())[1]
