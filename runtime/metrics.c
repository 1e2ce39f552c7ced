/* SPDX-License-Identifier: MIT */
#include <suoyin/metrics.h>
