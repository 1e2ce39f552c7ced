/* SPDX-License-Identifier: MIT */
#include <suoyin/portal.h>
