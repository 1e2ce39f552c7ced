/* SPDX-License-Identifier: MIT */
/*
 * child_ask.h - one question to a child process, and its answer: untrusted bytes are parsed there
 * by suoyinctl, too, when they come from the network.
 */
#ifndef CTL_CHILD_ASK_H
#define CTL_CHILD_ASK_H

#include <jansson.h>
#include <suoyin/child.h>

/* "list", "extract". The answer, or NULL with err: the child's reason, or ROLE_crash, _timeout. */
json_t *child_ask(const char *role, const json_t *meta, struct span body, struct err *err);

#endif
