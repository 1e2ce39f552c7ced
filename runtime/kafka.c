/* SPDX-License-Identifier: MIT */
#include <suoyin/kafka.h>
