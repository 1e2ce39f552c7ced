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
OURS = ("migrate", "portals", "crawler", "worker", "indexer", "portalsim", "portals-demo")


@pytest.fixture(scope="module")
def services():
    return yaml.safe_load(COMPOSE.read_text())["services"]


@pytest.mark.parametrize("profile", [[], ["--profile", "demo"]])
def test_compose_accepts_the_file(profile):
    if shutil.which("docker-compose") is None:
        pytest.skip("docker-compose is not installed")
    done = subprocess.run(["docker-compose", "-f", COMPOSE, *profile, "config", "-q"], cwd=ROOT,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and done.stdout == "", done.stdout + done.stderr


def test_workers_can_be_scaled(services):
    assert "container_name" not in services["worker"] and "ports" not in services["worker"]


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
    mounted = [volume.split(":")[0] for service in services.values() for volume in service.get("volumes", [])
               if volume.startswith("./")]
    copied = [word for line in re.findall(r"^COPY (?!--from)(.*) \S+$", DOCKERFILE, re.MULTILINE)
              for word in line.split()]
    assert len(mounted) >= 4 and len(copied) >= 10
    for name in mounted + copied:
        assert (ROOT / name).exists(), name


def test_each_secret_is_made(directory):
    (directory / "deploy").mkdir()
    script = shutil.copy(ROOT / "deploy" / "make-secrets", directory / "deploy")
    subprocess.run([script], check=True, capture_output=True)
    made = {path.name: path.read_text() for path in (directory / "var" / "secrets").iterdir()}
    named = yaml.safe_load(COMPOSE.read_text())["secrets"]
    assert {name: f"./var/secrets/{name}" for name in made} == {n: s["file"] for n, s in named.items()}
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
    assert "PASSWORD:" not in text and "PASSWORD=" not in text
    assert services["postgres"]["environment"]["POSTGRES_PASSWORD_FILE"].startswith("/run/secrets/")
    for name in ("migrate", "portals", "crawler", "worker", "indexer"):
        assert services[name]["environment"]["SUOYIN_DATABASE_URL_FILE"].startswith("/run/secrets/"), name
