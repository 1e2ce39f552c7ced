#!/bin/bash
# SPDX-License-Identifier: MIT
# docs.sh - what the documents name exists: files, links; and they tell all metrics, views, labels, META and JSON names.
#
# A name in `back quotes` is held to be a file if it is under one of our folders or has the ending of a source file.
# build/ and var/ are made and not looked for.
#
# usage: tests/docs.sh [ROOT]
set -euo pipefail
cd "${1:-$(dirname "$0")/..}"

BAD=0

complain() {
	printf '%s: %s\n' "$1" "$2"
	BAD=1
}

find_sources() {
	find . -path ./build -prune -o -path ./var -prune -o -path './.*' -prune -o -type f "$@"
}

documents() {
	find_sources -name '*.md' -print | sed 's|^\./||' | sort
}

# By its path from the root or from the document, or, without a folder, by its file name alone.
exists() { # DOCUMENT NAME
	compgen -G "$2" >/dev/null || compgen -G "$(dirname "$1")/$2" >/dev/null ||
		{ [[ $2 != */* && -n $(find_sources -name "$2" -print -quit) ]]; }
}

looks_like_a_file() {
	[[ $1 =~ ^[A-Za-z0-9_.*-]+(/[A-Za-z0-9_.*-]+)*/?$ ]] || return 1
	case $1 in
	core/* | runtime/* | crawler/* | worker/* | ctl/* | sql/* | deploy/* | tests/* | docs/* | include/* | cmake/*) return 0 ;;
	build/* | var/* | ../* | NAME*) return 1 ;;
	*.c | *.h | *.sh | *.py | *.sql | *.md | *.def | *.cmake) return 0 ;;
	*) return 1 ;;
	esac
}

check_names() { # DOCUMENT
	local name
	while IFS= read -r name; do
		name=${name%% *}
		! looks_like_a_file "$name" || exists "$1" "$name" || complain "$1" "\`$name\` is no file"
	done < <(perl -ne 'print "$1\n" while /\140([^\140]*)\140/g' "$1")
}

check_links() { # DOCUMENT
	local link
	while IFS= read -r link; do
		link=${link%%#*}
		[[ -z $link || $link == *://* || -e $(dirname "$1")/$link ]] || complain "$1" "the link $link leads nowhere"
	done < <(grep -oE '\]\([^)]+\)' "$1" | sed 's/^](//; s/)$//')
}

check_all_are_told() { # DOCUMENT WHAT, names on standard input
	local name
	while IFS= read -r name; do
		grep -qF "\`$name\`" "$1" || complain "$1" "$2 $name is not told"
	done
}

while IFS= read -r document; do
	check_names "$document"
	check_links "$document"
done < <(documents)
check_all_are_told docs/OPERATIONS.md metric < <(sed -n 's/^METRIC([^"]*"\([^"]*\)".*/\1/p' include/suoyin/metrics.def)
check_all_are_told docs/EXTRACTION.md label < <(sed -n 's/^\t{SPAN_INIT("\([^"]*\)"), LABEL_[^OC].*/\1/p' core/*.c)
check_all_are_told docs/EXTRACTION.md META < <(sed -n 's/^\t{SPAN_INIT("\(.*\)"), HEAD_[A-Z_]*},$/\1/p' core/*.c)
check_all_are_told docs/EXTRACTION.md JSON < <(sed -n 's/^\t{FIELD_[A-Z]*, "\(.*\)"},$/\1/p' core/*.c)
check_all_are_told docs/EXTRACTION.md provenance < <(sed -n 's/.*offer[a-z_]*(&c, \(SPAN(\)\{0,1\}"\([^"]*\)".*/\2/p' core/*.c)
check_all_are_told docs/DASHBOARDS.md view < <(sed -n 's/^CREATE VIEW api\.\([a-z_]*\).*/\1/p' sql/schema/*.sql)

((BAD == 0)) && echo "docs: fine"
exit "$BAD"
