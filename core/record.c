/* SPDX-License-Identifier: MIT */
#include <suoyin/record.h>
