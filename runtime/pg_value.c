/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <suoyin/pg.h>

const char *
pg_text_at(const PGresult *res, int row, int column)
{
	return PQgetisnull(res, row, column) ? NULL : PQgetvalue(res, row, column);
}

int64_t
pg_int_at(const PGresult *res, int row, int column)
{
	return strtoll(PQgetvalue(res, row, column), NULL, 10); /* of NULL: "" */
}

bool
pg_bool_at(const PGresult *res, int row, int column)
{
	return PQgetvalue(res, row, column)[0] == 't';
}
