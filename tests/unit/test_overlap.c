/* SPDX-License-Identifier: MIT */
/* How far a list is read: pages of a made-up list against the overlap rule, visit by visit. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "visit.h"

#define PAGE 5
#define ROWS_MAX 60

/* The portal: names of its rows, the newest first; a lower case letter has a date, and is older the
 * later it comes in the alphabet. */
static char rows[ROWS_MAX + 1];
static char pinned_rows[16];
static bool pinned_everywhere, dated;
static int64_t total;

/* What the database would know. */
static bool known_rows[128], pinned_known[128], all_known[128];
static bool complete_before, whole;

static struct visit *v;
static const char *backfill = "";
static const char *extra = "";

static void
start(void)
{
	char config[1024];
	struct watch *w = calloc(1, sizeof(*w));
	struct err err = {0};
	struct arena a;
	struct url url;
	json_t *json;

	visit_free(v);
	(void)snprintf(config, sizeof(config),
	    "{\"delay_ms\":50,\"extract\":{},\"home\":\"http://a.cn/"
	    "\",\"hosts\":[\"a.cn\"],\"id\":\"p\","
	    "\"lists\":[{\"every_ms\":60000,\"link\":\"a\",\"rows\":\"b\",\"url\":\"http://a.cn/"
	    "1\"%s%s}],"
	    "\"name\":\"n\",\"revisit_ms\":80000,\"site\":\"p\"}",
	    backfill, extra);
	assert_non_null(json = json_loads(config, 0, NULL));
	assert_non_null(w);
	w->refs = 1;
	w->active = true;
	if ((w->portal = portal_from_json(json, 1, &err)) == NULL)
		fail_msg("%s", err.text);
	json_decref(json);
	assert_non_null(v = calloc(1, sizeof(*v)));
	v->watch = w;
	v->is_list = true;
	v->conditional_list = complete_before;
	v->memory.total = v->memory.pages = -1;
	v->memory.whole = whole;
	assert_non_null(v->url = strdup("http://a.cn/1"));
	arena_init(&a, 65536);
	assert_int_equal(url_parse(&url, &a, span_of(v->url), NULL), 0);
	assert_int_equal(visit_aim(v, &url), 0);
	arena_fini(&a);
}

static void
add_row(struct found *f, char name)
{
	struct found_row *row = &f->rows[f->count++];
	struct buf text;

	*row = (struct found_row){0};
	buf_init(&text, 128);
	assert_int_equal(buf_add_fmt(&text, "http://a.cn/row/%c", name), 0);
	row->url = arena_dup(&f->arena, buf_span(&text));
	row->title = arena_dup(&f->arena, (struct span){&name, 1});
	buf_clear(&text);
	assert_int_equal(buf_add_fmt(&text, "2026-01-%02d", 31 - (name - 'a')), 0);
	if (dated)
		row->date = arena_dup(&f->arena, buf_span(&text));
	buf_fini(&text);
}

static char
name_of(const struct found_row *row)
{
	return row->title.p[0];
}

/* Page `number` as the portal shows it, and the facts that frontier_found() would fill in. */
static void
show(int number)
{
	struct found *f = &v->found;
	size_t from = (size_t)(number - 1) * PAGE;
	static char next[32];

	arena_fini(&f->arena);
	*f = (struct found){.total = total, .pages = -1, .complete_before = complete_before};
	arena_init(&f->arena, 1 << 20);
	f->rows = arena_array(&f->arena, ROWS_MAX + 20, sizeof(*f->rows));
	for (const char *p = pinned_rows; *p != '\0' && (number == 1 || pinned_everywhere); p++)
		add_row(f, *p);
	for (size_t i = from; i < strlen(rows) && i < from + PAGE; i++)
		add_row(f, rows[i]);
	(void)snprintf(next, sizeof(next), "http://a.cn/%d", number + 1);
	f->next = from + PAGE < strlen(rows) ? span_of(next) : (struct span){NULL, 0};
	for (size_t i = 0; i < f->count; i++) {
		struct found_row *row = &f->rows[i];
		unsigned char c = (unsigned char)name_of(row);

		row->known = known_rows[c];
		row->fresh = !all_known[c];
		row->pinned = row->was_pinned = pinned_known[c];
		for (size_t k = 0; k < i; k++)
			row->twin = row->twin || span_eq(f->rows[k].url, row->url);
	}
}

static void
write_down(void)
{
	v->found.fresh = 0;
	for (size_t i = 0; i < v->found.count; i++) {
		unsigned char c = (unsigned char)name_of(&v->found.rows[i]);

		v->found.fresh += !all_known[c];
		all_known[c] = true;
		pinned_known[c] = v->found.rows[i].pinned;
	}
	for (size_t i = 0; i < v->overlap.pinned_above; i++) {
		const char *url = v->overlap.top[i].url;

		pinned_known[(unsigned char)url[strlen(url) - 1]] = true;
	}
}

static size_t found_fresh;
static bool swept, gap;
static char old_rows[ROWS_MAX];
static size_t old_count;

/* One visit; returns how many pages were asked for. */
static int
visit_list(bool sweep)
{
	enum paging_step step = PAGING_FOLLOW;
	int pages = 0;

	start();
	v->overlap.sweep = sweep;
	old_count = 0;
	memset(old_rows, 0, sizeof(old_rows));
	while (step == PAGING_FOLLOW) {
		show(++pages);
		assert_int_equal(overlap_judge(v), 0);
		write_down();
		for (size_t i = 0; i < v->found.count; i++)
			if (v->found.rows[i].old)
				old_rows[old_count++] = name_of(&v->found.rows[i]);
		step = paging_step(v);
	}
	assert_int_equal(step, PAGING_COMPLETE);
	found_fresh = v->overlap.fresh;
	swept = v->memory.swept;
	whole = v->memory.whole;
	gap = v->overlap.gap;
	memcpy(known_rows, all_known, sizeof(known_rows));
	complete_before = true;
	return pages;
}

static void
again(void)
{
	visit_free(v);
	v = NULL;
}

static int
setup(void **state)
{
	(void)state;
	memset(known_rows, 0, sizeof(known_rows));
	memset(pinned_known, 0, sizeof(pinned_known));
	memset(all_known, 0, sizeof(all_known));
	complete_before = whole = pinned_everywhere = false;
	dated = true;
	total = -1;
	backfill = extra = "";
	pinned_rows[0] = '\0';
	(void)snprintf(rows, sizeof(rows), "klmnopqrstuvwxyz"); /* 16 rows: 4 pages */
	again();
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	again();
	return 0;
}

static void
portal_has(const char *names)
{
	(void)snprintf(rows, sizeof(rows), "%s", names);
	again();
}

static void
the_first_visit_reads_all_and_the_next_one_page(void **state)
{
	(void)state;
	assert_int_equal(visit_list(false), 4);
	assert_int_equal(found_fresh, 16);
	assert_true(swept && whole && !gap);
	again();
	assert_int_equal(visit_list(false), 1);
	assert_int_equal(found_fresh, 0);
	assert_false(swept);
}

static void
a_burst_is_read_until_it_ends(void **state)
{
	(void)state;
	(void)visit_list(false);
	portal_has("cdefghijklmnopqrstuvwxyz"); /* 8 news */
	assert_int_equal(visit_list(false), 3);
	assert_int_equal(found_fresh, 8);
	assert_true(gap);
}

static void
pinned_rows_are_not_taken_for_news_nor_for_their_end(void **state)
{
	(void)state;
	(void)snprintf(pinned_rows, sizeof(pinned_rows), "xy");
	(void)visit_list(false);
	portal_has("ijklmnopqrstuvwxyz");
	assert_int_equal(visit_list(false), 1 + 1);
	assert_int_equal(found_fresh, 2);
	assert_true(pinned_known['x'] && pinned_known['y'] && !pinned_known['k']);
	again();
	assert_int_equal(visit_list(false), 1);
}

/* Page 1 is full of pinned rows, as on portals that show five of them and nothing else. */
static void
a_page_of_nothing_but_pinned_rows_ends_nothing(void **state)
{
	(void)state;
	(void)snprintf(pinned_rows, sizeof(pinned_rows), "uvwxy");
	pinned_everywhere = true;
	for (dated = true;; dated = false) {
		(void)visit_list(false);
		portal_has("ghijklmnopqrstuvwxyz");
		(void)visit_list(false);
		assert_int_equal(found_fresh, 4);
		again();
		if (!dated)
			break;
		assert_int_equal(setup(NULL), 0);
		(void)snprintf(pinned_rows, sizeof(pinned_rows), "uvwxy");
		pinned_everywhere = true;
	}
	start();
}

static void
a_row_that_comes_off_the_top_counts_again(void **state)
{
	(void)state;
	(void)snprintf(pinned_rows, sizeof(pinned_rows), "x");
	(void)visit_list(false);
	portal_has("jklmnopqrstuvwxyz");
	(void)visit_list(false);
	assert_true(pinned_known['x']);
	pinned_rows[0] = '\0';
	portal_has("ijklmnopqrstuvwxyz");
	(void)visit_list(true);
	portal_has("xijklmnopqrstuvwyz"); /* on top, but of its own */
	(void)visit_list(false);
	portal_has("hxijklmnopqrstuvwyz");
	(void)visit_list(false);
	assert_false(pinned_known['x']);
}

static void
back_dated_rows_are_found_by_the_next_sweep(void **state)
{
	(void)state;
	(void)visit_list(false);
	portal_has("klmnopqrstuAvwxyz");
	assert_int_equal(visit_list(false), 1);
	assert_int_equal(found_fresh, 0);
	again();
	assert_int_equal(visit_list(true), 4);
	assert_int_equal(found_fresh, 1);
	assert_true(swept);
	assert_string_equal(old_rows, "");
}

static void
a_total_that_news_do_not_explain_is_swept_at_once(void **state)
{
	(void)state;
	total = 16;
	(void)visit_list(false);
	again();
	start();
	v->memory.total = 16;
	total = 17;
	portal_has("jklmnopqrstuvwxyz");
	start();
	v->memory.total = 16;
	show(1);
	assert_int_equal(overlap_judge(v), 0);
	write_down();
	assert_int_equal(paging_step(v), PAGING_FOLLOW); /* one is news: not all known */
	show(2);
	assert_int_equal(overlap_judge(v), 0);
	write_down();
	assert_int_equal(paging_step(v), PAGING_COMPLETE); /* 16 + 1: explained */
	assert_false(v->overlap.sweep);
	memcpy(known_rows, all_known, sizeof(known_rows));
	total = 18;
	portal_has("jklmnopqrstuAvwxyz");
	start();
	v->memory.total = 17;
	show(1);
	assert_int_equal(overlap_judge(v), 0);
	write_down();
	assert_int_equal(paging_step(v), PAGING_FOLLOW);
	assert_true(v->overlap.sweep);
	assert_string_equal(v->overlap.sweep_why, "total");
}

static void
the_first_visit_goes_as_deep_as_it_is_told(void **state)
{
	(void)state;
	backfill = ",\"backfill\":\"2 pages\"";
	assert_int_equal(visit_list(false), 2);
	assert_true(swept && !whole);
	again();
	assert_int_equal(visit_list(true), 2);
	backfill = ",\"backfill\":\"since 2026-01-15\""; /* q */
	assert_int_equal(setup(NULL), 0);
	again();
	backfill = ",\"backfill\":\"since 2026-01-15\"";
	assert_int_equal(visit_list(false), 3);
	assert_false(whole);
}

static void
what_lies_deeper_than_ever_read_is_no_news(void **state)
{
	(void)state;
	backfill = ",\"backfill\":\"2 pages\"";
	(void)visit_list(false);
	portal_has("klnopqrstuvwxyz"); /* m is taken out: u moves up to page 2 */
	assert_int_equal(visit_list(true), 2);
	assert_int_equal(found_fresh, 1);
	assert_string_equal(old_rows, "u");
}

static void
a_list_that_is_all_new_is_a_gap_and_read_until_it_overlaps(void **state)
{
	(void)state;
	(void)visit_list(false);
	portal_has("abcdefghij");
	assert_int_equal(visit_list(false), 2);
	assert_true(gap && !v->overlap.overlapped);
	assert_string_equal(old_rows, "");
}

static void
an_empty_list_is_a_fault_unless_it_may_be(void **state)
{
	(void)state;
	(void)visit_list(false);
	again();
	start();
	show(9);
	v->found.next = (struct span){NULL, 0};
	assert_int_equal(overlap_judge(v), 0);
	assert_int_equal(paging_step(v), PAGING_LAYOUT);
	again();
	extra = ",\"may_be_empty\":true";
	start();
	show(9);
	assert_int_equal(overlap_judge(v), 0);
	assert_int_equal(paging_step(v), PAGING_COMPLETE);
}

static void
the_same_page_is_known_by_its_rows_not_by_its_bytes(void **state)
{
	uint64_t digest;

	(void)state;
	(void)visit_list(false);
	digest = v->memory.digest;
	assert_true(digest != 0);
	again();
	start();
	v->memory.digest = digest;
	show(1);
	assert_true(overlap_is_same(v));
	v->overlap.sweep = true;
	assert_false(overlap_is_same(v));
	v->overlap.sweep = false;
	v->found.rows[2].title = SPAN("another title");
	assert_false(overlap_is_same(v));
}

static void
validators_that_stay_while_rows_change_are_lies(void **state)
{
	(void)state;
	(void)visit_list(false);
	again();
	start();
	v->memory.digest = 1;
	assert_true(overlap_may_ask_briefly(v));
	assert_non_null(v->etag = strdup("\"a\""));
	assert_non_null(v->answer.etag = strdup("\"b\""));
	show(1);
	assert_int_equal(overlap_judge(v), 0);
	assert_true(overlap_may_ask_briefly(v));
	v->answer.etag[1] = 'a';
	assert_int_equal(overlap_judge(v), 0);
	assert_false(overlap_may_ask_briefly(v));
	v->memory.lies = false;
	v->memory.unmodified = 6; /* nor is the server believed for ever */
	assert_false(overlap_may_ask_briefly(v));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(the_first_visit_reads_all_and_the_next_one_page),
	    TEST(a_burst_is_read_until_it_ends),
	    TEST(pinned_rows_are_not_taken_for_news_nor_for_their_end),
	    TEST(a_page_of_nothing_but_pinned_rows_ends_nothing),
	    TEST(a_row_that_comes_off_the_top_counts_again),
	    TEST(back_dated_rows_are_found_by_the_next_sweep),
	    TEST(a_total_that_news_do_not_explain_is_swept_at_once),
	    TEST(the_first_visit_goes_as_deep_as_it_is_told),
	    TEST(what_lies_deeper_than_ever_read_is_no_news),
	    TEST(a_list_that_is_all_new_is_a_gap_and_read_until_it_overlaps),
	    TEST(an_empty_list_is_a_fault_unless_it_may_be),
	    TEST(the_same_page_is_known_by_its_rows_not_by_its_bytes),
	    TEST(validators_that_stay_while_rows_change_are_lies),
	};

	(void)setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
