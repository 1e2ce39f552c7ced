#!/bin/bash
# SPDX-License-Identifier: MIT
# layers.sh - who may include what (docs/ARCHITECTURE.md): include/suoyin and core, then runtime, then
# the programs, which never include each other. Link lines in CMake say the same; this also catches
# what a system header would let through.
#
# usage: tests/layers.sh [ROOT]
set -euo pipefail
cd "${1:-$(dirname "$0")/..}"

C11='assert ctype errno float inttypes iso646 limits locale math setjmp stdalign stdarg stdatomic stdbool
	stddef stdint stdio stdlib stdnoreturn string strings time wchar wctype'
BAD=0

complain() {
	printf '%s: %s\n' "$1" "$2"
	BAD=1
}

# FILE:INCLUDE of a folder, the include with its brackets or quotes.
includes() {
	grep -HroE --include='*.[ch]' '^[[:space:]]*#[[:space:]]*include[[:space:]]*[<"][^>"]+[>"]' "$1" |
		sed -E 's/^([^:]+):.*([<"][^>"]+[>"])$/\1 \2/'
}

# "x.h" is a file of the same folder.
check_quoted() {
	local file include name
	while read -r file include; do
		[[ $include == '"'* ]] || continue
		name=${include//\"/}
		[[ -f $(dirname "$file")/$name && $name != *..* ]] ||
			complain "$file" "includes $include, which is not in its folder"
	done < <(includes "$1")
}

# What of include/suoyin is implemented in runtime, so that core knows nothing of it.
is_runtime_header() {
	case $1 in
	admin.h | child.h | clock.h | columns.h | list_child.h | extract_child.h | guard.h | config.h | kafka.h | kafka_producer.h | kafka_read.h | log.h | metrics.h | metrics.def | pg.h | stop.h | embed.h) return 0 ;;
	*) return 1 ;;
	esac
}

core_may() {
	local name=${1:1:-1}
	case $name in
	suoyin/*) ! is_runtime_header "${name#suoyin/}" ;;
	libxml/*.h | iconv.h | uchardet/uchardet.h | utf8proc.h | openssl/evp.h | openssl/sha.h | jansson.h) return 0 ;;
	curl/curl.h | curl/urlapi.h) return 0 ;;
	*.h) [[ " ${C11//[$'\n\t']/ } " == *" ${name%.h} "* ]] ;;
	*) return 1 ;;
	esac
}

check_core() {
	local file include
	while read -r file include; do
		[[ $include == '<'* ]] || continue
		core_may "$include" || complain "$file" "core may not include $include"
	done < <(includes core)
	# curl's URL API only, and nothing that reaches outside.
	while IFS= read -r file; do
		complain "${file%%:*}" "core does no input, output or time: ${file#*:}"
	done < <(grep -HrnE --include='*.c' \
		'(^|[^A-Za-z0-9_])(curl_(easy|multi|global|share)_[a-z_]+|fopen|fread|open|socket|connect|getenv|time|clock_gettime|gettimeofday|pthread_create|fork)\(' \
		core | grep -vE ':[0-9]+:[[:space:]]*(/?\*|//)' || true)
}

# FOLDER REGEX WHY: no file of the folder includes this.
forbid() {
	local file include
	while read -r file include; do
		[[ ! ${include:1:-1} =~ $2 ]] || complain "$file" "$1 may not include $include: $3"
	done < <(includes "$1")
}

for folder in core runtime crawler worker ctl; do
	[[ -d $folder ]] || continue
	check_quoted "$folder"
	forbid "$folder" '^(crawler|worker|ctl|core|runtime)/' 'parts meet in include/suoyin'
done
check_core
forbid worker '^curl/|^suoyin/guard.h' 'the worker never touches the internet'
forbid runtime '^curl/' 'only the crawler fetches'

((BAD == 0)) && echo "layers: fine"
exit "$BAD"
