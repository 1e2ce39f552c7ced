/* SPDX-License-Identifier: MIT */
#include "compose.h"

#include "voice.h"

#include <stdlib.h>
#include <string.h>

#define RECENT 4 /* sentences that are not said again at once */

struct writer {
	struct doc *doc;
	const char *recent[RECENT];
	unsigned said;
	struct voice voice;
	bool inline_steps; /* 1. heading and text share a line */
	bool han_date;     /* 二〇二四年三月八日 */
};

struct part {
	const char *heading;
	const struct phrases *heads, *sentences;
	unsigned percent; /* of the report's characters */
	bool steps; /* has a third level */
};

static const char *const ordinals[] = {"一", "二", "三", "四", "五", "六", "七", "八", "九", "十"};

static const struct part report_parts[] = {
    {"{year}年推进法治政府建设的主要举措和成效", &head_done, &say_done, 54, true},
    {"存在的不足和原因", &head_short, &say_short, 10, false},
    {"党政主要负责人履行推进法治建设第一责任人职责情况", &head_leader, &say_leader, 13, false},
    {"{next}年法治政府建设的主要安排", &head_plan, &say_plan, 15, true},
    {"其他需要报告的情况", NULL, &say_other, 8, false},
};

static const struct part notice_parts[] = {
    {"总体要求", NULL, &say_notice, 20, false},
    {"主要任务", &head_notice, &say_notice, 55, true},
    {"保障措施", &head_notice, &say_notice, 25, false},
};

static size_t
characters(const char *p, size_t n)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += ((unsigned char)p[i] & 0xc0U) != 0x80U;
	return count;
}

static void
piece_begin(struct doc *doc, enum piece_kind kind)
{
	struct piece *grown;

	if (doc->count == doc->room) {
		size_t room = doc->room == 0 ? 64 : doc->room * 2;

		if ((grown = realloc(doc->pieces, room * sizeof(*grown))) == NULL) {
			doc->failed = true;
			doc->count = 0;
			return;
		}
		doc->pieces = grown;
		doc->room = room;
	}
	doc->pieces[doc->count] = (struct piece){.kind = kind, .from = doc->text.n};
}

static void
piece_end(struct doc *doc)
{
	struct piece *p;

	if (doc->failed || doc->room == 0)
		return;
	p = &doc->pieces[doc->count++];
	p->to = doc->text.n;
	if (p->heading_to == 0)
		p->heading_to = p->to;
	doc->chars += characters(doc->text.p + p->from, p->to - p->from);
}

/* What follows in this piece is text. */
static void
heading_ends(struct doc *doc)
{
	if (!doc->failed && doc->room != 0)
		doc->pieces[doc->count].heading_to = doc->text.n;
	(void)buf_add_str(&doc->text, "。");
}

static void
say_piece(struct writer *w, enum piece_kind kind, const char *phrase)
{
	piece_begin(w->doc, kind);
	voice_say(&w->voice, &w->doc->text, phrase);
	piece_end(w->doc);
}

static bool
is_recent(const struct writer *w, const char *phrase)
{
	for (unsigned i = 0; i < RECENT; i++)
		if (w->recent[i] == phrase)
			return true;
	return false;
}

static void
paragraph(struct writer *w, const struct phrases *phrases, unsigned sentences)
{
	for (unsigned i = 0; i < sentences; i++) {
		const char *phrase = voice_pick(&w->voice, phrases);

		for (unsigned tries = 0; is_recent(w, phrase) && tries < 8; tries++)
			phrase = voice_pick(&w->voice, phrases);
		w->recent[w->said++ % RECENT] = phrase;
		voice_say(&w->voice, &w->doc->text, phrase);
	}
}

static void
text_paragraph(struct writer *w, const struct phrases *phrases)
{
	piece_begin(w->doc, PIECE_TEXT);
	paragraph(w, phrases, rng_range(&w->voice.rng, 2, 4));
	piece_end(w->doc);
}

static void
step(struct writer *w, const struct part *part, unsigned n)
{
	piece_begin(w->doc, PIECE_H3);
	(void)buf_add_fmt(&w->doc->text, "%u.", n);
	voice_say(&w->voice, &w->doc->text, voice_pick(&w->voice, &head_step));
	if (w->inline_steps) {
		heading_ends(w->doc);
		paragraph(w, part->sentences, 2);
	}
	piece_end(w->doc);
	if (!w->inline_steps)
		text_paragraph(w, part->sentences);
}

static void
subsection(struct writer *w, const struct part *part, unsigned n)
{
	unsigned steps = part->steps ? rng_range(&w->voice.rng, 0, 3) : 0;
	bool with_text = rng_percent(&w->voice.rng, 40) && steps != 1;

	piece_begin(w->doc, PIECE_H2);
	(void)buf_add_fmt(&w->doc->text, "（%s）", ordinals[n]);
	voice_say(&w->voice, &w->doc->text, voice_pick(&w->voice, part->heads));
	if (with_text) {
		heading_ends(w->doc);
		paragraph(w, part->sentences, 2);
	}
	piece_end(w->doc);
	if (!with_text)
		text_paragraph(w, part->sentences);
	if (steps != 1)
		for (unsigned i = 1; i <= steps; i++)
			step(w, part, i);
}

static void
section(struct writer *w, const struct part *part, unsigned n)
{
	size_t end = w->doc->chars + (size_t)w->voice.report->target * part->percent / 100;
	unsigned subsections = 0;

	piece_begin(w->doc, PIECE_H1);
	(void)buf_add_fmt(&w->doc->text, "%s、", ordinals[n]);
	voice_say(&w->voice, &w->doc->text, part->heading);
	piece_end(w->doc);
	do {
		if (part->heads != NULL && subsections < 10)
			subsection(w, part, subsections++);
		else
			text_paragraph(w, part->sentences);
	} while (w->doc->chars < end && !w->doc->failed);
}

void
compose_attachment(const struct report *report, unsigned n, char *out, size_t size)
{
	static const char *const names[] = {"统计表.xlsx", "任务分解清单.pdf", "事项目录.docx"};

	(void)snprintf(out, size, "%s%u年%s", report->agency, report->year, names[(n - 1) % 3]);
}

static void
attachments(struct writer *w)
{
	const struct report *r = w->voice.report;
	char name[256];

	for (unsigned n = 1; n <= r->attachments; n++) {
		compose_attachment(r, n, name, sizeof(name));
		piece_begin(w->doc, PIECE_ATTACHED);
		/* the list of a document names files without their endings */
		(void)buf_add_fmt(&w->doc->text, n == 1 ? "附件：%u.%.*s" : "　　　%u.%.*s", n,
		    (int)strcspn(name, "."), name);
		piece_end(w->doc);
	}
}

static void
han_date(struct buf *out, const struct day *d)
{
	static const char *const digits[] = {
	    "〇", "一", "二", "三", "四", "五", "六", "七", "八", "九"};

	for (int unit = 1000; unit > 0; unit /= 10)
		(void)buf_add_str(out, digits[d->year / unit % 10]);
	(void)buf_add_fmt(
	    out, "年%s%s月", d->month > 10 ? "十" : "", ordinals[(d->month - 1) % 10]);
	if (d->day > 10)
		(void)buf_add_fmt(out, "%s十", d->day >= 20 ? ordinals[d->day / 10 - 1] : "");
	if (d->day <= 10)
		(void)buf_add_str(out, ordinals[d->day - 1]);
	else if (d->day % 10 != 0)
		(void)buf_add_str(out, ordinals[d->day % 10 - 1]);
	(void)buf_add_str(out, "日");
}

static void
signature(struct writer *w)
{
	const struct report *r = w->voice.report;

	say_piece(w, PIECE_SIGNATURE, "{agency}");
	piece_begin(w->doc, PIECE_DATE);
	if (w->han_date)
		han_date(&w->doc->text, &r->signed_on);
	else
		(void)buf_add_fmt(&w->doc->text, "%d年%d月%d日", r->signed_on.year,
		    r->signed_on.month, r->signed_on.day);
	piece_end(w->doc);
}

static void
opening(struct writer *w)
{
	const struct report *r = w->voice.report;

	if (!w->voice.portal->block && *r->document_number != '\0')
		say_piece(w, PIECE_NUMBER, r->document_number);
	if (r->notice)
		say_piece(w, PIECE_ADDRESSEE, "各乡镇人民政府，各街道办事处，{county}直有关单位：");
	else if (r->rank % 3 == 0)
		say_piece(w, PIECE_ADDRESSEE, "{county}委、{county}政府：");
	piece_begin(w->doc, PIECE_TEXT);
	paragraph(w, r->notice ? &say_notice : &say_preamble, r->notice ? 2 : 1);
	piece_end(w->doc);
}

/* An edit changes the last part and says so; all before it stays. */
static void
edit(struct writer *w, uint64_t seed, unsigned revision)
{
	struct rng *rng = &w->voice.rng;

	if (revision == 0)
		return;
	rng_init(rng, seed, STREAM_EDIT, (uint64_t)w->voice.report->number * 64 + revision);
	say_piece(w, PIECE_TEXT, voice_pick(&w->voice, &say_edit));
}

int
compose(struct doc *doc, uint64_t seed, const struct portal *portal, const struct report *report,
    unsigned revision)
{
	struct writer w = {.doc = doc, .voice = {.portal = portal, .report = report}};
	const struct part *parts = report->notice ? notice_parts : report_parts;
	unsigned count = report->notice ? 3 : 5;

	*doc = (struct doc){0};
	buf_init(&doc->text, PAGE_BYTES_MAX);
	rng_init(&w.voice.rng, seed, STREAM_TEXT, report->number);
	w.inline_steps = rng_percent(&w.voice.rng, 50);
	w.han_date = rng_percent(&w.voice.rng, 25);
	opening(&w);
	for (unsigned i = 0; i < count; i++)
		section(&w, &parts[i], i);
	edit(&w, seed, revision);
	attachments(&w);
	signature(&w);
	return doc->failed || doc->text.failed ? -1 : 0;
}

void
doc_fini(struct doc *doc)
{
	buf_fini(&doc->text);
	free(doc->pieces);
	*doc = (struct doc){0};
}
