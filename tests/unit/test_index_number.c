/* SPDX-License-Identifier: MIT */
#include "values_support.h"
#include <suoyin/index_number.h>

struct fixture {
	struct arena a;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return -1;
	arena_init(&f->a, 1 << 20);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	arena_fini(&f->a);
	free(f);
	return 0;
}

static struct number
parse(void **state, struct span text)
{
	struct fixture *f = *state;
	struct number n;

	assert_int_equal(index_number_parse(&n, &f->a, text), 0);
	return n;
}

static void
assert_number(void **state, const char *text, const char *normal, const char *class_, bool usable)
{
	struct number n = parse(state, span_of(text));

	assert_span(n.normalized, normal);
	assert_span(n.class_, class_);
	assert_int_equal(index_number_usable(&n), usable);
}

static void
every_row_of_the_table_has_its_form_and_class(void **state)
{
	FILE *f = shared_open("corpus/index_numbers.tsv");
	struct span row[FIELDS_MAX];
	char line[8192];
	size_t rows = 0;

	if (f == NULL)
		skip();
	(void)shared_row(f, line, row);
	for (; shared_row(f, line, row) == 4; rows++) {
		struct number n = parse(state, row[0]);

		if (!span_eq(n.normalized, row[1]) || !span_eq(n.class_, row[2]))
			fail_msg("%.*s: got %.*s %.*s", SPAN_ARG(row[0]), SPAN_ARG(n.normalized),
			    SPAN_ARG(n.class_));
	}
	(void)fclose(f);
	assert_true(rows > 0);
}

static void
width_dashes_slashes_and_blanks_are_folded(void **state)
{
	assert_number(state, "　ａｂ１２３４５６／２０２４－００００１ ", "AB123456/2024-00001",
	    "prefix_year_serial", true);
	assert_number(state, "12345678X\\2024 — 00001", "12345678X/2024-00001", "org9", true);
	assert_number(state, "ab12\xE2\x80\x8B/2024&nbsp;-&amp;nbsp;7", "AB12/2024-7",
	    "prefix_year_serial", true);
	assert_number(state, "AB12/2024-00007 2024-03-08", "AB12/2024-00007", "prefix_year_serial",
	    true);
	assert_number(state, "AB12/2024-00007主题分类", "AB12/2024-00007", "prefix_year_serial", true);
}

static void
labels_are_taken_off(void **state)
{
	assert_number(state, "索 引 号：AB12/2024-7", "AB12/2024-7", "prefix_year_serial", true);
	assert_number(state, "【信息索取号】AB12/2024-7", "AB12/2024-7", "prefix_year_serial", true);
	assert_number(state, "索引号", NULL, "absent", false);
}

static void
zero_padding_and_backslashes_are_kept(void **state)
{
	assert_number(state, "AB12/2024-0007", "AB12/2024-0007", "prefix_year_serial", true);
	assert_number(state, "12345678X\\2012-1", "12345678X/2012-1", "org9", true);
}

static void
placeholders_are_absent(void **state)
{
	static const char *const none[] = {"无", "暂无", "—", "/", "-", "- -", "N/A", "详见正文"};

	for (size_t i = 0; i < COUNT_OF(none); i++) {
		struct number n = parse(state, span_of(none[i]));

		assert_span(n.class_, "absent");
		assert_null(n.normalized.p);
		assert_span(n.raw, none[i]);
		assert_false(index_number_usable(&n));
	}
	assert_null(parse(state, SPAN("  ")).raw.p);
	assert_null(parse(state, (struct span){NULL, 0}).raw.p);
}

static void
what_identifies_nothing_is_no_key(void **state)
{
	assert_number(state, "/2024-00001", "/2024-00001", "partial", false);
	assert_number(state, "000/2024-00001", "000/2024-00001", "prefix_year_serial+zero_prefix",
	    false);
	assert_number(state, "7", "7", "suspect", false);
	/* the entities of a page that escapes more than twice, or cuts them with what is not seen */
	assert_number(state, "AB12&amp;amp;amp;7", "AB12&AMP;7", "suspect", false);
	assert_number(state, "AB123&\xE2\x80\x8B#x2F;7", "AB123&#X2F;7", "suspect", false);
	assert_number(state, "2024-03-08", "2024-03-08", "suspect", false);
	assert_number(state, "某府〔2024〕1号", "某府〔2024〕1号", "suspect", false);
}

static void
other_grammars_are_kept(void **state)
{
	assert_number(state, "AB-01-2024-7", "AB-01-2024-7", "dashed", true);
	assert_number(state, "AB12/58032", "AB12/58032", "prefix_serial", true);
	assert_number(state, "530000012345202400007", "530000012345202400007", "other", true);
	assert_number(state, "AB/CD/2024-7", "AB/CD/2024-7", "other", true);
}

static void
a_wrong_check_character_is_a_soft_flag(void **state)
{
	struct number right = parse(state, SPAN("D2143569X/2024-1")),
		      wrong = parse(state, SPAN("D21435690/2024-1")),
		      credit = parse(state, SPAN("91350100M000100Y43/2024-1")),
		      forged = parse(state, SPAN("91350100M000100Y44/2024-1")),
		      hyphen = parse(state, SPAN("D2143569-X/2024-1"));

	assert_span(right.class_, "org9");
	assert_int_equal(right.flag_count, 0);
	assert_int_equal(wrong.flag_count, 1);
	assert_span(wrong.flags[0], "check_character");
	assert_true(index_number_usable(&wrong));
	assert_span(credit.class_, "uscc");
	assert_int_equal(credit.flag_count, 0);
	assert_int_equal(forged.flag_count, 1);
	assert_int_equal(hyphen.flag_count, 0);
}

static void
a_number_longer_than_a_key_may_be_is_suspect(void **state)
{
	char text[210];

	memset(text, 'A', sizeof(text));
	memcpy(text + 190, "/2024-0001", 10);
	assert_span(parse(state, (struct span){text, 200}).class_, "prefix_year_serial");
	memcpy(text + 191, "/2024-0001", 10);
	text[190] = 'A';
	assert_span(parse(state, (struct span){text, 201}).class_, "suspect");
}

static void
a_full_arena_is_told_and_leaks_nothing(void **state)
{
	size_t limit = 0;
	int rc = -1;

	(void)state;
	for (; limit < 4096 && rc == -1; limit++) {
		struct arena a;
		struct number n;

		arena_init(&a, limit);
		rc = index_number_parse(&n, &a, SPAN("索引号：AB12&amp;/2024-7"));
		arena_fini(&a);
	}
	assert_int_equal(rc, 0);
	assert_true(limit > 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_row_of_the_table_has_its_form_and_class),
	    cmocka_unit_test(width_dashes_slashes_and_blanks_are_folded),
	    cmocka_unit_test(labels_are_taken_off),
	    cmocka_unit_test(zero_padding_and_backslashes_are_kept),
	    cmocka_unit_test(placeholders_are_absent),
	    cmocka_unit_test(what_identifies_nothing_is_no_key),
	    cmocka_unit_test(other_grammars_are_kept),
	    cmocka_unit_test(a_wrong_check_character_is_a_soft_flag),
	    cmocka_unit_test(a_number_longer_than_a_key_may_be_is_suspect),
	    cmocka_unit_test(a_full_arena_is_told_and_leaks_nothing),
	};

	(void)setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, setup, teardown);
}
