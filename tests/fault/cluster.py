# SPDX-License-Identifier: MIT
"""Three brokers that are controllers as well: what a leader's or coordinator's death is played with."""

import base64
import contextlib
import uuid
from concurrent.futures import ThreadPoolExecutor

from suoyin.daemon import free_port
from suoyin.stack import Kafka

REPLICATED = ("offsets.topic.replication.factor", "transaction.state.log.replication.factor", "default.replication.factor")


class Cluster:
    """nodes[i] is started, killed and started again like any Kafka; bootstrap names all."""

    def __init__(self, directory, size=3):
        self.nodes = []
        ports = [(free_port(), free_port()) for _ in range(size)]
        voters = ",".join(f"{n}@127.0.0.1:{controller}" for n, (_, controller) in enumerate(ports, 1))
        id = base64.urlsafe_b64encode(uuid.uuid4().bytes).rstrip(b"=").decode()
        settings = {"controller.quorum.voters": voters, "min.insync.replicas": 2,
                    **{name: size for name in REPLICATED}, "transaction.state.log.min.isr": 2}
        for n, (broker, controller) in enumerate(ports, 1):
            home = directory / f"broker{n}" / "kafka"
            home.mkdir(parents=True)
            (home / "port").write_text(f"{broker}\n")
            (home / "controller_port").write_text(f"{controller}\n")
            (home / "cluster_id").write_text(f"{id}\n")
            (home / "extra.properties").write_text(
                "".join(f"{k}={v}\n" for k, v in {**settings, "node.id": n}.items()))
            self.nodes.append(Kafka(home.parent))
        self.bootstrap = ",".join(f"127.0.0.1:{broker}" for broker, _ in ports)

    def __enter__(self):
        with ThreadPoolExecutor(len(self.nodes)) as pool:  # one alone waits for a majority
            list(pool.map(Kafka.start, self.nodes))
        return self

    def __exit__(self, *_):
        for node in self.nodes:
            with contextlib.suppress(RuntimeError):
                node.kill()
