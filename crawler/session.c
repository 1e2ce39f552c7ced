/* SPDX-License-Identifier: MIT */
#include "session.h"

#include <suoyin/log.h>
#include <suoyin/metrics.h>

#define PAUSE_FIRST_MS 100
#define PAUSE_MOST_MS 10000

static void
pause_for(struct session *s, int64_t now_ms, const char *condition, const struct err *why)
{
	s->ready = false;
	backoff_next(&s->backoff, now_ms, PAUSE_FIRST_MS, PAUSE_MOST_MS);
	admin_condition(s->admin, condition, why->text);
	log_event(LEVEL_WARN, "database_waits", F_STR("condition", condition),
	    F_INT("pause_ms", s->backoff.pause_ms), F_ERR(why));
}

static void
start(struct session *s, int64_t now_ms)
{
	struct err why = {0};

	if (pg_connect(s->pg, &why) == -1 ||
	    pg_do(s->pg, NULL, "LISTEN suoyin_portal", 0, NULL, &why) == -1) {
		pg_disconnect(s->pg);
		pause_for(s, now_ms, "database", &why);
		return;
	}
	admin_condition(s->admin, "database", NULL);
	if (pg_check_schema(s->pg, "crawler", &why) == -1) {
		pause_for(s, now_ms, "schema", &why); /* a migration may be under way */
		return;
	}
	admin_condition(s->admin, "schema", NULL);
	s->ready = true;
	s->portals_stale = true;
	log_event(
	    LEVEL_INFO, "database_ready", F_INT("server_version", PQserverVersion(pg_conn(s->pg))));
}

void
session_poll(struct session *s, int64_t now_ms)
{
	int notes;

	if (!s->ready && backoff_is_over(&s->backoff, now_ms))
		start(s, now_ms);
	if (!s->ready)
		return;
	notes = pg_notifications(s->pg);
	if (notes > 0)
		s->portals_stale = true;
	else if (notes == -1)
		s->ready = false;
}

int
session_failed(struct session *s, int64_t now_ms, const struct err *why)
{
	metric_add(M_PG_RETRIES, pg_sqlstate(s->pg), 1);
	if (why->code != ERR_RETRY) {
		log_event(LEVEL_ERROR, "database_failed", F_ERR(why));
		return -1;
	}
	pause_for(s, now_ms, "database", why);
	return 0;
}
