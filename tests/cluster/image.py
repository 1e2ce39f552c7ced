# SPDX-License-Identifier: MIT
"""The image of deploy/Dockerfile, built and run by buildah, without a daemon and without a registry.

Containers share the network of this machine; isolation is by chroot, with buildah's filter of system calls.
"""

import json
import os
import shutil
import signal
from pathlib import Path

import yaml

from suoyin import ROOT
from suoyin.daemon import Daemon, free_port
from suoyin.debian import CA_FILE, KEYRINGS, apt_of_this_machine, run, unpack

BASE, NAME = "localhost/debian:bookworm-slim", "localhost/suoyin:dev"
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())

# What compose asks for: nothing can be written but /tmp. buildah wants a /run of its own.
READ_ONLY = """
root=$1 secrets=$2
shift 2
mount --bind "$root" "$root"
mount -o remount,bind,ro "$root"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
mount -t tmpfs -o mode=755 tmpfs "$root/run"
mkdir "$root/run/secrets"
cp -r "$secrets"/. "$root/run/secrets"
exec "$@"
"""


class Store:
    """buildah's images and containers in a folder of their own."""

    def __init__(self, folder):
        self.folder = folder
        for name, text in {
                "policy.json": '{"default": [{"type": "insecureAcceptAnything"}]}\n',
                "registries.conf": 'unqualified-search-registries = []\nshort-name-mode = "permissive"\n'
                                   '[aliases]\n"debian" = "localhost/debian"\n',
                "storage.conf": f'[storage]\ndriver = "vfs"\ngraphroot = "{folder}/store"\nrunroot = "{folder}/run"\n'
        }.items():
            (folder / name).write_text(text)
        self.environment = {
            **os.environ, "BUILDAH_ISOLATION": "chroot", "STORAGE_DRIVER": "vfs",
            "CONTAINERS_STORAGE_CONF": str(folder / "storage.conf"),
            "CONTAINERS_REGISTRIES_CONF": str(folder / "registries.conf")}

    def buildah(self, *words, check=True, **how):
        return run("buildah", *words, check=check, env=self.environment, **how)

    def import_base(self):
        """debian:bookworm-slim, made here: what the Dockerfile builds on."""
        unpack(self.folder / "base")
        container = self.buildah("from", "scratch").stdout.strip()
        self.buildah("copy", "-q", container, self.folder / "base", "/")
        self.buildah("commit", "-q", "--signature-policy", self.folder / "policy.json", container, BASE)
        self.buildah("rm", container)
        shutil.rmtree(self.folder / "base")

    def build(self):
        """The Dockerfile as it is; apt in it asks the mirrors that this machine's apt asks."""
        apt_of_this_machine(self.folder / "apt")
        mounts = [f"{self.folder / 'apt'}:/etc/apt:ro"]
        mounts += [f"{path}:{at}:ro" for path, at in ((KEYRINGS, KEYRINGS), (CA_FILE, "/ca.crt")) if path.exists()]
        self.buildah("bud", "--signature-policy", self.folder / "policy.json", "--pull-never", "--network", "host",
                     "--format", "docker", *[f"--volume={mount}" for mount in mounts], "-t", NAME,
                     "-f", ROOT / "deploy" / "Dockerfile", ROOT)

    def inspect(self, name):
        return json.loads(self.buildah("inspect", "--type", "image", name).stdout)

    def remove(self):
        self.buildah("umount", "--all", check=False)
        self.buildah("rm", "--all", check=False)
        shutil.rmtree(self.folder, ignore_errors=True)


class Container:
    """One of the image; its programs run as compose runs them: the image's user, no rights, a read-only root."""

    def __init__(self, store, secrets):
        self.store, self.secrets = store, secrets
        self.id = store.buildah("from", "--pull-never", NAME).stdout.strip()
        self.root = Path(store.buildah("mount", self.id).stdout.strip())

    def command(self, *words, environment=None):
        given = [f"--env={name}={value}" for name, value in (environment or {}).items()]
        return ["unshare", "--mount", "--propagation", "private", "sh", "-euc", READ_ONLY, "sh", str(self.root),
                str(self.secrets), "buildah", "run", "--cap-drop", "all", "--network", "host", *given,
                self.id, "--", *words]

    def run(self, *words, check=True, environment=None):
        return run(*self.command(*words, environment=environment), check=check, env=self.store.environment)

    def of_compose(self, name, log, **environment):
        """A service of docker-compose.yml: its command and environment, but for what is given."""
        service = COMPOSE["services"][name]
        kind, *asked = service["healthcheck"]["test"]
        assert kind == "CMD"
        return Service(self, name, log, service["command"], {**service["environment"], **environment}, asked)

    def of_kubernetes(self, rendered, name, log, **environment):
        """A container of a pod: its command, environment and settings. Its files are all below /run/secrets here."""
        pod = rendered.pods()[f"suoyin-{name}"]
        rendered.config(pod, self.secrets / "pod")
        container = pod["spec"]["containers"][0]
        given = {e["name"]: e.get("value", f"{pod['metadata']['labels']['app.kubernetes.io/name']}-0")
                 for e in container["env"]}
        command = [word.replace("/etc/suoyin", "/run/secrets/pod/etc/suoyin") for word in container["command"]]
        return Service(self, name, log, command, {**given, **environment}, [*command, "--healthcheck"])


class Service(Daemon):
    """A daemon in a container, on a port of this machine; `asked` is the command that finds whether it is healthy."""

    def __init__(self, container, name, log, command, environment, asked):
        port = free_port()
        self.container, self.asked, self.wanted = container, asked, Path(command[0]).name
        self.given = {**environment, "SUOYIN_ADMIN_LISTEN": f"127.0.0.1:{port}"}
        super().__init__(name, container.command(*command, environment=self.given), log, container.store.environment,
                         port)

    def is_healthy(self):
        return self.container.run(*self.asked, check=False, environment=self.given).returncode == 0

    def program(self):
        """The pid of the program in the container, behind those of buildah."""
        look_at = [self.process.pid]
        while look_at:
            pid = look_at.pop(0)
            try:
                if Path(os.readlink(f"/proc/{pid}/exe")).name == self.wanted:
                    return pid
                look_at += [int(child) for task in Path(f"/proc/{pid}/task").iterdir()
                            for child in (task / "children").read_text().split()]
            except OSError:
                continue  # it has ended
        return None

    def signal(self, number):
        """To the program, as a container engine does it; buildah ends with its exit status."""
        if not self.is_running():
            return
        pid = self.program()
        if pid is not None:
            os.kill(pid, number)
        elif number == signal.SIGKILL:
            self.process.send_signal(number)
