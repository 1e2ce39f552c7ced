/* SPDX-License-Identifier: MIT */
/*
 * robots.txt: the rule that decides is a line of the file, and a path that is spelt otherwise has
 * the same verdict.
 *
 * An input is an agent in the first line, an address in the second, and the file.
 */
#include <stdlib.h>
#include <suoyin/limits.h>
#include <suoyin/robots.h>

#include "fuzz.h"

/* Every unreserved byte as its escape, and escapes in lower case. */
static struct span
spell_otherwise(struct arena *a, struct span path)
{
	struct span out;
	struct buf b;

	buf_init(&b, 3 * path.n + 1);
	for (size_t i = 0; i < path.n; i++) {
		unsigned char c = (unsigned char)path.p[i];
		bool is_letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
		bool after = (i > 0 && path.p[i - 1] == '%') || (i > 1 && path.p[i - 2] == '%');

		if (is_letter && !after)
			(void)buf_add_fmt(&b, "%%%02x", c);
		else
			(void)buf_add_byte(&b, (char)c);
	}
	out = arena_dup_buf(a, &b);
	buf_fini(&b);
	return out;
}

static void
check(struct arena *a, const struct robots *r, struct span file, struct span path)
{
	const struct robots_rule *rule = robots_decide(r, path, NULL), *other;
	struct robots *copy = robots_dup(r);
	struct span again = spell_otherwise(a, path);

	if (rule != NULL) {
		must(rule->text.n > 0 && span_find(file, rule->text, 0) != SIZE_MAX, "a rule is no line of the file");
		must(rule->line > 0, "a rule has no line");
	}
	if (copy != NULL) {
		other = robots_decide(copy, path, NULL);
		must((rule == NULL) == (other == NULL) && (rule == NULL || rule->line == other->line),
		    "a copy has another verdict");
	}
	other = again.p == NULL ? rule : robots_decide(r, again, NULL);
	must((rule == NULL) == (other == NULL) && (rule == NULL || rule->line == other->line),
	    "another spelling has another verdict");
	free(copy);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span file = {(const char *)data, size}, agent = fuzz_line(&file), url = fuzz_line(&file), path;
	struct robots r;
	struct arena a;

	arena_init(&a, 64 << 20);
	path = robots_path(&a, url);
	if (path.p != NULL && robots_parse(&r, &a, file, agent) == 0)
		check(&a, &r, file, path);
	arena_fini(&a);
	return 0;
}
