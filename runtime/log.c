/* SPDX-License-Identifier: MIT */
#include <suoyin/log.h>
