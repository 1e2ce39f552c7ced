/* SPDX-License-Identifier: MIT */
/* child_roles.h - the roles test_child runs its children in. */
#ifndef CHILD_ROLES_H
#define CHILD_ROLES_H

#include <suoyin/child.h>

#define CHILD_ROLES 2
extern const struct child_role child_roles[CHILD_ROLES]; /* "page", "stillborn" */

/* Sanitizers cannot be locked in: what then differs. */
#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

#endif
