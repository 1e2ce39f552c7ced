/* SPDX-License-Identifier: MIT */
/*
 * portal_private.h - reading values of a portal file: each checks one key and gives canonical JSON.
 *
 * A key that is absent gives its default (JSON null where there is none); a wrong one is reported
 * and gives null, so that reading goes on and every error of the file is listed.
 */
#ifndef PORTAL_PRIVATE_H
#define PORTAL_PRIVATE_H

#include "yaml_tree.h"
#include <suoyin/arena.h>
#include <suoyin/list_page.h>
#include <suoyin/portal.h>
#include <suoyin/url.h>

#define PORTAL_PATH_MAX 256

/* One mapping of the file. */
struct portal_node {
	struct yaml_tree *tree;
	const yaml_node_t *node;
	struct yaml_map map;
	char path[PORTAL_PATH_MAX]; /* "portals[3].lists[0]" */
};

/* Opens a mapping and reports keys that are not in names (ended by NULL). -1: it is none; then
 * nothing is to be closed. */
int portal_node_open(struct portal_node *n, struct yaml_tree *tree, const yaml_node_t *node,
    const char *path, const char *const *names);
void portal_node_close(struct portal_node *n);

/* The scalar at key; NULL: absent (reported if required), or wrong (reported). */
const yaml_node_t *portal_scalar(const struct portal_node *n, const char *key, bool required);
void portal_error(const struct portal_node *n, const char *key, const yaml_node_t *at,
    const char *suggestion, const char *reason, ...) __attribute__((format(printf, 5, 6)));

json_t *portal_text(const struct portal_node *n, const char *key, bool required, size_t max);
/* a-z 0-9 . - _ */
json_t *portal_word(const struct portal_node *n, const char *key, bool required, size_t max);
json_t *portal_level(const struct portal_node *n);
json_t *portal_duration(
    const struct portal_node *n, const char *key, int64_t fallback, int64_t min, int64_t max);
json_t *portal_xpath(
    const struct portal_node *n, const char *key, bool required, const char *fallback);
/* A JSON pointer; absent: null. */
json_t *portal_pointer(const struct portal_node *n, const char *key);
/* Canonical; `url` has the parts, in arena a. */
json_t *portal_url(const struct portal_node *n, const char *key, struct arena *a, struct url *url);
/* A host as url_parse would write it; absent: reported at `at`. */
struct span portal_host(
    const struct portal_node *n, const char *key, const yaml_node_t *at, struct arena *a);

/* The portal's `platform`, noted to config; NULL: none is named. */
const struct list_rules *portal_platform(const struct portal_node *n, json_t *config);
/* The rules of a list (list_page.h) to its canonical JSON: those that the file gives, the others by
 * its platform or kind. */
void portal_list_rules(
    const struct portal_node *n, json_t *list, const struct list_rules *platform);

/* portal_schedule.c: keys that say when; each is written only where the file gives it. */
/* backfill: "all", "3 pages", "since 2024-01-31"; -1: another text, or no memory. */
int portal_read_depth(struct portal_list *list, const char *text);
void portal_schedule_list(const struct portal_node *n, json_t *list);
/* "attachments" of a portal, where it is given. */
void portal_attachments_read(const struct portal_node *portal, json_t *config);
/* portal_manners.c: keys quiet, budget and tls into the canonical form, those that are given only. */
void portal_manners_read(const struct portal_node *portal, json_t *config);
/* Back from it. NULL, or the key that is wrong. */
const char *portal_manners_load(struct portal_manners *m, const json_t *config);

#endif
