/* SPDX-License-Identifier: MIT */
#include <suoyin/child.h>
