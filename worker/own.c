/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <suoyin/log.h>

#include "own.h"

static const char own_sql[] =
    "INSERT INTO core.ingest_offset AS o (grp, topic, part, next_offset, epoch, owner)"
    " SELECT $1, $2, p, 0, 1, $4 FROM unnest($3::integer[]) AS p ORDER BY p"
    " ON CONFLICT (grp, topic, part) DO UPDATE SET epoch = o.epoch + 1, owner = excluded.owner,"
    " updated_at = now() RETURNING part, epoch, next_offset, last_ce_id";

/* Who has raised one of the rows and not yet committed: its transaction is in xmax. */
static const char end_sql[] =
    "SELECT a.pid, pg_terminate_backend(a.pid) FROM core.ingest_offset o"
    " JOIN pg_locks l ON l.locktype = 'transactionid' AND l.transactionid = o.xmax AND l.granted"
    " JOIN pg_stat_activity a ON a.pid = l.pid AND a.datname = current_database()"
    " WHERE o.grp = $1 AND o.topic = $2 AND o.part = ANY ($3::integer[]) AND a.pid <> pg_backend_pid()"
    " AND pg_has_role(a.usesysid, 'USAGE')";

static void
partitions_array(const rd_kafka_topic_partition_list_t *list, struct buf *out)
{
	buf_init(out, 1 << 20);
	(void)buf_add_byte(out, '{');
	for (int i = 0; i < list->cnt; i++)
		(void)buf_add_fmt(out, "%s%" PRId32, i == 0 ? "" : ",", list->elems[i].partition);
	(void)buf_add_byte(out, '}');
}

static int
read_rows(const PGresult *res, struct owned **out, size_t *count, struct err *err)
{
	*count = (size_t)PQntuples(res);
	if ((*out = calloc(*count + 1, sizeof(**out))) == NULL)
		return err_set(err, ERR_RETRY, "memory", "out of memory");
	for (int i = 0; i < PQntuples(res); i++) {
		struct owned *o = &(*out)[i];

		o->partition = (int32_t)strtol(PQgetvalue(res, i, 0), NULL, 10);
		o->epoch = pg_int_at(res, i, 1);
		o->next = o->stored = pg_int_at(res, i, 2);
		(void)snprintf(o->guard_id, sizeof(o->guard_id), "%s", PQgetvalue(res, i, 3));
		o->guard = o->next > 0 && !PQgetisnull(res, i, 3) ? o->next - 1 : -1;
	}
	return 0;
}

/* Had in vain waited for lock_timeout. */
static bool
was_locked(const struct pg *pg)
{
	return strcmp(pg_sqlstate(pg), "55P03") == 0;
}

static void
end_holders(struct pg *pg, const char *const values[3])
{
	struct err err = {0};
	PGresult *res = pg_query(pg, NULL, end_sql, 3, values, &err);

	if (res == NULL) {
		log_event(LEVEL_WARN, "holder_not_ended", F_ERR(&err));
		return;
	}
	for (int i = 0; i < PQntuples(res); i++)
		log_event(LEVEL_WARN, "holder_ended", F_STR("backend", PQgetvalue(res, i, 0)),
		    F_STR("ended", pg_bool_at(res, i, 1) ? "yes" : "no"));
	PQclear(res);
}

int
own_take(struct pg *pg, const struct own_claim *claim, struct owned **out, size_t *count, struct err *err)
{
	const char *values[4] = {claim->group, claim->topic, NULL, claim->owner};
	struct buf parts;
	PGresult *res = NULL;
	int rc = -1;

	if (pg_connect(pg, err) == -1)
		return -1;
	partitions_array(claim->partitions, &parts);
	values[2] = parts.p;
	if ((res = pg_query(pg, "own", own_sql, 4, values, err)) != NULL)
		rc = read_rows(res, out, count, err);
	else if (was_locked(pg))
		end_holders(pg, values);
	PQclear(res);
	buf_fini(&parts);
	return rc;
}
