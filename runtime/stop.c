/* SPDX-License-Identifier: MIT */
#include <suoyin/stop.h>
