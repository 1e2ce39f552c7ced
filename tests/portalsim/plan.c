/* SPDX-License-Identifier: MIT */
#include "folder.h"
#include "lists.h"
#include "numbers.h"
#include "manners.h"
#include "scenario.h"
#include "sim.h"
#include "voice.h"

#include <stdlib.h>
#include <string.h>

#define BAD_REPORTS 2 /* good pages among sim-bad's */
#define FIRST_YEAR 2020
#define YEARS 6
#define FIRST_PAGES 15 /* reports of the first portal, so that its list has several pages */
#define FIRST_LEAST 5  /* enough for a demo to be played there alone */
#define PATTERN 4      /* portals that differ in dialect; then the mixture turns */

static void
plan_names(struct sim *s, struct portal *p, unsigned i, struct rng *rng)
{
	static const char *const kinds[] = {"县", "市", "区"};
	/* an odd factor visits all 1,024 pairs before one comes again */
	unsigned pair = (unsigned)(((uint64_t)i * 37 + s->opt.seed * 101) % 1024);

	(void)snprintf(p->id, sizeof(p->id), "sim-%03u", i + 1);
	manners_name(s, p, i);
	(void)snprintf(p->province, sizeof(p->province), "%s%s省",
	    name_second.items[rng_below(rng, 16)], name_first.items[rng_below(rng, 16)]);
	(void)snprintf(p->city, sizeof(p->city), "%s%s市",
	    name_first.items[rng_below(rng, 16) + 16], name_second.items[rng_below(rng, 16) + 16]);
	(void)snprintf(p->county, sizeof(p->county), "%s%s%s", name_first.items[pair / 32],
	    name_second.items[pair % 32], kinds[i % 3]);
	(void)snprintf(p->name, sizeof(p->name), "%s人民政府", p->county);
	(void)snprintf(p->site_code, sizeof(p->site_code), "%u%04u", rng_range(rng, 330100, 659900),
	    rng_range(rng, 1, 99));
}

/* The first four show each dialect once; later ones mix charset, block and validators otherwise. */
static void
plan_manners(struct portal *p, unsigned i, bool all_lists)
{
	static const enum charset charsets[] = {
	    CHARSET_GB_META, CHARSET_UTF8_HTTP, CHARSET_GB_HTTP, CHARSET_UTF8_META};
	static const unsigned validators[] = {
	    VALIDATORS_ETAG | VALIDATORS_DATE, VALIDATORS_NONE, VALIDATORS_DATE, VALIDATORS_ETAG};
	unsigned turn = i / PATTERN;

	p->dialect = (enum dialect)(i % PATTERN);
	p->charset = charsets[(i + turn) % 4];
	p->validators = validators[(i + turn * 2) % 4];
	p->block = (i + turn * 3) % 4 != 2;
	p->rows = 10 + i * 3 % 11;
	if (all_lists)
		lists_plan(p, i);
	for (unsigned c = 0; c < COLUMNS; c++)
		paths_column(p, &p->columns[c], c);
}

static unsigned
share(const struct sim *s, unsigned i, unsigned n)
{
	unsigned reports = s->opt.reports, first, rest;

	if (n == 1)
		return reports;
	first = reports * 2 / (n + 1);
	if (first < FIRST_PAGES && reports >= FIRST_PAGES + 2 * (n - 1))
		first = FIRST_PAGES;
	if (first < FIRST_LEAST && reports >= FIRST_LEAST + n - 1)
		first = FIRST_LEAST;
	if (first == 0 || first > reports - (n - 1))
		first = first == 0 ? 1 : reports - (n - 1);
	if (i == 0)
		return first;
	rest = reports - first;
	return rest / (n - 1) + (i - 1 < rest % (n - 1) ? 1 : 0);
}

static int
plan_portals(struct sim *s)
{
	unsigned n = s->opt.portals, next = 0;

	s->portal_count = n + (s->opt.misbehave ? 1 : 0);
	if ((s->portals = calloc(s->portal_count, sizeof(*s->portals))) == NULL)
		return -1;
	for (unsigned i = 0; i < s->portal_count; i++) {
		struct portal *p = &s->portals[i];
		struct rng rng;

		rng_init(&rng, s->opt.seed, STREAM_PORTAL, i);
		plan_names(s, p, i, &rng);
		plan_manners(p, i < n ? i : 0, s->opt.all_lists && i < n);
		numbers_organ(p, i, &rng);
		p->first_report = next;
		p->report_count = i < n ? share(s, i, n) : BAD_REPORTS;
		next += p->report_count;
		if (p->report_count > PORTAL_REPORTS_MAX) {
			(void)fprintf(stderr, "portalsim: at most %d reports per portal\n",
			    PORTAL_REPORTS_MAX);
			return -1;
		}
	}
	if (s->opt.misbehave)
		(void)snprintf(s->portals[n].id, sizeof(s->portals[n].id), "sim-bad");
	s->report_count = next;
	return 0;
}

/* Offices of a county: its bureaus first, then its towns. */
static const char *
plan_agency(struct report *r, const struct portal *p, unsigned office)
{
	unsigned town, kind;

	if (office < name_bureau.count) {
		(void)snprintf(
		    r->agency, sizeof(r->agency), "%s%s", p->county, name_bureau.items[office]);
		return name_bureau_short.items[office];
	}
	town = office - (unsigned)name_bureau.count;
	kind = town / 1024 % 3;
	town = town * 37 % 1024;
	(void)snprintf(r->agency, sizeof(r->agency), "%s%s%s%s", p->county,
	    name_town_first.items[town / 32], name_town_second.items[town % 32],
	    name_town_kind.items[kind]);
	return name_town_first.items[town / 32];
}

static void
plan_title(struct report *r, struct rng *rng)
{
	const char *topic = phrase_topic.items[rng_below(rng, (unsigned)phrase_topic.count)];
	size_t size = sizeof(r->title);
	unsigned form = rng_below(rng, r->notice ? 3 : 4);

	if (r->notice && form == 0)
		(void)snprintf(
		    r->title, size, "%s关于开展%u年%s工作的通知", r->agency, r->year + 1, topic);
	else if (r->notice && form == 1)
		(void)snprintf(r->title, size, "关于印发《%s%u年%s实施方案》的通知", r->agency,
		    r->year + 1, topic);
	else if (r->notice)
		(void)snprintf(
		    r->title, size, "%s关于%u年%s有关事项的公告", r->agency, r->year + 1, topic);
	else if (form == 0)
		(void)snprintf(r->title, size, "%s%u年法治政府建设年度报告", r->agency, r->year);
	else if (form == 1)
		(void)snprintf(
		    r->title, size, "%s关于%u年法治政府建设情况的报告", r->agency, r->year);
	else if (form == 2)
		(void)snprintf(r->title, size, "%u年%s法治政府建设工作报告", r->year, r->agency);
	else
		(void)snprintf(
		    r->title, size, "关于%s%u年推进法治政府建设情况的报告", r->agency, r->year);
}

/* January to March of the year after: rank orders the days. */
static void
plan_days(struct report *r, unsigned slot, unsigned slots, struct rng *rng)
{
	static const int lengths[] = {31, 28, 31};
	int day = 5 + (int)((uint64_t)slot * 80 / slots), month = 1, before = day - 2;

	while (month < 3 && day > lengths[month - 1])
		day -= lengths[month++ - 1];
	r->published = (struct day){
	    (int)r->year + 1, month, day, (int)rng_range(rng, 8, 17), (int)rng_range(rng, 0, 59)};
	for (month = 1; month < 3 && before > lengths[month - 1]; month++)
		before -= lengths[month - 1];
	r->signed_on = (struct day){(int)r->year + 1, month, before, 0, 0};
}

static void
plan_report(struct sim *s, unsigned portal, unsigned rank)
{
	const struct portal *p = &s->portals[portal];
	struct report *r = &s->reports[p->first_report + rank];
	unsigned offices = (p->report_count + YEARS - 1) / YEARS;
	const char *short_name;
	struct rng rng;

	r->number = p->first_report + rank + 1;
	r->portal = portal;
	r->rank = rank;
	rng_init(&rng, s->opt.seed, STREAM_REPORT, r->number);
	r->year = FIRST_YEAR + rank / offices;
	r->notice = rank % 5 == 1;
	short_name =
	    plan_agency(r, p, (rank % offices + portal * 5) % (offices < 24 ? 24 : offices));
	/* the first one of all can always be the one that is republished */
	r->bare = rng_percent(&rng, 15) && r->number != 1;
	r->attachments = rng_percent(&rng, 30) && r->number != 1 ? rng_range(&rng, 1, 3) : 0;
	r->target = rng_range(&rng, 3300, rng_percent(&rng, 30) ? 10500 : 6000);
	plan_title(r, &rng);
	plan_days(r, rank % offices, offices, &rng);
	numbers_index(r, p, &rng);
	numbers_document(r, p, short_name, &rng);
}

static void
plan_page(struct sim *s, size_t i, const struct report *r, unsigned column)
{
	struct page *p = &s->pages[i];

	*p = (struct page){.report = r,
	    .portal = r->portal,
	    .column = column,
	    .id = 1000000 + (unsigned)(s->opt.seed % 100000) + (unsigned)i * 3,
	    .served_ms = -1};
	paths_page(s, p);
	s->portals[r->portal].columns[column].room++;
}

static int
plan_rows(struct sim *s)
{
	for (size_t i = 0; i < s->portal_count; i++)
		for (unsigned c = 0; c < COLUMNS; c++) {
			struct column *column = &s->portals[i].columns[c];

			column->rows = calloc(column->room + 1, sizeof(*column->rows));
			if (column->rows == NULL)
				return -1;
		}
	return 0;
}

static int
plan_synthetic(struct sim *s)
{
	if (plan_portals(s) == -1)
		return -1;
	if ((s->reports = calloc(s->report_count, sizeof(*s->reports))) == NULL)
		return -1;
	for (unsigned i = 0; i < s->portal_count; i++)
		for (unsigned rank = 0; rank < s->portals[i].report_count; rank++)
			plan_report(s, i, rank);
	if (scenario_size(s) == -1)
		return -1;
	s->page_count = s->report_count + s->event_count; /* more than enough: one each */
	if ((s->pages = calloc(s->page_count, sizeof(*s->pages))) == NULL)
		return -1;
	for (size_t i = 0; i < s->report_count; i++) {
		const struct report *r = &s->reports[i];
		bool bad = s->opt.misbehave && r->portal == s->opt.portals;

		plan_page(s, i, r, r->notice && !bad ? 1 : 0);
	}
	s->page_count = s->report_count;
	return scenario_plan(s, plan_page);
}

int
sim_plan(struct sim *s)
{
	int rc = s->opt.serve != NULL ? folder_plan(s) : plan_synthetic(s);

	if (rc == 0)
		rc = plan_rows(s);
	if (rc == 0)
		rc = paths_index(s);
	return rc;
}

void
sim_free(struct sim *s)
{
	for (size_t i = 0; i < s->portal_count && s->portals != NULL; i++)
		for (unsigned c = 0; c < COLUMNS; c++)
			free(s->portals[i].columns[c].rows);
	folder_free(s);
	free(s->portals);
	free(s->reports);
	free(s->pages);
	free(s->slots);
	free(s->events);
	free(s->late);
}
