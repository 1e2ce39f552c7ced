/* SPDX-License-Identifier: MIT */
#include <suoyin/page.h>
