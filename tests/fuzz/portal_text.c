/* SPDX-License-Identifier: MIT */
#include "portal_text.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"

/* "delay_ms": 50 is written "delay": "50ms", null is left out. */
static json_t *
as_written(const json_t *config)
{
	json_t *out = json_object(), *value, *item;
	const char *key;
	char text[64];
	size_t i, n;

	json_object_foreach((json_t *)config, key, value) {
		if (json_is_integer(value)) {
			n = strlen(key) - strlen("_ms");
			(void)snprintf(text, sizeof(text), "%" JSON_INTEGER_FORMAT "ms",
			    json_integer_value(value));
			(void)json_object_setn_new(out, key, n, json_string(text));
		} else if (json_is_object(value)) {
			(void)json_object_set_new(out, key, as_written(value));
		} else if (json_is_array(value)) {
			json_t *list = json_array();

			json_array_foreach(value, i, item)
			    (void)json_array_append_new(list,
				json_is_object(item) ? as_written(item) : json_incref(item));
			(void)json_object_set_new(out, key, list);
		} else if (!json_is_null(value)) {
			(void)json_object_set(out, key, value);
		}
	}
	return out;
}

char *
portal_written(const json_t *config)
{
	json_t *file = json_pack("{s:[o]}", "portals", as_written(config));
	char *text = json_dumps(file, JSON_COMPACT);

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
