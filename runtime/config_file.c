/* SPDX-License-Identifier: MIT */
#include <suoyin/config.h>
