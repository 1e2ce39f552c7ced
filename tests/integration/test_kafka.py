# SPDX-License-Identifier: MIT
"""librdkafka against the broker we test with: what suoyin relies on, without suoyin between."""

import subprocess

import pytest

from suoyin import BIN

PROBE = BIN.parent / "tests" / "kafka_probe"
ZSTD = 4


def probe(*arguments):
    """The facts a command of kafka_probe printed."""
    done = subprocess.run([PROBE, *map(str, arguments)], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return dict(word.split("=", 1) for word in done.stdout.split())


@pytest.fixture
def filled(kafka, topic):
    """A topic with ten messages in each of its 12 partitions."""
    probe("create", kafka.bootstrap, topic)
    probe("produce", kafka.bootstrap, topic, 120, 20000)
    return topic


def codecs(segment):
    """Compression codec of each record batch of a segment file (Kafka's message format v2)."""
    data, at = segment.read_bytes(), 0
    while at + 61 <= len(data):
        length = int.from_bytes(data[at + 8:at + 12], "big")
        if length == 0:
            return
        yield int.from_bytes(data[at + 21:at + 23], "big") & 7
        at += 12 + length


def test_what_was_produced_comes_back_byte_for_byte(kafka, filled):
    assert probe("consume", kafka.bootstrap, filled, 120)["consumed"] == "120"


def test_batches_are_stored_as_zstd(kafka, filled):
    segments = list((kafka.directory / "kafka" / "data").glob(f"{filled}-*/*.log"))
    found = [codec for segment in segments for codec in codecs(segment)]
    assert len(segments) == 12 and set(found) == {ZSTD}
    assert sum(s.stat().st_size for s in segments) < 120 * 20000 / 10


def test_the_largest_page_fits(kafka, topic):
    probe("create", kafka.bootstrap, topic)
    assert probe("produce", kafka.bootstrap, topic, 2, 7864320)["failed"] == "0"
    assert probe("consume", kafka.bootstrap, topic, 2)["consumed"] == "2"


def test_two_members_share_and_begin_at_the_offsets_given(kafka, filled):
    facts = probe("group", kafka.bootstrap, filled)
    assert (facts["alone"], facts["a"], facts["b"]) == ("12", "6", "6")
    assert int(facts["close_a"]) < 5000 and int(facts["close_b"]) < 5000


def test_topics_survive_a_kill_of_the_broker(kafka, filled):
    kafka.kill()
    kafka.start()
    assert probe("consume", kafka.bootstrap, filled, 120)["consumed"] == "120"
