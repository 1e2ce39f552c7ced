/* SPDX-License-Identifier: MIT */
/* Sections, citations, quantities and parts of revisions as rows: PostgreSQL takes them from the
 * record that the same transaction has just written. */
#include "steps.h"

int
write_rows(struct world *w, struct pg *pg, struct err *err)
{
	struct span *ids = arena_array(&w->arena, w->revision_count + 1, sizeof(*ids));
	const char *values[1];
	struct buf out;
	int64_t done = 0;
	size_t n = 0;

	for (size_t i = 0; ids != NULL && i < w->revision_count; i++) {
		const struct revision *rev = w->revisions[i];

		if (rev->is_new || rev->rewritten)
			ids[n++] = arena_fmt(&w->arena, "%lld", (long long)rev->id);
	}
	if (ids == NULL || w->arena.failed)
		return err_set(err, ERR_REJECT, "too_large", "the batch does not fit in memory");
	if (n == 0)
		return 0;
	buf_init(&out, 64u << 20);
	pg_array(&out, ids, n);
	values[0] = out.p;
	done = pg_do(pg, "expand", "SELECT core.expand($1::bigint[])", 1, values, err);
	buf_fini(&out);
	return done == -1 ? -1 : 0;
}
