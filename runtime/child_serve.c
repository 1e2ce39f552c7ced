/* SPDX-License-Identifier: MIT */
/* The child's side: warm up, lock in, then one request after another from descriptor 0. */
#include "child_proc.h"
#include <errno.h>
#include <jansson.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <suoyin/limits.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define EXIT_OK 0
#define EXIT_BROKEN 70 /* sysexits EX_SOFTWARE */

static int
read_all(void *to, size_t n)
{
	char *at = to;

	while (n > 0) {
		ssize_t got = recv(0, at, n, 0);

		if (got == 0 || (got == -1 && errno != EINTR))
			return -1;
		if (got > 0) {
			at += got;
			n -= (size_t)got;
		}
	}
	return 0;
}

/* Behind what has been written of the parts. */
static void
skip_written(struct msghdr *msg, size_t n)
{
	while (msg->msg_iovlen > 0 && n >= msg->msg_iov->iov_len) {
		n -= msg->msg_iov->iov_len;
		msg->msg_iov++;
		msg->msg_iovlen--;
	}
	if (msg->msg_iovlen > 0) {
		msg->msg_iov->iov_base = (char *)msg->msg_iov->iov_base + n;
		msg->msg_iov->iov_len -= n;
	}
}

/* In one call where it can be: each would wake the parent. */
static int
answer(const char *meta, struct span body)
{
	unsigned char head[FRAME_HEAD];
	struct iovec parts[] = {{head, sizeof(head)}, {(char *)(uintptr_t)meta, strlen(meta)},
	    {(char *)(uintptr_t)body.p, body.n}};
	struct msghdr msg = {.msg_iov = parts, .msg_iovlen = sizeof(parts) / sizeof(parts[0])};

	frame_put(head, parts[1].iov_len, body.n);
	while (msg.msg_iovlen > 0) {
		ssize_t put = sendmsg(0, &msg, MSG_NOSIGNAL);

		if (put == -1 && errno != EINTR)
			return -1;
		if (put > 0)
			skip_written(&msg, (size_t)put);
	}
	return 0;
}

/* {"reason":…,"text":…}; what a text quotes of a page need not be UTF-8. */
static int
answer_rejected(const struct err *why)
{
	json_t *text = json_string(why->text);
	json_t *o = json_pack("{s:s, s:o}", "reason", why->reason, "text",
	    text != NULL ? text : json_string("(not UTF-8)"));
	char *body = o == NULL ? NULL : json_dumps(o, JSON_COMPACT);
	int rc = answer(REPLY_REJECTED,
	    span_of(body != NULL ? body : "{\"reason\":\"out_of_memory\",\"text\":\"\"}"));

	free(body);
	json_decref(o);
	return rc;
}

static int
handle(const struct child_role *role, void *kit, struct span meta, struct span body,
    struct buf *reply)
{
	struct err err = {0};

	buf_clear(reply);
	if (role->handle(kit, meta, body, reply, &err) == 0 && !reply->failed)
		return answer(REPLY_OK, buf_span(reply));
	if (reply->failed)
		(void)err_set(&err, ERR_REJECT, "too_large",
		    "the answer is over %zu bytes, or memory ran out", reply->limit);
	(void)err_set(&err, ERR_REJECT, "unknown", "the handler gave no reason");
	return answer_rejected(&err);
}

/* One request; -1 when the parent has gone. */
static int
serve_one(const struct child_role *role, void *kit, const char *shared, struct buf *reply)
{
	unsigned char head[FRAME_HEAD];
	size_t meta, body;
	int rc;

	if (read_all(head, sizeof(head)) == -1)
		return -1;
	if (frame_get(head, CHILD_REQUEST_MAX, &meta, &body) == -1)
		_exit(EXIT_BROKEN);
	rc = handle(role, kit, (struct span){shared, meta}, (struct span){shared + meta, body}, reply);
	if (reply->cap > KEPT_BYTES)
		buf_fini(reply);
	return rc;
}

/* What requests stand in; NULL: it is not there. */
static const char *
map_shared(void)
{
	void *map = mmap(NULL, SHARED_BYTES, PROT_READ, MAP_SHARED, SHARED_FD, 0);

	(void)close(SHARED_FD);
	return map == MAP_FAILED ? NULL : map;
}

/* What libraries look up once and keep has to happen while files can still be opened. */
static void *
warm_up(const struct child_role *role)
{
	(void)setlocale(LC_CTYPE, "C.UTF-8");
	json_object_seed(0);
	return role->warm_up == NULL ? NULL : role->warm_up();
}

int
child_serve(const struct child_role *role, size_t memory, size_t reply_max)
{
	const char *shared = map_shared();
	struct err err = {0};
	struct buf reply;
	void *kit;

	/* Terminal and supervisor signal the whole group: the parent decides when we end. */
	(void)signal(SIGINT, SIG_IGN);
	(void)signal(SIGTERM, SIG_IGN);
	(void)signal(SIGHUP, SIG_IGN);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	kit = warm_up(role);
	if (shared == NULL)
		(void)err_set(&err, ERR_FATAL, "child", "the memory for requests cannot be mapped");
	if (shared == NULL || child_lock(memory, &err) == -1) {
		(void)answer(REPLY_UNABLE, span_of(err.text));
		return EXIT_BROKEN;
	}
	buf_init(&reply, reply_max);
	if (answer(REPLY_READY, SPAN("")) == 0)
		while (serve_one(role, kit, shared, &reply) == 0)
			;
	buf_fini(&reply);
	return EXIT_OK;
}

static size_t
number(int argc, char **argv, int at)
{
	uint64_t v = 0;

	if (at < argc)
		(void)span_u64(span_of(argv[at]), SIZE_MAX, &v);
	return (size_t)v;
}

int
child_main(int argc, char **argv, const struct child_role *roles, size_t count)
{
	size_t reply_max;

	if (argc < 3 || strcmp(argv[1], "--child") != 0)
		return -1;
	reply_max = number(argc, argv, 4);
	for (size_t i = 0; i < count; i++)
		if (strcmp(argv[2], roles[i].name) == 0)
			/* Exit handlers would want what the lock forbids. */
			_exit(child_serve(&roles[i], number(argc, argv, 3),
			    reply_max == 0 ? RECORD_JSON_MAX : reply_max));
	return EXIT_BROKEN;
}
