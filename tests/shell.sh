#!/bin/bash
# SPDX-License-Identifier: MIT
# shell.sh - shellcheck finds nothing in our shell scripts.
set -euo pipefail
cd "$(dirname "$0")/.."

command -v shellcheck >/dev/null || {
	echo "SKIP: shellcheck is not installed"
	exit 77
}
mapfile -t scripts < <(find deploy tests docs cmake .ci -type f -not -path '*/corpus/*' -size -100k \
	-exec grep -lE -m 1 '^(#!.*sh$|# shellcheck shell=)' {} +)
shellcheck --external-sources "${scripts[@]}"
echo "shell: ${#scripts[@]} scripts fine"
