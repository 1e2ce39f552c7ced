/* SPDX-License-Identifier: MIT */
/*
 * audit.h - who did what, in core.audit: written by commands that change what operators answer for.
 *
 * The role that suoyinctl connects as may add rows and not change them.
 */
#ifndef CTL_AUDIT_H
#define CTL_AUDIT_H

#include "ctl.h"
#include <jansson.h>

/* what: "dlq replay". Borrows details. In the open transaction, where there is one. */
int audit_write(struct pg *pg, const char *what, const json_t *details, struct err *err);

#endif
