/* SPDX-License-Identifier: MIT */
#include "health.h"

#include "visit.h"

#include <string.h>

#define CONTENT_K 3
#define CONTENT_N 5
#define TRANSPORT_K 4
#define TRANSPORT_N 6
#define DAY_MS INT64_C(86400000)
#define STALE_EXPECTED 14.0
#define STALE_LEAST_MS (12 * DAY_MS) /* the longest holidays, and the days before and after */
#define CONFIRM_VISITS 64
#define USUAL_LEAST 4.0 /* fewer rows shrink by chance */

const char *const health_names[HEALTH_STATES] = {
    [HEALTH_OK] = "ok",
    [HEALTH_STALE] = "stale",
    [HEALTH_SHRUNK] = "shrunk",
    [HEALTH_SOFT_404] = "soft_404",
    [HEALTH_LAYOUT] = "layout",
    [HEALTH_SLOW] = "slow",
    [HEALTH_HTTP_ERROR] = "http_error",
    [HEALTH_MOVED] = "moved",
    [HEALTH_REFUSED] = "refused",
    [HEALTH_TLS] = "tls",
    [HEALTH_DNS] = "dns",
    [HEALTH_ROBOTS] = "robots",
    [HEALTH_FENCE] = "blocked:fence",
    [HEALTH_CHALLENGE] = "blocked:challenge",
};

static const struct {
	const char *reason;
	enum health_state state;
} failures[] = {
    {"dns", HEALTH_DNS},
    {"address", HEALTH_DNS},
    {"connect", HEALTH_REFUSED},
    {"tls", HEALTH_TLS},
    {"timeout", HEALTH_SLOW},
    {"challenge", HEALTH_CHALLENGE},
    {"fence", HEALTH_FENCE},
    {"soft_404", HEALTH_SOFT_404},
    {"off_site", HEALTH_MOVED},
    {"layout", HEALTH_LAYOUT},
    {"empty", HEALTH_LAYOUT},
    {"too_deep", HEALTH_LAYOUT},
    {"bad_xpath", HEALTH_LAYOUT},
    /* faults of ours, which say nothing of the portal */
    {"memory", HEALTH_NONE},
    {"database", HEALTH_NONE},
    {"list_crash", HEALTH_NONE},
    {"list_timeout", HEALTH_NONE},
    {"list_hostile", HEALTH_NONE},
    {"bad_request", HEALTH_NONE},
};

enum health_state
health_of_failure(const char *reason)
{
	if (strncmp(reason, "robots", 6) == 0)
		return HEALTH_ROBOTS;
	for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++)
		if (strcmp(failures[i].reason, reason) == 0)
			return failures[i].state;
	return HEALTH_HTTP_ERROR;
}

enum health_state
health_of_name(const char *name)
{
	for (int i = 0; i < HEALTH_STATES; i++)
		if (strcmp(health_names[i], name) == 0)
			return (enum health_state)i;
	return HEALTH_OK;
}

void
health_push(char recent[HEALTH_RECENT + 1], enum health_state verdict)
{
	size_t n = strlen(recent);

	if (n == HEALTH_RECENT)
		memmove(recent, recent + 1, n--);
	recent[n] = (char)('a' + (int)verdict);
	recent[n + 1] = '\0';
}

static bool
is_transport(enum health_state s)
{
	return s == HEALTH_SLOW || s == HEALTH_DNS || s == HEALTH_TLS || s == HEALTH_REFUSED ||
	       s == HEALTH_HTTP_ERROR;
}

/* How many of the last n verdicts are `s`; HEALTH_NONE: are any but ok. */
static int
count_last(const char *recent, size_t n, enum health_state s)
{
	size_t all = strlen(recent);
	int found = 0;

	for (size_t i = all > n ? all - n : 0; i < all; i++)
		found += s == HEALTH_NONE ? recent[i] != 'a' : recent[i] == 'a' + (int)s;
	return found;
}

/* The verdict that is enough for a state; of several the last one. */
static enum health_state
entered(const char *recent)
{
	for (size_t n = strlen(recent), i = n; i > 0 && n - i < TRANSPORT_N; i--) {
		enum health_state s = (enum health_state)(recent[i - 1] - 'a');
		bool transport = is_transport(s);

		if (s != HEALTH_OK && count_last(recent, transport ? TRANSPORT_N : CONTENT_N, s) >=
					  (transport ? TRANSPORT_K : CONTENT_K))
			return s;
	}
	/* it fails in several ways: the last of them */
	if (count_last(recent, TRANSPORT_N, HEALTH_NONE) >= TRANSPORT_N - 1 &&
	    recent[strlen(recent) - 1] != 'a')
		return (enum health_state)(recent[strlen(recent) - 1] - 'a');
	return HEALTH_OK;
}

enum health_state
health_decide(
    const char *recent, enum health_state current, int64_t bad_for_ms, int64_t every_ms, int *bad)
{
	size_t n = strlen(recent);
	enum health_state s = n > 0 ? entered(recent) : HEALTH_OK;

	*bad = count_last(recent, HEALTH_RECENT, HEALTH_NONE);
	if (n >= 2 && recent[n - 1] == 'a' && recent[n - 2] == 'a')
		return HEALTH_OK;
	if (n == 1 && recent[0] == 'a')
		return HEALTH_OK;
	return s == HEALTH_OK || bad_for_ms < every_ms ? current : s;
}

/* No news for so long that it is no chance. */
static bool
is_stale(const struct list_memory *m, int64_t now_ms)
{
	int64_t quiet = now_ms - m->news_ms;

	return m->news_ms > 0 && quiet >= STALE_LEAST_MS && quiet >= m->longest_gap_ms / 2 * 3 &&
	       pace_expected(&m->pace, m->news_ms, now_ms) >= STALE_EXPECTED;
}

/* Less than half of its usual rows, and not an empty list that may be one. */
static bool
has_shrunk(const struct visit *v)
{
	const struct portal_list *list = portal_find_list(v->watch->portal, v->url);
	double usual = v->memory.usual_rows, rows = (double)v->overlap.rows;

	return usual >= USUAL_LEAST && rows < usual / 2 &&
	       (rows > 0 || list == NULL || !list->may_be_empty);
}

static enum health_state
verdict_of_list(struct visit *v, int64_t now_ms)
{
	struct list_memory *m = &v->memory;
	double rows = (double)v->overlap.rows;
	bool shrunk = has_shrunk(v);

	if (v->ending.kind == END_FAILED || v->ending.kind == END_REFUSED)
		return health_of_failure(v->ending.reason);
	if (v->answer.status == 304 && v->paging.pages == 0) /* as it was */
		shrunk = strlen(m->recent) > 0 &&
			 m->recent[strlen(m->recent) - 1] == 'a' + (int)HEALTH_SHRUNK;
	else if (m->usual_rows <= 0)
		m->usual_rows = rows;
	else /* what lasts becomes usual, in its time */
		m->usual_rows += (rows - m->usual_rows) * (shrunk ? 0.01 : 0.2);
	return shrunk ? HEALTH_SHRUNK : is_stale(m, now_ms) ? HEALTH_STALE : HEALTH_OK;
}

/* Stale is a verdict over weeks already. */
static enum health_state
list_state(const struct visit *v, enum health_state verdict, int64_t now_ms, int *bad)
{
	const struct list_memory *m = &v->memory;
	const struct portal_list *list = portal_find_list(v->watch->portal, v->url);
	enum health_state current = health_of_name(m->state);

	if (verdict == HEALTH_STALE && (current == HEALTH_OK || current == HEALTH_STALE)) {
		*bad = count_last(m->recent, HEALTH_RECENT, HEALTH_NONE);
		return HEALTH_STALE;
	}
	return health_decide(
	    m->recent, current, now_ms - m->bad_since_ms, list != NULL ? list->every_ms : 0, bad);
}

static void
note_list(struct visit *v)
{
	struct list_memory *m = &v->memory;
	int64_t now = list_now(m, v->answer.ended_ms);
	enum health_state verdict, state;
	int bad;

	if (m->now_ms == 0 || (verdict = verdict_of_list(v, now)) == HEALTH_NONE)
		return;
	health_push(m->recent, verdict);
	if (count_last(m->recent, HEALTH_RECENT, HEALTH_NONE) == 0)
		m->bad_since_ms = 0;
	else if (m->bad_since_ms == 0)
		m->bad_since_ms = now;
	state = list_state(v, verdict, now, &bad);
	if (m->state[0] == '\0' ? state == HEALTH_OK : state == health_of_name(m->state))
		return;
	v->health = (struct health_change){.scope = v->url,
	    .from = health_of_name(m->state),
	    .to = state,
	    .bad = bad,
	    .seen = (int)strlen(m->recent)};
}

static enum health_state
verdict_of_page(const struct visit *v)
{
	switch (v->ending.kind) {
	case END_UNCHANGED:
	case END_PUBLISHED:
		return HEALTH_OK;
	case END_FAILED:
		return health_of_failure(v->ending.reason);
	case END_REFUSED: /* of this page, not of the portal; robots are */
		return strncmp(v->ending.reason, "robots", 6) == 0 ? HEALTH_ROBOTS : HEALTH_NONE;
	case END_MISSED:
		return v->is_soft ? HEALTH_SOFT_404 : HEALTH_NONE;
	case END_RELEASED:
	case END_GONE:
	case END_LISTED:
	case END_KINDS:
	default:
		return HEALTH_NONE;
	}
}

static void
note_page(struct visit *v)
{
	struct pages_health *p = &v->watch->pages;
	enum health_state verdict = verdict_of_page(v), state;
	int bad;

	if (verdict == HEALTH_NONE)
		return;
	health_push(p->recent, verdict);
	if (count_last(p->recent, HEALTH_RECENT, HEALTH_NONE) == 0)
		p->bad_since_ms = 0;
	else if (p->bad_since_ms == 0)
		p->bad_since_ms = v->answer.ended_ms;
	state = health_decide(p->recent, p->state, v->answer.ended_ms - p->bad_since_ms,
	    v->watch->portal->delay_ms, &bad);
	/* now and then also what did not change: another crawler may have left its verdict and died
	 */
	if (state == p->state && (state != HEALTH_OK || p->visits++ % CONFIRM_VISITS != 0))
		return;
	v->health = (struct health_change){.scope = "pages",
	    .from = p->state,
	    .to = state,
	    .bad = bad,
	    .seen = (int)strlen(p->recent)};
	p->state = state;
}

void
health_note(struct visit *v)
{
	if (v->ending.kind == END_RELEASED || v->lost)
		return;
	if (v->is_list)
		note_list(v);
	else
		note_page(v);
}
