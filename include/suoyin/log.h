/* SPDX-License-Identifier: MIT */
/*
 * log.h - one line per event on stderr, logfmt or JSON.
 *
 * Programs and runtime log; core never does.  Event names are stable snake_case words.
 * Every value is escaped: a page must not be able to write our log.  Thread-safe (one
 * write(2) a line).
 *
 *   log_event(LEVEL_INFO, "batch_stored", F_INT("messages", n), F_SPAN("portal", id));
 */
#ifndef SUOYIN_LOG_H
#define SUOYIN_LOG_H

#include <suoyin/err.h>
#include <suoyin/span.h>

enum log_level { LEVEL_DEBUG, LEVEL_INFO, LEVEL_WARN, LEVEL_ERROR };
enum log_format { FORMAT_LOGFMT, FORMAT_JSON };

struct log_field {
	const char *key; /* NULL ends the list */
	enum { FIELD_TEXT, FIELD_INT, FIELD_REAL } type;
	struct span text;
	int64_t integer;
	double real;
};

#define F_STR(k, v) {.key = (k), .type = FIELD_TEXT, .text = span_of(v)}
#define F_SPAN(k, v) {.key = (k), .type = FIELD_TEXT, .text = (v)}
#define F_INT(k, v) {.key = (k), .type = FIELD_INT, .integer = (int64_t)(v)}
#define F_REAL(k, v) {.key = (k), .type = FIELD_REAL, .real = (v)}
/* reason and text of an error */
#define F_ERR(e) F_STR("reason", (e)->reason), F_STR("error", (e)->text)

#define log_event(level, event, ...) \
	log_write((level), (event), (const struct log_field[]){__VA_ARGS__, {.key = NULL}})

void log_setup(const char *program, enum log_level least, enum log_format format);
void log_write(enum log_level level, const char *event, const struct log_field *fields);

#endif
