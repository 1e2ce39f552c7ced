/* SPDX-License-Identifier: MIT */
#include <suoyin/pg.h>
