#!/bin/sh
# SPDX-License-Identifier: MIT
# docs/make-config.sh BUILD_DIR          docs/CONFIG.md from the tables in the programs, on stdout
# docs/make-config.sh BUILD_DIR --check  compares it with docs/CONFIG.md
set -eu

here=$(cd "$(dirname "$0")" && pwd)
bin=${1:?usage: docs/make-config.sh BUILD_DIR [--check]}/bin

page() {
	cat <<'EOF'
<!-- Made by docs/make-config.sh from the tables in crawler/settings.c, worker/settings.c and runtime/config.c. -->
# Settings

A setting is given by a flag (`--log.level=debug`), an environment variable (`SUOYIN_LOG_LEVEL=debug`), a key of the
file that `--config` names, or its default; the first of these wins. An empty variable counts as none.

- File: YAML, nested by the dots of the names: `log: {level: debug}`. Aliases and tags are refused.
- Secrets: the variable's name and `_FILE` names a file that holds the value: `SUOYIN_DATABASE_URL_FILE=/run/secrets/db`.
- Durations need a unit: `ms s m h d`. Sizes too: `B KiB MiB GiB`. Both are whole numbers: `1500ms`, not `1.5s`.
- `kafka.*` goes to librdkafka as it is: `kafka: {bootstrap.servers: "kafka:9092"}`; as a variable
  `SUOYIN_KAFKA_BOOTSTRAP_SERVERS`.

`--check` reads all of it, lists every error as `FILE:LINE:COLUMN: KEY: reason (suggestion)` and ends with 0 or 78. A program
with a wrong configuration does not start: it lists the errors and ends with 78 (2 for an unknown flag). Portals are not
configured here but in portal files: [PORTALS.md](PORTALS.md).

EOF
	"$bin/suoyin-crawler" --print-docs
	"$bin/suoyin-worker" --print-docs
}

if [ "${2:-}" = --check ]; then
	page | diff -u "$here/CONFIG.md" - || {
		echo "docs/CONFIG.md is out of date: docs/make-config.sh BUILD_DIR > docs/CONFIG.md" >&2
		exit 1
	}
else
	page
fi
