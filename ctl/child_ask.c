/* SPDX-License-Identifier: MIT */
#include "child_ask.h"

#include <stdlib.h>
#include <string.h>
#include <suoyin/extract_child.h>
#include <suoyin/limits.h>

#define DEADLINE_MS 60000
#define MEMORY_BYTES ((size_t)2 << 30)
#if defined(__SANITIZE_ADDRESS__)
#define MEMORY_LIMIT ((size_t)0) /* a sanitizer reserves more than any limit */
#else
#define MEMORY_LIMIT MEMORY_BYTES
#endif

struct answer {
	bool done, is_record;
	enum child_verdict verdict;
	json_t *json;
};

/* The whole record, put together again: its body travels beside it. */
static json_t *
record_of(struct span reply)
{
	struct extract_reply parts;
	struct span record, body;
	json_t *json;

	if (extract_reply_decode(&parts, reply, NULL) == -1)
		return NULL;
	record = parts.texts[REPLY_RECORD];
	body = parts.texts[REPLY_BODY];
	if ((json = json_loadb(record.p, record.n, 0, NULL)) != NULL && body.p != NULL)
		(void)json_object_set_new(json, "body", json_stringn(body.p, body.n));
	return json;
}

static void
on_reply(void *ctx, void *request, enum child_verdict verdict, struct span reply)
{
	struct answer *a = request;

	(void)ctx;
	a->done = true;
	a->verdict = verdict;
	if (reply.p != NULL && a->is_record && verdict == CHILD_OK)
		a->json = record_of(reply);
	else if (reply.p != NULL)
		a->json = json_loadb(reply.p, reply.n, 0, NULL);
}

static void
wait_for(struct child_pool *pool, const struct answer *a)
{
	while (!a->done) {
		struct pollfd fds[4];
		size_t n = child_pool_fds(pool, fds, 4);
		int wait = child_pool_wait_ms(pool);

		(void)poll(fds, (nfds_t)n, wait < 0 ? 1000 : wait);
		child_pool_poll(pool);
	}
}

static const char *
said(const json_t *json, const char *key, const char *otherwise)
{
	const char *text = json_string_value(json_object_get(json, key));

	return text != NULL ? text : otherwise;
}

static json_t *
judge(struct answer *a, const char *role, struct err *err)
{
	json_t *json = a->json;

	if (a->verdict == CHILD_OK && json != NULL)
		return json;
	if (a->verdict == CHILD_REJECTED)
		(void)err_set(err, ERR_REJECT, said(json, "reason", "rejected"), "%s",
		    said(json, "text", "rejected"));
	else
		(void)err_set(err, ERR_REJECT, child_verdict_names[a->verdict], "%s: the child %s",
		    role, child_verdict_names[a->verdict]);
	json_decref(json);
	return NULL;
}

json_t *
child_ask(const char *role, const json_t *meta, struct span body, struct err *err)
{
	struct child_pool_options options = {.role = role,
	    .children = 1,
	    .deadline_ms = DEADLINE_MS,
	    .memory_bytes = MEMORY_LIMIT,
	    .reply_max = RECORD_JSON_MAX,
	    .done = on_reply};
	struct child_pool *pool = child_pool_new(&options, err);
	char *text = json_dumps(meta, JSON_COMPACT);
	struct answer a = {.is_record = strcmp(role, "extract") == 0};
	json_t *json = NULL;

	if (pool != NULL && text == NULL)
		(void)err_set(err, ERR_FATAL, "memory", "out of memory");
	else if (pool != NULL && child_submit(pool, &a, span_of(text), body, err) == 0) {
		wait_for(pool, &a);
		json = judge(&a, role, err);
	}
	child_pool_free(pool);
	free(text);
	return json;
}
