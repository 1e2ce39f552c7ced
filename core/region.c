/* SPDX-License-Identifier: MIT */
#include "meaning_parts.h"
#include "words.h"
#include <string.h>
#include <suoyin/text.h>

#define COUNTY_CHARS_MAX 8 /* 双江拉祜族佤族… aside, names of counties are short */
#define STEM_CHARS_MAX 14  /* …自治州 */
#define PLACES_LOOKED_AT 100 /* names of counties behind what may be a prefecture's */

struct province {
	struct span name;
	struct span cities; /* stems of its prefectures, each with a blank on both sides */
};

static const struct province provinces[] = {
    {SPAN_INIT("北京市"), SPAN_INIT(" ")},
    {SPAN_INIT("天津市"), SPAN_INIT(" ")},
    {SPAN_INIT("上海市"), SPAN_INIT(" ")},
    {SPAN_INIT("重庆市"), SPAN_INIT(" ")},
    {SPAN_INIT("河北省"),
	SPAN_INIT(" 石家庄 唐山 秦皇岛 邯郸 邢台 保定 张家口 承德 沧州 廊坊 衡水 ")},
    {SPAN_INIT("山西省"), SPAN_INIT(" 太原 大同 阳泉 长治 晋城 朔州 晋中 运城 忻州 临汾 吕梁 ")},
    {SPAN_INIT("内蒙古自治区"), SPAN_INIT(" 呼和浩特 包头 乌海 赤峰 通辽 鄂尔多斯 呼伦贝尔 巴彦淖尔 "
					   "乌兰察布 兴安 锡林郭勒 阿拉善 ")},
    {SPAN_INIT("辽宁省"), SPAN_INIT(" 沈阳 大连 鞍山 抚顺 本溪 丹东 锦州 营口 阜新 辽阳 盘锦 铁岭 "
				     "朝阳 葫芦岛 ")},
    {SPAN_INIT("吉林省"), SPAN_INIT(" 长春 吉林 四平 辽源 通化 白山 松原 白城 延边 ")},
    {SPAN_INIT("黑龙江省"), SPAN_INIT(" 哈尔滨 齐齐哈尔 鸡西 鹤岗 双鸭山 大庆 伊春 佳木斯 七台河 "
				       "牡丹江 黑河 绥化 大兴安岭 ")},
    {SPAN_INIT("江苏省"), SPAN_INIT(" 南京 无锡 徐州 常州 苏州 南通 连云港 淮安 盐城 扬州 镇江 泰州 "
				     "宿迁 ")},
    {SPAN_INIT("浙江省"), SPAN_INIT(" 杭州 宁波 温州 嘉兴 湖州 绍兴 金华 衢州 舟山 台州 丽水 ")},
    {SPAN_INIT("安徽省"), SPAN_INIT(" 合肥 芜湖 蚌埠 淮南 马鞍山 淮北 铜陵 安庆 黄山 滁州 阜阳 宿州 "
				     "六安 亳州 池州 宣城 ")},
    {SPAN_INIT("福建省"), SPAN_INIT(" 福州 厦门 莆田 三明 泉州 漳州 南平 龙岩 宁德 ")},
    {SPAN_INIT("江西省"), SPAN_INIT(" 南昌 景德镇 萍乡 九江 新余 鹰潭 赣州 吉安 宜春 抚州 上饶 ")},
    {SPAN_INIT("山东省"), SPAN_INIT(" 济南 青岛 淄博 枣庄 东营 烟台 潍坊 济宁 泰安 威海 日照 临沂 "
				     "德州 聊城 滨州 菏泽 ")},
    {SPAN_INIT("河南省"), SPAN_INIT(" 郑州 开封 洛阳 平顶山 安阳 鹤壁 新乡 焦作 濮阳 许昌 漯河 "
				     "三门峡 南阳 商丘 信阳 周口 驻马店 ")},
    {SPAN_INIT("湖北省"), SPAN_INIT(" 武汉 黄石 十堰 宜昌 襄阳 鄂州 荆门 孝感 荆州 黄冈 咸宁 随州 "
				     "恩施 ")},
    {SPAN_INIT("湖南省"), SPAN_INIT(" 长沙 株洲 湘潭 衡阳 邵阳 岳阳 常德 张家界 益阳 郴州 永州 怀化 "
				     "娄底 湘西 ")},
    {SPAN_INIT("广东省"), SPAN_INIT(" 广州 韶关 深圳 珠海 汕头 佛山 江门 湛江 茂名 肇庆 惠州 梅州 "
				     "汕尾 河源 阳江 清远 东莞 中山 潮州 揭阳 云浮 ")},
    {SPAN_INIT("广西壮族自治区"), SPAN_INIT(" 南宁 柳州 桂林 梧州 北海 防城港 钦州 贵港 玉林 百色 "
					     "贺州 河池 来宾 崇左 ")},
    {SPAN_INIT("海南省"), SPAN_INIT(" 海口 三亚 三沙 儋州 ")},
    {SPAN_INIT("四川省"), SPAN_INIT(" 成都 自贡 攀枝花 泸州 德阳 绵阳 广元 遂宁 内江 乐山 南充 眉山 "
				     "宜宾 广安 达州 雅安 巴中 资阳 阿坝 甘孜 凉山 ")},
    {SPAN_INIT("贵州省"), SPAN_INIT(" 贵阳 六盘水 遵义 安顺 毕节 铜仁 黔西南 黔东南 黔南 ")},
    {SPAN_INIT("云南省"), SPAN_INIT(" 昆明 曲靖 玉溪 保山 昭通 丽江 普洱 临沧 楚雄 红河 文山 "
				     "西双版纳 大理 德宏 怒江 迪庆 ")},
    {SPAN_INIT("西藏自治区"), SPAN_INIT(" 拉萨 日喀则 昌都 林芝 山南 那曲 阿里 ")},
    {SPAN_INIT("陕西省"), SPAN_INIT(" 西安 铜川 宝鸡 咸阳 渭南 延安 汉中 榆林 安康 商洛 ")},
    {SPAN_INIT("甘肃省"), SPAN_INIT(" 兰州 嘉峪关 金昌 白银 天水 武威 张掖 平凉 酒泉 庆阳 定西 陇南 "
				     "临夏 甘南 ")},
    {SPAN_INIT("青海省"), SPAN_INIT(" 西宁 海东 海北 黄南 海南 果洛 玉树 海西 ")},
    {SPAN_INIT("宁夏回族自治区"), SPAN_INIT(" 银川 石嘴山 吴忠 固原 中卫 ")},
    {SPAN_INIT("新疆维吾尔自治区"), SPAN_INIT(" 乌鲁木齐 克拉玛依 吐鲁番 哈密 昌吉 博尔塔拉 巴音郭楞 "
					       "阿克苏 克孜勒苏 喀什 和田 伊犁 塔城 阿勒泰 ")},
};

struct place {
	struct span province, city, county;
};

static size_t
char_at(struct span s, size_t at)
{
	size_t i = at;

	(void)text_next(s, &i);
	return i - at;
}

/* Length of the prefecture's name at the beginning of s, 0: none.  Its stem must be known. */
static size_t
city_length(struct span s, struct span cities)
{
	char first[4] = " "; /* of a stem: a blank and its first character */

	if (s.n < sizeof(first))
		return 0;
	memcpy(first + 1, s.p, sizeof(first) - 1);
	for (size_t from = 0; (from = span_find(cities, (struct span){first, sizeof(first)}, from)) != SIZE_MAX;) {
		size_t to = span_find_byte(cities, ' ', ++from);
		struct span stem = span_cut(cities, from, to), rest;

		if (!span_starts(s, stem))
			continue;
		rest = span_cut(s, stem.n, s.n);
		if (span_starts(rest, SPAN("市")) || span_starts(rest, SPAN("盟")) ||
		    span_starts(rest, SPAN("州")))
			return stem.n + 3;
		if (span_starts(rest, SPAN("地区")))
			return stem.n + 6;
		to = span_find(text_first(rest, STEM_CHARS_MAX), SPAN("自治州"), 0);
		if (to != SIZE_MAX)
			return stem.n + to + 9;
	}
	return 0;
}

/* Areas that are no counties, by the word their name ends in. */
static bool
is_no_county(struct span name)
{
	static const struct span words[] = {SPAN_INIT("开发区"), SPAN_INIT("高新区"),
	    SPAN_INIT("经开区"), SPAN_INIT("园区"), SPAN_INIT("示范区"), SPAN_INIT("保税区"),
	    SPAN_INIT("试验区"), SPAN_INIT("管理区"), SPAN_INIT("景区"), SPAN_INIT("功能区"),
	    SPAN_INIT("社区"), SPAN_INIT("地区"), SPAN_INIT("小区"), SPAN_INIT("校区"),
	    SPAN_INIT("市区"), SPAN_INIT("军区"), SPAN_INIT("自治区"), SPAN_INIT("合作区"),
	    SPAN_INIT("城市"), SPAN_INIT("全市"), SPAN_INIT("我市"), SPAN_INIT("全县"),
	    SPAN_INIT("我县"), SPAN_INIT("全区"), SPAN_INIT("我区")};

	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (span_ends(name, words[i]))
			return true;
	return false;
}

/* A name ending in 县 区 旗 市 at the beginning of s; 0: none. */
static size_t
county_length(struct span s)
{
	size_t at = 0;

	for (size_t n = 0; n < COUNTY_CHARS_MAX && at < s.n; n++) {
		struct span c = span_cut(s, at, at + char_at(s, at));
		size_t i = 0;

		if (!text_is_han(text_next(c, &i)))
			return 0;
		at += c.n;
		if (n >= 1 && (span_eq(c, SPAN("县")) || span_eq(c, SPAN("区")) ||
		    span_eq(c, SPAN("旗")) || span_eq(c, SPAN("市"))))
			return is_no_county(span_cut(s, 0, at)) ? 0 : at;
	}
	return 0;
}

/* The places that a name begins with: 山东省淄博市张店区科技局. */
static struct place
place_of(struct span s)
{
	struct place p = {.province = {NULL, 0}};
	size_t n;

	s = text_trim(s);
	if (span_starts(s, SPAN("中共")))
		s = text_trim(span_cut(s, SPAN("中共").n, s.n));
	for (size_t i = 0; i < COUNT_OF(provinces) && p.province.p == NULL; i++)
		if (span_starts(s, provinces[i].name)) {
			p.province = provinces[i].name;
			s = span_cut(s, p.province.n, s.n);
		}
	for (size_t i = 0; i < COUNT_OF(provinces) && p.city.p == NULL; i++)
		if ((n = city_length(s, provinces[i].cities)) > 0) {
			p.city = span_cut(s, 0, n);
			p.province = provinces[i].name;
			s = span_cut(s, n, s.n);
		}
	if ((n = county_length(s)) > 0)
		p.county = span_cut(s, 0, n);
	return p;
}

static bool
agree(struct span a, struct span b)
{
	return a.p == NULL || b.p == NULL || span_eq(a, b);
}

static void
merge(struct meaning *out, struct place p)
{
	if (!agree(out->province, p.province) || !agree(out->city, p.city) ||
	    !agree(out->county, p.county))
		return;
	if (out->county.p == NULL && (out->province.p != NULL || out->city.p != NULL))
		p.county.p = NULL; /* a county elsewhere in the text is not the issuer's */
	out->province = p.province.p != NULL ? p.province : out->province;
	out->city = p.city.p != NULL ? p.city : out->city;
	out->county = p.county.p != NULL ? p.county : out->county;
}

/* How names of prefectures end (city_length). */
static bool
ends_like_city(struct span s)
{
	return span_ends(s, SPAN("市")) || span_ends(s, SPAN("州")) || span_ends(s, SPAN("盟")) ||
	    span_ends(s, SPAN("地区"));
}

/* The prefecture printed right before the county's name, anywhere in the text. */
static void
city_before_county(struct meaning *out, struct span body)
{
	size_t looked = 0;

	for (size_t at = 0; (at = span_find(body, out->county, at)) != SIZE_MAX; at++) {
		struct span back = text_last(span_cut(body, 0, at), STEM_CHARS_MAX);

		if (!ends_like_city(back))
			continue;
		if (looked++ == PLACES_LOOKED_AT)
			return;
		for (size_t from = 0; from < back.n; from += char_at(back, from)) {
			struct place p = place_of(span_cut(back, from, back.n));

			if (p.city.n == 0 || p.city.p + p.city.n != back.p + back.n)
				continue;
			out->city = p.city;
			out->province = p.province;
			return;
		}
	}
}

/* The province whose full name ends the text. */
static void
count_province(size_t *times, struct span text)
{
	for (size_t i = 0; i < COUNT_OF(provinces); i++) {
		if (span_ends(text, provinces[i].name)) {
			times[i]++;
			return;
		}
	}
}

/* The province that the text names most often by its full name. */
static void
province_in_text(struct meaning *out, struct span body)
{
	static const struct span ends[] = {SPAN_INIT("省"), SPAN_INIT("区"), SPAN_INIT("市")};
	size_t times[COUNT_OF(provinces)] = {0}, most = 0;

	for (size_t k = 0; k < COUNT_OF(ends); k++)
		for (size_t at = 0; (at = span_find(body, ends[k], at)) != SIZE_MAX;) {
			at += ends[k].n;
			count_province(times, span_cut(body, 0, at));
		}
	for (size_t i = 0; i < COUNT_OF(provinces); i++) {
		if (times[i] > most) {
			most = times[i];
			out->province = provinces[i].name;
		}
	}
}

void
meaning_region(struct meaning *out, const struct structure *s, struct span title,
    struct span agency)
{
	merge(out, place_of(agency));
	for (size_t i = 0; i < s->signed_by_count; i++)
		merge(out, place_of(s->signed_by[i]));
	merge(out, place_of(title));
	merge(out, place_of(s->printed_by));
	if (out->county.n > 0 && out->city.p == NULL)
		city_before_county(out, s->body);
	if (out->province.p == NULL && (out->city.n > 0 || out->county.n > 0))
		province_in_text(out, s->body);
}
