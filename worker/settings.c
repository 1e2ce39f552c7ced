/* SPDX-License-Identifier: MIT */
#include <stddef.h>

#include "settings.h"

#define FIELD(name) offsetof(struct settings, name)

static const struct setting settings[] = {
	{"group", SETTING_STRING, FIELD(group), "suoyin-worker", 0, 0, NULL, false,
		"Consumer group; also names the rows of core.ingest_offset, the resume source."},
	{"instance", SETTING_STRING, FIELD(instance), "", 0, 0, NULL, false,
		"Static membership id (group.instance.id), unique per worker; empty: dynamic membership."},
	{"partitions", SETTING_INT, FIELD(partitions), "12", 1, 1000, NULL, false,
		"Partitions of the topic where it has to be created."},
	{"replication", SETTING_INT, FIELD(replication), "1", 1, 9, NULL, false,
		"Replicas of the topic where it has to be created."},
	{"children", SETTING_INT, FIELD(children), "2", 1, 64, NULL, false,
		"Processes that read pages; about one per core."},
	{"child.deadline", SETTING_DURATION, FIELD(child_deadline_ms), "20s", 100, 600000, NULL, false,
		"A page that takes longer to read is tried once more, then it is a dead letter."},
	{"child.memory", SETTING_SIZE, FIELD(child_memory), "1GiB", 64 << 20, INT64_C(64) << 30, NULL,
		false, "Address space of one child; a page that needs more is a dead letter."},
	{"batch.messages", SETTING_INT, FIELD(batch_messages), "100", 1, 5000, NULL, false,
		"Messages of one transaction, at most."},
	{"batch.bytes", SETTING_SIZE, FIELD(batch_bytes), "32MiB", 1 << 20, INT64_C(1) << 30, NULL, false,
		"Bytes of one transaction's pages and of what was read from them, about, at most."},
	{"batch.linger", SETTING_DURATION, FIELD(batch_linger_ms), "50ms", 0, 60000, NULL, false,
		"How long a batch waits for more messages."},
	{"drain", SETTING_DURATION, FIELD(drain_ms), "8s", 0, 300000, NULL, false,
		"Time for the last transaction at a stop or when partitions are taken away."},
	{"outbox.reports", SETTING_STRING, FIELD(outbox_reports), "suoyin.reports", 0, 0, NULL, false,
		"Topic of the report events (docs/EVENTS.md); empty: they are not sent."},
	{"outbox.dead_letters", SETTING_STRING, FIELD(outbox_dead), "suoyin.pages.dlq", 0, 0, NULL, false,
		"Topic of the dead letters; empty: they are only in the database."},
	{"outbox.partitions", SETTING_INT, FIELD(outbox_partitions), "3", 1, 1000, NULL, false,
		"Partitions of these topics where they have to be created."},
	{"outbox.poll", SETTING_DURATION, FIELD(outbox_poll_ms), "250ms", 10, 60000, NULL, false,
		"The worker that relays looks this often for what is to be sent."},
	{"outbox.lease", SETTING_DURATION, FIELD(outbox_lease_ms), "15s", 1000, 600000, NULL, false,
		"Another worker relays when the one that did has not been heard of for so long."},
	{"mode", SETTING_CHOICE, FIELD(mode), "ingest", 0, 0, "ingest|index", false,
		"ingest: takes pages from the topic. index: keeps the search index instead, without Kafka; one is"
		" at work, more wait to take over."},
	{"index.flush", SETTING_INT, FIELD(index_flush), "2000", 1, 20000, NULL, false,
		"Mode index: changed reports of one flush, at most."},
	{"index.linger", SETTING_DURATION, FIELD(index_linger_ms), "15s", 0, 60000, NULL, false,
		"Mode index: how long a change waits for more."},
	{.name = NULL},
};

const struct config_program worker_program = {
	.name = "suoyin-worker",
	.purpose = "takes pages from the topic, extracts, deduplicates and stores them in PostgreSQL",
	.settings = settings,
	.size = sizeof(struct settings),
};
