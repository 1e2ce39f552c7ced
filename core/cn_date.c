/* SPDX-License-Identifier: MIT */
#include <suoyin/cn_date.h>
