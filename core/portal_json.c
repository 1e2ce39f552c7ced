/* SPDX-License-Identifier: MIT */
#include <suoyin/extract.h>
