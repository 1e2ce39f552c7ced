/* SPDX-License-Identifier: MIT */
#include "config_private.h"
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Where a setting lives in the program's struct. */
static void *
slot(void *out, const struct setting *s)
{
	return (char *)out + s->offset;
}

static bool
has_range(const struct setting *s)
{
	return s->min != s->max;
}

void
config_format_range(const struct setting *s, char *out, size_t size)
{
	char low[32] = "", high[32] = "";
	size_t n = 0;

	out[0] = '\0';
	if (s->type == SETTING_CHOICE) {
		for (const char *c = s->choices; *c != '\0' && n + 4 < size; c++) {
			if (*c == '|')
				out[n++] = ',';
			out[n++] = *c == '|' ? ' ' : *c;
		}
		out[n] = '\0';
	} else if (s->type == SETTING_BOOL) {
		(void)snprintf(out, size, "true, false");
	} else if (!has_range(s) || s->type == SETTING_STRING || s->type == SETTING_LIST) {
		return;
	} else {
		(void)snprintf(low, sizeof(low), "%" PRId64, s->min);
		(void)snprintf(high, sizeof(high), "%" PRId64, s->max);
		if (s->type == SETTING_DURATION) {
			config_format_duration(s->min, low);
			config_format_duration(s->max, high);
		} else if (s->type == SETTING_SIZE) {
			config_format_size(s->min, low);
			config_format_size(s->max, high);
		}
		(void)snprintf(out, size, "%s … %s", low, high);
	}
}

static void
complain(struct config_run *run, const struct setting *s, const struct config_place *at,
    const char *suggestion, const char *reason)
{
	config_errors_add(
	    run->errors, at->file, at->line, at->column, s->name, suggestion, "%s", reason);
}

static const char *
shown(const struct setting *s, struct span text, char out[64])
{
	return s->secret ? "the value" : config_quoted(text, out);
}

static void
set_number(struct config_run *run, const struct setting *s, int64_t n, struct span text,
    const struct config_place *at)
{
	char range[80], reason[160], quoted[64];

	if (has_range(s) && (n < s->min || n > s->max)) {
		config_format_range(s, range, sizeof(range));
		(void)snprintf(reason, sizeof(reason), "%s is out of range, %s",
		    shown(s, text, quoted), range);
		complain(run, s, at, NULL, reason);
		return;
	}
	*(int64_t *)slot(run->out, s) = n;
}

static void
set_int(struct config_run *run, const struct setting *s, struct span text,
    const struct config_place *at)
{
	char quoted[64], reason[128], suggestion[64] = "";
	bool negative = text.n > 0 && text.p[0] == '-';
	struct span digits = span_cut(text, negative, text.n);
	const char *why = "is not a whole number";
	uint64_t n = 0;

	if (span_u64(digits, INT64_MAX, &n) == 0 && (digits.n == 1 || digits.p[0] != '0')) {
		set_number(run, s, negative ? -(int64_t)n : (int64_t)n, text, at);
		return;
	}
	if (digits.n > 1 && span_u64(digits, INT64_MAX, &n) == 0) {
		why = "begins with 0";
		(void)snprintf(
		    suggestion, sizeof(suggestion), "write %s%" PRIu64, negative ? "-" : "", n);
	}
	(void)snprintf(reason, sizeof(reason), "%s %s", shown(s, text, quoted), why);
	complain(run, s, at, s->secret ? NULL : suggestion, reason);
}

static void
set_bool(struct config_run *run, const struct setting *s, struct span text,
    const struct config_place *at)
{
	static const char *const yes[] = {"yes", "on", "1", "y", "t", "true"};
	static const char *const no[] = {"no", "off", "0", "n", "f", "false"};
	char quoted[64], reason[128];
	const char *suggestion = NULL;

	if (span_eq(text, SPAN("true")) || span_eq(text, SPAN("false"))) {
		*(bool *)slot(run->out, s) = text.n == 4;
		return;
	}
	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
		if (span_eq_ci(text, span_of(yes[i])))
			suggestion = "write true";
		if (span_eq_ci(text, span_of(no[i])))
			suggestion = "write false";
	}
	(void)snprintf(
	    reason, sizeof(reason), "%s is neither true nor false", shown(s, text, quoted));
	complain(run, s, at, suggestion, reason);
}

static void
set_amount(struct config_run *run, const struct setting *s, struct span text,
    const struct config_place *at)
{
	char reason[128], suggestion[64];
	bool is_size = s->type == SETTING_SIZE;
	int64_t n;

	if ((is_size ? config_parse_size(text, &n) : config_parse_duration(text, &n)) == 0) {
		set_number(run, s, n, text, at);
		return;
	}
	config_unit_explain(text, is_size, reason, suggestion);
	if (s->secret)
		complain(run, s, at, NULL, is_size ? "is not a size" : "is not a duration");
	else
		complain(run, s, at, suggestion, reason);
}

static void
set_choice(struct config_run *run, const struct setting *s, struct span text,
    const struct config_place *at)
{
	char word[64], names[8][32], range[128], reason[256], quoted[64], suggestion[64] = "";
	const char *rest = s->choices;
	struct config_guess guess;
	int count = 0;

	(void)snprintf(word, sizeof(word), "%.*s", text.n < 60 ? (int)text.n : 60, text.p);
	config_guess_init(&guess, word);
	while (*rest != '\0') {
		size_t n = strcspn(rest, "|");

		assert(count < 8 && n < sizeof(names[0]));
		if (span_eq(text, (struct span){rest, n})) {
			*(int *)slot(run->out, s) = count;
			return;
		}
		(void)snprintf(names[count], sizeof(names[0]), "%.*s", (int)n, rest);
		config_guess_try(&guess, names[count++]);
		rest += n + (rest[n] == '|');
	}
	config_format_range(s, range, sizeof(range));
	(void)snprintf(reason, sizeof(reason), "%s is none of %s", shown(s, text, quoted), range);
	if (guess.best != NULL)
		(void)snprintf(suggestion, sizeof(suggestion), "did you mean %s?", guess.best);
	complain(run, s, at, suggestion, reason);
}

static void
list_free(struct config_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->items[i]);
	free(list->items);
	*list = (struct config_list){0};
}

static void
list_add(struct config_list *list, struct span text)
{
	list->items = config_must(realloc(list->items, (list->count + 1) * sizeof(*list->items)));
	list->items[list->count++] = config_dup(text);
}

static void
set_list(struct config_run *run, const struct setting *s, const struct config_value *value,
    const struct config_place *at)
{
	struct config_list *list = slot(run->out, s);
	struct span text = value->is_list || value->count == 0 ? SPAN("") : value->items[0];
	size_t from = 0;

	list_free(list);
	for (size_t i = 0; value->is_list && i < value->count; i++)
		list_add(list, value->items[i]);
	while (span_trim(text).n > 0 && from <= text.n) {
		size_t comma = span_find_byte(text, ',', from);
		struct span item;

		if (comma == SIZE_MAX)
			comma = text.n;
		item = span_trim(span_cut(text, from, comma));
		if (item.n == 0)
			complain(run, s, at, NULL, "has an empty item between commas");
		else
			list_add(list, item);
		from = comma + 1;
	}
}

void
config_value_set(struct config_run *run, size_t index, const struct config_value *value,
    const struct config_place *at)
{
	const struct setting *s = run->table.items[index];
	struct span text;

	run->given[index] = true;
	if (s->type == SETTING_LIST) {
		set_list(run, s, value, at);
		return;
	}
	if (value->is_list) {
		complain(run, s, at, NULL, "takes one value, not a list");
		return;
	}
	text = value->items[0];
	switch (s->type) {
	case SETTING_STRING:
		config_value_free(run->out, s);
		*(char **)slot(run->out, s) = config_dup(text);
		break;
	case SETTING_INT:
		set_int(run, s, text, at);
		break;
	case SETTING_BOOL:
		set_bool(run, s, text, at);
		break;
	case SETTING_DURATION:
	case SETTING_SIZE:
		set_amount(run, s, text, at);
		break;
	case SETTING_CHOICE:
		set_choice(run, s, text, at);
		break;
	case SETTING_LIST:
		break;
	}
}

void
config_value_free(void *out, const struct setting *s)
{
	if (s->type == SETTING_LIST) {
		list_free(slot(out, s));
	} else if (s->type == SETTING_STRING) {
		char **text = slot(out, s);

		free(*text);
		*text = NULL;
	}
}
