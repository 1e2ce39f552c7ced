/* SPDX-License-Identifier: MIT */
/*
 * Without a server: what pg.c decides by itself.  With SUOYIN_TEST_DATABASE_URL, an empty database
 * whose role may create tables and end its own sessions, also what needs one.
 */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <suoyin/columns.h>
#include <suoyin/log.h>
#include <suoyin/pg.h>

static void
an_sqlstate_says_what_to_do_next(void **state)
{
	static const struct {
		const char *sqlstate;
		enum err_code want;
	} table[] = {
		{"40001", ERR_RETRY}, {"40P01", ERR_RETRY}, {"55P03", ERR_RETRY},
		{"53100", ERR_RETRY}, {"53300", ERR_RETRY}, {"57014", ERR_RETRY},
		{"57P01", ERR_RETRY}, {"57P03", ERR_RETRY}, {"58030", ERR_RETRY},
		{"08006", ERR_RETRY}, {"08P01", ERR_RETRY}, {"25006", ERR_RETRY},
		{"25P03", ERR_RETRY},
		{"22021", ERR_REJECT}, {"22P02", ERR_REJECT}, {"23505", ERR_REJECT},
		{"54000", ERR_REJECT},
		{"42P01", ERR_FATAL}, {"42501", ERR_FATAL}, {"25P02", ERR_FATAL},
		{"26000", ERR_FATAL}, {"XX000", ERR_FATAL}, {"0A000", ERR_FATAL}, {"", ERR_FATAL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (pg_fate(table[i].sqlstate) != table[i].want)
			fail_msg("%s", table[i].sqlstate);
}

static void
expect_array(const struct span *items, size_t count, const char *want)
{
	struct buf out;

	buf_init(&out, 1000);
	pg_array(&out, items, count);
	assert_string_equal(out.p, want);
	buf_fini(&out);
}

static void
an_array_literal_quotes_what_it_must(void **state)
{
	const struct span items[] = {SPAN_INIT("a"), {NULL, 0}, SPAN_INIT(""),
		SPAN_INIT("say \"hi\", {c:\\d}\n"), SPAN_INIT("NULL"), SPAN_INIT("法治"),
		SPAN_INIT("x\0y")};

	(void)state;
	expect_array(items, 0, "{}");
	expect_array(items, 1, "{\"a\"}");
	expect_array(items, 7,
	    "{\"a\",NULL,\"\",\"say \\\"hi\\\", {c:\\\\d}\n\",\"NULL\",\"法治\","
	    "\"x\xef\xbf\xbdy\"}");
}

static void
columns_are_arrays_for_one_statement(void **state)
{
	struct columns c;

	(void)state;
	columns_init(&c, 3);
	columns_int(&c, 0, -7);
	columns_id(&c, 0, 0);
	columns_id(&c, 0, INT64_MAX);
	columns_text(&c, 1, "say \"hi\"");
	columns_text(&c, 1, NULL);
	columns_span(&c, 1, SPAN("x\0\\"));
	columns_bool(&c, 2, true);
	columns_bool(&c, 2, false);
	columns_time(&c, 2, 1767571200000001);
	assert_ptr_equal(columns_end(&c), c.values);
	assert_string_equal(c.values[0], "{-7,NULL,9223372036854775807}");
	assert_string_equal(c.values[1], "{\"say \\\"hi\\\"\",NULL,\"x\xef\xbf\xbd\\\\\"}");
	assert_string_equal(c.values[2], "{t,f,\"2026-01-05T00:00:00.000001Z\"}");
	assert_int_equal(c.at[2].count, 3);
	columns_fini(&c);
	columns_init(&c, 2);
	c.at[1].text.limit = 4;
	columns_int(&c, 1, 1000);
	assert_null(columns_end(&c));
	columns_fini(&c);
}

static void
a_url_that_is_none_is_refused_without_telling_the_password(void **state)
{
	static const char *const bad[] = {"postgresql://u:secret@h:1:2/db", "u:secret@h/db",
		"postgresql://u:secret@h/db?passwrd=secret", "host=h password='secret",
		"host=h pasword=secret"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct err err = {0};
		struct pg *pg = pg_new(bad[i], "test", &err);

		if (i == 0 && pg != NULL) { /* libpq sees a bad port only when it connects */
			assert_int_equal(pg_connect(pg, &err), -1);
			pg_free(pg);
		} else {
			assert_null(pg);
			assert_int_equal(err.code, ERR_FATAL);
			assert_string_equal(err.reason, "config");
			assert_non_null(strstr(err.text, "database.url"));
		}
		assert_null(strstr(err.text, "secret"));
	}
}

static void
without_a_server_everything_is_to_be_tried_again(void **state)
{
	struct pg *pg = pg_new("postgresql://u@127.0.0.1:1/db", "test", NULL);
	struct err err = {0};

	(void)state;
	assert_non_null(pg);
	assert_false(pg_is_connected(pg));
	assert_null(pg_query(pg, NULL, "SELECT 1", 0, NULL, &err));
	assert_int_equal(err.code, ERR_RETRY);
	err = (struct err){0};
	assert_int_equal(pg_do(pg, "one", "SELECT 1", 0, NULL, &err), -1);
	assert_int_equal(err.code, ERR_RETRY);
	err = (struct err){0};
	assert_int_equal(pg_connect(pg, &err), -1);
	assert_int_equal(err.code, ERR_RETRY);
	assert_string_equal(err.reason, "database");
	assert_null(strchr(err.text, '\n'));
	assert_string_equal(pg_sqlstate(pg), "08001");
	assert_int_equal(pg_notifications(pg), -1);
	err = (struct err){0};
	assert_int_equal(pg_check_schema(pg, "worker", &err), -1);
	assert_int_equal(err.code, ERR_RETRY);
	pg_free(pg);
	pg_free(NULL);
}

/* ---- with a server */

static struct pg *
server(void)
{
	const char *url = getenv("SUOYIN_TEST_DATABASE_URL");
	struct err err = {0};
	struct pg *pg;

	if (url == NULL) {
		print_message("SKIP: SUOYIN_TEST_DATABASE_URL is not set; tests/integration/test_schema.py sets it\n");
		skip();
	}
	if ((pg = pg_new(url, "suoyin-test", &err)) == NULL || pg_connect(pg, &err) == -1)
		fail_msg("%s", err.text);
	return pg;
}

static void
want_value(struct pg *pg, const char *sql, const char *want)
{
	struct err err = {0};
	PGresult *res = pg_query(pg, NULL, sql, 0, NULL, &err);

	if (res == NULL)
		fail_msg("%s", err.text);
	assert_string_equal(PQgetvalue(res, 0, 0), want);
	PQclear(res);
}

static void
run(struct pg *pg, const char *sql)
{
	struct err err = {0};

	if (pg_do(pg, NULL, sql, 0, NULL, &err) == -1)
		fail_msg("%s", err.text);
}

static void
every_connection_has_its_timeouts(void **state)
{
	struct pg *pg = server();

	(void)state;
	want_value(pg, "SHOW statement_timeout", "1min");
	want_value(pg, "SHOW lock_timeout", "10s");
	want_value(pg, "SHOW idle_in_transaction_session_timeout", "15s");
	want_value(pg, "SHOW application_name", "suoyin-test");
	want_value(pg, "SHOW client_encoding", "UTF8");
	want_value(pg, "SHOW timezone", "UTC");
	want_value(pg, "SELECT timestamptz '2024-01-02 03:04:05+08'", "2024-01-01 19:04:05+00");
	pg_free(pg);
}

static void
statements_are_prepared_once_for_each_connection(void **state)
{
	const char *values[] = {"{\"a\",NULL,\"b\\\"c\"}"};
	struct pg *pg = server();
	struct err err = {0};

	(void)state;
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < 2; i++) {
			PGresult *res = pg_query(
			    pg, "third", "SELECT ($1::text[])[3]", 1, values, &err);

			if (res == NULL)
				fail_msg("%s", err.text);
			assert_string_equal(PQgetvalue(res, 0, 0), "b\"c");
			PQclear(res);
		}
		want_value(pg, "SELECT count(*) FROM pg_prepared_statements", "1");
		pg_disconnect(pg);
		assert_int_equal(pg_connect(pg, &err), 0);
		want_value(pg, "SELECT count(*) FROM pg_prepared_statements", "0");
	}
	pg_free(pg);
}

static void
rows_and_errors_come_out(void **state)
{
	struct pg *pg = server();
	struct err err = {0};
	PGresult *res;

	(void)state;
	run(pg, "CREATE TEMP TABLE t (n integer PRIMARY KEY)");
	assert_int_equal(
	    pg_do(pg, NULL, "INSERT INTO t SELECT generate_series(1, 7)", 0, NULL, &err), 7);
	assert_int_equal(pg_do(pg, NULL, "INSERT INTO t VALUES (3)", 0, NULL, &err), -1);
	assert_int_equal(err.code, ERR_REJECT);
	assert_string_equal(err.reason, "database");
	assert_string_equal(pg_sqlstate(pg), "23505");
	assert_non_null(strstr(err.text, "23505"));
	res = pg_query(pg, NULL, "SELECT NULL::text, 'a', NULL::bigint, -8::bigint, true, NULL::boolean", 0, NULL,
	    &err);
	assert_null(pg_text_at(res, 0, 0));
	assert_string_equal(pg_text_at(res, 0, 1), "a");
	assert_int_equal(pg_int_at(res, 0, 2), 0);
	assert_int_equal(pg_int_at(res, 0, 3), -8);
	assert_true(pg_bool_at(res, 0, 4));
	assert_false(pg_bool_at(res, 0, 5));
	PQclear(res);
	err = (struct err){0};
	assert_int_equal(pg_do(pg, "bad", "SELECT nothing", 0, NULL, &err), -1);
	assert_int_equal(err.code, ERR_FATAL);
	assert_true(pg_is_connected(pg));
	pg_free(pg);
}

static void
rows_are_copied_all_or_none(void **state)
{
	struct pg *pg = server();
	struct err err = {0};
	struct buf many;

	(void)state;
	run(pg, "CREATE TEMP TABLE t (n integer PRIMARY KEY, s text)");
	assert_int_equal(pg_copy(pg, "COPY t FROM STDIN", SPAN("1\ta\n2\t\\N\n"), &err), 0);
	want_value(pg, "SELECT count(*) || '/' || count(s) FROM t", "2/1");
	assert_int_equal(pg_copy(pg, "COPY t FROM STDIN", SPAN("3\tb\nx\tc\n"), &err), -1);
	assert_int_equal(err.code, ERR_REJECT);
	assert_string_equal(pg_sqlstate(pg), "22P02");
	err = (struct err){0};
	assert_int_equal(pg_copy(pg, "COPY t FROM STDIN", SPAN("3\tb\tc\n"), &err), -1);
	assert_string_equal(pg_sqlstate(pg), "22P04");
	assert_int_equal(pg_copy(pg, "COPY nowhere FROM STDIN", SPAN("1\n"), NULL), -1);
	want_value(pg, "SELECT count(*) FROM t", "2"); /* the connection goes on */
	buf_init(&many, 4 << 20); /* more than one piece */
	for (int i = 3; i <= 200000; i++)
		(void)buf_add_fmt(&many, "%d\tabcdefgh\n", i);
	assert_int_equal(pg_copy(pg, "COPY t FROM STDIN", buf_span(&many), &err), 0);
	want_value(pg, "SELECT count(*) FROM t", "200000");
	buf_fini(&many);
	pg_free(pg);
}

static void
a_commit_that_stored_nothing_is_an_error(void **state)
{
	struct pg *pg = server();
	struct err err = {0};

	(void)state;
	run(pg, "BEGIN");
	assert_int_equal(pg_do(pg, NULL, "SELECT 1/0", 0, NULL, NULL), -1);
	assert_int_equal(pg_do(pg, NULL, "COMMIT", 0, NULL, &err), -1);
	assert_int_equal(err.code, ERR_FATAL);
	run(pg, "BEGIN");
	run(pg, "COMMIT");
	run(pg, "BEGIN");
	run(pg, "ROLLBACK");
	pg_free(pg);
}

static void
a_connection_that_breaks_off_is_tried_again(void **state)
{
	struct pg *pg = server(), *other = server();
	struct err err = {0};
	char text[20];
	const char *values[] = {text};

	(void)state;
	(void)snprintf(text, sizeof(text), "%d", PQbackendPID(pg_conn(pg)));
	assert_int_equal(
	    pg_do(other, NULL, "SELECT pg_terminate_backend($1::integer, 5000)", 1, values, NULL),
	    1);
	assert_null(pg_query(pg, NULL, "SELECT 1", 0, NULL, &err));
	assert_int_equal(err.code, ERR_RETRY);
	assert_false(pg_is_connected(pg));
	err = (struct err){0};
	assert_int_equal(pg_connect(pg, &err), 0);
	want_value(pg, "SELECT 1", "1");

	(void)snprintf(text, sizeof(text), "%d", PQbackendPID(pg_conn(pg)));
	assert_int_equal(pg_notifications(pg), 0);
	assert_int_equal(
	    pg_do(other, NULL, "SELECT pg_terminate_backend($1::integer, 5000)", 1, values, NULL),
	    1);
	/* the server's last words first, then the end */
	for (int i = 0; i < 1000 && pg_notifications(pg) != -1; i++)
		;
	assert_int_equal(pg_notifications(pg), -1);
	assert_false(pg_is_connected(pg));
	pg_free(pg);
	pg_free(other);
}

static void
notifications_are_counted(void **state)
{
	struct pg *pg = server(), *other = server();

	(void)state;
	run(pg, "LISTEN suoyin_test");
	assert_int_equal(pg_notifications(pg), 0);
	run(other, "NOTIFY suoyin_test, 'a'");
	run(other, "NOTIFY suoyin_test, 'b'");
	for (int n = 0; n < 2;) {
		int got = pg_notifications(pg);

		assert_true(got >= 0);
		n += got;
	}
	pg_free(pg);
	pg_free(other);
}

static void
expect_schema(struct pg *pg, const char *role, enum err_code want, const char *text)
{
	struct err err = {0};
	int rc = pg_check_schema(pg, role, &err);

	assert_int_equal(err.code, want);
	assert_int_equal(rc, want == ERR_NONE ? 0 : -1);
	if (text != NULL && strstr(err.text, text) == NULL)
		fail_msg("\"%s\" does not say %s", err.text, text);
	if (want != ERR_NONE)
		assert_string_equal(err.reason, "schema");
}

static void
an_older_schema_is_refused_and_a_newer_one_only_if_it_breaks_us(void **state)
{
	struct pg *pg = server();

	(void)state;
	expect_schema(pg, "worker", ERR_FATAL, "suoyinctl migrate up");
	run(pg, "CREATE TABLE public.suoyin_migration (number integer PRIMARY KEY, name text, "
	        "sha256 text, breaks text, applied_at timestamptz)");
	run(pg, "INSERT INTO public.suoyin_migration "
	        "VALUES (1, '0001_core.sql', '', 'none', now())");
	expect_schema(pg, "worker", ERR_FATAL, "suoyinctl migrate up");
	run(pg, "INSERT INTO public.suoyin_migration "
	        "SELECT n, n::text, '', 'worker,crawler', now() FROM generate_series(2, 99) n");
	expect_schema(pg, "worker", ERR_FATAL, "breaks this version of the worker");
	run(pg, "UPDATE public.suoyin_migration SET breaks = 'none' WHERE number > 1");
	expect_schema(pg, "worker", ERR_NONE, NULL);
	run(pg, "UPDATE public.suoyin_migration SET breaks = 'crawler' WHERE number = 99");
	expect_schema(pg, "worker", ERR_NONE, NULL);
	expect_schema(pg, "crawler", ERR_FATAL, "99");
	run(pg, "DROP TABLE public.suoyin_migration");
	pg_free(pg);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_sqlstate_says_what_to_do_next),
		cmocka_unit_test(an_array_literal_quotes_what_it_must),
		cmocka_unit_test(columns_are_arrays_for_one_statement),
		cmocka_unit_test(a_url_that_is_none_is_refused_without_telling_the_password),
		cmocka_unit_test(without_a_server_everything_is_to_be_tried_again),
		cmocka_unit_test(every_connection_has_its_timeouts),
		cmocka_unit_test(statements_are_prepared_once_for_each_connection),
		cmocka_unit_test(rows_and_errors_come_out),
		cmocka_unit_test(rows_are_copied_all_or_none),
		cmocka_unit_test(a_commit_that_stored_nothing_is_an_error),
		cmocka_unit_test(a_connection_that_breaks_off_is_tried_again),
		cmocka_unit_test(notifications_are_counted),
		cmocka_unit_test(an_older_schema_is_refused_and_a_newer_one_only_if_it_breaks_us),
	};

	(void)setlocale(LC_CTYPE, "C.UTF-8");
	log_setup("test_pg", LEVEL_WARN, FORMAT_LOGFMT);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
