/* SPDX-License-Identifier: MIT */
/*
 * portal sync: files → core.portal and core.portal_version, all or nothing.  A portal's version
 * grows only when the SHA-256 of its canonical JSON differs from that of its last version.
 */
#include "ctl.h"
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <suoyin/buf.h>
#include <suoyin/digest.h>
#include <suoyin/portal.h>

#define REPORT_MAX ((size_t)32 << 20) /* a line for each of PORTALS_MAX portals */

struct sync {
	struct pg *pg;
	json_t *known; /* id → {version, sha256, active} of the database; seen ones are taken out */
	struct buf report; /* printed once it is true */
	int added, changed, back, same, gone;
};

static const char known_sql[] =
    "SELECT p.portal_id, p.config_version, v.sha256, p.active FROM core.portal p "
    "JOIN core.portal_version v ON v.portal_id = p.portal_id AND v.version = p.config_version";

static const char insert_sql[] =
    "INSERT INTO core.portal (portal_id, site, name, home, level, region, config, config_version) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (portal_id) DO UPDATE SET "
    "site = excluded.site, name = excluded.name, home = excluded.home, level = excluded.level, "
    "region = excluded.region, config = excluded.config, config_version = excluded.config_version, "
    "active = true, synced_at = now()";

static const char version_sql[] =
    "INSERT INTO core.portal_version (portal_id, version, sha256, config) VALUES ($1, $2, $3, $4)";

static const char active_sql[] =
    "UPDATE core.portal SET active = $2, synced_at = now() WHERE portal_id = $1";

static char *
canonical(const json_t *json)
{
	return json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS);
}

static int
read_known(struct sync *s, struct err *err)
{
	PGresult *res = pg_query(s->pg, NULL, known_sql, 0, NULL, err);

	if (res == NULL)
		return -1;
	s->known = json_object();
	for (int i = 0; i < PQntuples(res); i++)
		(void)json_object_set_new(s->known, PQgetvalue(res, i, 0),
		    json_pack("{s:s, s:s, s:b}", "version", PQgetvalue(res, i, 1), "sha256",
			PQgetvalue(res, i, 2), "active", pg_bool_at(res, i, 3)));
	PQclear(res);
	return 0;
}

static const char *
text_in(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static int
write_version(struct sync *s, const struct portal_file_entry *entry, const char *config,
    const char *sha256, uint64_t version, struct err *err)
{
	char number[24], *region = canonical(json_object_get(entry->config, "region"));
	const char *row[] = {entry->id, entry->site, text_in(entry->config, "name"),
	    text_in(entry->config, "home"), text_in(entry->config, "level"), region, config,
	    number};
	const char *past[] = {entry->id, number, sha256, config};
	int rc = -1;

	(void)snprintf(number, sizeof(number), "%" PRIu64, version);
	if (region == NULL)
		(void)err_set(err, ERR_RETRY, "memory", "out of memory");
	else if (pg_do(s->pg, "portal", insert_sql, 8, row, err) == 1 &&
		 pg_do(s->pg, "version", version_sql, 4, past, err) == 1)
		rc = 0;
	free(region);
	return rc;
}

static int
set_active(struct sync *s, const char *id, const char *active, struct err *err)
{
	const char *values[] = {id, active};

	return pg_do(s->pg, "active", active_sql, 2, values, err) == 1 ? 0 : -1;
}

static int
sync_one(struct sync *s, const struct portal_file_entry *entry, const char *config,
    const char *sha256, struct err *err)
{
	const json_t *known = json_object_get(s->known, entry->id);
	uint64_t version = 0;

	if (known == NULL) {
		s->added++;
		(void)buf_add_fmt(&s->report, "new       %s (version 1)\n", entry->id);
		return write_version(s, entry, config, sha256, 1, err);
	}
	if (span_u64(span_of(text_in(known, "version")), INT64_MAX - 1, &version) == -1)
		return err_set(err, ERR_FATAL, "schema", "%s has a broken version", entry->id);
	if (strcmp(text_in(known, "sha256"), sha256) != 0) {
		s->changed++;
		(void)buf_add_fmt(
		    &s->report, "changed   %s (version %" PRIu64 ")\n", entry->id, version + 1);
		return write_version(s, entry, config, sha256, version + 1, err);
	}
	if (json_is_true(json_object_get(known, "active"))) {
		s->same++;
		return 0;
	}
	s->back++;
	(void)buf_add_fmt(&s->report, "back      %s (version %" PRIu64 ")\n", entry->id, version);
	return set_active(s, entry->id, "true", err);
}

static int
sync_entry(struct sync *s, const struct portal_file_entry *entry, struct err *err)
{
	char *config = canonical(entry->config), sha256[DIGEST_HEX + 1];
	int rc;

	if (config == NULL)
		return err_set(err, ERR_RETRY, "memory", "out of memory");
	digest_hex(span_of(config), sha256);
	rc = sync_one(s, entry, config, sha256, err);
	(void)json_object_del(s->known, entry->id);
	free(config);
	return rc;
}

/* What is left of `known` stands in no file. */
static int
retire(struct sync *s, struct err *err)
{
	const char *id;
	json_t *known;

	json_object_foreach(s->known, id, known)
	{
		if (!json_is_true(json_object_get(known, "active")))
			continue;
		s->gone++;
		(void)buf_add_fmt(&s->report, "inactive  %s\n", id);
		if (set_active(s, id, "false", err) == -1)
			return -1;
	}
	return 0;
}

static int
sync_all(struct sync *s, const struct portal_set *set, struct err *err)
{
	/* one sync at a time, and none of the operator's other changes in between */
	if (ctl_run(s->pg, "begin", "BEGIN; LOCK TABLE core.portal IN SHARE ROW EXCLUSIVE MODE",
		err) == -1 ||
	    read_known(s, err) == -1)
		return -1;
	for (size_t i = 0; i < set->count; i++)
		if (sync_entry(s, &set->items[i], err) == -1)
			return -1;
	if (retire(s, err) == -1)
		return -1;
	if (s->added + s->changed + s->back + s->gone > 0 &&
	    ctl_run(s->pg, "notify", "NOTIFY suoyin_portal", err) == -1)
		return -1;
	return ctl_run(s->pg, "commit", "COMMIT", err);
}

static int
sync_set(const char *url, const struct portal_set *set)
{
	struct err err = {0};
	struct sync s = {.pg = ctl_connect(url, &err)};
	int rc;

	if (s.pg == NULL)
		return ctl_fail(&err);
	buf_init(&s.report, REPORT_MAX);
	rc = pg_check_schema(s.pg, "ctl", &err) == -1 ? -1 : sync_all(&s, set, &err);
	if (rc == 0) {
		(void)fputs(buf_span(&s.report).p, stdout);
		(void)printf("portals=%zu new=%d changed=%d unchanged=%d back=%d inactive=%d\n",
		    set->count, s.added, s.changed, s.same, s.back, s.gone);
	} else {
		rc = ctl_fail(&err);
		(void)fprintf(stderr, "suoyinctl: nothing was changed\n");
	}
	buf_fini(&s.report);
	json_decref(s.known);
	pg_free(s.pg); /* an open transaction ends with its connection */
	return rc;
}

int
cmd_portal_sync(int argc, char **argv)
{
	struct config_errors errors = {0};
	struct portal_set set = {0};
	const char *url;
	int rc;

	if ((rc = ctl_options(argc, argv, &url, NULL)) != 0)
		return rc;
	if (optind == argc)
		return ctl_usage("portal sync needs a file");
	for (int i = optind; i < argc; i++)
		(void)portal_file_load(&set, argv[i], &errors);
	config_errors_print(&errors, stderr);
	rc = errors.count > 0 ? EXIT_CONFIG : sync_set(url, &set);
	config_errors_fini(&errors);
	portal_set_fini(&set);
	return rc;
}
