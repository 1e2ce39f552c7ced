/* SPDX-License-Identifier: MIT */
#include <suoyin/url.h>
