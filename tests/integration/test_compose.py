# SPDX-License-Identifier: MIT
"""docker-compose.yml, as far as it can be proven without containers."""

import shutil
import subprocess

import pytest
import yaml

from suoyin import ROOT

COMPOSE = ROOT / "docker-compose.yml"


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
    for name in ("migrate", "portals", "crawler", "worker", "portalsim"):
        service = services[name]
        assert service["cap_drop"] == ["ALL"], name
        assert service["read_only"] is True, name
        assert "no-new-privileges:true" in service["security_opt"], name


def test_images_are_pinned(services):
    for name, service in services.items():
        assert "build" in service or ":" in service["image"], name
        assert not service.get("image", "").endswith(":latest"), name


def test_no_secret_stands_in_the_file(services):
    text = COMPOSE.read_text()
    assert "PASSWORD:" not in text and "PASSWORD=" not in text
    assert services["postgres"]["environment"]["POSTGRES_PASSWORD_FILE"].startswith("/run/secrets/")
    for name in ("migrate", "portals", "crawler", "worker"):
        assert services[name]["environment"]["SUOYIN_DATABASE_URL_FILE"].startswith("/run/secrets/"), name
