/* SPDX-License-Identifier: MIT */
#include <suoyin/charset.h>
