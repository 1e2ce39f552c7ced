/* SPDX-License-Identifier: MIT */
#include "portal_text.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"

/* "delay_ms": 50 is written "delay": "50ms", null is left out. */
static json_t *
as_written(const json_t *canonical)
{
	json_t *out = json_object(), *value;
	const char *key;
	char text[64];

	json_object_foreach((json_t *)(uintptr_t)canonical, key, value) {
		size_t n = strlen(key);

		if (json_is_integer(value) && n > 3 && strcmp(key + n - 3, "_ms") == 0) {
			(void)snprintf(text, sizeof(text), "%" JSON_INTEGER_FORMAT "ms",
			    json_integer_value(value));
			(void)json_object_setn_new(
			    out, key, n - strlen("_ms"), json_string(text));
		} else if (!json_is_null(value)) {
			(void)json_object_set(out, key, value);
		}
	}
	return out;
}

char *
portal_written(const json_t *config)
{
	const json_t *from = json_object_get(config, "lists");
	json_t *portal = as_written(config), *lists = json_array(), *file;
	char *text;

	for (size_t i = 0; i < json_array_size(from); i++)
		(void)json_array_append_new(lists, as_written(json_array_get(from, i)));
	(void)json_object_set_new(portal, "lists", lists);
	(void)json_object_set_new(portal, "region", as_written(json_object_get(config, "region")));
	file = json_pack("{s:[o]}", "portals", portal);
	text = json_dumps(file, JSON_COMPACT | JSON_ENSURE_ASCII); /* YAML folds at U+2028, too */
	must(text != NULL, "a portal has no text");
	json_decref(file);
	return text;
}

const char *
portal_file_of(struct span text)
{
	static char path[64];
	static int fd = -1;

	if (fd == -1) {
		fd = memfd_create("portal.yaml", MFD_CLOEXEC);
		(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	}
	must(fd != -1 && ftruncate(fd, 0) == 0 &&
		pwrite(fd, text.p == NULL ? "" : text.p, text.n, 0) == (ssize_t)text.n,
	    "no file in memory");
	return path;
}
