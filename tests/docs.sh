#!/bin/bash
# SPDX-License-Identifier: MIT
# docs.sh - what the documents name exists: files, links, metrics, views.
#
# A name in `back quotes` is held to be a file if it has a slash or a known ending, and is not a URL, a route,
# a setting or under build/ and var/, which are made.
#
# usage: tests/docs.sh [ROOT]
set -euo pipefail
cd "${1:-$(dirname "$0")/..}"

BAD=0

complain() {
	printf '%s: %s\n' "$1" "$2"
	BAD=1
}

documents() {
	find . -name '*.md' -not -path './build/*' -not -path './var/*' -not -path './.*/*' | sed 's|^\./||' | sort
}

# Relative to the document, to the root, or the only way a neighbour is named: by its file name alone.
exists() { # DOCUMENT NAME
	local at
	for at in "$(dirname "$1")/$2" "$2" "tests/$2"; do
		compgen -G "$at" >/dev/null && return
	done
	return 1
}

looks_like_a_file() {
	[[ $1 =~ ^[A-Za-z0-9_.*-]+(/[A-Za-z0-9_.*-]+)*/?$ ]] || return 1
	case $1 in
	build/* | var/* | ../* | NAME* | .//*) return 1 ;;
	*.c | *.h | *.sh | *.py | *.sql | *.md | *.yaml | *.yml | *.txt | *.xml | *.def | *.cmake) return 0 ;;
	core/* | runtime/* | crawler/* | worker/* | ctl/* | sql/* | deploy/* | tests/* | docs/* | include/*) return 0 ;;
	*) return 1 ;;
	esac
}

check_names() { # DOCUMENT
	local name
	while IFS= read -r name; do
		name=${name%% *}
		! looks_like_a_file "$name" || exists "$1" "$name" || complain "$1" "\`$name\` is no file"
	done < <(grep -o '`[^`]*`' "$1" | tr -d '\140')
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
sed -n 's/^METRIC([^"]*"\([^"]*\)".*/\1/p' include/suoyin/metrics.def | check_all_are_told docs/OPERATIONS.md metric
sed -n 's/^CREATE VIEW api\.\([a-z_]*\).*/\1/p' sql/schema/*.sql | check_all_are_told README.md view

((BAD == 0)) && echo "docs: fine"
exit "$BAD"
