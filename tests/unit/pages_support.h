/* SPDX-License-Identifier: MIT */
/* What the tests of pages share: an arena and a charset kit for all of a program's tests, pages
 * looked at step by step, and texts that repeat themselves. */
#ifndef UNIT_PAGES_SUPPORT_H
#define UNIT_PAGES_SUPPORT_H

#include <suoyin/extract.h>
#include <suoyin/html.h>
#include <suoyin/limits.h>
#include <suoyin/text.h>

#include "values_support.h"

#define PAGE_TEST(name) cmocka_unit_test_setup(name, pages_reset)

struct pages {
	struct arena a;
	struct charset_kit *kit;
	struct err err;
};

static inline int
pages_setup(void **state)
{
	struct pages *p = calloc(1, sizeof(*p));

	if (p == NULL || (p->kit = charset_kit_new()) == NULL)
		return -1;
	arena_init(&p->a, EXTRACT_ARENA_MAX);
	*state = p;
	return 0;
}

static inline int
pages_reset(void **state)
{
	struct pages *p = *state;

	arena_reset(&p->a);
	p->err = (struct err){0};
	return 0;
}

static inline int
pages_teardown(void **state)
{
	struct pages *p = *state;

	arena_fini(&p->a);
	charset_kit_free(p->kit);
	free(p);
	return 0;
}

/* before, `times` times unit, after. */
static inline struct span
repeated(struct pages *p, const char *before, const char *unit, size_t times, const char *after)
{
	struct buf b;
	struct span out;

	buf_init(&b, (size_t)64 << 20);
	(void)buf_add_str(&b, before);
	for (size_t i = 0; i < times; i++)
		(void)buf_add_str(&b, unit);
	(void)buf_add_str(&b, after);
	out = arena_dup_buf(&p->a, &b);
	buf_fini(&b);
	assert_non_null(out.p);
	return out;
}

static inline void
parse_html(struct pages *p, struct html *h, struct blocks *blocks, const char *page)
{
	if (html_parse(h, &p->a, span_of(page), &p->err) == -1 ||
	    html_blocks(blocks, h, &p->a, &p->err) == -1) {
		fail_msg("%s: %s", p->err.reason, p->err.text);
		abort(); /* never: cmocka forgets to say that it does not return */
	}
}

/* The record of a page as JSON, as `suoyinctl extract` prints it: a new reference. */
static inline json_t *
extracted(struct pages *p, const struct extract_input *in)
{
	struct record record;
	json_t *json;

	if (extract(&record, &p->a, p->kit, in, &p->err) == -1)
		fail_msg("%s: %s", p->err.reason, p->err.text);
	json = record_to_json(&record);
	assert_non_null(json);
	return json;
}

/* Refused, and for this reason. */
static inline void
assert_refused(struct pages *p, int rc, const char *reason)
{
	assert_int_equal(rc, -1);
	assert_int_equal(p->err.code, ERR_REJECT);
	assert_string_equal(p->err.reason, reason);
	assert_string_not_equal(p->err.text, "");
}

#endif
