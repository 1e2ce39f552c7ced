/* SPDX-License-Identifier: MIT */
#include <suoyin/index_number.h>
