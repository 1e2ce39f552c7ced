/* SPDX-License-Identifier: MIT */
/* Loops that take sixteen bytes at once give what one character after another gives. */
#include "values_support.h"
#include <jansson.h>
#include <suoyin/document_number.h>
#include <suoyin/json_write.h>
#include <suoyin/text.h>

#include "../../core/fold.h"
#include "../../core/meaning_parts.h"

#define ROUNDS 20000
#define PIECES_MAX 60
#define SHIFTS 70

static const char *const good[] = {"a", "7", " ", "中", "的", "文件", "行政复议", "、", "，", "。", "；", "“", "（",
    "\u3000", "\u00A0", "\uFEFF", "\u200B", "\u1680", "\u2003", "é", "\U0001F600", "\uD7FF", "\uFFFD",
    "ascii text of some length", "\"", "\\", "\n", "<", "&"};
static const char *const bad[] = {"\x80", "\xE4", "\xE4\xB8", "\xC0\x80", "\xED\xA0\x80", "\xE0\x80\x80",
    "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xC2", "\xF0\x9F\x98"};

static unsigned
draw(uint64_t *state, unsigned below)
{
	*state = *state * 6364136223846793005U + 1442695040888963407U;
	return (unsigned)(*state >> 33) % below;
}

/* In memory of exactly its size, so that a sanitizer sees who reads on. */
static struct span
random_text(uint64_t *state, bool with_bad)
{
	struct buf b;
	struct span s;
	char *p;

	buf_init(&b, 65536);
	for (unsigned n = draw(state, PIECES_MAX); n > 0; n--) {
		bool odd = with_bad && draw(state, 100) == 0;

		(void)buf_add_str(&b, odd ? bad[draw(state, COUNT_OF(bad))] : good[draw(state, COUNT_OF(good))]);
	}
	s = buf_span(&b);
	p = malloc(s.n + (s.n == 0));
	assert_non_null(p);
	memcpy(p, s.p, s.n);
	buf_fini(&b);
	return (struct span){p, s.n};
}

static void
release(struct span s)
{
	free((char *)(uintptr_t)s.p);
}

static void
characters_are_good_and_counted(void **state)
{
	uint64_t seed = 1;
	size_t bad_ones = 0;

	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		struct span s = random_text(&seed, true);
		size_t count = 0;
		bool fine = true;

		for (size_t at = 0; at < s.n;)
			fine = text_next(s, &at) != TEXT_BAD && fine;
		for (size_t at = 0; at < s.n; at++)
			count += ((unsigned char)s.p[at] & 0xC0) != 0x80;
		bad_ones += !fine;
		assert_int_equal(text_is_utf8(s), fine);
		assert_int_equal(text_length(s), count);
		release(s);
	}
	assert_in_range(bad_ones, ROUNDS / 10, ROUNDS / 2);
}

static bool
is_nothing(uint32_t c)
{
	return text_is_space(c) || text_is_zero_width(c);
}

static void
blanks_are_found(void **state)
{
	uint64_t seed = 2;
	struct arena a;

	(void)state;
	arena_init(&a, 1 << 20);
	for (int i = 0; i < ROUNDS; i++) {
		struct span s = random_text(&seed, false), stripped = text_strip_space(&a, s), trimmed = text_trim(s);
		size_t n = 0, first = s.n, last = 0;

		for (size_t at = 0, from = 0; at < s.n; from = at) {
			if (is_nothing(text_next(s, &at)))
				continue;
			assert_true(n + at - from <= stripped.n && memcmp(stripped.p + n, s.p + from, at - from) == 0);
			n += at - from;
			first = first < from ? first : from;
			last = at;
		}
		assert_int_equal(stripped.n, n);
		assert_int_equal(trimmed.n, n == 0 ? 0 : last - first);
		assert_true(n == 0 || trimmed.p == s.p + first);
		arena_reset(&a);
		release(s);
	}
	arena_fini(&a);
}

static void
a_fold_in_pieces_is_the_fold_of_the_whole(void **state)
{
	uint64_t seed = 3;
	struct arena a;

	(void)state;
	arena_init(&a, 1 << 20);
	for (int i = 0; i < ROUNDS; i++) {
		struct span s = random_text(&seed, false), want = text_fold_space(&a, s);
		size_t cut = 0;
		struct fold f;

		for (unsigned n = draw(&seed, 20); n > 0 && cut < s.n; n--)
			(void)text_next(s, &cut);
		fold_init(&f, 1 << 20);
		fold_start(&f);
		fold_add(&f, span_cut(s, 0, cut));
		fold_add(&f, span_cut(s, cut, s.n));
		assert_true(span_eq(buf_span(&f.out), want));
		assert_int_equal(f.chars, text_length(want));
		fold_fini(&f);
		arena_reset(&a);
		release(s);
	}
	arena_fini(&a);
}

static size_t
find_slowly(struct span s, struct span needle, size_t from)
{
	for (; from + needle.n <= s.n; from++)
		if (memcmp(s.p + from, needle.p, needle.n) == 0)
			return from;
	return SIZE_MAX;
}

static void
words_are_found_at_every_place(void **state)
{
	static const struct span needles[] = {SPAN_INIT("文件"), SPAN_INIT("。"), SPAN_INIT("议，"), SPAN_INIT("é"),
	    SPAN_INIT("行政复议中")};
	uint64_t seed = 4;

	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		struct span s = random_text(&seed, true), needle = needles[draw(&seed, COUNT_OF(needles))];

		for (size_t from = 0, at; from <= s.n; from = at + 1) {
			at = span_find(s, needle, from);
			assert_true(at == find_slowly(s, needle, from));
			if (at == SIZE_MAX)
				break;
		}
		release(s);
	}
}

static void
strings_in_json_come_back(void **state)
{
	uint64_t seed = 5;

	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		struct span s = random_text(&seed, false);
		struct buf out;
		json_t *json;

		buf_init(&out, 1 << 20);
		(void)buf_add_byte(&out, '{');
		json_write_name(&out, "text");
		json_write_text(&out, s);
		(void)buf_add_byte(&out, '}');
		assert_true(json_is_object_text(buf_span(&out)));
		json = json_loadb(out.p, out.n, 0, NULL);
		assert_true(span_eq(span_of(json_string_value(json_object_get(json, "text"))), s));
		json_decref(json);
		out.n -= 2;
		assert_false(json_is_object_text(buf_span(&out)));
		buf_fini(&out);
		release(s);
	}
}

/* A text behind so many other characters, in memory of its size. */
static struct span
shifted(const char *filler, size_t times, const char *text)
{
	const size_t one = strlen(filler), n = one * times + strlen(text);
	char *p = malloc(n + 1);

	assert_non_null(p);
	for (size_t i = 0; i < times; i++)
		memcpy(p + i * one, filler, one);
	memcpy(p + times * one, text, n - times * one);
	return (struct span){p, n};
}

static void
numbers_of_documents_are_found_at_every_place(void **state)
{
	static const char *const texts[] = {"依据青政发〔2024〕12号。", "依据青政发[2024]12号", "依据青政发（2024）12号文",
	    "依据青政发【2024】12号", "依据青政发［2024］12号。以及其他有关文件的规定办理", "国务院令第711号"};
	struct arena a;

	(void)state;
	arena_init(&a, 1 << 20);
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		for (size_t k = 0; k < SHIFTS; k++) {
			struct span s = shifted(k % 2 == 0 ? "，" : "；a", k, texts[i]);
			size_t at = 0;
			struct number n;

			assert_true(document_number_find(&n, &a, s, &at));
			assert_true(n.raw.n > 0 && at <= s.n);
			assert_false(document_number_find(&n, &a, s, &at));
			release(s);
		}
	arena_fini(&a);
}

static void
amounts_are_found_at_every_place(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, 1 << 20);
	for (size_t k = 0; k < SHIFTS; k++) {
		struct span s = shifted("中", k, "，办理12件；培训１３人次，依照《第45件事》办结7.5%");
		struct meaning m = {0};

		assert_int_equal(meaning_quantities(&m, &a, s), 0);
		assert_int_equal(m.quantity_count, 3);
		assert_true(m.quantities[0].value == 12 && m.quantities[2].value == 7.5);
		arena_reset(&a);
		release(s);
	}
	arena_fini(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(characters_are_good_and_counted),
	    cmocka_unit_test(blanks_are_found),
	    cmocka_unit_test(a_fold_in_pieces_is_the_fold_of_the_whole),
	    cmocka_unit_test(words_are_found_at_every_place),
	    cmocka_unit_test(strings_in_json_come_back),
	    cmocka_unit_test(numbers_of_documents_are_found_at_every_place),
	    cmocka_unit_test(amounts_are_found_at_every_place),
	};

	(void)setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
