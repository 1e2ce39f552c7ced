/* SPDX-License-Identifier: MIT */
#include "config_private.h"
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <suoyin/limits.h>

#define WORD_MAX 64

void *
config_must(void *p)
{
	if (p != NULL)
		return p;
	(void)fputs("suoyin: out of memory while reading the configuration\n", stderr);
	abort();
}

char *
config_dup(struct span text)
{
	char *copy = config_must(malloc(text.n + 1));

	if (text.n > 0)
		memcpy(copy, text.p, text.n);
	copy[text.n] = '\0';
	return copy;
}

static char *
dup_or_null(const char *text)
{
	return text == NULL || text[0] == '\0' ? NULL : config_dup(span_of(text));
}

void
config_errors_add(struct config_errors *errors, const char *file, int line, int column,
    const char *key, const char *suggestion, const char *reason, ...)
{
	struct config_error *e;
	char text[512];
	va_list ap;

	if (errors->count > CONFIG_ERRORS_MAX)
		return;
	/* room for all at once: the list is short and lives briefly */
	if (errors->items == NULL)
		errors->items = config_must(calloc(CONFIG_ERRORS_MAX + 1, sizeof(*errors->items)));
	e = &errors->items[errors->count++];
	*e = (struct config_error){
	    .file = config_dup(span_of(file)), .line = line, .column = column};
	if (errors->count > CONFIG_ERRORS_MAX) {
		e->reason = config_dup(SPAN("more errors are not listed"));
		return;
	}
	va_start(ap, reason);
	(void)vsnprintf(text, sizeof(text), reason, ap);
	va_end(ap);
	e->key = dup_or_null(key);
	e->reason = config_dup(span_of(text));
	e->suggestion = dup_or_null(suggestion);
}

void
config_errors_sort(struct config_errors *errors, size_t from)
{
	/* the last of a full list says that there are more */
	size_t end = errors->count > CONFIG_ERRORS_MAX ? CONFIG_ERRORS_MAX : errors->count;

	for (size_t i = from + 1; i < end; i++) {
		struct config_error e = errors->items[i];
		size_t j = i;

		while (j > from && (errors->items[j - 1].line > e.line ||
				       (errors->items[j - 1].line == e.line &&
					   errors->items[j - 1].column > e.column))) {
			errors->items[j] = errors->items[j - 1];
			j--;
		}
		errors->items[j] = e;
	}
}

/* Keys and values come from a file that may hold anything: a terminal must not obey it. */
static void
print_safe(const char *text, FILE *out)
{
	for (; *text != '\0'; text++)
		(void)fputc((unsigned char)*text < 0x20 || *text == 0x7F ? '?' : *text, out);
}

void
config_errors_print(const struct config_errors *errors, FILE *out)
{
	for (size_t i = 0; i < errors->count; i++) {
		const struct config_error *e = &errors->items[i];

		print_safe(e->file, out);
		if (e->line > 0)
			(void)fprintf(out, ":%d:%d", e->line, e->column);
		if (e->key != NULL) {
			(void)fputs(": ", out);
			print_safe(e->key, out);
		}
		(void)fputs(": ", out);
		print_safe(e->reason, out);
		if (e->suggestion != NULL) {
			(void)fputs(" (", out);
			print_safe(e->suggestion, out);
			(void)fputc(')', out);
		}
		(void)fputc('\n', out);
	}
}

void
config_errors_fini(struct config_errors *errors)
{
	for (size_t i = 0; i < errors->count; i++) {
		free(errors->items[i].file);
		free(errors->items[i].key);
		free(errors->items[i].reason);
		free(errors->items[i].suggestion);
	}
	free(errors->items);
	*errors = (struct config_errors){0};
}

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Letters to change, add, leave out or swap with their neighbour. Both shorter than WORD_MAX. */
static size_t
distance(const char *a, const char *b)
{
	size_t rows[3][WORD_MAX];
	size_t na = strlen(a), nb = strlen(b);

	for (size_t j = 0; j <= nb; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= na; i++) {
		const size_t *up = rows[(i - 1) % 3], *up2 = rows[(i + 1) % 3];
		size_t *row = rows[i % 3];

		row[0] = i;
		for (size_t j = 1; j <= nb; j++) {
			row[j] =
			    least(up[j - 1] + (a[i - 1] != b[j - 1]), least(up[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = least(row[j], up2[j - 2] + 1);
		}
	}
	return rows[na % 3][nb];
}

void
config_guess_init(struct config_guess *guess, const char *word)
{
	size_t n = strlen(word);

	/* one letter, and one more for each three: further away is another word */
	*guess = (struct config_guess){.word = word, .distance = n < 3 ? 0 : 2 + n / 4};
	if (n >= WORD_MAX)
		guess->distance = 0;
}

void
config_guess_try(struct config_guess *guess, const char *name)
{
	size_t n = strlen(name), word = strlen(guess->word), d;

	if (guess->distance == 0 || n >= WORD_MAX)
		return;
	/* "messages" for batch.messages */
	if (n > word && name[n - word - 1] == '.' && strcmp(name + n - word, guess->word) == 0)
		d = 1;
	else
		d = distance(guess->word, name);
	if (d < guess->distance) {
		guess->distance = d;
		guess->best = name;
	}
}
