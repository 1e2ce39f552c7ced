/* SPDX-License-Identifier: MIT */
/*
 * organ.h - does a short text look like the name of an organ (机关)?
 *
 * By form only: Chinese characters, ending in a character that names of organs end in.
 * Asked only of lines and pieces that stand where such a name is expected.
 */
#ifndef CORE_ORGAN_H
#define CORE_ORGAN_H

#include <suoyin/span.h>

bool organ_is(struct span s);
/* The name without 中共, brackets such as （盖章） and blanks around. */
struct span organ_trim(struct span s);
bool organ_is_person(struct span s); /* 市长 张某某 */

#endif
