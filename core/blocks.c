/* SPDX-License-Identifier: MIT */
#include <suoyin/html.h>
