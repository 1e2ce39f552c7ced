/* SPDX-License-Identifier: MIT */
/*
 * meaning.h - what an official document says: year, type, required parts, citations,
 * document numbers, quantities, region.  Pure text in, values out; each list is bounded
 * (limits.h) and in order of first appearance.
 */
#ifndef SUOYIN_MEANING_H
#define SUOYIN_MEANING_H

#include <suoyin/index_number.h>
#include <suoyin/structure.h>

enum part { PART_ACHIEVEMENTS, PART_SHORTCOMINGS, PART_LEADER_DUTIES, PART_NEXT_YEAR_PLAN,
	PART_OTHER, PART_COUNT };
extern const char *const part_names[PART_COUNT]; /* "achievements" … */

#define LAW_REPORT "法治政府建设年度报告" /* the document type that has these parts */

struct part_finding {
	struct span status;   /* section mentioned absent */
	struct span evidence; /* absent when absent */
};

struct citation {
	struct span title; /* without the outer marks */
	int count;
	struct span kind;  /* law document other */
	struct span *nested;
	size_t nested_count;
};

struct quantity {
	double value;
	struct span value_text; /* the digits as printed */
	struct span unit, qualifier, context;
};

struct meaning {
	struct span document_type; /* design 4 */
	int report_year;           /* 0: not known */
	struct part_finding parts[PART_COUNT];
	struct citation *citations;
	size_t citation_count;
	struct number *numbers_cited;
	size_t number_count;
	struct quantity *quantities;
	size_t quantity_count;
	struct span province, city, county;
};

/* What is known of the document apart from its text; each may be absent. */
struct document {
	struct span title, agency;
	struct span number; /* document number, normal form */
};

int meaning_find(struct meaning *out, struct arena *a, const struct structure *s,
    const struct document *of, struct err *err);

/* 法治政府建设 role of a level-1 heading; absent when it is none of the five. */
struct span meaning_role(struct span heading);

/* The issuer that a title names: X关于…的通知, X2023年法治…报告; absent when it names none. */
struct span meaning_issuer(struct span title);

#endif
