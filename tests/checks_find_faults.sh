#!/bin/bash
# SPDX-License-Identifier: MIT
# checks_find_faults.sh - layers.sh, style.sh and docs.sh find faults that are planted.
# shellcheck disable=SC2016 # back quotes of Markdown
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
bad=0

plant() { # CHECK PATH TEXT
	rm -rf "${tree:?}"/*
	mkdir -p "$tree"/{include/suoyin,core,runtime,crawler,worker,ctl,tests,docs,sql/schema}
	printf '/* SPDX-License-Identifier: MIT */\n' >"$tree/core/fine.c"
	printf 'METRIC(M_A, COUNTER, "suoyin_a_total", NULL, "A.")\n' >"$tree/include/suoyin/metrics.def"
	printf 'CREATE VIEW api.a AS\n' >"$tree/sql/schema/0001_a.sql"
	printf '`suoyin_a_total`\n' >"$tree/docs/OPERATIONS.md"
	printf '`a`\n' >"$tree/docs/DASHBOARDS.md"
	printf '[b](docs/OPERATIONS.md#c) `core/fine.c` `fine.c`\n' >"$tree/README.md"
	"$here/$1.sh" "$tree" >/dev/null || {
		echo "$1: complains about nothing"
		bad=1
	}
	printf '%b' "$3" >"$tree/$2"
	if "$here/$1.sh" "$tree" >/dev/null; then
		echo "$1: does not see $2: $3"
		bad=1
	fi
}

spdx='/* SPDX-License-Identifier: MIT */\n'
plant layers core/a.c "$spdx#include <librdkafka/rdkafka.h>\n"
plant layers core/a.c "$spdx#include <suoyin/log.h>\n"
plant layers core/a.c "${spdx}int\nf(void)\n{\n\treturn socket(1, 2, 3);\n}\n"
plant layers worker/a.c "$spdx#include \"../crawler/visit.h\"\n"
plant layers crawler/a.c "$spdx#include <worker/batch.h>\n"
plant layers worker/a.c "$spdx#include <curl/curl.h>\n"
plant style worker/a.c "${spdx}int\nf(char *a)\n{\n\treturn atoi(a);\n}\n"
plant style worker/a.c '#include <stdio.h>\n'
plant style worker/a.c "$spdx        int spaces;\n"
plant style worker/a.c "${spdx}int w$(printf 'x%.0s' {1..130});\n"
plant style worker/a.c "$spdx$(printf 'int x%d;\\n' {1..601})"
plant style worker/a.c "${spdx}void f(void) { char *p __attribute__((cleanup(g))) = 0; }\n"
plant style include/suoyin/a.h "$spdx"
plant docs docs/A.md '`core/nothing.c`\n'
plant docs docs/A.md '`nothing.c --option`\n'
plant docs docs/A.md '[a](OPERATION.md)\n'
plant docs docs/OPERATIONS.md 'other\n'
plant docs docs/DASHBOARDS.md 'other\n'
plant docs core/label.c '\t{SPAN_INIT("索引号"), LABEL_INDEX},\n'
plant docs core/head.c '\t{SPAN_INIT("PubDate"), HEAD_PUB_DATE},\n'
plant docs core/portal_json.c '\t{FIELD_TITLE, "title"},\n'
plant docs core/field.c '\t(void)(offer(&c, SPAN("body:head"), head));\n'
((bad == 0)) && echo "checks: fine"
exit "$bad"
