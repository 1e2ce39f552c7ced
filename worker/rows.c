/* SPDX-License-Identifier: MIT */
/* Sections, citations, quantities and parts of revisions as rows.  Extraction has made them; each
 * line only lacks the revision it belongs to. */
#include <inttypes.h>
#include <string.h>

#include "steps.h"

#define COPY_MAX ((size_t)64 << 20)

static const struct table {
	const char *copy, *forget;
} tables[RECORD_ROWS] = {
	[ROWS_SECTION] = {"COPY core.section FROM STDIN",
	    "DELETE FROM core.section WHERE revision_id = ANY ($1::bigint[])"},
	[ROWS_CITATION] = {"COPY core.citation FROM STDIN",
	    "DELETE FROM core.citation WHERE revision_id = ANY ($1::bigint[])"},
	[ROWS_QUANTITY] = {"COPY core.quantity FROM STDIN",
	    "DELETE FROM core.quantity WHERE revision_id = ANY ($1::bigint[])"},
	[ROWS_REQUIRED_PART] = {"COPY core.required_part FROM STDIN",
	    "DELETE FROM core.required_part WHERE revision_id = ANY ($1::bigint[])"},
};

/* The rows of revisions that are written again. */
static int
forget(struct world *w, struct pg *pg, struct err *err)
{
	struct span *ids = arena_array(&w->arena, w->revision_count + 1, sizeof(*ids));
	const char *values[1];
	struct buf out;
	size_t n = 0;
	int rc = 0;

	for (size_t i = 0; ids != NULL && i < w->revision_count; i++)
		if (w->revisions[i]->rewritten && !w->revisions[i]->is_new)
			ids[n++] = arena_fmt(&w->arena, "%" PRId64, w->revisions[i]->id);
	if (ids == NULL || w->arena.failed)
		return err_set(err, ERR_REJECT, "too_large", "the batch does not fit in memory");
	if (n == 0)
		return 0;
	buf_init(&out, COPY_MAX);
	pg_array(&out, ids, n);
	values[0] = out.p;
	for (int i = 0; rc == 0 && i < RECORD_ROWS; i++)
		rc = pg_do(pg, NULL, tables[i].forget, 1, values, err) == -1 ? -1 : 0;
	buf_fini(&out);
	return rc;
}

static void
add_rows(struct buf *out, int64_t revision, struct span lines)
{
	char id[24];
	size_t n = (size_t)snprintf(id, sizeof(id), "%" PRId64 "\t", revision);

	for (size_t at = 0, next; at < lines.n; at = next) {
		next = span_find_byte(lines, '\n', at) + 1;
		(void)buf_add(out, id, n);
		(void)buf_add_span(out, span_cut(lines, at, next));
	}
}

int
write_rows(struct world *w, struct pg *pg, struct err *err)
{
	struct buf lines;
	int rc = forget(w, pg, err);

	buf_init(&lines, COPY_MAX);
	for (int table = 0; rc == 0 && table < RECORD_ROWS; table++) {
		buf_clear(&lines);
		for (size_t i = 0; i < w->revision_count; i++) {
			const struct revision *rev = w->revisions[i];

			if (rev->is_new || rev->rewritten)
				add_rows(&lines, rev->id, rev->source->fields.rows[table]);
		}
		if (lines.failed)
			rc = err_set(err, ERR_REJECT, "too_large", "the batch does not fit in memory");
		else if (lines.n > 0)
			rc = pg_copy(pg, tables[table].copy, buf_span(&lines), err);
	}
	buf_fini(&lines);
	return rc;
}
