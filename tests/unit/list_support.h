/* SPDX-License-Identifier: MIT */
/* list_support.h - a list page through the child's handler, as tests of its kinds ask for it. */
#ifndef TESTS_LIST_SUPPORT_H
#define TESTS_LIST_SUPPORT_H

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>
#include <suoyin/charset.h>
#include <suoyin/limits.h>
#include <suoyin/list_child.h>

static void *kit;
static struct err why;

static int
open_kit(void **state)
{
	(void)state;
	kit = list_role.warm_up();
	return kit == NULL ? -1 : 0;
}

static int
close_kit(void **state)
{
	(void)state;
	charset_kit_free(kit);
	return 0;
}

/* `meta`: an object with ' for ". The reply, or NULL with `why`. */
static json_t *
read_bytes(const char *meta, struct span body)
{
	char *text = strdup(meta);
	json_t *reply = NULL;
	struct buf out;

	assert_non_null(text);
	for (char *p = text; *p != '\0'; p++)
		*p = *p == '\'' ? '"' : *p;
	why = (struct err){0};
	buf_init(&out, LIST_JSON_MAX);
	if (list_role.handle(kit, span_of(text), body, &out, &why) == 0)
		assert_non_null(reply = json_loadb(out.p, out.n, 0, NULL));
	buf_fini(&out);
	free(text);
	return reply;
}

static inline json_t *
read_list(const char *meta, const char *body)
{
	return read_bytes(meta, span_of(body));
}

static inline const char *
text(const json_t *reply, const char *key)
{
	return json_string_value(json_object_get(reply, key));
}

static inline const char *
field(const json_t *reply, size_t row, const char *key)
{
	return text(json_array_get(json_object_get(reply, "rows"), row), key);
}

static inline json_int_t
number(const json_t *reply, const char *key)
{
	return json_integer_value(json_object_get(reply, key));
}

static inline bool
is_true(const json_t *reply, const char *key)
{
	return json_is_true(json_object_get(reply, key));
}

static inline size_t
rows(const json_t *reply)
{
	return json_array_size(json_object_get(reply, "rows"));
}

#endif
