/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <suoyin/explain.h>

const char *const field_names[FIELD_EXPLAINED] = {
	[FIELD_TITLE] = "title",
	[FIELD_INDEX] = "index_number",
	[FIELD_NUMBER] = "document_number",
	[FIELD_AGENCY] = "agency",
	[FIELD_SOURCE] = "source",
	[FIELD_PUBLISHED] = "published_on",
	[FIELD_SIGNED] = "signed_on",
	[FIELD_BODY] = "body",
	[FIELD_CHARSET] = "charset",
	[FIELD_ATTACHMENTS] = "attachments",
};

/* Equal values in two places of the page are two candidates. */
static struct candidate *
known(struct explained *e, struct span where, struct span value)
{
	for (size_t i = 0; i < e->count; i++)
		if (span_eq(e->items[i].where, where) && e->items[i].value.p == value.p &&
		    e->items[i].value.n == value.n)
			return &e->items[i];
	return NULL;
}

/* Room for one more at the end; NULL: there is none.  A winner takes the last loser's. */
static struct candidate *
room_for(struct explained *e, bool won)
{
	if (e->count < EXPLAIN_MAX)
		return &e->items[e->count++];
	e->left_out++;
	for (size_t i = e->count; won && i > 0; i--) {
		if (e->items[i - 1].won)
			continue;
		memmove(&e->items[i - 1], &e->items[i], (e->count - i) * sizeof(e->items[0]));
		return &e->items[e->count - 1];
	}
	return NULL;
}

static struct candidate *
add(struct explained *e, struct span where, struct span value, bool won)
{
	struct candidate *c = room_for(e, won);

	if (c != NULL && span_eq(where, SPAN("xpath"))) {
		memmove(&e->items[1], &e->items[0], (e->count - 1) * sizeof(e->items[0]));
		c = &e->items[0];
	}
	if (c != NULL)
		*c = (struct candidate){.where = where, .value = value};
	return c;
}

void
explain_note(struct explain *x, enum field field, bool won, struct span where, struct span value,
    const char *why, ...)
{
	struct candidate *c;
	va_list args;

	if (x == NULL)
		return;
	c = known(&x->fields[field], where, value);
	if (c != NULL ? c->won && won : (c = add(&x->fields[field], where, value, won)) == NULL)
		return;
	c->won = won;
	va_start(args, why);
	(void)vsnprintf(c->why, sizeof(c->why), why, args);
	va_end(args);
}

void
explain_overrule(struct explain *x, enum field field, const char *why)
{
	struct explained *e = x != NULL ? &x->fields[field] : NULL;

	for (size_t i = 0; e != NULL && i < e->count; i++) {
		if (!e->items[i].won)
			continue;
		e->items[i].won = false;
		(void)snprintf(e->items[i].why, sizeof(e->items[i].why), "%s", why);
	}
}
