#!/bin/bash
# SPDX-License-Identifier: MIT
# headers.sh - each header of include/suoyin compiles alone: whoever includes it needs nothing before it.
set -euo pipefail
cd "$(dirname "$0")/.."

flags=(-std=c11 -D_GNU_SOURCE -Wall -Wextra -Wpedantic -Werror -fsyntax-only -Iinclude)
read -r -a found < <(pkg-config --cflags libxml-2.0 rdkafka libpq jansson)
bad=0
for header in include/suoyin/*.h; do
	name=${header#include/}
	printf '#include <%s>\n#include <%s>\nextern int nothing;\n' "$name" "$name" |
		"${CC:-cc}" "${flags[@]}" "${found[@]}" -x c - || {
		echo "$header does not compile alone"
		bad=1
	}
done
((bad == 0)) && echo "headers: fine"
exit "$bad"
