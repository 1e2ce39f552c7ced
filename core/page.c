/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <suoyin/digest.h>
#include <suoyin/page.h>
#include <suoyin/text.h>
#include <time.h>

/* ce_type of each kind, without its major version. */
static const struct span type_stems[] = {
    [PAGE_FETCHED] = SPAN_INIT("suoyin.page.fetched"),
    [PAGE_GONE] = SPAN_INIT("suoyin.page.gone"),
    [PAGE_ATTACHMENT] = SPAN_INIT("suoyin.attachment.fetched"),
    [PAGE_REPROCESS] = SPAN_INIT("suoyin.page.reprocess"),
};

/* The headers that are plain text fields of struct page, in the order they are sent. */
static const struct field {
	struct span name;
	size_t offset;
	bool required; /* of every message */
} fields[] = {
    {SPAN_INIT("ce_id"), offsetof(struct page, id), true},
    {SPAN_INIT("ce_source"), offsetof(struct page, source), true},
    {SPAN_INIT("ce_time"), offsetof(struct page, time), true},
    {SPAN_INIT("ce_subject"), offsetof(struct page, url), true},
    {SPAN_INIT("ce_portal"), offsetof(struct page, portal), true},
    {SPAN_INIT("ce_site"), offsetof(struct page, site), true},
    {SPAN_INIT("content-type"), offsetof(struct page, content_type), false},
    {SPAN_INIT("ce_sha256"), offsetof(struct page, sha256), false},
    {SPAN_INIT("ce_finalurl"), offsetof(struct page, final_url), false},
    {SPAN_INIT("ce_etag"), offsetof(struct page, etag), false},
    {SPAN_INIT("ce_lastmodified"), offsetof(struct page, last_modified), false},
    {SPAN_INIT("ce_listurl"), offsetof(struct page, list_url), false},
    {SPAN_INIT("ce_listtitle"), offsetof(struct page, list_title), false},
    {SPAN_INIT("ce_listdate"), offsetof(struct page, list_date), false},
    {SPAN_INIT("ce_parenturl"), offsetof(struct page, parent_url), false},
    {SPAN_INIT("ce_filename"), offsetof(struct page, filename), false},
    {SPAN_INIT("ce_origintopic"), offsetof(struct page, origin_topic), false},
    {SPAN_INIT("traceparent"), offsetof(struct page, traceparent), false},
};
#define FIELDS (sizeof(fields) / sizeof(fields[0]))

/* The others, each with a form of its own. */
enum {
	SPECVERSION, TYPE, HTTPSTATUS, BASELINE, CONFIGVERSION, ORIGINPARTITION, ORIGINOFFSET, REVISION, FORMS
};
static const struct span forms[FORMS] = {
    [SPECVERSION] = SPAN_INIT("ce_specversion"),
    [TYPE] = SPAN_INIT("ce_type"),
    [HTTPSTATUS] = SPAN_INIT("ce_httpstatus"),
    [BASELINE] = SPAN_INIT("ce_baseline"),
    [CONFIGVERSION] = SPAN_INIT("ce_configversion"),
    [ORIGINPARTITION] = SPAN_INIT("ce_originpartition"),
    [ORIGINOFFSET] = SPAN_INIT("ce_originoffset"),
    [REVISION] = SPAN_INIT("ce_revision"),
};

static struct span *
field_of(struct page *page, size_t i)
{
	return (struct span *)(void *)((char *)page + fields[i].offset);
}

static struct span
value_of(const struct page *page, size_t i)
{
	return *(const struct span *)(const void *)((const char *)page + fields[i].offset);
}

struct span
page_key(struct arena *a, struct span portal, struct span url)
{
	return arena_fmt(a, "%.*s %.*s", SPAN_ARG(portal), SPAN_ARG(url));
}

/* -------- time */

static bool
is_digits(struct span s, size_t from, size_t count, int *out)
{
	uint64_t v;

	if (span_u64(span_cut(s, from, from + count), 9999, &v) == -1)
		return false;
	*out = (int)v;
	return true;
}

int
page_time_parse(struct span t, int64_t *us)
{
	struct tm tm = {0}, back;
	int year, month, fraction = 0;
	time_t seconds;
	uint64_t v;

	if (t.n < 20 || t.n > 27 || t.p[t.n - 1] != 'Z' || t.p[4] != '-' || t.p[7] != '-' ||
	    t.p[10] != 'T' || t.p[13] != ':' || t.p[16] != ':' || !is_digits(t, 0, 4, &year) ||
	    !is_digits(t, 5, 2, &month) || !is_digits(t, 8, 2, &tm.tm_mday) ||
	    !is_digits(t, 11, 2, &tm.tm_hour) || !is_digits(t, 14, 2, &tm.tm_min) ||
	    !is_digits(t, 17, 2, &tm.tm_sec))
		return -1;
	if (t.n > 20) {
		if (t.p[19] != '.' || t.n == 21 || span_u64(span_cut(t, 20, t.n - 1), 999999, &v) == -1)
			return -1;
		fraction = (int)v;
		for (size_t digits = t.n - 21; digits < 6; digits++)
			fraction *= 10;
	}
	tm.tm_year = year - 1900;
	tm.tm_mon = month - 1;
	back = tm;
	seconds = timegm(&back);
	/* timegm bends 31 June into July: what does not come back was no date */
	if (year < 1970 || back.tm_mday != tm.tm_mday || back.tm_mon != tm.tm_mon ||
	    back.tm_hour != tm.tm_hour || back.tm_min != tm.tm_min || back.tm_sec != tm.tm_sec)
		return -1;
	*us = (int64_t)seconds * 1000000 + fraction;
	return 0;
}

void
page_time_format(int64_t us, char out[32])
{
	time_t seconds = (time_t)(us / 1000000);
	struct tm tm;
	size_t n;

	(void)gmtime_r(&seconds, &tm);
	n = strftime(out, 32, "%Y-%m-%dT%H:%M:%S", &tm);
	(void)snprintf(out + n, 32 - n, ".%06dZ", (int)(us % 1000000));
}

/* -------- encode */

struct list {
	struct page_header *items;
	size_t count;
};

static void
add(struct list *l, struct span name, struct span value)
{
	if (value.p != NULL && l->count < PAGE_HEADERS_MAX)
		l->items[l->count++] = (struct page_header){name, value};
}

static bool
has_value(const struct page *page)
{
	return page->type != PAGE_GONE && page->type != PAGE_REPROCESS;
}

static int
check_complete(const struct page *page, struct err *err)
{
	for (size_t i = 0; i < FIELDS; i++)
		if (fields[i].required && span_is_empty(value_of(page, i)))
			return err_set(err, ERR_FATAL, "page_incomplete", "page message without %.*s",
			    SPAN_ARG(fields[i].name));
	if (page->type == PAGE_REPROCESS && (page->origin_topic.p == NULL || page->sha256.p == NULL))
		return err_set(err, ERR_FATAL, "page_incomplete", "page message without origin or sha256");
	if (has_value(page) && (page->body.p == NULL || page->sha256.p == NULL))
		return err_set(err, ERR_FATAL, "page_incomplete", "page message without body or sha256");
	return 0;
}

int
page_encode(const struct page *page, struct arena *a, struct page_header *out, struct err *err)
{
	struct list l = {out, 0};

	if (check_complete(page, err) == -1)
		return -1;
	add(&l, forms[SPECVERSION], SPAN("1.0"));
	add(&l, forms[TYPE], arena_fmt(a, "%.*s.v1", SPAN_ARG(type_stems[page->type])));
	for (size_t i = 0; i < FIELDS; i++)
		add(&l, fields[i].name, value_of(page, i));
	if (page->http_status > 0)
		add(&l, forms[HTTPSTATUS], arena_fmt(a, "%d", page->http_status));
	if (page->baseline)
		add(&l, forms[BASELINE], SPAN("1"));
	if (page->config_version > 0)
		add(&l, forms[CONFIGVERSION], arena_fmt(a, "%" PRId64, page->config_version));
	if (page->type == PAGE_REPROCESS) {
		add(&l, forms[ORIGINPARTITION], arena_fmt(a, "%" PRId64, page->origin_partition));
		add(&l, forms[ORIGINOFFSET], arena_fmt(a, "%" PRId64, page->origin_offset));
		if (page->revision > 0)
			add(&l, forms[REVISION], arena_fmt(a, "%" PRId64, page->revision));
	}
	for (size_t i = 0; i < page->other_count && l.count < PAGE_HEADERS_MAX; i++)
		out[l.count++] = page->other[i]; /* without a value too */
	return (int)l.count;
}

/* -------- decode */

static int
malformed(struct span name, struct span value, struct err *err)
{
	return err_set(err, ERR_REJECT, "header_malformed", "header %.*s has the value \"%.*s\"",
	    SPAN_ARG(name), (int)(value.n > 100 ? 100 : value.n), value.p != NULL ? value.p : "");
}

/* "stem.vN": another N, or a stem we do not know, is a message of another time. */
static int
decode_type(struct page *out, struct span value, struct err *err)
{
	for (size_t i = 0; i < sizeof(type_stems) / sizeof(type_stems[0]); i++) {
		if (span_starts(value, type_stems[i]) &&
		    span_eq(span_cut(value, type_stems[i].n, value.n), SPAN(".v1"))) {
			out->type = (enum page_type)i;
			return 0;
		}
	}
	return err_set(err, ERR_REJECT, "schema_unsupported",
	    "ce_type \"%.*s\" is not one that this worker knows; upgrade the worker and replay",
	    (int)(value.n > 100 ? 100 : value.n), value.p);
}

static int64_t *
number_of(struct page *page, int form)
{
	switch (form) {
	case ORIGINPARTITION:
		return &page->origin_partition;
	case ORIGINOFFSET:
		return &page->origin_offset;
	case REVISION:
		return &page->revision;
	default:
		return &page->config_version;
	}
}

static int
decode_form(struct page *out, int form, struct span value, struct err *err)
{
	uint64_t v = 0;

	switch (form) {
	case SPECVERSION:
		if (!span_starts(value, SPAN("1.")))
			return err_set(err, ERR_REJECT, "schema_unsupported",
			    "ce_specversion \"%.*s\" is not 1.x", SPAN_ARG(value));
		return 0;
	case TYPE:
		return decode_type(out, value, err);
	case HTTPSTATUS:
		if (span_u64(value, 999, &v) == -1)
			return malformed(forms[form], value, err);
		out->http_status = (int)v;
		return 0;
	case BASELINE:
		if (span_u64(value, 1, &v) == -1)
			return malformed(forms[form], value, err);
		out->baseline = v == 1;
		return 0;
	default:
		if (span_u64(value, form == ORIGINPARTITION ? INT32_MAX : INT64_MAX, &v) == -1)
			return malformed(forms[form], value, err);
		*number_of(out, form) = (int64_t)v;
		return 0;
	}
}

/* Which header this is: 0 … FIELDS-1 a field, FIELDS … a form, -1 unknown. */
static int
find_header(struct span name)
{
	for (size_t i = 0; i < FIELDS; i++)
		if (span_eq(name, fields[i].name))
			return (int)i;
	for (size_t i = 0; i < FORMS; i++)
		if (span_eq(name, forms[i]))
			return (int)(FIELDS + i);
	return -1;
}

static int
decode_header(struct page *out, const struct page_header *h, uint32_t *seen, struct err *err)
{
	int which = find_header(h->name);
	struct span value = h->value.p == NULL ? SPAN("") : h->value;

	if (value.n > PAGE_HEADER_VALUE_MAX || h->name.n > PAGE_HEADER_VALUE_MAX)
		return err_set(err, ERR_REJECT, "header_too_long", "header %.*s has %zu bytes",
		    (int)(h->name.n > 64 ? 64 : h->name.n), h->name.p, value.n);
	if (which == -1) {
		out->other[out->other_count++] = *h;
		return 0;
	}
	if (*seen & UINT32_C(1) << which)
		return err_set(err, ERR_REJECT, "header_duplicate", "header %.*s stands twice",
		    SPAN_ARG(h->name));
	*seen |= UINT32_C(1) << which;
	if (which >= (int)FIELDS)
		return decode_form(out, which - (int)FIELDS, value, err);
	*field_of(out, (size_t)which) = value;
	return 0;
}

static int
decode_headers(struct page *out, const struct page_header *headers, size_t count,
    uint32_t *seen, struct err *err)
{
	int rc = 0;

	if (count > PAGE_HEADERS_MAX)
		return err_set(err, ERR_REJECT, "too_many_headers", "%zu headers, at most %d", count,
		    PAGE_HEADERS_MAX);
	/* goes on after an error: a dead letter says portal and URL where it can */
	for (size_t i = 0; i < count; i++)
		if (decode_header(out, &headers[i], seen, err) == -1)
			rc = -1;
	return rc;
}

static int
check_required(const struct page *page, uint32_t seen, struct err *err)
{
	static const int needed[] = {SPECVERSION, TYPE};

	for (size_t i = 0; i < FIELDS; i++)
		if (fields[i].required && span_is_empty(value_of(page, i)))
			return err_set(err, ERR_REJECT, "header_missing", "no header %.*s",
			    SPAN_ARG(fields[i].name));
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (!(seen & UINT32_C(1) << (FIELDS + (size_t)needed[i])))
			return err_set(err, ERR_REJECT, "header_missing", "no header %.*s",
			    SPAN_ARG(forms[needed[i]]));
	if (page->type == PAGE_ATTACHMENT && span_is_empty(page->parent_url))
		return err_set(err, ERR_REJECT, "header_missing", "no header ce_parenturl");
	if (page->type != PAGE_REPROCESS)
		return 0;
	if (span_is_empty(page->origin_topic) || !(seen & UINT32_C(1) << (FIELDS + ORIGINPARTITION)) ||
	    !(seen & UINT32_C(1) << (FIELDS + ORIGINOFFSET)))
		return err_set(err, ERR_REJECT, "header_missing",
		    "no header ce_origintopic, ce_originpartition or ce_originoffset");
	return 0;
}

/* What becomes a key in the database must fit and be text. */
static int
check_keys(struct page *page, struct err *err)
{
	const struct {
		struct span value;
		size_t max;
		const char *name;
	} keys[] = {
	    {page->portal, PORTAL_ID_MAX, "ce_portal"},
	    {page->site, SITE_MAX, "ce_site"},
	    {page->url, URL_MAX, "ce_subject"},
	    {page->parent_url, URL_MAX, "ce_parenturl"},
	    {page->id, 256, "ce_id"},
	    {page->origin_topic, 249, "ce_origintopic"}, /* Kafka's own limit */
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (keys[i].value.n > keys[i].max || !text_is_utf8(keys[i].value) ||
		    span_find_byte(keys[i].value, '\0', 0) != SIZE_MAX)
			return malformed(span_of(keys[i].name), keys[i].value, err);
	if (page_time_parse(page->time, &page->time_us) == -1)
		return malformed(SPAN("ce_time"), page->time, err);
	return 0;
}

static int
check_body(const struct page *page, struct err *err)
{
	char hex[DIGEST_HEX + 1];

	if (page->type == PAGE_REPROCESS)
		return digest_is_hex(page->sha256) ? 0 : malformed(SPAN("ce_sha256"), page->sha256, err);
	if (!has_value(page))
		return 0;
	if (page->body.p == NULL)
		return err_set(err, ERR_REJECT, "body_missing", "a fetched page without value");
	if (page->body.n > PAGE_BODY_MAX)
		return err_set(err, ERR_REJECT, "body_too_large", "the value has %zu bytes, at most %d",
		    page->body.n, PAGE_BODY_MAX);
	if (!digest_is_hex(page->sha256))
		return malformed(SPAN("ce_sha256"), page->sha256, err);
	digest_hex(page->body, hex);
	if (!span_eq(page->sha256, span_of(hex)))
		return err_set(err, ERR_REJECT, "sha256_mismatch", "ce_sha256 is %.*s, the value's is %s",
		    SPAN_ARG(page->sha256), hex);
	return 0;
}

static int
check_key(const struct page *page, struct span key, struct err *err)
{
	size_t n = page->portal.n;

	if (key.n == n + 1 + page->url.n && span_eq(span_cut(key, 0, n), page->portal) &&
	    key.p[n] == ' ' && span_eq(span_cut(key, n + 1, key.n), page->url))
		return 0;
	return err_set(err, ERR_REJECT, "key_mismatch",
	    "the key \"%.*s\" is not \"<ce_portal> <ce_subject>\"",
	    (int)(key.n > 200 ? 200 : key.n), key.p != NULL ? key.p : "");
}

int
page_decode(struct page *out, const struct page_header *headers, size_t count, struct span key,
    struct span value, struct err *err)
{
	uint32_t seen = 0;

	*out = (struct page){.body = value};
	if (decode_headers(out, headers, count, &seen, err) == -1 ||
	    check_required(out, seen, err) == -1 || check_keys(out, err) == -1 ||
	    check_key(out, key, err) == -1)
		return -1;
	return check_body(out, err);
}
