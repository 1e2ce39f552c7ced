/* SPDX-License-Identifier: MIT */
/* Design section 5, from the look-up to the outcome, in memory; the rules are core/identity's. */
#include <suoyin/pg.h>

#include "events.h"
#include "steps.h"

static int
full(struct err *err)
{
	return err_set(err, ERR_REJECT, "too_large", "the batch does not fit in memory");
}

static struct moment
moment_of(const struct entry *e)
{
	return (struct moment){e->page.time_us, e->page.id};
}

static bool
is_live(const struct sighting *s)
{
	return s->known && s->report != NULL && s->gone_us == 0;
}

/* -------- the verdict */

static struct report *
key_report(const struct world *w, const struct entry *e, enum key_kind kind, struct span value)
{
	const struct key *k = world_key(w, e->page.site, kind, value);

	return k == NULL ? NULL : world_follow(k->report);
}

static struct span
conflict_key(struct world *w, const struct fields *f)
{
	return f->index_key.p == NULL
	    ? f->index_key
	    : identity_conflict_key(&w->arena, f->index_key, f->title_folded);
}

/* A report as core/identity sees it from the page at this URL. */
static const struct identity_report *
view(struct identity_report *out, const struct report *r, const struct sighting *here)
{
	bool lives_here = is_live(here) && world_follow(here->report) == r;

	if (r == NULL)
		return NULL;
	*out = (struct identity_report){
	    .id = r->id,
	    .conflict = r->conflict,
	    .title = r->title,
	    .docno = r->docno,
	    .titles = r->titles.items,
	    .title_count = r->titles.count,
	    .indexes = r->indexes.items,
	    .index_count = r->indexes.count,
	    /* a live URL whose row still names a merged report is not among r->live */
	    .live_elsewhere = r->live - (lives_here && here->report == r && r->live > 0 ? 1 : 0),
	};
	return out;
}

struct finding {
	struct report *u, *i, *target; /* target NULL: new */
	struct identity_verdict verdict;
	bool late;
};

static void
find(struct finding *out, struct world *w, const struct entry *e, const struct sighting *s)
{
	const struct fields *f = &e->fields;
	struct identity_report views[4];
	struct identity_page page = {.title = f->title_folded, .index = f->index_key};
	struct identity_found found;
	struct report *d = key_report(w, e, KEY_DOCNO, f->docno_key),
	              *c = key_report(w, e, KEY_CONTENT, f->content_key);

	*out = (struct finding){.late = !e->again && s->known && moment_cmp(moment_of(e), s->last) <= 0};
	out->u = world_follow(s->report);
	out->i = key_report(w, e, KEY_INDEX, conflict_key(w, f));
	if (out->i == NULL)
		out->i = key_report(w, e, KEY_INDEX, f->index_key);
	page.late = out->late;
	if (f->docno_key.p != NULL)
		page.docno = f->document_number;
	found = (struct identity_found){view(&views[0], out->u, s), view(&views[1], out->i, s),
	    view(&views[2], d, s), view(&views[3], c, s)};
	identity_judge(&out->verdict, &page, &found);
	if (out->verdict.target != NULL)
		out->target = world_report(w, out->verdict.target->id);
}

/* -------- what follows from it */

/* Whether rules 1-4 will say the same of the same page, whatever happens to others: each of its keys
 * leads here, and a key leads where it led first. */
static bool
is_settled(struct world *w, const struct entry *e, const struct report *r)
{
	const struct fields *f = &e->fields;
	const struct report *i = key_report(w, e, KEY_INDEX, f->index_key);

	return r->conflict /* rule 1 comes first */ ||
	    ((f->index_key.p == NULL || i == r) &&
	        (f->docno_key.p == NULL || key_report(w, e, KEY_DOCNO, f->docno_key) == r) &&
	        (f->content_key.p == NULL || key_report(w, e, KEY_CONTENT, f->content_key) == r));
}

static struct report *
new_report(struct world *w, const struct entry *e)
{
	struct report *r = world_add_report(w, w->next_temporary--);

	if (r == NULL)
		return NULL;
	r->is_new = r->changed = r->event = true;
	r->portal = e->page.portal;
	r->site = e->page.site;
	r->baseline = e->page.baseline;
	return r;
}

static void
attach_key(struct world *w, const struct entry *e, enum key_kind kind, struct span value,
    struct report *r)
{
	struct key *k = world_key(w, e->page.site, kind, value);

	if (k == NULL || k->report != NULL)
		return; /* a key leads where it led first */
	k->report = r;
	k->attached = true;
}

/* The page's keys where free, and what the report is known by; its title and number are the last
 * ones stored, so that an older page does not change them. */
static int
attach_as(struct world *w, const struct entry *e, struct report *r, bool is_last, struct err *err)
{
	const struct fields *f = &e->fields;
	int added = 0, n;

	attach_key(w, e, KEY_INDEX, r->conflict ? conflict_key(w, f) : f->index_key, r);
	attach_key(w, e, KEY_DOCNO, f->docno_key, r);
	attach_key(w, e, KEY_CONTENT, f->content_key, r);
	if (f->title_folded.p != NULL) {
		if ((n = texts_add(w, &r->titles, f->title_folded)) == -1)
			return full(err);
		added += n;
		if (is_last && !span_eq(r->title, f->title_folded)) {
			r->title = f->title_folded;
			added++;
		}
	}
	if (f->index_key.p != NULL) {
		if ((n = texts_add(w, &r->indexes, f->index_key)) == -1)
			return full(err);
		added += n;
	}
	if (is_last && f->docno_key.p != NULL && !span_eq(r->docno, f->document_number)) {
		r->docno = f->document_number;
		added++;
	}
	r->changed |= added > 0;
	return 0;
}

static int
attach(struct world *w, const struct entry *e, struct report *r, struct err *err)
{
	return attach_as(w, e, r, true, err);
}

static struct revision *
add_revision(struct world *w, struct entry *e, struct report *r)
{
	struct revision *v = world_add_revision(w, 0);

	if (v == NULL)
		return NULL;
	v->is_new = true;
	v->report = r;
	v->at = moment_of(e);
	v->content_sha256 = e->fields.content_sha256;
	v->page_sha256 = e->page.sha256;
	v->source = e;
	return v;
}

static void
make_current_if_newest(struct report *r, struct revision *v)
{
	if (r->current != NULL && moment_cmp(v->at, r->current->at) <= 0)
		return;
	r->current = v;
	r->changed = r->event = true;
}

/* Rule 0: it changes no sighting, field, conflict or merge. */
static int
judge_late(struct world *w, struct entry *e, struct finding *f, struct err *err)
{
	struct report *r = f->target;
	struct revision *v;

	if (r != NULL &&
	    world_same_revision(w, r, e->fields.content_sha256, moment_of(e)) != NULL) {
		e->outcome = OUTCOME_SAME;
		return 0;
	}
	e->outcome = r == NULL ? OUTCOME_NEW : OUTCOME_REVISED;
	if (r == NULL) {
		if ((r = new_report(w, e)) == NULL)
			return full(err);
		r->conflict = f->verdict.conflict;
		r->conflict_with = r->conflict ? f->i : NULL;
		if (attach(w, e, r, err) == -1)
			return -1;
	}
	if ((v = add_revision(w, e, r)) == NULL)
		return full(err);
	if (r->current == NULL)
		r->current = v; /* born withdrawn: it is all there is */
	return event_page(w, e,
	    &(struct change){.report = r, .revision = v, .is_new = f->target == NULL, .written = true,
	        .conflict = f->verdict.conflict, .other = r->conflict_with}, err);
}

static int
leave(struct world *w, struct sighting *s, const struct entry *e, struct err *err)
{
	struct past *p = arena_alloc(&w->arena, sizeof(*p));

	if (p == NULL)
		return full(err);
	*p = (struct past){s, s->report, s->first_seen_us, e->page.time_us, w->pasts};
	w->pasts = p;
	if (is_live(s) && s->report->live > 0)
		s->report->live--;
	s->report->changed = s->report->event = true;
	return 0;
}

/* The URL now shows report r: whichever it showed before is left. Returns whether it moved. */
static int
move(struct world *w, struct sighting *s, const struct entry *e, struct report *r, struct err *err)
{
	bool was_live_here = is_live(s) && s->report == r;

	if (s->report != NULL && s->report != r) {
		if (leave(w, s, e, err) == -1)
			return -1;
		s->first_seen_us = 0;
	}
	if (!was_live_here) {
		r->live++;
		r->changed = r->event = true;
	}
	s->report = r;
	s->gone_us = 0;
	return 0;
}

static void
note_message(struct sighting *s, struct entry *e)
{
	s->known = s->changed = true;
	s->last = moment_of(e);
	s->last_seen_us = e->page.time_us;
	if (s->first_seen_us == 0)
		s->first_seen_us = e->page.time_us;
	s->source = e;
}

static void
note_page(struct sighting *s, struct entry *e, struct revision *v)
{
	note_message(s, e);
	s->revision = v;
	s->page_sha256 = e->page.sha256;
	s->content_sha256 = e->fields.content_sha256;
	s->extraction_version = e->fields.extraction_version;
	s->config_version = e->page.config_version;
}

static void
rewrite(struct entry *e, struct revision *v)
{
	v->content_sha256 = e->fields.content_sha256;
	v->page_sha256 = e->page.sha256;
	v->source = e;
	v->rewritten = true;
	v->report->changed = true;
}

/* The same bytes read by another extractor or portal version: the revision is rewritten. */
static void
rewrite_if_read_anew(const struct sighting *s, struct entry *e, struct revision *v)
{
	if (s->extraction_version == e->fields.extraction_version &&
	    s->config_version == e->page.config_version)
		return;
	if (v == NULL || !span_eq(s->page_sha256, e->page.sha256))
		return;
	rewrite(e, v);
}

/* Finds or writes the revision that this page shows; *written says which. */
static struct revision *
revision_for(struct world *w, struct sighting *s, struct entry *e, struct report *r, bool stays,
    bool *written)
{
	struct revision *v;

	*written = false;
	if (stays && s->revision != NULL &&
	    (span_eq(s->page_sha256, e->page.sha256) ||
	        span_eq(s->content_sha256, e->fields.content_sha256))) {
		rewrite_if_read_anew(s, e, s->revision);
		return s->revision;
	}
	if (r->current != NULL && span_eq(r->current->content_sha256, e->fields.content_sha256))
		return r->current;
	if ((v = add_revision(w, e, r)) == NULL)
		return NULL;
	make_current_if_newest(r, v);
	*written = true;
	return v;
}

static enum outcome
outcome_of(const struct finding *f, bool is_new, bool arrived, bool written)
{
	if (f->verdict.conflict)
		return OUTCOME_CONFLICT;
	if (is_new)
		return OUTCOME_NEW;
	if (arrived)
		return OUTCOME_SIGHTING;
	return written ? OUTCOME_REVISED : OUTCOME_SAME;
}

static void
open_conflict(struct report *r, const struct finding *f)
{
	if (!f->verdict.conflict)
		return;
	r->conflict = true;
	r->conflict_with = f->i;
	r->changed = r->event = true;
}

static void
merge(struct entry *e, const struct finding *f, struct report *into)
{
	if (!f->verdict.merge)
		return;
	e->merges = true;
	f->u->merged_into = into;
	f->u->changed = f->u->event = into->changed = into->event = true;
}

static int
judge_page(struct world *w, struct entry *e, struct sighting *s, struct err *err)
{
	struct finding f;
	struct revision *v;
	struct report *r;
	bool is_new, stays, arrived, written;
	struct change change;

	find(&f, w, e, s);
	if (f.late)
		return judge_late(w, e, &f, err);
	is_new = f.target == NULL;
	if ((r = is_new ? new_report(w, e) : f.target) == NULL)
		return full(err);
	stays = s->report == r;
	arrived = !is_live(s) || world_follow(s->report) != r;
	change = (struct change){.report = r, .left = is_live(s) && !stays ? s->report : NULL, .other = f.i,
	    .is_new = is_new, .returned = !is_new && r->live == 0, .conflict = f.verdict.conflict,
	    .merged = f.verdict.merge ? f.u : NULL};
	open_conflict(r, &f);
	if (move(w, s, e, r, err) == -1 || attach(w, e, r, err) == -1)
		return -1;
	merge(e, &f, r);
	if ((v = revision_for(w, s, e, r, stays, &written)) == NULL)
		return full(err);
	note_page(s, e, v);
	s->settled = is_settled(w, e, r);
	e->outcome = outcome_of(&f, is_new, arrived, written);
	change.revision = v;
	change.written = written;
	return event_page(w, e, &change, err);
}

/* -------- a page that is read again */

static bool
shows(const struct revision *v, const struct entry *e)
{
	return v != NULL && span_eq(v->page_sha256, e->page.sha256);
}

/* Its URL still shows these bytes: rules 1-4 for the keys that are found now.  They are never a new
 * report: the portal did not change the address. */
static int
judge_shown_again(struct world *w, struct entry *e, struct sighting *s, struct err *err)
{
	struct report *r;
	struct finding f;
	struct change change;
	bool arrived;

	find(&f, w, e, s);
	r = f.target != NULL ? f.target : f.u;
	arrived = world_follow(s->report) != r;
	change = (struct change){.report = r, .left = arrived ? s->report : NULL, .other = f.i,
	    .conflict = f.verdict.conflict, .merged = f.verdict.merge ? f.u : NULL};
	open_conflict(r, &f);
	if (arrived) {
		if (move(w, s, e, r, err) == -1)
			return -1;
		merge(e, &f, r);
		if ((s->revision = revision_for(w, s, e, r, false, &change.written)) == NULL)
			return full(err);
	} else if (shows(s->revision, e)) {
		rewrite(e, s->revision);
	}
	if (attach_as(w, e, r, shows(r->current, e), err) == -1)
		return -1;
	s->content_sha256 = e->fields.content_sha256;
	s->extraction_version = e->fields.extraction_version;
	s->config_version = e->page.config_version;
	s->settled = is_settled(w, e, r);
	s->changed = true;
	e->outcome = outcome_of(&f, false, arrived, false);
	change.revision = s->revision;
	return event_page(w, e, &change, err);
}

/* A revision keeps its place, its time and its report: only what was read from its bytes changes. */
static int
judge_again(struct world *w, struct entry *e, struct sighting *s, struct err *err)
{
	struct revision *v = e->revision == 0 ? NULL : world_revision(w, e->revision);

	e->outcome = OUTCOME_SAME;
	if (is_live(s) && span_eq(s->page_sha256, e->page.sha256) &&
	    judge_shown_again(w, e, s, err) == -1)
		return -1;
	if (!shows(v, e) || v->source == e)
		return 0;
	rewrite(e, v);
	return attach_as(w, e, world_follow(v->report), v == v->report->current, err);
}

static int
judge_gone(struct world *w, struct entry *e, struct sighting *s, struct err *err)
{
	struct report *r = s->report;
	bool left = is_live(s);

	e->outcome = OUTCOME_IGNORED;
	if (s->known && moment_cmp(moment_of(e), s->last) <= 0)
		return 0;
	if (is_live(s)) {
		if (r->live > 0)
			r->live--;
		r->changed = r->event = true;
		e->outcome = r->live == 0 ? OUTCOME_WITHDRAWN : OUTCOME_SIGHTING;
	}
	if (s->gone_us == 0)
		s->gone_us = e->page.time_us;
	note_message(s, e);
	return left ? event_gone(w, e, r, err) : 0;
}

/* The hint was right when it was given; where the row says otherwise now, another worker's message
 * came behind this one, and nothing is left to write. */
static void
judge_repeat(const struct world *w, struct entry *e)
{
	struct sighting *s = e->rewrite ? world_sighting(w, e->page.site, e->page.url) : NULL;

	e->outcome = OUTCOME_SAME;
	if (s != NULL && is_live(s) && s->report->merged_into == NULL && s->settled &&
	    span_eq(s->page_sha256, e->page.sha256) && s->config_version == e->page.config_version &&
	    moment_cmp(moment_of(e), s->last) > 0)
		note_message(s, e);
}

int
judge(struct world *w, struct entry *e, struct err *err)
{
	struct sighting *s;

	e->merges = false; /* an earlier try may have */
	if (e->dead)
		return 0;
	if (e->repeat) {
		judge_repeat(w, e);
		return 0;
	}
	if (e->page.type == PAGE_ATTACHMENT) {
		e->outcome = OUTCOME_ATTACHED;
		return 0;
	}
	if ((s = world_sighting(w, e->page.site, e->page.url)) == NULL)
		return err_set(err, ERR_FATAL, "lookup", "a URL of the batch was not looked up");
	if (e->page.type == PAGE_GONE)
		return judge_gone(w, e, s, err);
	return e->again ? judge_again(w, e, s, err) : judge_page(w, e, s, err);
}
