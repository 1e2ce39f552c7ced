/* SPDX-License-Identifier: MIT */
#include <suoyin/identity.h>
