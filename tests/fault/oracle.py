# SPDX-License-Identifier: MIT
"""N1–N8: what "nothing lost, nothing doubled" means, held against the log itself and the manifest of traffic.py.

N1 each message of the log is judged once   N2 reports and revisions are those of the manifest, in order
N3 dead letters are the poison, each once   N4 a revision and its rows are whole
N5 offsets never go back, epochs go up      N6 dead letters and report events are on their topics
N7 it goes on without help                  N8 memory, threads and descriptors stay bounded
"""

from collections import Counter
from pathlib import Path

from suoyin import wait_until
from suoyin.ledger import judged, outcomes
from suoyin.outbox import Feed, event_of, wait_sent, what
from suoyin.trees import differences

MEMORY_MIB = 400
CHECKS = [f"N{n}" for n in range(1, 9)]

# Written in the worker's own transactions. A message that two transactions count breaks the key.
AUDIT = """
CREATE SCHEMA audit;
CREATE TABLE audit.ledger (topic text, part integer, "offset" bigint, tx xid8 NOT NULL DEFAULT pg_current_xact_id(),
	PRIMARY KEY (topic, part, "offset"));
CREATE TABLE audit.counted (tx xid8 NOT NULL DEFAULT pg_current_xact_id(), messages integer NOT NULL,
	at timestamptz NOT NULL DEFAULT clock_timestamp());
CREATE TABLE audit.backwards (what text NOT NULL);
CREATE FUNCTION audit.moved() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
	IF TG_OP = 'UPDATE' AND (new.next_offset < old.next_offset OR new.epoch < old.epoch
	    OR (new.owner <> old.owner AND new.epoch = old.epoch)) THEN
		INSERT INTO audit.backwards VALUES (format('%s → %s', old, new));
	END IF;
	INSERT INTO audit.ledger (topic, part, "offset") SELECT new.topic, new.part, o
		FROM generate_series(CASE WHEN TG_OP = 'UPDATE' THEN old.next_offset ELSE 0 END, new.next_offset - 1) o;
	RETURN NULL;
END $$;
CREATE FUNCTION audit.counts() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
	INSERT INTO audit.counted (messages) VALUES (new.messages);
	RETURN NULL;
END $$;
CREATE TRIGGER audit AFTER INSERT OR UPDATE ON core.ingest_offset FOR EACH ROW EXECUTE FUNCTION audit.moved();
CREATE TRIGGER audit AFTER INSERT ON core.outcome FOR EACH ROW EXECUTE FUNCTION audit.counts();
"""


def install(database):
    database.query(AUDIT)


class Each:
    """Instead of a list of messages, where they are too many to be kept."""

    def __init__(self, act):
        self.append = act


def read(kafka, topic, act):
    """act(message) for each of a topic so far."""
    feed = Feed(kafka, topic)
    feed.messages = Each(act)
    try:
        feed.all(600)
    finally:
        feed.close()


def size_of(daemon):
    """(MiB, threads, descriptors) of a process."""
    proc = Path(f"/proc/{daemon.process.pid}")
    status = dict(line.split(":", 1) for line in (proc / "status").read_text().splitlines())
    return int(status["VmHWM"].split()[0]) / 1024, int(status["Threads"]), len(list((proc / "fd").iterdir()))


class Oracle:
    def __init__(self, kafka, database, traffic):
        self.kafka, self.database, self.traffic = kafka, database, traffic
        self.sizes = {}   # daemon's pid → its size when it was first seen
        self.verdict = {}

    def watch(self, *workers):
        """Their size once they have worked is what they are held to."""
        self.traffic.send(30)
        self.settle()
        for worker in workers:
            self.sizes.setdefault(worker.process.pid, size_of(worker))

    def settle(self, timeout=90):
        """N7: all that is in the log is judged within this time, by whoever runs."""
        self.traffic.flush()
        count = self.traffic.count
        wait_until(lambda: judged(self.database) >= count, timeout, f"{count} messages are judged")
        wait_sent(self.database, timeout)

    def judge(self, *workers, timeout=90):
        """All checks; an assertion names each that does not hold."""
        checks = [("N7", lambda: self.settle(timeout))]
        checks += [(name, getattr(self, f"_{name.lower()}")) for name in ("N1", "N2", "N3", "N4", "N5", "N6")]
        checks += [("N8", lambda: self._n8(workers))]
        for name, check in checks:
            try:
                check()
                self.verdict[name] = "ok"
            except AssertionError as error:
                self.verdict[name] = str(error).strip()[:2000] or "does not hold"
        bad = {name: said for name, said in self.verdict.items() if said != "ok"}
        assert not bad, "\n".join(f"{name}: {said}" for name, said in bad.items())

    def _log(self):
        """ce_id → (partition, offset) of what the topic holds, which is what there is to be judged."""
        found = {}

        def note(message):
            id = dict(message.headers())["ce_id"].decode()
            assert id not in found, f"the log has {id} twice"
            found[id] = (message.partition(), message.offset())
        read(self.kafka, self.traffic.topic, note)
        assert set(found) == set(self.traffic.ids), "the log is not what was acknowledged"
        return found

    def losses(self):
        """(messages of the log that were never judged, judged oftener than they are there)."""
        moved, = self.database.query("SELECT count(*)::int FROM audit.ledger")[0]
        counted = judged(self.database)
        return max(len(self._log()) - min(moved, counted), 0), max(counted - len(self._log()), 0)

    def _n1(self):
        self.places = self._log()
        rows = self.database.query("SELECT part, \"offset\" FROM audit.ledger")
        assert Counter(rows) == Counter(self.places.values()), "the ledger is not the log"
        uneven = self.database.query(
            "SELECT tx::text, l.n, c.n FROM (SELECT tx, count(*) n FROM audit.ledger GROUP BY tx) l FULL JOIN"
            " (SELECT tx, sum(messages) n FROM audit.counted GROUP BY tx) c USING (tx) WHERE l.n IS DISTINCT FROM c.n")
        assert not uneven, f"transactions that judged another number than they moved on: {uneven[:5]}"
        assert outcomes(self.database) == +self.traffic.expected

    def _n2(self):
        chains = {}
        for url, id in self.database.query("SELECT url, ce_id FROM core.revision ORDER BY report_id, revision_id"):
            chains.setdefault(url, []).append(id)
        stored = {id for chain in chains.values() for id in chain}
        for address in self.traffic.addresses:
            if not address.twins:
                assert chains.pop(address.url, []) == address.ids, f"revisions of {address.url}"
        rest = [id for chain in chains.values() for id in chain]
        assert len(rest) == len(self.traffic.twins), "a report at two addresses is not one"
        assert all((a in stored) != (b in stored) for a, b in self.traffic.twins), "a twin is lost or doubled"
        last = {a.ids[-1] for a in self.traffic.addresses if a.ids}
        shown = {id for id, in self.database.query(
            "SELECT v.ce_id FROM core.report r JOIN core.revision v ON v.revision_id = r.current_revision")}
        assert shown == last | set(rest), "a report shows another revision than its last"

    def _n3(self):
        want = Counter((*self.places[id], reason) for id, reason in self.traffic.poison.items())
        have = Counter(self.database.query("SELECT part, \"offset\", reason FROM core.dead_letter"))
        assert have == want, f"too many {have - want}, missing {want - have}"

    def _n4(self):
        database = self.database
        torn = database.query("SELECT revision_id FROM core.revision v WHERE record IS NULL OR body IS NULL"
                              " OR (SELECT count(*) FROM core.section s WHERE s.revision_id = v.revision_id) < 3")
        assert not torn, f"revisions without their sections: {torn[:5]}"
        contents = {id: a.content for a in self.traffic.addresses for id in a.ids[-1:]}
        bodies = dict(database.query("SELECT ce_id, body FROM core.revision"))
        assert all(bodies[id].count(text) == 6 for id, text in contents.items() if id in bodies), "a body is torn"
        assert differences(database) == {}, "rows are not those of the records"

    def _n5(self):
        assert self.database.query("SELECT what FROM audit.backwards") == []
        ends = Counter(part for part, _ in self.places.values())
        assert dict(self.database.query("SELECT part, next_offset::int FROM core.ingest_offset WHERE next_offset > 0")) \
            == dict(ends), "the offsets are not the ends of the log"

    def _n6(self):
        letters, first, told = set(), {}, Counter()

        def letter(message):
            headers = dict(message.headers())
            letters.add(tuple(int(headers[f"__connect.errors.{name}"]) for name in ("partition", "offset")))

        def event(message):
            value, digest = event_of(message), hash(message.value())
            told[what(value)] += value["id"] not in first
            assert first.setdefault(value["id"], digest) == digest, "two events of one id"
        read(self.kafka, f"{self.traffic.topic}.dlq", letter)
        read(self.kafka, f"{self.traffic.topic}.reports", event)
        assert letters == {self.places[id] for id in self.traffic.poison}, "the letters on the topic"
        stored = self.database.query("SELECT (SELECT count(*) FROM core.report), (SELECT count(*) FROM core.revision)")
        assert [(told["new"], told["new"] + told["revised"])] == stored, f"events {told}, stored {stored}"

    def _n8(self, workers):
        for worker in workers:
            memory, threads, descriptors = size_of(worker)
            _, threads_then, descriptors_then = self.sizes.get(worker.process.pid, (memory, threads, descriptors))
            assert memory < MEMORY_MIB, f"{worker.name} held {memory:.0f} MiB"
            assert threads <= threads_then + 4, f"{worker.name}: {threads_then} → {threads} threads"
            assert descriptors <= descriptors_then + 12, f"{worker.name}: {descriptors_then} → {descriptors} descriptors"
