/* SPDX-License-Identifier: MIT */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <suoyin/config.h>
#include <suoyin/limits.h>

#include "yaml_mutate.h"

struct values {
	struct config_common common;
	int64_t messages, wait, size;
	bool eager;
	int mode;
	struct config_list nets;
	char *key;
};

#define FIELD(member) offsetof(struct values, member)

static const struct setting settings[] = {
    {"batch.messages", SETTING_INT, FIELD(messages), "500", -5, 10000, NULL, false, "Messages."},
    {"batch.wait", SETTING_DURATION, FIELD(wait), "250ms", 1, 60000, NULL, false, "Wait."},
    {"page.size", SETTING_SIZE, FIELD(size), "8MiB", 1024, 1 << 30, NULL, false, "Size."},
    {"eager", SETTING_BOOL, FIELD(eager), "false", 0, 0, NULL, false, "Eager."},
    {"mode", SETTING_CHOICE, FIELD(mode), "slow", 0, 0, "slow|fast|careful", false, "Mode."},
    {"nets", SETTING_LIST, FIELD(nets), "", 0, 0, NULL, false, "Networks."},
    {"api.key", SETTING_STRING, FIELD(key), "", 0, 0, NULL, true, "Key."},
    {0},
};

static const struct config_program program = {
    "suoyin-test", "tests the configuration", settings, sizeof(struct values)};

/* What a program would see. */
struct run {
	struct values v;
	struct config_errors errors;
	int rc, code;
	char text[16384]; /* errors as printed, without the path of the scratch file */
};

static void
print_errors(struct run *r)
{
	char *all = NULL, *at;
	size_t n = 0, path = strlen(scratch_path);
	FILE *out = open_memstream(&all, &n);

	config_errors_print(&r->errors, out);
	(void)fclose(out);
	while (path > 0 && (at = strstr(all, scratch_path)) != NULL)
		memmove(at, at + path, strlen(at + path) + 1);
	(void)snprintf(r->text, sizeof(r->text), "%s", all);
	free(all);
}

static void
load(struct run *r, int argc, const char **argv)
{
	*r = (struct run){.code = -1};
	r->rc = config_load(&r->v, &program, argc, (char **)(uintptr_t)argv, &r->code, &r->errors);
	print_errors(r);
}

#define LOAD(r, ...)                                                                               \
	load(r, (int)(sizeof((const char *[]){"suoyin-test", __VA_ARGS__}) / sizeof(char *)),      \
	    (const char *[]){"suoyin-test", __VA_ARGS__, NULL})

#define NEEDED "--database.url=host=db", "--kafka.bootstrap.servers=k:9092"
#define NEEDED_YAML "database: {url: host=db}\nkafka: {bootstrap.servers: k}\n"

static void
done(struct run *r)
{
	if (r->rc == 0)
		config_fini(&r->v, &program);
	config_errors_fini(&r->errors);
}

/* Loads a file that begins behind two good lines, and compares all that is said. */
static void
file_gives(const char *yaml, const char *want)
{
	char text[4096];
	struct run r;

	(void)snprintf(text, sizeof(text), NEEDED_YAML "%s", yaml);
	LOAD(&r, "--config", scratch(text));
	assert_string_equal(r.text, want);
	assert_int_equal(r.rc, want[0] == '\0' ? 0 : -1);
	assert_int_equal(r.code, want[0] == '\0' ? 0 : EXIT_CONFIG);
	done(&r);
}

static void
defaults_fill_what_nobody_gives(void **state)
{
	struct run r;

	(void)state;
	LOAD(&r, NEEDED);
	assert_string_equal(r.text, "");
	assert_int_equal(r.rc, 0);
	assert_int_equal(r.v.messages, 500);
	assert_int_equal(r.v.wait, 250);
	assert_int_equal(r.v.size, 8 << 20);
	assert_false(r.v.eager);
	assert_int_equal(r.v.mode, 0);
	assert_int_equal(r.v.nets.count, 0);
	assert_string_equal(r.v.key, "");
	assert_string_equal(r.v.common.topic, "suoyin.pages");
	assert_int_equal(r.v.common.log_level, LEVEL_INFO);
	assert_int_equal(r.v.common.admin_stale_ms, 60000);
	done(&r);
}

static void
a_file_gives_every_type(void **state)
{
	struct run r;

	(void)state;
	LOAD(&r, "--config",
	    scratch("database: {url: 'host=db'}\n"
		    "kafka:\n  bootstrap.servers: k:9092\n  sasl: {username: u}\n"
		    "batch:\n  messages: -5\n  wait: 1m\n"
		    "page.size: 64KiB\neager: true\nmode: careful\n"
		    "nets: [127.0.0.0/8, '::1/128']\napi.key: \"010\"\nlog: {level: error}\n"));
	assert_string_equal(r.text, "");
	assert_int_equal(r.v.messages, -5);
	assert_int_equal(r.v.wait, 60000);
	assert_int_equal(r.v.size, 65536);
	assert_true(r.v.eager);
	assert_int_equal(r.v.mode, 2);
	assert_int_equal(r.v.nets.count, 2);
	assert_string_equal(r.v.nets.items[1], "::1/128");
	assert_string_equal(r.v.key, "010");
	assert_int_equal(r.v.common.log_level, LEVEL_ERROR);
	assert_int_equal(r.v.common.kafka.count, 2);
	assert_string_equal(r.v.common.kafka.items[1].name, "sasl.username");
	assert_string_equal(r.v.common.kafka.items[1].value, "u");
	done(&r);
}

static void
flag_beats_environment_beats_file_beats_default(void **state)
{
	const char *path = scratch(NEEDED_YAML "batch: {messages: 1, wait: 1s}\npage.size: 1KiB\n");
	struct run r;

	(void)state;
	(void)setenv("SUOYIN_BATCH_MESSAGES", "2", 1);
	(void)setenv("SUOYIN_BATCH_WAIT", "2s", 1);
	(void)setenv("SUOYIN_EAGER", "", 1); /* empty: not given */
	(void)setenv("SUOYIN_KAFKA_BOOTSTRAP_SERVERS", "env:1", 1);
	LOAD(&r, "--batch.messages", "3", "--config", path, "--nets=a, b");
	assert_string_equal(r.text, "");
	assert_int_equal(r.v.messages, 3);
	assert_int_equal(r.v.wait, 2000);
	assert_int_equal(r.v.size, 1024);
	assert_int_equal(r.v.nets.count, 2);
	assert_string_equal(r.v.nets.items[1], "b");
	assert_int_equal(r.v.common.kafka.count, 1);
	assert_string_equal(r.v.common.kafka.items[0].value, "env:1");
	done(&r);
	(void)unsetenv("SUOYIN_BATCH_MESSAGES");
	(void)unsetenv("SUOYIN_BATCH_WAIT");
	(void)unsetenv("SUOYIN_EAGER");
	(void)unsetenv("SUOYIN_KAFKA_BOOTSTRAP_SERVERS");
}

static void
a_file_variable_gives_the_secret_without_its_line_end(void **state)
{
	struct run r;

	(void)state;
	(void)setenv("SUOYIN_API_KEY_FILE", scratch("s3cret\r\n"), 1);
	(void)setenv("SUOYIN_KAFKA_SASL_PASSWORD_FILE", scratch_path, 1);
	LOAD(&r, NEEDED);
	assert_string_equal(r.text, "");
	assert_string_equal(r.v.key, "s3cret");
	assert_string_equal(r.v.common.kafka.items[0].name, "sasl.password");
	assert_string_equal(r.v.common.kafka.items[0].value, "s3cret");
	done(&r);
	(void)unsetenv("SUOYIN_KAFKA_SASL_PASSWORD_FILE");

	(void)setenv("SUOYIN_API_KEY", "other", 1);
	LOAD(&r, NEEDED);
	assert_string_equal(
	    r.text, "SUOYIN_API_KEY_FILE: api.key: SUOYIN_API_KEY is set too (give one of them)\n");
	done(&r);
	(void)unsetenv("SUOYIN_API_KEY");

	(void)setenv("SUOYIN_API_KEY_FILE", "/nonexistent/key", 1);
	LOAD(&r, NEEDED);
	assert_string_equal(r.text,
	    "SUOYIN_API_KEY_FILE: api.key: /nonexistent/key cannot be opened: "
	    "No such file or directory\n");
	done(&r);
	(void)unsetenv("SUOYIN_API_KEY_FILE");
}

static void
every_error_of_a_file_is_listed_in_order(void **state)
{
	(void)state;
	file_gives(
	    "batch:\n  mesages: 5\n  messages: 010\n  wait: 1.5s\npage: {size: 8MB}\neager: yes\n"
	    "topc: x\nmode: fst\nwait: 3\n",
	    ":4:3: batch.mesages: is no setting of suoyin-test (did you mean batch.messages?)\n"
	    ":5:13: batch.messages: \"010\" begins with 0 (write 10)\n"
	    ":6:9: batch.wait: \"1.5s\" is not whole (write 1500ms)\n"
	    ":7:14: page.size: \"8MB\" is not written as a number and one of B KiB MiB GiB (write "
	    "8MiB)\n"
	    ":8:8: eager: \"yes\" is neither true nor false (write true)\n"
	    ":9:1: topc: is no setting of suoyin-test (did you mean topic?)\n"
	    ":10:7: mode: \"fst\" is none of slow, fast, careful (did you mean fast?)\n"
	    ":11:1: wait: is no setting of suoyin-test (did you mean batch.wait?)\n");
}

static void
numbers_are_never_read_in_silence(void **state)
{
	(void)state;
	file_gives("batch.messages: 1s\n", ":3:17: batch.messages: \"1s\" is not a whole number\n");
	file_gives(
	    "batch.messages: 1.5\n", ":3:17: batch.messages: \"1.5\" is not a whole number\n");
	file_gives(
	    "batch.messages: 0x10\n", ":3:17: batch.messages: \"0x10\" is not a whole number\n");
	file_gives(
	    "batch.messages: 1_0\n", ":3:17: batch.messages: \"1_0\" is not a whole number\n");
	file_gives("batch.messages: 99999999999999999999\n",
	    ":3:17: batch.messages: \"99999999999999999999\" is not a whole number\n");
	file_gives(
	    "batch.messages: -6\n", ":3:17: batch.messages: \"-6\" is out of range, -5 … 10000\n");
	file_gives("batch.messages: 10001\n",
	    ":3:17: batch.messages: \"10001\" is out of range, -5 … 10000\n");
	file_gives("batch.messages: 0\n", "");
}

static void
durations_and_sizes_need_a_unit(void **state)
{
	(void)state;
	file_gives("batch.wait: 10\n",
	    ":3:13: batch.wait: \"10\" has no unit, one of ms s m h d (write 10s or the like)\n");
	file_gives("batch.wait: 10 sec\n", ":3:13: batch.wait: \"10 sec\" is not written as a "
					   "number and one of ms s m h d (write 10s)\n");
	file_gives("batch.wait: 010s\n", ":3:13: batch.wait: \"010s\" is not written as a number "
					 "and one of ms s m h d (write 10s)\n");
	file_gives("batch.wait: 10y\n",
	    ":3:13: batch.wait: \"10y\" has an unknown unit, not one of ms s m h d\n");
	file_gives("batch.wait: soon\n",
	    ":3:13: batch.wait: \"soon\" is not a duration, a number and one of ms s m h d\n");
	file_gives("batch.wait: 2m\n", ":3:13: batch.wait: \"2m\" is out of range, 1ms … 1m\n");
	file_gives("batch.wait: 99999999999999999999d\n",
	    ":3:13: batch.wait: \"99999999999999999999d\" is too large\n");
	file_gives("page.size: 4096\n", ":3:12: page.size: \"4096\" has no unit, one of B KiB MiB "
					"GiB (write 4096MiB or the like)\n");
	file_gives("page.size: 1KiB\n", "");
}

static void
wrong_shapes_are_named(void **state)
{
	(void)state;
	file_gives("batch.messages: [1]\n", ":3:17: batch.messages: takes one value, not a list\n");
	file_gives("topic: {a: 1}\n", ":3:8: topic: takes one value, not a mapping\n");
	file_gives("topic:\n", ":3:1: topic: has no value (give it one, or leave the key out)\n");
	file_gives(
	    "batch: 5\n", ":3:1: batch: is a section: its settings stand below it, indented\n");
	file_gives(
	    "nets: [[1], ~]\n", ":3:8: nets: an item is a list\n:3:13: nets: an item is empty\n");
	file_gives("nets: 'a,,b'\n", ":3:7: nets: has an empty item between commas\n");
	file_gives("[a]: 1\n", ":3:1: a key must be text, not a list\n");
	file_gives(
	    "unheard.of: {a: 1, b: 2}\n", ":3:1: unheard.of: is no setting of suoyin-test\n");
}

static void
a_key_stands_once_however_it_is_written(void **state)
{
	(void)state;
	file_gives("topic: a\ntopic: b\n", ":4:1: topic: stands twice, first in line 3\n");
	file_gives("batch: {wait: 1s}\nbatch.wait: 2s\n",
	    ":4:1: batch.wait: stands twice, first in line 3\n");
	file_gives("kafka: {linger.ms: 1}\n", ":3:1: kafka: stands twice, first in line 2\n");
}

static void
librdkafka_judges_its_own_properties(void **state)
{
	(void)state;
	file_gives("kafka.linger.mss: 5\n",
	    ":3:19: kafka.linger.mss: No such configuration property: "
	    "\"linger.mss\" (see librdkafka's CONFIGURATION.md)\n");
	file_gives("kafka.enable.idempotence: maybe\n",
	    ":3:27: kafka.enable.idempotence: Expected bool value for \"enable.idempotence\": "
	    "true or false\n");
	file_gives(
	    "kafka.linger.ms: [5]\n", ":3:1: kafka.linger.ms: must be one value for librdkafka\n");
}

static void
broken_and_dangerous_yaml_is_refused_with_its_place(void **state)
{
	char deep[200] = "nets: ";

	(void)state;
	file_gives("topic: &a x\nmode: *a\n",
	    ":4:7: aliases (*name) are not supported: write the value out\n");
	file_gives("topic: !!str x\n", ":3:8: tags (!name) are not supported\n");
	file_gives("topic: \"a\\0b\"\n", ":3:8: a NUL character is not allowed\n");
	file_gives("---\ntopic: x\n", ":3:1: a second document (---) is not allowed\n");
	memset(deep + 6, '[', 17);
	file_gives(deep, ":3:22: is nested too deeply\n");
	file_gives("topic: \xff\n", ":3:8: is not valid YAML: invalid leading UTF-8 octet\n");
	file_gives("\ttopic: x\n",
	    ":3:1: is not valid YAML: found character that cannot start any token "
	    "while scanning for the next token (YAML indents with blanks; quote "
	    "values that begin with @ ` or %)\n");
	file_gives("topic: [a\n", ":4:1: is not valid YAML: did not find expected ',' or ']' while "
				  "parsing a flow sequence\n");
}

static void
files_that_are_none_are_refused(void **state)
{
	struct run r;
	char *large = malloc(CONFIG_FILE_MAX + 1);

	(void)state;
	LOAD(&r, "--config=/nonexistent.yaml", NEEDED);
	assert_string_equal(
	    r.text, "/nonexistent.yaml: cannot be opened: No such file or directory\n");
	done(&r);
	LOAD(&r, "--config=/tmp", NEEDED);
	assert_string_equal(r.text, "/tmp: cannot be read: Is a directory\n");
	done(&r);
	memset(large, '#', CONFIG_FILE_MAX + 1);
	LOAD(&r, "--config", scratch_write(large, CONFIG_FILE_MAX + 1), NEEDED);
	assert_string_equal(r.text, ": is larger than 4194304 bytes\n");
	done(&r);
	LOAD(&r, "--config", scratch_write(large, CONFIG_FILE_MAX), NEEDED);
	assert_int_equal(r.rc, 0);
	done(&r);
	LOAD(&r, "--config", scratch("- a\n"), NEEDED);
	assert_string_equal(r.text, ":1:1: must be a mapping of settings, not a list\n");
	done(&r);
	free(large);
}

static void
what_is_required_says_how_to_give_it(void **state)
{
	struct run r;

	(void)state;
	LOAD(&r, "--mode=fast");
	assert_string_equal(r.text,
	    "suoyin-test: database.url: is required (set it in the file, as SUOYIN_DATABASE_URL or "
	    "as "
	    "--database.url)\n"
	    "suoyin-test: kafka.bootstrap.servers: is required (set it in the file, as "
	    "SUOYIN_KAFKA_BOOTSTRAP_SERVERS or as --kafka.bootstrap.servers)\n");
	assert_int_equal(r.code, EXIT_CONFIG);
	done(&r);
}

static void
unknown_flags_are_usage_errors(void **state)
{
	struct run r;

	(void)state;
	LOAD(&r, NEEDED, "--hlp", "--batch.mesages=3", "stray", "--mode", "--check=1");
	assert_int_equal(r.rc, -1);
	assert_int_equal(r.code, EXIT_USAGE);
	assert_string_equal(r.text,
	    "command line: --hlp: is no flag; --help lists all (did you mean --help?)\n"
	    "command line: --batch.mesages: is no flag; --help lists all (did you mean "
	    "--batch.messages?)\n"
	    "command line: stray: is not a flag (settings are --NAME=VALUE)\n"
	    "command line: --mode: needs a value\n"
	    "command line: --check: takes no value\n");
	done(&r);
	LOAD(&r, NEEDED, "--batch.messages=many");
	assert_int_equal(r.code, EXIT_CONFIG);
	assert_string_equal(
	    r.text, "command line: batch.messages: \"many\" is not a whole number\n");
	done(&r);
}

static void
secrets_are_never_printed(void **state)
{
	struct run r;

	(void)state;
	LOAD(&r, "--kafka.bootstrap.servers=k",
	    "--database.url=postgresql://u:hunter2@h:port:x/%zz");
	assert_int_equal(r.rc, -1);
	assert_non_null(strstr(r.text, "database.url: is not a PostgreSQL URL"));
	assert_null(strstr(r.text, "hunter2"));
	done(&r);
}

static void
no_more_errors_than_the_limit_are_listed(void **state)
{
	char text[8192] = NEEDED_YAML;
	size_t n = strlen(text);
	struct run r;

	(void)state;
	for (int i = 0; i < 300; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "unknown_%d: 1\n", i);
	LOAD(&r, "--config", scratch(text));
	assert_int_equal(r.errors.count, CONFIG_ERRORS_MAX + 1);
	assert_string_equal(r.errors.items[CONFIG_ERRORS_MAX].reason, "more errors are not listed");
	done(&r);
}

static void
the_docs_name_every_setting_and_no_secret(void **state)
{
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);

	(void)state;
	config_print_docs(&program, out);
	(void)fclose(out);
	for (const struct setting *s = config_common; s->name != NULL; s++)
		assert_non_null(strstr(text, s->name));
	assert_non_null(strstr(text, "| `batch.wait` | `SUOYIN_BATCH_WAIT` | duration | `250ms` | "
				     "1ms … 1m | Wait. |\n"));
	assert_non_null(strstr(text, "| `api.key` | `SUOYIN_API_KEY` | text, secret | empty |"));
	free(text);
}

static void
damaged_files_give_errors_and_nothing_worse(void **state)
{
	static const char good[] =
	    NEEDED_YAML "batch:\n  messages: 5\n  wait: 1s\npage: {size: 8MiB}\neager: true\n"
			"nets: [a, \"b\", 'c']\nmode: fast # why\ntopic: |\n  x\n";
	char text[2 * sizeof(good)];
	uint64_t seed = 1;
	int bad = 0, runs = mutations();

	(void)state;
	for (int i = 0; i < runs; i++) {
		size_t n = mutate(good, sizeof(good) - 1, text, sizeof(text), &seed);
		struct run r;

		LOAD(&r, "--config", scratch_write(text, n));
		assert_true(r.rc == 0 || r.errors.count > 0);
		bad += r.rc != 0;
		done(&r);
	}
	assert_in_range(bad, runs / 2, runs);
}

static int
clean(void **state)
{
	(void)state;
	scratch_remove();
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(defaults_fill_what_nobody_gives),
	    cmocka_unit_test(a_file_gives_every_type),
	    cmocka_unit_test(flag_beats_environment_beats_file_beats_default),
	    cmocka_unit_test(a_file_variable_gives_the_secret_without_its_line_end),
	    cmocka_unit_test(every_error_of_a_file_is_listed_in_order),
	    cmocka_unit_test(numbers_are_never_read_in_silence),
	    cmocka_unit_test(durations_and_sizes_need_a_unit),
	    cmocka_unit_test(wrong_shapes_are_named),
	    cmocka_unit_test(a_key_stands_once_however_it_is_written),
	    cmocka_unit_test(librdkafka_judges_its_own_properties),
	    cmocka_unit_test(broken_and_dangerous_yaml_is_refused_with_its_place),
	    cmocka_unit_test(files_that_are_none_are_refused),
	    cmocka_unit_test(what_is_required_says_how_to_give_it),
	    cmocka_unit_test(unknown_flags_are_usage_errors),
	    cmocka_unit_test(secrets_are_never_printed),
	    cmocka_unit_test(no_more_errors_than_the_limit_are_listed),
	    cmocka_unit_test(the_docs_name_every_setting_and_no_secret),
	    cmocka_unit_test(damaged_files_give_errors_and_nothing_worse),
	};

	(void)setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, clean);
}
