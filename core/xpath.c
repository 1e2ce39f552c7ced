/* SPDX-License-Identifier: MIT */
#include <suoyin/xpath.h>
