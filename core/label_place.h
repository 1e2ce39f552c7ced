/* SPDX-License-Identifier: MIT */
/*
 * label_place.h - where in the tree the value of a label may stand: beside it, in the next cell,
 * in the row below.  Nodes that are not there are 0.
 */
#ifndef CORE_LABEL_PLACE_H
#define CORE_LABEL_PLACE_H

#include <suoyin/html.h>

#define PLACE_SIBLINGS_MAX 64 /* cells of a row of labels, nodes between a label and its value */

/* The element behind this one, not far from it. */
uint32_t place_next(const struct html *h, uint32_t i);
/* The element that stands beside the box of a label, whose text node is given. */
uint32_t place_beside(const struct html *h, uint32_t label_text);
/* The table cell around a node. */
uint32_t place_cell(const struct html *h, uint32_t i);
/* The cell at `column` of the row, counted from 0. */
uint32_t place_cell_at(const struct html *h, uint32_t row, size_t column);
/* The row that follows close behind `row`. */
uint32_t place_next_row(const struct html *h, uint32_t row);

#endif
