/* SPDX-License-Identifier: MIT */
#include "fetch.h"

#include "fetch_tls.h"
#include "retry_after.h"

#include <curl/curl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <suoyin/clock.h>
#include <suoyin/fetch_word.h>
#include <suoyin/limits.h>
#include <suoyin/metrics.h>
#include <suoyin/text.h>
#include <sys/socket.h>
#include <time.h>

#define RECEIVE_BYTES 65536L /* a page of usual size at once */
#define OTHERS_MAX 96

struct transfer {
	struct transfer *next, **place; /* of a list: what points here */
	struct fetcher *fetcher;
	CURL *easy;
	struct curl_slist *headers, *pin;
	struct visit *visit;
	size_t header_bytes;
	bool closed; /* the guard said no to an address */
	bool too_large;
	bool enough; /* of a robots.txt: the rest is not wanted */
};

struct fetcher {
	struct fetch_options options;
	char *agent; /* ours: the caller's may be gone */
	CURLM *multi;
	struct transfer *transfers;
	size_t active;
	CURL *spare[16]; /* handles to be used again */
	size_t spare_count;
};

struct fetcher *
fetcher_new(const struct fetch_options *options, struct err *err)
{
	struct fetcher *f;

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK ||
	    (f = calloc(1, sizeof(*f))) == NULL) {
		(void)err_set(err, ERR_FATAL, "curl", "libcurl cannot be used");
		return NULL;
	}
	f->options = *options;
	f->agent = strdup(options->user_agent);
	if (f->agent == NULL || (f->multi = curl_multi_init()) == NULL) {
		free(f->agent);
		free(f);
		(void)err_set(err, ERR_FATAL, "curl", "libcurl cannot be used");
		return NULL;
	}
	/* idle ones, too: a host is asked again after its delay, and each handshake costs both sides */
	(void)curl_multi_setopt(f->multi, CURLMOPT_MAXCONNECTS, 4L * options->parallel);
	return f;
}

size_t
fetch_room(const struct fetcher *f)
{
	size_t parallel = (size_t)f->options.parallel;

	return f->active < parallel ? parallel - f->active : 0;
}

/* What a portal says besides a page: enough to see what it is. */
static bool
keep_beginning(struct answer *a, const char *p, size_t n)
{
	size_t room = a->body.n < SAMPLE_MAX ? SAMPLE_MAX - a->body.n : 0;

	return buf_add(&a->body, p, n < room ? n : room) == 0;
}

/* What is returned short of n ends the transfer with CURLE_WRITE_ERROR. */
static size_t
on_header(char *p, size_t size, size_t n, void *ctx)
{
	struct transfer *t = ctx;

	(void)p;
	t->header_bytes += size * n;
	return t->header_bytes <= RESPONSE_HEADERS_MAX ? size * n : 0;
}

static int
status_of(CURL *e)
{
	long status = 0;

	(void)curl_easy_getinfo(e, CURLINFO_RESPONSE_CODE, &status);
	return (int)status;
}

/* What grows so much is not text: a megabyte from a few kilobytes. */
static bool
is_bomb(const struct transfer *t)
{
	curl_off_t wire = 0;

	if (t->visit->answer.bytes < BODY_RATIO_FROM)
		return false;
	(void)curl_easy_getinfo(t->easy, CURLINFO_SIZE_DOWNLOAD_T, &wire);
	wire += RECEIVE_BYTES; /* read, and not yet counted */
	return t->visit->answer.bytes / BODY_RATIO_MAX > wire;
}

static size_t
on_body(char *p, size_t size, size_t n, void *ctx)
{
	struct transfer *t = ctx;
	struct answer *a = &t->visit->answer;

	n *= size;
	a->bytes += (int64_t)n;
	if (t->visit->robots != NULL && a->bytes > ROBOTS_BYTES_MAX) {
		t->enough = status_of(t->easy) == 200 &&
			    buf_add(&a->body, p, ROBOTS_BYTES_MAX - a->body.n) == 0;
		return 0;
	}
	if (a->bytes > PAGE_BODY_MAX || is_bomb(t))
		t->too_large = true;
	else if (status_of(t->easy) != 200 ? keep_beginning(a, p, n) : buf_add(&a->body, p, n) == 0)
		return n;
	return 0;
}

/* Bytes on the wire: a body that is small only once decoded has no business to be larger. */
static int
on_progress(void *ctx, curl_off_t total, curl_off_t now, curl_off_t up_total, curl_off_t up)
{
	struct transfer *t = ctx;

	(void)total;
	(void)up_total;
	(void)up;
	if (now <= PAGE_BODY_MAX)
		return 0;
	t->too_large = true;
	return 1;
}

static curl_socket_t
on_open(void *ctx, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct transfer *t = ctx;

	if (purpose != CURLSOCKTYPE_IPCXN ||
	    !guard_allows(t->fetcher->options.guard, &address->addr)) {
		t->closed = true;
		return CURL_SOCKET_BAD;
	}
	return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static void
add_header(struct transfer *t, const char *name, const char *value)
{
	struct buf line;
	struct curl_slist *grown;

	buf_init(&line, PAGE_HEADER_VALUE_MAX + 64);
	if (buf_add_fmt(&line, "%s: %s", name, value) == 0 &&
	    (grown = curl_slist_append(t->headers, line.p)) != NULL)
		t->headers = grown;
	buf_fini(&line);
}

static void
set_bounds(CURL *e, const struct fetcher *f)
{
	const struct fetch_options *o = &f->options;

	(void)curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
	(void)curl_easy_setopt(e, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
	(void)curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
	(void)curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	(void)curl_easy_setopt(e, CURLOPT_HTTP09_ALLOWED, 0L);
	(void)curl_easy_setopt(e, CURLOPT_PROXY, ""); /* a proxy would connect where we may not */
	(void)curl_easy_setopt(e, CURLOPT_ACCEPT_ENCODING, "");
	(void)curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, (long)o->connect_ms);
	(void)curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)o->timeout_ms);
	(void)curl_easy_setopt(e, CURLOPT_LOW_SPEED_LIMIT, 10L);
	(void)curl_easy_setopt(e, CURLOPT_LOW_SPEED_TIME, (long)(o->stall_ms / 1000));
	(void)curl_easy_setopt(e, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)PAGE_BODY_MAX);
	(void)curl_easy_setopt(e, CURLOPT_BUFFERSIZE, RECEIVE_BYTES);
	(void)curl_easy_setopt(e, CURLOPT_TCP_KEEPALIVE, 1L);
	(void)curl_easy_setopt(e, CURLOPT_DNS_CACHE_TIMEOUT, 0L); /* it would hold addresses only */
	(void)curl_easy_setopt(e, CURLOPT_USERAGENT, f->agent);
}

/* To the address that the clocks were taken for, and no other: not looked up again, and a connection
 * to another address of the name is not used again either. */
static int
set_pin(struct transfer *t)
{
	struct buf pin;

	buf_init(&pin, sizeof(t->visit->address) + 16);
	if (buf_add_fmt(&pin, "::%s:", t->visit->address) == 0)
		t->pin = curl_slist_append(NULL, pin.p);
	buf_fini(&pin);
	return t->pin != NULL &&
		       curl_easy_setopt(t->easy, CURLOPT_CONNECT_TO, t->pin) == CURLE_OK
		   ? 0
		   : -1;
}

static void
set_target(struct transfer *t)
{
	CURL *e = t->easy;

	(void)curl_easy_setopt(e, CURLOPT_URL, t->visit->at);
	(void)curl_easy_setopt(e, CURLOPT_HTTPHEADER, t->headers);
	(void)curl_easy_setopt(e, CURLOPT_PRIVATE, t);
	(void)curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_header);
	(void)curl_easy_setopt(e, CURLOPT_HEADERDATA, t);
	(void)curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body);
	(void)curl_easy_setopt(e, CURLOPT_WRITEDATA, t);
	(void)curl_easy_setopt(e, CURLOPT_NOPROGRESS, 0L);
	(void)curl_easy_setopt(e, CURLOPT_XFERINFOFUNCTION, on_progress);
	(void)curl_easy_setopt(e, CURLOPT_XFERINFODATA, t);
	(void)curl_easy_setopt(e, CURLOPT_OPENSOCKETFUNCTION, on_open);
	(void)curl_easy_setopt(e, CURLOPT_OPENSOCKETDATA, t);
	fetch_tls_set(e, &t->visit->watch->portal->manners,
	    strncmp(t->visit->at, "https:", 6) == 0);
}

static void
transfer_free(struct transfer *t)
{
	struct fetcher *f = t->fetcher;

	if (t->easy != NULL && f->spare_count < sizeof(f->spare) / sizeof(f->spare[0])) {
		curl_easy_reset(t->easy);
		f->spare[f->spare_count++] = t->easy;
	} else {
		curl_easy_cleanup(t->easy);
	}
	curl_slist_free_all(t->headers);
	curl_slist_free_all(t->pin);
	free(t);
}

int
fetch_start(struct fetcher *f, struct visit *v, struct err *err)
{
	struct transfer *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return err_set(err, ERR_RETRY, "memory", "fetch: out of memory");
	t->fetcher = f;
	t->visit = v;
	t->easy = f->spare_count > 0 ? f->spare[--f->spare_count] : curl_easy_init();
	answer_clear(&v->answer);
	buf_init(&v->answer.body, PAGE_BODY_MAX);
	add_header(t, "Accept", "text/html,application/xhtml+xml,*/*;q=0.8");
	add_header(t, "Accept-Language", "zh-CN,zh;q=0.9");
	if (v->conditional && v->etag != NULL)
		add_header(t, "If-None-Match", v->etag);
	if (v->conditional && v->last_modified != NULL)
		add_header(t, "If-Modified-Since", v->last_modified);
	if (t->easy != NULL) {
		set_bounds(t->easy, f);
		set_target(t);
	}
	if (t->easy == NULL || set_pin(t) == -1 || curl_multi_add_handle(f->multi, t->easy) != CURLM_OK) {
		transfer_free(t);
		return err_set(err, ERR_RETRY, "memory", "fetch: out of memory");
	}
	t->next = f->transfers;
	t->place = &f->transfers;
	if (t->next != NULL)
		t->next->place = &t->next;
	f->transfers = t;
	f->active++;
	return 0;
}

/* A response header as we may store it: UTF-8, not longer than a message header. */
static char *
header(CURL *e, const char *name)
{
	struct curl_header *h;
	struct span value;

	if (curl_easy_header(e, name, 0, CURLH_HEADER, -1, &h) != CURLHE_OK)
		return NULL;
	value = span_of(h->value);
	if (value.n == 0 || value.n > PAGE_HEADER_VALUE_MAX || !text_is_utf8(value))
		return NULL;
	return strdup(h->value);
}

/* `Location` may hold bytes of any charset; they are escaped when it is resolved. */
static char *
location(CURL *e)
{
	struct curl_header *h;

	if (curl_easy_header(e, "location", 0, CURLH_HEADER, -1, &h) != CURLHE_OK)
		return NULL;
	return strdup(h->value);
}

/* Content-Length where it is more than was seen (a bomb's is less); curl itself forgets it when it
 * refuses the body for it. */
static int64_t
said_length(CURL *e, int64_t seen)
{
	struct curl_header *h;
	uint64_t n;

	if (curl_easy_header(e, "content-length", 0, CURLH_HEADER, -1, &h) == CURLHE_OK &&
	    span_u64(span_trim(span_of(h->value)), INT64_MAX, &n) == 0 && (int64_t)n > seen)
		return (int64_t)n;
	return seen;
}

/* A page may change again within the second that its Last-Modified names, and the server would
 * call it unmodified (RFC 9110 8.8.2.2). */
static bool
was_just_modified(CURL *e, const char *last_modified)
{
	struct curl_header *date;

	return last_modified != NULL &&
	       (curl_easy_header(e, "date", 0, CURLH_HEADER, -1, &date) != CURLHE_OK ||
		   curl_getdate(date->value, NULL) <= curl_getdate(last_modified, NULL) + 1);
}

static int64_t
retry_after(CURL *e)
{
	struct span value, date = {NULL, 0};
	struct curl_header *h; /* one for all calls: the texts stay, the struct does not */

	if (curl_easy_header(e, "retry-after", 0, CURLH_HEADER, -1, &h) != CURLHE_OK)
		return 0;
	value = span_of(h->value);
	if (curl_easy_header(e, "date", 0, CURLH_HEADER, -1, &h) == CURLHE_OK)
		date = span_of(h->value);
	return retry_after_ms(value, date, (int64_t)time(NULL));
}

static void
fill(struct transfer *t, CURLcode code)
{
	struct answer *a = &t->visit->answer;
	struct curl_header *cookie;
	double seconds = 0;

	(void)curl_easy_getinfo(t->easy, CURLINFO_TOTAL_TIME, &seconds);
	a->status = status_of(t->easy);
	a->ended_ms = clock_ms();
	if (a->status == 200 && (t->too_large || code == CURLE_FILESIZE_EXCEEDED)) {
		a->too_large = true;
		a->bytes = said_length(t->easy, a->bytes);
	} else if (a->status < 300 && !t->enough) { /* else the status says all, however the body ended */
		a->failure =
		    t->closed && code == CURLE_COULDNT_CONNECT ? "address" : fetch_word((int)code);
	}
	a->content_type = header(t->easy, "content-type");
	a->etag = header(t->easy, "etag");
	a->last_modified = header(t->easy, "last-modified");
	a->just_modified = was_just_modified(t->easy, a->last_modified);
	a->location = location(t->easy);
	a->set_cookie =
	    curl_easy_header(t->easy, "set-cookie", 0, CURLH_HEADER, -1, &cookie) == CURLHE_OK;
	a->retry_after_ms = retry_after(t->easy);
	metric_observe(M_FETCH_SECONDS, NULL, seconds);
	metric_add(M_FETCH_BYTES, NULL, (double)a->body.n);
}

static void
finish(struct fetcher *f, struct transfer *t, CURLcode code, const char *failure)
{
	struct visit *v = t->visit;

	fill(t, code);
	if (failure != NULL)
		v->answer.failure = failure;
	(void)curl_multi_remove_handle(f->multi, t->easy);
	*t->place = t->next;
	if (t->next != NULL)
		t->next->place = t->place;
	f->active--;
	transfer_free(t);
	f->options.done(f->options.ctx, v);
}

static void
reap(struct fetcher *f)
{
	CURLMsg *msg;
	int left;

	while ((msg = curl_multi_info_read(f->multi, &left)) != NULL) {
		CURLcode code = msg->data.result;
		void *t = NULL;

		if (msg->msg == CURLMSG_DONE &&
		    curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, &t) == CURLE_OK &&
		    t != NULL)
			finish(f, t, code, NULL);
	}
}

int
fetch_poll(
    struct fetcher *f, int64_t wait_ms, const struct pollfd *others, size_t count, struct err *err)
{
	struct curl_waitfd extra[OTHERS_MAX];
	size_t n = count < OTHERS_MAX ? count : OTHERS_MAX, active;
	int running;
	CURLMcode code;

	for (size_t i = 0; i < n; i++)
		extra[i] = (struct curl_waitfd){.fd = others[i].fd,
		    .events = (short)(((others[i].events & POLLIN) != 0 ? CURL_WAIT_POLLIN : 0) |
				      ((others[i].events & POLLOUT) != 0 ? CURL_WAIT_POLLOUT : 0))};
	if ((code = curl_multi_perform(f->multi, &running)) == CURLM_OK) {
		active = f->active;
		reap(f);
		if (f->active < active || wait_ms < 0)
			wait_ms = 0; /* what has ended makes room, and work */
		code = curl_multi_poll(
		    f->multi, extra, (unsigned)n, wait_ms > 60000 ? 60000 : (int)wait_ms, NULL);
	}
	return code == CURLM_OK
		   ? 0
		   : err_set(err, ERR_FATAL, "curl", "curl_multi: %s", curl_multi_strerror(code));
}

void
fetcher_free(struct fetcher *f)
{
	if (f == NULL)
		return;
	for (struct transfer *t = f->transfers, *next; t != NULL; t = next) {
		next = t->next;
		finish(f, t, CURLE_ABORTED_BY_CALLBACK, "stopped");
	}
	for (size_t i = 0; i < f->spare_count; i++)
		curl_easy_cleanup(f->spare[i]);
	(void)curl_multi_cleanup(f->multi);
	free(f->agent);
	free(f);
	curl_global_cleanup();
}
