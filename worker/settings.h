/* SPDX-License-Identifier: MIT */
/* settings.h - what suoyin-worker can be told; the table is docs/CONFIG.md's source. */
#ifndef WORKER_SETTINGS_H
#define WORKER_SETTINGS_H

#include <suoyin/config.h>

enum worker_mode { MODE_INGEST, MODE_INDEX }; /* as the choices of setting mode */

struct settings {
	struct config_common common; /* first: config.h */
	char *group, *instance;
	int64_t partitions, replication;
	int64_t children, child_deadline_ms, child_memory;
	int64_t batch_messages, batch_bytes, batch_linger_ms;
	int64_t drain_ms;
	char *outbox_reports, *outbox_dead;
	int64_t outbox_partitions, outbox_poll_ms, outbox_lease_ms;
	int mode; /* enum worker_mode */
	int64_t index_flush, index_linger_ms;
};

extern const struct config_program worker_program;

#endif
