/* SPDX-License-Identifier: MIT */
#include <suoyin/err.h>
