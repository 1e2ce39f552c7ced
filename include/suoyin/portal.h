/* SPDX-License-Identifier: MIT */
/*
 * portal.h - portals as data: YAML files in, one JSON object per portal out (docs/PORTALS.md).
 *
 * `suoyinctl portal sync` validates files and writes the JSON to core.portal(_version);
 * crawler and worker read it there.  The JSON is canonical (sorted keys, durations in
 * milliseconds under names ending _ms, every default filled in), so its SHA-256 tells whether
 * a portal changed.
 */
#ifndef SUOYIN_PORTAL_H
#define SUOYIN_PORTAL_H

#include <jansson.h>
#include <suoyin/config.h>

/* Defaults; those of every and revisit leave it to schedule.h (docs/PORTALS.md). */
#define PORTAL_EVERY_MS 1800000
#define PORTAL_REVISIT_MS 86400000
#define PORTAL_SWEEP_MS 604800000

struct portal_file_entry {
	char *id;
	char *site;
	json_t *config; /* canonical */
};

struct portal_set {
	struct portal_file_entry *items;
	size_t count;
	json_t *places; /* id → "FILE:LINE", of every id seen, also of portals with errors */
};

/* Adds the portals of a YAML file.  All errors of the file are listed; 0 when there is none.
 * An id that stands twice, in one file or several, is an error. */
int portal_file_load(struct portal_set *set, const char *path, struct config_errors *errors);
void portal_set_fini(struct portal_set *set);

/* One list of a portal, for the crawler. */
struct portal_list {
	char *url;  /* canonical */
	char *rows, *link, *title, *date, *next; /* XPath or pointer; link … date relative to a row */
	int64_t every_ms;
	char *rules; /* JSON object: all rules of the list (list_page.h) */
	bool is_plain; /* the rules are the XPaths above and nothing else */
	bool by_arrivals;     /* every_ms is a mean; else a fixed pace */
	bool may_be_empty;    /* no row is no fault */
	int64_t sweep_ms;     /* it is read to its end this often */
	int backfill_pages;   /* how deep the first visit goes, and each sweep; 0: to the end */
	char *backfill_since; /* … or until rows are older: YYYY-MM-DD; NULL */
};

/* How a portal wants to be treated, beyond `delay`. */
struct portal_manners {
	int quiet_from, quiet_to; /* minutes of the day in China; equal: never quiet */
	int64_t budget;           /* requests a day; 0: any number */
	bool tls_legacy_renegotiation;
	int tls_min_version;      /* 10 11 12 13; 0: as usual, 12 */
	char *tls_ca_file;        /* trusted instead of the system's; NULL: those */
};

/* A portal as the crawler needs it. */
struct portal {
	char *id, *site, *home, *name;
	int64_t version;
	int64_t delay_ms;   /* between two requests to one host */
	int64_t revisit_ms; /* longest pause between looks at a published page; PORTAL_REVISIT_MS: 30 days */
	char **hosts;       /* hosts its pages may live on, lower case, home's first */
	size_t host_count;
	struct portal_list *lists;
	size_t list_count;
	struct portal_manners manners;
	bool attachments; /* files that its pages link are fetched */
	char *extract;    /* JSON object: how its pages are read */
};

/* From the canonical JSON in the database. NULL: REJECT "bad_portal". */
struct portal *portal_from_json(const json_t *config, int64_t version, struct err *err);
void portal_free(struct portal *p);

/* Milliseconds until the portal may be asked, by its quiet hours; 0: now. `now_ms`: since 1970. */
int64_t portal_quiet_ms(const struct portal_manners *m, int64_t now_ms);

#endif
