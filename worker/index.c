/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <suoyin/clock.h>
#include <suoyin/log.h>
#include <suoyin/metrics.h>
#include <suoyin/stop.h>
#include <time.h>
#include <unistd.h>

#include "index.h"
#include "work.h"

#define POLL_MS 500
#define RENEW_MS 10000 /* a third of the lease */
#define RETRY_MS 2000

struct indexer {
	const struct settings *settings;
	struct pg *pg;
	struct admin *admin;
	char owner[96];
	int64_t lease_no; /* 0: another's */
	int64_t renew_at_ms;
};

static void
nap(int64_t ms)
{
	const struct timespec t = {ms / 1000, ms % 1000 * 1000000};

	(void)nanosleep(&t, NULL);
}

static void
hold(struct indexer *x, int64_t lease_no)
{
	if ((lease_no == 0) != (x->lease_no == 0))
		log_event(LEVEL_INFO, lease_no == 0 ? "lease_lost" : "lease_taken", F_INT("lease", lease_no));
	x->lease_no = lease_no;
	x->renew_at_ms = clock_ms() + RENEW_MS;
	metric_set(M_INDEX_LEADER, NULL, lease_no != 0);
}

/* A row that is locked is held by one who is at work. */
static int
take_lease(struct indexer *x, struct err *err)
{
	const char *values[] = {x->owner};
	PGresult *res = pg_query(x->pg, "take_lease",
	    "UPDATE core.search_lease SET owner = $1, lease_no = lease_no + 1,"
	    " lease_until = clock_timestamp() + interval '" INDEX_LEASE "'"
	    " WHERE is_only = (SELECT is_only FROM core.search_lease WHERE lease_until < clock_timestamp()"
	    " FOR UPDATE SKIP LOCKED) RETURNING lease_no", 1, values, err);

	if (res == NULL)
		return -1;
	if (PQntuples(res) == 1)
		hold(x, pg_int_at(res, 0, 0));
	PQclear(res);
	return x->lease_no == 0 ? 0 : index_rules(x->pg, x->lease_no, err);
}

/* until: "infinity" is never used; '-infinity' gives the lease back. */
static int
move_lease(struct indexer *x, const char *until, struct err *err)
{
	char lease[24];
	const char *values[] = {lease, until};
	int64_t rows;

	(void)snprintf(lease, sizeof(lease), "%" PRId64, x->lease_no);
	rows = pg_do(x->pg, "move_lease",
	    "UPDATE core.search_lease SET lease_until = coalesce($2::timestamptz,"
	    " clock_timestamp() + interval '" INDEX_LEASE "') WHERE lease_no = $1::bigint", 2, values, err);
	if (rows != -1)
		hold(x, rows == 1 && until == NULL ? x->lease_no : 0);
	return rows == -1 ? -1 : 0;
}

struct waiting {
	int64_t count; /* counted up to one flush */
	double oldest_s;
};

static int
look(struct indexer *x, struct waiting *out, struct err *err)
{
	char most[24];
	const char *values[] = {most};
	PGresult *res;

	(void)snprintf(most, sizeof(most), "%" PRId64, x->settings->index_flush);
	res = pg_query(x->pg, "look",
	    "SELECT count(*), coalesce(extract(epoch FROM clock_timestamp() - min(queued_at)), 0) FROM"
	    " (SELECT queued_at FROM core.search_queue ORDER BY queue_id LIMIT $1::bigint) q", 1, values, err);
	if (res == NULL)
		return -1;
	out->count = pg_int_at(res, 0, 0);
	out->oldest_s = strtod(PQgetvalue(res, 0, 1), NULL);
	PQclear(res);
	metric_set(M_INDEX_WAITING, NULL, (double)out->count);
	metric_set(M_INDEX_AGE, NULL, out->oldest_s);
	return 0;
}

/* 1: there may be more to do at once. 0: nothing to do now. -1: err. */
static int
turn(struct indexer *x, struct err *err)
{
	struct waiting waiting;
	int64_t done;

	if (pg_connect(x->pg, err) == -1 || (x->lease_no == 0 && take_lease(x, err) == -1))
		return -1;
	if (x->lease_no != 0 && clock_ms() >= x->renew_at_ms && move_lease(x, NULL, err) == -1)
		return -1;
	if (x->lease_no == 0)
		return 0;
	if (look(x, &waiting, err) == -1)
		return -1;
	if (waiting.count < x->settings->index_flush &&
	    (waiting.count == 0 || waiting.oldest_s * 1000 < (double)x->settings->index_linger_ms))
		return 0;
	done = index_flush(x->pg, x->lease_no, x->settings->index_flush, x->admin, err);
	if (done == -1)
		return -1;
	hold(x, done == -2 ? 0 : x->lease_no);
	return done > 0;
}

/* A database that is away is waited for; the lease runs out by itself. */
static int
after_trouble(struct indexer *x, const struct err *why)
{
	log_event(why->code == ERR_RETRY ? LEVEL_WARN : LEVEL_ERROR, "index_failed", F_ERR(why));
	admin_condition(x->admin, "database", why->text);
	pg_disconnect(x->pg);
	hold(x, 0);
	for (int64_t until = clock_ms() + RETRY_MS; !stop_asked() && clock_ms() < until;) {
		admin_tick(x->admin);
		nap(100);
	}
	return why->code == ERR_FATAL ? -1 : 0;
}

int
index_run(const struct settings *settings, struct pg *pg, struct admin *admin, struct err *err)
{
	struct indexer x = {.settings = settings, .pg = pg, .admin = admin};
	struct err ignored = {0};
	char host[64] = "";
	int rc = 0;

	(void)gethostname(host, sizeof(host) - 1);
	(void)snprintf(x.owner, sizeof(x.owner), "%s/%ld", host, (long)getpid());
	log_event(LEVEL_INFO, "started", F_STR("mode", "index"), F_INT("admin_port", admin_port(admin)));
	while (rc == 0 && !stop_asked()) {
		struct err why = {0};
		int more = turn(&x, &why);

		admin_tick(admin);
		if (more == -1) {
			*err = why;
			rc = after_trouble(&x, &why);
		} else {
			admin_condition(admin, "database", NULL);
		}
		if (more == 0)
			nap(POLL_MS);
	}
	if (x.lease_no != 0 && pg_is_connected(pg))
		(void)move_lease(&x, "-infinity", &ignored);
	return rc;
}
