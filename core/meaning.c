/* SPDX-License-Identifier: MIT */
#include <suoyin/meaning.h>
