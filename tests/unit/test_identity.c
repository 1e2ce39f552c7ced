/* SPDX-License-Identifier: MIT */
/* Every rule of design section 5, case by case; identity_replay.c does the histories. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <suoyin/identity.h>

#define NONE {NULL, 0}

static const struct span t1[] = {SPAN_INIT("t1")}, t2[] = {SPAN_INIT("t2")};
static const struct span i1[] = {SPAN_INIT("i1")}, i2[] = {SPAN_INIT("i2")};

/* A report with the given title and index number, live only at the page's URL. */
static struct identity_report
report(int64_t id, const struct span *title, const struct span *index)
{
	struct identity_report r = {.id = id};

	if (title != NULL) {
		r.title = *title;
		r.titles = title;
		r.title_count = 1;
	}
	if (index != NULL) {
		r.indexes = index;
		r.index_count = 1;
	}
	return r;
}

static struct identity_page
page(const struct span *title, const struct span *index)
{
	return (struct identity_page){.title = title != NULL ? *title : (struct span)NONE,
	    .index = index != NULL ? *index : (struct span)NONE};
}

static struct identity_verdict
judge(struct identity_page p, const struct identity_report *u, const struct identity_report *i,
	const struct identity_report *d, const struct identity_report *c)
{
	struct identity_found found = {u, i, d, c};
	struct identity_verdict out;

	identity_judge(&out, &p, &found);
	return out;
}

#define EXPECT(v, want_rule, want_target, want_conflict, want_merge) \
	do { \
		struct identity_verdict got = (v); \
		assert_string_equal( \
		    identity_rule_names[got.rule], identity_rule_names[want_rule]); \
		assert_int_equal(got.target == NULL ? 0 : got.target->id, want_target); \
		assert_int_equal(got.conflict, want_conflict); \
		assert_int_equal(got.merge, want_merge); \
	} while (0)

static void
a_page_that_leads_nowhere_is_new(void **state)
{
	(void)state;
	EXPECT(judge(page(t1, i1), NULL, NULL, NULL, NULL), IDENTITY_NEW, 0, false, false);
}

static void
the_document_number_leads_before_the_content(void **state)
{
	struct identity_report d = report(1, t1, NULL), c = report(2, t1, NULL);

	(void)state;
	EXPECT(judge(page(t1, NULL), NULL, NULL, &d, &c), IDENTITY_DOCNO, 1, false, false);
	EXPECT(judge(page(t1, NULL), NULL, NULL, NULL, &c), IDENTITY_CONTENT, 2, false, false);
}

static void
its_own_index_number_keeps_the_report(void **state)
{
	struct identity_report u = report(1, t2, i1);

	(void)state;
	EXPECT(judge(page(t1, i1), &u, &u, NULL, NULL), IDENTITY_OWN_INDEX, 1, false, false);
}

static void
the_same_number_and_title_at_a_second_url_is_one_report(void **state)
{
	struct identity_report i = report(1, t1, i1);

	(void)state;
	EXPECT(judge(page(t1, i1), NULL, &i, NULL, NULL), IDENTITY_SAME_INDEX, 1, false, false);
}

static void
a_missing_title_counts_as_equal_for_the_same_number(void **state)
{
	struct identity_report i = report(1, t1, i1), untitled = report(2, NULL, i1);

	(void)state;
	EXPECT(judge(page(NULL, i1), NULL, &i, NULL, NULL), IDENTITY_SAME_INDEX, 1, false, false);
	EXPECT(judge(page(t1, i1), NULL, &untitled, NULL, NULL), IDENTITY_SAME_INDEX, 2, false, false);
}

static void
the_same_document_number_makes_a_new_title_the_same_document(void **state)
{
	struct identity_report i = report(1, t1, i1);
	struct identity_page p = page(t2, i1);

	(void)state;
	i.docno = p.docno = SPAN("d1");
	EXPECT(judge(p, NULL, &i, NULL, NULL), IDENTITY_SAME_INDEX, 1, false, false);
	p.docno = SPAN("d2");
	EXPECT(judge(p, NULL, &i, NULL, NULL), IDENTITY_CONFLICT, 0, true, false);
}

static void
a_report_left_without_urls_is_merged(void **state)
{
	struct identity_report i = report(1, t1, i1), u = report(2, t1, NULL);

	(void)state;
	EXPECT(judge(page(t1, i1), &u, &i, NULL, NULL), IDENTITY_SAME_INDEX, 1, false, true);
	u.live_elsewhere = 1;
	EXPECT(judge(page(t1, i1), &u, &i, NULL, NULL), IDENTITY_SAME_INDEX, 1, false, false);
}

static void
a_report_that_never_had_the_title_is_not_merged(void **state)
{
	struct identity_report i = report(1, t1, i1), u = report(2, t2, NULL);

	(void)state;
	EXPECT(judge(page(t1, i1), &u, &i, NULL, NULL), IDENTITY_SAME_INDEX, 1, false, false);
}

static void
a_number_used_twice_opens_a_conflict(void **state)
{
	struct identity_report i = report(1, t1, i1), plain = report(2, t2, NULL),
	                       numbered = report(3, t2, i2);

	(void)state;
	EXPECT(judge(page(t2, i1), NULL, &i, NULL, NULL), IDENTITY_CONFLICT, 0, true, false);
	EXPECT(judge(page(t2, i1), &plain, &i, NULL, NULL), IDENTITY_CONFLICT, 2, true, false);
	EXPECT(judge(page(t2, i1), &numbered, &i, NULL, NULL), IDENTITY_CONFLICT, 0, true, false);
}

static void
a_report_in_conflict_stays_while_the_page_agrees(void **state)
{
	struct identity_report u = report(1, t1, i1), other = report(2, t2, i1);

	(void)state;
	u.conflict = true;
	EXPECT(judge(page(t1, i1), &u, &other, NULL, NULL), IDENTITY_CONFLICTED, 1, false, false);
	EXPECT(judge(page(t1, NULL), &u, NULL, NULL, NULL), IDENTITY_CONFLICTED, 1, false, false);
	EXPECT(judge(page(t1, i2), &u, NULL, NULL, NULL), IDENTITY_URL, 1, false, false);
}

static void
a_reused_address_is_a_new_report(void **state)
{
	struct identity_report u = report(1, t1, i1), plain = report(2, t1, NULL);

	(void)state;
	EXPECT(judge(page(t2, i2), &u, NULL, NULL, NULL), IDENTITY_REUSED, 0, false, false);
	EXPECT(judge(page(t2, i2), &plain, NULL, NULL, NULL), IDENTITY_URL, 2, false, false);
	plain.live_elsewhere = 1;
	EXPECT(judge(page(t2, i2), &plain, NULL, NULL, NULL), IDENTITY_REUSED, 0, false, false);
}

static void
a_missing_title_never_says_reused(void **state)
{
	struct identity_report u = report(1, t1, i1), untitled = report(2, NULL, i1);

	(void)state;
	EXPECT(judge(page(NULL, i2), &u, NULL, NULL, NULL), IDENTITY_URL, 1, false, false);
	EXPECT(judge(page(t2, i2), &untitled, NULL, NULL, NULL), IDENTITY_URL, 2, false, false);
}

static void
gaining_or_correcting_a_number_keeps_the_report(void **state)
{
	struct identity_report plain = report(1, t1, NULL), numbered = report(2, t1, i1);

	(void)state;
	EXPECT(judge(page(t1, i1), &plain, NULL, NULL, NULL), IDENTITY_URL, 1, false, false);
	EXPECT(judge(page(t1, i2), &numbered, NULL, NULL, NULL), IDENTITY_URL, 2, false, false);
}

static void
another_report_with_this_title_and_content_takes_the_url(void **state)
{
	struct identity_report u = report(1, t1, NULL), c = report(2, t1, NULL), named = report(3, t2, NULL),
	                       contradicts = report(4, t1, i2);

	(void)state;
	EXPECT(judge(page(t1, NULL), &u, NULL, NULL, &c), IDENTITY_MOVED, 2, false, true);
	EXPECT(judge(page(t1, NULL), &u, NULL, &c, NULL), IDENTITY_MOVED, 2, false, true);
	EXPECT(judge(page(t1, NULL), &u, NULL, NULL, &named), IDENTITY_URL, 1, false, false);
	EXPECT(judge(page(t1, i1), &u, NULL, &contradicts, NULL), IDENTITY_URL, 1, false, false);
	EXPECT(judge(page(t1, NULL), &u, NULL, &u, &c), IDENTITY_URL, 1, false, false);
}

static void
a_late_page_goes_where_it_belongs_and_changes_nothing(void **state)
{
	struct identity_report i = report(1, t1, i1), u = report(2, t2, i2), d = report(3, t1, NULL),
	                       c = report(4, t1, NULL);
	struct identity_page p = page(t1, i1);

	(void)state;
	p.late = true;
	EXPECT(judge(p, &u, &i, NULL, NULL), IDENTITY_LATE, 1, false, false);
	i.title = SPAN("t3");
	EXPECT(judge(p, &u, &i, &d, &c), IDENTITY_LATE, 3, false, false);
	EXPECT(judge(p, &u, &i, NULL, &c), IDENTITY_LATE, 4, false, false);
	EXPECT(judge(p, &u, &i, NULL, NULL), IDENTITY_LATE_NEW, 0, true, false);
	EXPECT(judge(p, &u, NULL, NULL, NULL), IDENTITY_LATE_NEW, 0, false, false);
	u.titles = t1;
	EXPECT(judge(p, &u, NULL, &d, NULL), IDENTITY_LATE, 2, false, false);
}

static void
a_late_page_with_its_own_number_needs_no_title(void **state)
{
	struct identity_report u = report(1, t2, i1);
	struct identity_page p = page(t1, i1);

	(void)state;
	p.late = true;
	EXPECT(judge(p, &u, &u, NULL, NULL), IDENTITY_LATE, 1, false, false);
}

static void
keys_of_numbers_name_the_title_by_its_hash(void **state)
{
	struct arena a;
	struct span key;

	(void)state;
	arena_init(&a, 65536);
	key = identity_conflict_key(&a, SPAN("i1"), SPAN("abc"));
	assert_true(span_eq(key, SPAN("i1#ba7816bf"))); /* SHA-256 of "abc", FIPS 180-4 */
	key = identity_docno_key(&a, SPAN("d1"), SPAN("abc"));
	assert_true(span_eq(key, SPAN("d1#ba7816bf8f01cfea414140de5dae2223")));
	assert_null(identity_docno_key(&a, SPAN("d1"), (struct span)NONE).p);
	assert_null(identity_docno_key(&a, (struct span)NONE, SPAN("abc")).p);
	arena_fini(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_page_that_leads_nowhere_is_new),
	    cmocka_unit_test(the_document_number_leads_before_the_content),
	    cmocka_unit_test(its_own_index_number_keeps_the_report),
	    cmocka_unit_test(the_same_number_and_title_at_a_second_url_is_one_report),
	    cmocka_unit_test(a_missing_title_counts_as_equal_for_the_same_number),
	    cmocka_unit_test(the_same_document_number_makes_a_new_title_the_same_document),
	    cmocka_unit_test(a_report_left_without_urls_is_merged),
	    cmocka_unit_test(a_report_that_never_had_the_title_is_not_merged),
	    cmocka_unit_test(a_number_used_twice_opens_a_conflict),
	    cmocka_unit_test(a_report_in_conflict_stays_while_the_page_agrees),
	    cmocka_unit_test(a_reused_address_is_a_new_report),
	    cmocka_unit_test(a_missing_title_never_says_reused),
	    cmocka_unit_test(gaining_or_correcting_a_number_keeps_the_report),
	    cmocka_unit_test(another_report_with_this_title_and_content_takes_the_url),
	    cmocka_unit_test(a_late_page_goes_where_it_belongs_and_changes_nothing),
	    cmocka_unit_test(a_late_page_with_its_own_number_needs_no_title),
	    cmocka_unit_test(keys_of_numbers_name_the_title_by_its_hash),
	};

	(void)setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
