# SPDX-License-Identifier: MIT
"""deploy/kubernetes: what is rendered is valid, complete, without rights, and lets only the crawler out."""

import ipaddress
import os
import re
import subprocess

import pytest
import yaml

from manifests import Network, mebibytes, project_version, render, schema_check, secrets, selects
from suoyin import BIN, ROOT

ROLES = {"suoyin-crawler": "crawler", "suoyin-worker": "worker", "suoyin-indexer": "worker",
         "suoyin-migrate": "migrate", "suoyin-portals": "operator"}
DAEMONS = ("suoyin-crawler", "suoyin-worker", "suoyin-indexer")
OWN_MIB = 400       # what a program needs beside its children (tests/fault/oracle.py holds the worker to it)
PUBLIC = ("93.184.215.14", "223.5.5.5", "2606:2800:21f::1", "2408:8000::1")
KUBE_SYSTEM = {"kubernetes.io/metadata.name": "kube-system"}
MONITORING = {"kubernetes.io/metadata.name": "monitoring"}
OTHER = {"kubernetes.io/metadata.name": "other"}


@pytest.fixture(scope="module")
def base():
    return render("base")


@pytest.fixture(scope="module")
def example():
    return render("overlays/example")


@pytest.fixture(params=["base", "overlays/example"])
def rendered(request):
    return request.getfixturevalue(request.param.split("/")[-1])


def containers(rendered):
    for name, pod in rendered.pods().items():
        for container in pod["spec"]["containers"] + pod["spec"].get("initContainers", []):
            yield name, pod, container


def test_kubernetes_knows_every_field(rendered, directory):
    code, said = schema_check(rendered.text, directory)
    unknown = re.findall(r"WARN .* kind (\w+)", said)
    assert code == 0 and set(unknown) <= {"ScaledObject", "PodMonitor"}, said
    assert said.count(" passed ") == len(rendered.objects) - len(unknown)


def test_a_wrong_field_is_seen(base, directory):
    code, said = schema_check(base.text.replace("readOnlyRootFilesystem", "readOnlyRoot"), directory)
    assert code != 0 and "readOnlyRoot" in said


def test_everything_is_there(base, example):
    assert set(base.pods()) == set(ROLES) - {"suoyin-portals"} and set(example.pods()) == set(ROLES)
    assert set(base.of("StatefulSet")) == {"suoyin-worker"} and set(base.of("Job")) == {"suoyin-migrate"}
    assert set(example.of("ScaledObject")) == {"suoyin-worker"} and set(example.of("PodMonitor")) == {"suoyin"}
    for rendered in (base, example):
        assert {o["metadata"].get("namespace") for o in rendered.objects if o["kind"] != "Namespace"} == {"suoyin"}


def test_every_reference_resolves(rendered):
    maps = rendered.of("ConfigMap")
    used = set()
    for name, pod, container in containers(rendered):
        mounted = {mount["name"] for mount in container["volumeMounts"]}
        volumes = {volume["name"]: volume for volume in pod["spec"]["volumes"]}
        assert mounted <= set(volumes), name
        for volume in volumes.values():
            if "configMap" in volume:
                assert volume["configMap"]["name"] in maps, name
                used.add(volume["configMap"]["name"])
            elif "secret" in volume:
                assert set(secrets()[volume["secret"]["secretName"]]) == {"url"}, name
            else:
                assert "emptyDir" in volume, name
    assert used == set(maps)


def test_each_has_the_secret_of_its_role_and_no_other(rendered):
    for name, pod in rendered.pods().items():
        mounted = [v["secret"]["secretName"] for v in pod["spec"]["volumes"] if "secret" in v]
        assert mounted == [f"suoyin-database-{ROLES[name]}"]
        assert secrets()[mounted[0]]["url"].startswith(f"postgresql://suoyin_{ROLES[name]}:PASSWORD@")
    assert not rendered.of("Secret") and "postgresql://" not in rendered.text


def test_programs_accept_their_settings(rendered, directory):
    """Each as its container starts it, with --check; portal files by validate."""
    for name, pod, container in containers(rendered):
        place = directory / name
        rendered.config(pod, place)
        program, *words = container["command"]
        words = [word.replace("/etc/suoyin", f"{place}/etc/suoyin") for word in words]
        if name == "suoyin-migrate":
            assert words == ["migrate", "up"]
            continue
        words = ["validate", words[-1]] if words[:2] == ["portal", "sync"] else [*words, "--check"]
        given = {e["name"]: e.get("value", f"{name}-0").replace("/run", f"{place}/run") for e in container["env"]}
        done = subprocess.run([BIN / program, *words], env={"PATH": os.environ["PATH"], **given},
                              capture_output=True, text=True)
        assert done.returncode == 0 and "valid" in done.stdout, f"{name}: {done.stdout}{done.stderr}"


def settings(rendered, pod):
    files = [rendered.of("ConfigMap")[v["configMap"]["name"]]["data"] for v in pod["spec"]["volumes"] if "configMap" in v]
    wanted = pod["spec"]["containers"][0]["command"][2].rsplit("/", 1)[1]
    return yaml.safe_load(files[0][wanted])


def test_limits_leave_room_for_the_children(rendered):
    """A page may cost a child its memory, never the pod."""
    for name, key in (("suoyin-crawler", "lists"), ("suoyin-worker", "child")):
        pod = rendered.pods()[name]
        children = mebibytes(settings(rendered, pod)[key]["memory"]) * 2  # children, lists.children: the default
        limit = mebibytes(pod["spec"]["containers"][0]["resources"]["limits"]["memory"])
        assert limit >= children + OWN_MIB, name


def test_nobody_has_rights(rendered):
    for name, pod, container in containers(rendered):
        spec, own = pod["spec"], container["securityContext"]
        assert spec["securityContext"]["runAsNonRoot"] is True and spec["securityContext"]["runAsUser"] == 10001, name
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert own == {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True,
                       "capabilities": {"drop": ["ALL"]}}, name
        assert spec["automountServiceAccountToken"] is False and spec["enableServiceLinks"] is False, name
        assert not {"hostNetwork", "hostPID", "hostIPC"} & set(spec), name
        assert container["resources"]["requests"].keys() == {"cpu", "memory"} and container["resources"]["limits"], name
    assert rendered.of("Namespace")["suoyin"]["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    assert "USER 10001:10001" in (ROOT / "deploy" / "Dockerfile").read_text()


def test_daemons_are_asked_where_they_listen(rendered):
    for name in DAEMONS:
        pod = rendered.pods()[name]
        container = pod["spec"]["containers"][0]
        port, = container["ports"]
        assert settings(rendered, pod)["admin"]["listen"] == f"0.0.0.0:{port['containerPort']}"
        paths = {probe: container[probe]["httpGet"] for probe in ("startupProbe", "livenessProbe", "readinessProbe")}
        assert {p: g["path"] for p, g in paths.items()} == {
            "startupProbe": "/livez", "livenessProbe": "/livez", "readinessProbe": "/readyz"}
        assert {g["port"] for g in paths.values()} == {port["name"]}
        assert pod["metadata"]["annotations"]["prometheus.io/port"] == str(port["containerPort"])
        assert pod["spec"]["terminationGracePeriodSeconds"] >= 30
    for monitor in rendered.of("PodMonitor").values():
        assert {e["port"] for e in monitor["spec"]["podMetricsEndpoints"]} == {"admin"}
        assert monitor["spec"]["jobLabel"] == "app.kubernetes.io/name"
        assert [n for n, p in rendered.pods().items() if selects(monitor["spec"]["selector"], p["metadata"]["labels"])
                ] == [n for n in rendered.pods() if n in DAEMONS]


def test_selectors_find_their_pods_and_no_others(rendered):
    pods = {name: pod["metadata"]["labels"] for name, pod in rendered.pods().items()}
    for name, o in rendered.of("Deployment", "StatefulSet").items():
        assert [n for n, labels in pods.items() if selects(o["spec"]["selector"], labels)] == [name]
    worker = {"suoyin-worker"}
    budget = rendered.of("PodDisruptionBudget")["suoyin-worker"]["spec"]
    assert {n for n, labels in pods.items() if selects(budget["selector"], labels)} == worker
    assert budget["maxUnavailable"] == 1
    service = rendered.of("Service")["suoyin-worker"]["spec"]
    assert {n for n, labels in pods.items() if selects({"matchLabels": service["selector"]}, labels)} == worker
    assert service["clusterIP"] == "None" and rendered.of("StatefulSet")["suoyin-worker"]["spec"]["serviceName"] in worker


def test_workers_are_static_members_by_the_name_of_their_pod(base):
    environment = base.pods()["suoyin-worker"]["spec"]["containers"][0]["env"]
    assert {"name": "SUOYIN_INSTANCE", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}} in environment
    assert base.of("StatefulSet")["suoyin-worker"]["spec"]["replicas"] >= 2


def test_where_keda_scales_members_have_no_name_and_nobody_else_scales(example):
    stateful = example.of("StatefulSet")["suoyin-worker"]
    container = stateful["spec"]["template"]["spec"]["containers"][0]
    assert "replicas" not in stateful["spec"] and [e["name"] for e in container["env"]] == ["SUOYIN_DATABASE_URL_FILE"]
    scaled = example.of("ScaledObject")["suoyin-worker"]["spec"]
    assert scaled["scaleTargetRef"] == {"kind": "StatefulSet", "name": "suoyin-worker"}
    assert scaled["minReplicaCount"] >= 1
    trigger, = scaled["triggers"]
    told = settings(example, example.pods()["suoyin-worker"])
    defaults = (ROOT / "docs" / "CONFIG.md").read_text().split("## suoyin-worker")[1]

    def value(name):
        return str(told.get(name) or re.search(rf"^\| `{name}` \|[^|]*\|[^|]*\| `([^`]*)`", defaults, re.M)[1])
    assert trigger["metadata"]["bootstrapServers"] == told["kafka"]["bootstrap.servers"]
    assert (trigger["metadata"]["consumerGroup"], trigger["metadata"]["topic"]) == (value("group"), value("topic"))
    assert scaled["maxReplicaCount"] == int(value("partitions"))


def test_the_image_has_the_version_of_the_project(base, example):
    assert {c["image"] for _, _, c in containers(base)} == {f"suoyin:{project_version()}"}
    assert {c["image"].rsplit(":", 1)[1] for _, _, c in containers(example)} == {project_version()}


# -- the network ---------------------------------------------------------------------------

def closed_ranges():
    """What the crawler itself never connects to (runtime/guard.c)."""
    text = (ROOT / "runtime" / "guard.c").read_text()
    found = []
    for family, size in (("closed4", 4), ("closed6", 16)):
        body = re.search(rf"{family}\[\] = \{{(.*?)\n\}};", text, re.S)[1]
        for numbers, bits in re.findall(r"\{\{([^}]*)\}, (\d+)\}", body):
            first = bytes(int(n, 0) for n in numbers.split(","))
            found.append(ipaddress.ip_network((first.ljust(size, b"\0"), int(bits))))
    assert len(found) > 15
    return found


def test_only_the_crawler_reaches_the_internet(rendered):
    network = Network(rendered)
    for name, pod in rendered.pods().items():
        for address in PUBLIC:
            for port in (80, 443, 8443):
                assert network.sends(pod["metadata"]["labels"], address, port) == (name == "suoyin-crawler"), name


def test_nobody_reaches_neighbours_or_metadata_services(rendered):
    network = Network(rendered)
    closed = {str(range_[0]) for range_ in closed_ranges()} | {str(range_[-1]) for range_ in closed_ranges()}
    closed |= {"169.254.169.254", "fd00:ec2::254", "10.96.0.1", "192.168.1.1", "172.20.0.1", "fe80::1", "::1", "ff02::1"}
    for name, pod in rendered.pods().items():
        for address in sorted(closed):
            for port in (80, 443, 6443, 10250):
                assert not network.sends(pod["metadata"]["labels"], address, port), f"{name} → {address}:{port}"
        assert not network.sends(pod["metadata"]["labels"], "10.1.2.3", 80, OTHER)


def test_each_reaches_what_it_needs(rendered):
    network = Network(rendered)
    for name, pod in rendered.pods().items():
        labels = pod["metadata"]["labels"]
        assert network.sends(labels, "10.1.2.3", 5432, OTHER) and network.sends(labels, "192.168.7.7", 5432)
        kafka = name in ("suoyin-crawler", "suoyin-worker")
        assert network.sends(labels, "10.1.2.3", 9092, OTHER) is kafka and network.sends(labels, "10.9.9.9", 9094) is kafka
        for protocol in ("UDP", "TCP"):
            assert network.sends(labels, "10.96.0.10", 53, KUBE_SYSTEM, protocol)
        assert not network.sends(labels, "8.8.8.8", 53, None, "UDP")


def test_nobody_is_asked_but_for_metrics(rendered):
    network = Network(rendered)
    for pod in rendered.pods().values():
        labels = pod["metadata"]["labels"]
        assert network.takes(labels, "10.1.2.3", 9100, MONITORING)
        assert not network.takes(labels, "10.1.2.3", 9100, OTHER) and not network.takes(labels, PUBLIC[0], 9100)
        assert not network.takes(labels, "10.1.2.3", 22, MONITORING)
