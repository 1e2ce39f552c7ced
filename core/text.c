/* SPDX-License-Identifier: MIT */
#include <suoyin/text.h>
