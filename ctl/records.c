/* SPDX-License-Identifier: MIT */
/* Rows as records: the first column is the heading, the others one a line, with their names. */
#include "ctl.h"
#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#define OID_BOOL 16
#define OID_INT8 20
#define OID_INT4 23

static json_t *
value_of(const PGresult *res, int row, int col)
{
	const char *text = PQgetvalue(res, row, col);
	json_t *value;

	if (PQgetisnull(res, row, col))
		return json_null();
	if (PQftype(res, col) == OID_BOOL)
		return json_boolean(text[0] == 't');
	if (PQftype(res, col) == OID_INT8 || PQftype(res, col) == OID_INT4)
		return json_integer(strtoll(text, NULL, 10));
	value = json_string(text);
	return value != NULL ? value : json_null();
}

static void
print_json(const PGresult *res)
{
	json_t *all = json_array();

	for (int row = 0; row < PQntuples(res); row++) {
		json_t *record = json_object();

		for (int col = 0; col < PQnfields(res); col++)
			(void)json_object_set_new(
			    record, PQfname(res, col), value_of(res, row, col));
		(void)json_array_append_new(all, record);
	}
	(void)json_dumpf(all, stdout, JSON_INDENT(2));
	(void)putchar('\n');
	json_decref(all);
}

/* What a portal said may hold anything: one line, nothing that a terminal obeys. */
static void
print_line(const char *text)
{
	for (; *text != '\0'; text++)
		(void)putchar(iscntrl((unsigned char)*text) ? ' ' : *text);
}

void
ctl_print_records(const PGresult *res, bool json)
{
	if (json) {
		print_json(res);
		return;
	}
	for (int row = 0; row < PQntuples(res); row++) {
		print_line(PQgetvalue(res, row, 0));
		for (int col = 1; col < PQnfields(res); col++) {
			if (PQgetisnull(res, row, col))
				continue;
			(void)printf("\n  %s: ", PQfname(res, col));
			print_line(PQgetvalue(res, row, col));
		}
		(void)putchar('\n');
	}
}
