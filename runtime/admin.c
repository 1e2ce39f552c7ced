/* SPDX-License-Identifier: MIT */
#include <suoyin/admin.h>
