/* SPDX-License-Identifier: MIT */
#include "cn_number.h"

int
cn_digit(uint32_t c)
{
	switch (c) {
	case 0x3007: /* 〇 */
	case 0x25CB: /* ○ */
	case 0x25EF: /* ◯ */
	case 0x96F6: /* 零 */
		return 0;
	case 0x4E00: /* 一 */
	case 0x58F9: /* 壹 */
		return 1;
	case 0x4E8C: /* 二 */
	case 0x8D30: /* 贰 */
	case 0x8CB3: /* 貳 */
		return 2;
	case 0x4E09: /* 三 */
	case 0x53C1: /* 叁 */
		return 3;
	case 0x56DB: /* 四 */
	case 0x8086: /* 肆 */
		return 4;
	case 0x4E94: /* 五 */
	case 0x4F0D: /* 伍 */
		return 5;
	case 0x516D: /* 六 */
	case 0x9646: /* 陆 */
		return 6;
	case 0x4E03: /* 七 */
	case 0x67D2: /* 柒 */
		return 7;
	case 0x516B: /* 八 */
	case 0x634C: /* 捌 */
		return 8;
	case 0x4E5D: /* 九 */
	case 0x7396: /* 玖 */
		return 9;
	default:
		return -1;
	}
}

bool
cn_is_ten(uint32_t c)
{
	return c == 0x5341 || c == 0x62FE;
}

uint32_t
cn_fold(uint32_t c)
{
	if (c >= 0xFF01 && c <= 0xFF5E)
		return c - 0xFF01 + 0x21;
	if ((c >= 0x2010 && c <= 0x2015) || c == 0x2212 || c == 0xFE63)
		return '-';
	if (c == 0x2236 || c == 0xFE55) /* ∶ ﹕ */
		return ':';
	if (c == 0x2215 || c == 0x2044)
		return '/';
	return c;
}

size_t
cn_small(const uint32_t *c, size_t n, int *value)
{
	size_t i = 0;
	int tens = -1, unit;

	if (n > 0 && c[0] == 0x5143) { /* 元月 */
		*value = 1;
		return 1;
	}
	if (n > 0 && (c[0] == 0x5EFF || c[0] == 0x5345)) { /* 廿 卅 */
		tens = c[0] == 0x5EFF ? 2 : 3;
		i = 1;
	} else if (n > 0 && cn_is_ten(c[0])) {
		tens = 1;
		i = 1;
	} else if (n > 1 && cn_digit(c[0]) > 0 && cn_is_ten(c[1])) {
		tens = cn_digit(c[0]);
		i = 2;
	}
	unit = i < n ? cn_digit(c[i]) : -1;
	if (tens < 0 && unit < 0)
		return 0;
	if (tens < 0 && i + 1 < n && cn_digit(c[i + 1]) >= 0) { /* 一二, 二〇: by position */
		*value = unit * 10 + cn_digit(c[i + 1]);
		return 2;
	}
	*value = (tens < 0 ? 0 : tens * 10) + (unit < 0 ? 0 : unit);
	return unit < 0 ? i : i + 1;
}
