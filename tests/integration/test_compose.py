# SPDX-License-Identifier: MIT
"""docker-compose.yml, as far as it can be proven without containers."""

import re
import shutil
import subprocess

import pytest
import yaml

from suoyin import BIN, ROOT

COMPOSE = ROOT / "docker-compose.yml"
DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text()
DASHBOARDS = ("prometheus", "grafana")
OURS = ("migrate", "portals", "crawler", "worker", "indexer", "portalsim", "portals-demo")


@pytest.fixture(scope="module")
def services():
    return yaml.safe_load(COMPOSE.read_text())["services"]


@pytest.mark.parametrize("profiles", [[], ["demo"], ["dashboards"], ["demo", "dashboards"]])
def test_compose_accepts_the_file(profiles):
    if shutil.which("docker-compose") is None:
        pytest.skip("docker-compose is not installed")
    chosen = [f"--profile={profile}" for profile in profiles]
    done = subprocess.run(["docker-compose", "-f", COMPOSE, *chosen, "config", "-q"], cwd=ROOT,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and done.stdout == "", done.stdout + done.stderr


def test_workers_can_be_scaled(services):
    assert "container_name" not in services["worker"] and "ports" not in services["worker"]
    # a name in the group that outlives a container nobody starts again would be waited for
    assert "hostname" not in services["worker"] and "SUOYIN_INSTANCE" not in services["worker"]["environment"]


def test_our_containers_run_without_rights(services):
    for name in OURS:
        service = services[name]
        assert service["user"] == "10001:10001", name
        assert service["cap_drop"] == ["ALL"], name
        assert service["read_only"] is True, name
        assert "no-new-privileges:true" in service["security_opt"], name


def test_the_portals_of_the_demo_are_the_crawlers_neighbours(services):
    assert services["portalsim"]["network_mode"] == "service:crawler"
    assert services["portalsim"]["profiles"] == services["portals-demo"]["profiles"] == ["demo"]


def test_dashboards_are_extra_and_for_this_machine_only(services):
    for name in DASHBOARDS:
        service = services[name]
        assert service["profiles"] == ["dashboards"] and service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"] and "healthcheck" in service, name
        assert all(port.startswith("127.0.0.1:") for port in service["ports"]), name
    assert services["grafana"]["depends_on"]["prometheus"] == {"condition": "service_healthy"}
    assert [s for s in services if "profiles" not in services[s] and set(services[s].get("depends_on", {})) & set(DASHBOARDS)
            ] == []


def test_what_runs_on_is_asked_how_it_is(services):
    for name, service in services.items():
        assert ("healthcheck" in service) == ("restart" in service), name


def test_daemons_ask_themselves_how_they_are(services):
    for name in ("crawler", "worker", "indexer"):
        command, asked = services[name]["command"], services[name]["healthcheck"]["test"]
        assert asked == ["CMD", *command, "--healthcheck"], name


def test_nothing_starts_before_what_it_needs(services):
    def needs(name):
        return {other: how["condition"] for other, how in services[name]["depends_on"].items()}

    done, healthy = "service_completed_successfully", "service_healthy"
    assert needs("migrate") == {"postgres": healthy}
    assert needs("portals") == {"migrate": done}
    assert needs("crawler") == {"kafka": healthy, "portals": done}
    assert needs("worker") == {"kafka": healthy, "migrate": done}
    assert needs("indexer") == {"migrate": done}


def test_files_that_are_mounted_or_copied_exist(services):
    mounted = [volume.split(":")[0] for name, service in services.items() for volume in service.get("volumes", [])
               if volume.startswith("./") and name not in DASHBOARDS]
    copied = [word for line in re.findall(r"^COPY (?!--from)(.*) \S+$", DOCKERFILE, re.MULTILINE)
              for word in line.split()]
    assert len(mounted) >= 4 and len(copied) >= 10
    for name in mounted + copied:
        assert (ROOT / name).exists(), name


def test_files_of_the_dashboards_exist(services):
    for name in DASHBOARDS:
        if not (ROOT / "deploy" / name).is_dir():
            pytest.skip(f"deploy/{name} is not there")
        for volume in services[name]["volumes"]:
            assert not volume.startswith("./") or any((ROOT / volume.split(":")[0]).iterdir()), volume


def test_prometheus_finds_the_services_where_they_listen(services):
    config = ROOT / "deploy" / "prometheus" / "prometheus.yml"
    if not config.exists():
        pytest.skip("deploy/prometheus is not there")
    asked = {name: job["port"] for one in yaml.safe_load(config.read_text())["scrape_configs"]
             for job in one["dns_sd_configs"] for name in job["names"]}
    assert asked == {name: int(services[name]["environment"]["SUOYIN_ADMIN_LISTEN"].split(":")[1])
                     for name in ("worker", "crawler", "indexer")}


def test_grafana_has_what_its_data_sources_ask_for(services):
    folder = ROOT / "deploy" / "grafana" / "provisioning" / "datasources"
    if not folder.is_dir():
        pytest.skip("deploy/grafana is not there")
    asked = {name for path in folder.iterdir() for name in re.findall(r"^[^#\n]*\$__env\{(\w+)\}", path.read_text(), re.M)}
    grafana = services["grafana"]
    script = grafana["entrypoint"][-1].replace("$$", "$")
    exported = {re.search(r"export (\w+)=", script)[1]}
    assert asked == exported | {name for name in grafana["environment"] if name.startswith("SUOYIN_")}
    assert set(re.findall(r"/run/secrets/(\w+)", script)) < set(grafana["secrets"])


def test_each_secret_is_made(directory):
    (directory / "deploy").mkdir()
    script = shutil.copy(ROOT / "deploy" / "make-secrets", directory / "deploy")
    subprocess.run([script], check=True, capture_output=True)
    made = {path.name: path.read_text() for path in (directory / "var" / "secrets").iterdir()}
    named = yaml.safe_load(COMPOSE.read_text())["secrets"]
    assert {name: f"./var/secrets/{name}" for name in made} == {n: s["file"] for n, s in named.items()}
    assert f":{made['database_password_readonly'].strip()}@" in made["database_url_readonly"]
    subprocess.run([script], check=True, capture_output=True)  # what is there stays
    assert {name: (directory / "var" / "secrets" / name).read_text() for name in made} == made


def test_the_image_has_the_libraries_that_the_programs_need():
    if shutil.which("dpkg-query") is None:
        pytest.skip("this is no Debian")
    stage = DOCKERFILE.split("\nFROM ")[2]
    installed = set(re.search(r"apt-get install -y --no-install-recommends (.*?)&&", stage, re.DOTALL)[1]
                    .replace("\\", " ").split()) | {"libc6"}
    needed = set()
    for program in ("suoyin-crawler", "suoyin-worker", "suoyinctl", "portalsim"):
        headers = subprocess.run(["readelf", "-d", BIN / program], check=True, capture_output=True, text=True).stdout
        needed |= set(re.findall(r"NEEDED.*\[(.*)\]", headers))
    assert "librdkafka.so.1" in needed
    for library in sorted(needed):
        if library.startswith(("libasan", "libubsan")):
            continue
        found = subprocess.run(["dpkg-query", "--search", f"*/{library}"], capture_output=True, text=True).stdout
        assert installed & {line.split(":")[0] for line in found.splitlines()}, f"{library}: {found}"


def test_images_are_pinned(services):
    for name, service in services.items():
        assert "build" in service or ":" in service["image"], name
        assert not service.get("image", "").endswith(":latest"), name


def test_no_secret_stands_in_the_file(services):
    text = COMPOSE.read_text()
    assert not re.search(r"PASSWORD(:|=(?!\$\$\(cat /run/secrets/))", text)
    assert services["postgres"]["environment"]["POSTGRES_PASSWORD_FILE"].startswith("/run/secrets/")
    for name in ("migrate", "portals", "crawler", "worker", "indexer"):
        assert services[name]["environment"]["SUOYIN_DATABASE_URL_FILE"].startswith("/run/secrets/"), name
