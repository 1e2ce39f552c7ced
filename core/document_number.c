/* SPDX-License-Identifier: MIT */
#include <suoyin/document_number.h>
