/* SPDX-License-Identifier: MIT */
#include "script.h"

#include "render.h"
#include "state.h"

#include <stdlib.h>
#include <string.h>

static const char *const modes[SCRIPT_MODES] = {
    [SCRIPT_NONE] = "none",
    [SCRIPT_CHALLENGE] = "challenge",
    [SCRIPT_CHALLENGE_200] = "challenge_200",
    [SCRIPT_SOFT_404] = "soft_404",
    [SCRIPT_FENCE] = "fence",
    [SCRIPT_LAYOUT] = "layout",
    [SCRIPT_SHRINK] = "shrink",
    [SCRIPT_EMPTY] = "empty",
    [SCRIPT_ERROR] = "error",
    [SCRIPT_LIE] = "lie",
};

/* Late pages in their order: on top of their list, or behind all that is there. */
static void
publish(struct sim *s, size_t count, bool behind)
{
	for (size_t i = 0; i < count && s->late_done < s->late_count; i++) {
		size_t page = s->late[s->late_done++];

		if (state_publish(s, page, "publish") == 0 && behind)
			state_move_last(s, page);
	}
}

/* The newest row of the first portal: its page and what the list says of it. */
static void
edit(struct sim *s)
{
	const struct column *c = &s->portals[0].columns[0];
	size_t newest;
	bool more;

	if (state_rows(s, c, 0, 1, &newest, &more) == 1)
		(void)state_edit(s, newest);
}

static void
run(struct sim *s, const char *line)
{
	char word[32], argument[32] = "";
	unsigned long number;

	if (sscanf(line, "%31s %31s", word, argument) < 1)
		return;
	number = strtoul(argument, NULL, 10);
	if (strcmp(word, "publish") == 0)
		publish(s, number, false);
	else if (strcmp(word, "insert") == 0)
		publish(s, number, true);
	else if (strcmp(word, "edit") == 0)
		edit(s);
	else if (strcmp(word, "pin") == 0)
		s->script.pinned = number;
	else if (strcmp(word, "mode") == 0)
		for (unsigned m = 0; m < SCRIPT_MODES; m++)
			if (strcmp(argument, modes[m]) == 0)
				s->script.mode = (enum script_mode)m;
}

void
script_tick(struct sim *s)
{
	char line[128];
	FILE *f;

	if (s->opt.script == NULL || (f = fopen(s->opt.script, "re")) == NULL)
		return;
	if (fseek(f, s->script.done, SEEK_SET) == 0)
		while (fgets(line, sizeof(line), f) != NULL && strchr(line, '\n') != NULL) {
			s->script.done = ftell(f);
			run(s, line);
		}
	(void)fclose(f);
}

static const char wall[] =
    "<html><head><script>$_ts=window['$_ts'];if(!$_ts)$_ts={};$_ts.nsd=1;</script>"
    "<script src=\"/4QbVtADbnLVIc/c.FxJzG50F.dfe1675.js\"></script></head><body></body></html>\n";

static bool
say(struct answer *a, unsigned status, const char *cookie, const char *text)
{
	a->status = status;
	a->set_cookie = cookie;
	a->content_type = "text/html";
	return buf_add_str(&a->body, text) == 0;
}

bool
script_answer(struct answer *a, struct sim *s, const struct question *q, bool is_list)
{
	switch ((enum script_mode)s->script.mode) {
	case SCRIPT_CHALLENGE:
		return say(a, 412, "FSSBBIl1UgzbN7N80S=x; path=/", wall);
	case SCRIPT_CHALLENGE_200:
		return say(a, 200, "__jsluid_s=x; path=/", wall);
	case SCRIPT_SOFT_404:
		return !is_list && render_home(s, q->portal, &a->body) == 0;
	case SCRIPT_FENCE:
		return !is_list && say(a, 404, NULL, "<h1>404</h1>\n");
	case SCRIPT_ERROR:
		return say(a, 500, NULL, "<h1>500</h1>\n");
	case SCRIPT_NONE:
	case SCRIPT_LAYOUT:
	case SCRIPT_SHRINK:
	case SCRIPT_EMPTY:
	case SCRIPT_LIE:
	case SCRIPT_MODES:
	default:
		return false;
	}
}

bool
script_hides_rows(const struct sim *s)
{
	return s->script.mode == SCRIPT_LAYOUT;
}

size_t
script_rows(const struct sim *s, size_t n)
{
	if (s->script.mode == SCRIPT_EMPTY)
		return 0;
	return s->script.mode == SCRIPT_SHRINK && n > 2 ? 2 : n;
}

size_t
script_pinned(const struct sim *s)
{
	return s->script.pinned;
}
