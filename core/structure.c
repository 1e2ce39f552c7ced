/* SPDX-License-Identifier: MIT */
#include <suoyin/structure.h>
