/* SPDX-License-Identifier: MIT */
/*
 * crawl_floor - the least that fetching and publishing pages can cost, to hold the crawler against.
 *
 *   crawl_floor fetch PARALLEL < URLS       a bare libcurl multi loop: fetch, throw away
 *   crawl_floor publish BOOTSTRAP TOPIC COUNT DIRECTORY   COUNT messages made of its pages: headers,
 *                                           SHA-256, produce, delivery report
 *   crawl_floor pages DIRECTORY COUNT BYTES writes the pages that both use: 0.html, 1.html, …
 *
 * The first two end with one line: pages=… bytes=… seconds=… cpu_us=… (CPU of this process, a page).
 */
#include "report_page.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <suoyin/buf.h>
#include <suoyin/digest.h>
#include <suoyin/kafka_producer.h>
#include <suoyin/page.h>
#include <sys/resource.h>
#include <time.h>

#define URL_ROOM 2048
#define FILES_MAX 1000

static double
seconds(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double
cpu_seconds(void)
{
	struct rusage used;

	(void)getrusage(RUSAGE_SELF, &used);
	return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
	       (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

static _Noreturn void
die(const char *what)
{
	(void)fprintf(stderr, "crawl_floor: %s\n", what);
	exit(1);
}

static void
result(size_t pages, size_t bytes, double began, double cpu)
{
	(void)printf("pages=%zu bytes=%zu seconds=%.3f cpu_us=%.1f\n", pages, bytes,
	    seconds() - began, pages == 0 ? 0 : 1e6 * (cpu_seconds() - cpu) / (double)pages);
}

/* -- fetch ------------------------------------------------------------------------------------- */

static size_t bytes_seen;

static size_t
throw_away(char *p, size_t size, size_t n, void *ctx)
{
	(void)p;
	(void)ctx;
	bytes_seen += size * n;
	return size * n;
}

static bool
aim(CURL *easy)
{
	char url[URL_ROOM];

	if (fgets(url, sizeof(url), stdin) == NULL)
		return false;
	url[strcspn(url, "\n")] = '\0';
	(void)curl_easy_setopt(easy, CURLOPT_URL, url);
	(void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, throw_away);
	(void)curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	(void)curl_easy_setopt(easy, CURLOPT_PROXY, "");
	return true;
}

static size_t
reap(CURLM *multi)
{
	CURLMsg *msg;
	size_t done = 0;
	int left;

	while ((msg = curl_multi_info_read(multi, &left)) != NULL) {
		CURL *easy = msg->easy_handle;
		long status = 0;

		(void)curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
		if (msg->data.result != CURLE_OK || status != 200)
			die(curl_easy_strerror(msg->data.result));
		done++;
		(void)curl_multi_remove_handle(multi, easy);
		if (aim(easy))
			(void)curl_multi_add_handle(multi, easy);
		else
			curl_easy_cleanup(easy);
	}
	return done;
}

static void
fetch(int parallel)
{
	CURLM *multi = curl_multi_init();
	double began = seconds(), cpu = cpu_seconds();
	size_t pages = 0;
	int running = 1;

	for (int i = 0; i < parallel; i++) {
		CURL *easy = curl_easy_init();

		if (easy == NULL)
			die("no handle");
		if (aim(easy))
			(void)curl_multi_add_handle(multi, easy);
		else
			curl_easy_cleanup(easy);
	}
	while (running > 0) {
		if (curl_multi_perform(multi, &running) != CURLM_OK)
			die("curl_multi_perform");
		pages += reap(multi);
		if (curl_multi_perform(multi, &running) != CURLM_OK ||
		    curl_multi_poll(multi, NULL, 0, 1000, NULL) != CURLM_OK)
			die("curl_multi_poll");
		pages += reap(multi);
	}
	result(pages, bytes_seen, began, cpu);
	(void)curl_multi_cleanup(multi);
}

/* -- publish ----------------------------------------------------------------------------------- */

static size_t delivered;

static void
on_delivery(rd_kafka_t *rk, const rd_kafka_message_t *msg, void *opaque)
{
	(void)rk;
	(void)opaque;
	if (msg->err != RD_KAFKA_RESP_ERR_NO_ERROR)
		die(rd_kafka_err2str(msg->err));
	delivered++;
}

static rd_kafka_t *
producer(const char *bootstrap, const char *topic)
{
	struct config_pair pair = {
	    (char *)(uintptr_t) "bootstrap.servers", (char *)(uintptr_t)bootstrap};
	struct config_pairs pairs = {.items = &pair, .count = 1};
	struct err why = {0};
	rd_kafka_conf_t *conf = kafka_producer_conf(&pairs, &why);
	rd_kafka_t *rk;
	char text[256];

	if (conf == NULL || kafka_ensure_topic(&pairs, topic, 12, 1, &why) == -1)
		die(why.text);
	rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
	if ((rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof(text))) == NULL)
		die(text);
	return rk;
}

static void
publish_one(rd_kafka_t *rk, const char *topic, struct span body, size_t n)
{
	struct page_header fields[PAGE_HEADERS_MAX];
	char sha256[DIGEST_HEX + 1], url[128], id[33];
	rd_kafka_headers_t *headers;
	struct arena a;
	struct span key;
	int count;

	arena_init(&a, 1 << 20);
	digest_hex(body, sha256);
	(void)snprintf(url, sizeof(url), "http://127.0.0.1/a/p/%zu.html", n);
	(void)snprintf(id, sizeof(id), "%032zx", n);
	struct page page = {
	    .type = PAGE_FETCHED,
	    .id = span_of(id),
	    .source = SPAN("http://127.0.0.1/"),
	    .time = SPAN("2026-01-02T03:04:05.678901Z"),
	    .url = span_of(url),
	    .portal = SPAN("bench"),
	    .site = SPAN("bench"),
	    .sha256 = span_of(sha256),
	    .content_type = SPAN("text/html; charset=utf-8"),
	    .final_url = span_of(url),
	    .http_status = 200,
	    .body = body,
	};
	if ((count = page_encode(&page, &a, fields, NULL)) == -1)
		die("page_encode");
	headers = rd_kafka_headers_new((size_t)count);
	for (int i = 0; i < count; i++)
		(void)rd_kafka_header_add(headers, fields[i].name.p, (ssize_t)fields[i].name.n,
		    fields[i].value.p, (ssize_t)fields[i].value.n);
	key = page_key(&a, page.portal, page.url);
	struct kafka_message message = {.topic = topic, .key = key, .value = body, .headers = headers};
	while (kafka_produce(rk, &message, NULL, NULL) == -1)
		(void)rd_kafka_poll(rk, 100);
	arena_fini(&a);
}

static bool
read_page(struct buf *out, const char *directory, size_t number)
{
	char path[4096], chunk[65536];
	FILE *in;
	size_t n;

	(void)snprintf(path, sizeof(path), "%s/%zu.html", directory, number);
	if ((in = fopen(path, "rb")) == NULL)
		return false;
	buf_init(out, PAGE_BODY_MAX);
	while ((n = fread(chunk, 1, sizeof(chunk), in)) > 0)
		if (buf_add(out, chunk, n) == -1)
			die("page too large");
	(void)fclose(in);
	return true;
}

/* At most `ahead` messages are under way, as the crawler's memory for pages allows it. */
static void
publish(const char *bootstrap, const char *topic, size_t count, const char *directory)
{
	static struct buf pages[FILES_MAX];
	const size_t ahead = 1000;
	rd_kafka_t *rk = producer(bootstrap, topic);
	size_t bytes = 0, file_count = 0;
	double began, cpu;

	while (file_count < FILES_MAX && read_page(&pages[file_count], directory, file_count))
		file_count++;
	if (file_count == 0)
		die("no pages");
	/* the first message pays for the connection */
	publish_one(rk, topic, buf_span(&pages[0]), count);
	while (delivered < 1)
		(void)rd_kafka_poll(rk, 100);
	began = seconds();
	cpu = cpu_seconds();
	for (size_t n = 0; n < count; n++) {
		publish_one(rk, topic, buf_span(&pages[n % file_count]), n);
		bytes += pages[n % file_count].n;
		(void)rd_kafka_poll(rk, 0);
		while (n + 2 - delivered > ahead)
			(void)rd_kafka_poll(rk, 10);
	}
	while (delivered < count + 1)
		(void)rd_kafka_poll(rk, 100);
	result(count, bytes, began, cpu);
	rd_kafka_destroy(rk);
	for (size_t i = 0; i < file_count; i++)
		buf_fini(&pages[i]);
}

/* -- pages ------------------------------------------------------------------------------------- */

static void
write_pages(const char *directory, unsigned count, size_t bytes)
{
	char path[4096];
	struct buf page;
	FILE *out;

	for (unsigned n = 0; n < count; n++) {
		buf_init(&page, PAGE_BODY_MAX);
		(void)snprintf(path, sizeof(path), "%s/%u.html", directory, n);
		if (report_page(&page, bytes, n) == -1 || (out = fopen(path, "wb")) == NULL)
			die(path);
		if (fwrite(page.p, 1, page.n, out) != page.n || fclose(out) != 0)
			die(path);
		buf_fini(&page);
	}
}

static unsigned
number(const char *text)
{
	uint64_t n = 0;

	if (span_u64(span_of(text), 100000000, &n) == -1)
		die("a number is expected");
	return (unsigned)n;
}

int
main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "fetch") == 0)
		fetch((int)number(argv[2]));
	else if (argc == 6 && strcmp(argv[1], "publish") == 0)
		publish(argv[2], argv[3], number(argv[4]), argv[5]);
	else if (argc == 5 && strcmp(argv[1], "pages") == 0)
		write_pages(argv[2], number(argv[3]), number(argv[4]));
	else
		die("usage: crawl_floor fetch PARALLEL < URLS | publish BOOTSTRAP TOPIC COUNT DIRECTORY | "
		    "pages DIRECTORY COUNT BYTES");
	return 0;
}
