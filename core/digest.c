/* SPDX-License-Identifier: MIT */
#include <suoyin/digest.h>
