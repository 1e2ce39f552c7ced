# SPDX-License-Identifier: MIT
# programs.sh - suoyin's own programs in one directory STATE of the quick start: database, portals,
# crawler, workers.
# shellcheck shell=bash

BIN=$SUOYIN_ROOT/build/release/bin
DATABASE=suoyin

ctl() { # STATE ROLE, then the arguments of suoyinctl
	local url
	url=$(postgres_url "$1" "$2" "$DATABASE")
	shift 2
	SUOYIN_DATABASE_URL=$url "$BIN/suoyinctl" "$@"
}

database_exists() { # STATE
	[[ $(postgres_psql "$1" postgres postgres -At -c "SELECT 1 FROM pg_database WHERE datname = '$DATABASE'") == 1 ]]
}

database_prepare() { # STATE
	database_exists "$1" || postgres_psql "$1" postgres postgres -c "CREATE DATABASE $DATABASE"
	postgres_psql "$1" postgres "$DATABASE" -f "$SUOYIN_ROOT/sql/roles.sql"
	ctl "$1" suoyin_migrate migrate up
}

http_is_ok() {
	"$PYTHON" -c '
import sys, urllib.request
try:
    sys.exit(urllib.request.urlopen(sys.argv[1], timeout=2).status != 200)
except OSError:
    sys.exit(1)' "$1" 2>/dev/null
}

admin_address() { # STATE NAME
	sed -n 's/^admin.listen: "\(.*\)"$/\1/p' "$1/$2.yaml"
}

program_is_ready() { # STATE NAME
	http_is_ok "http://$(admin_address "$1" "$2")/readyz"
}

program_came_or_went() {
	process_ended "$1" "$2" || program_is_ready "$1" "$2"
}

# Keeps the admin port of the last time while it is ours or free.
program_admin() { # STATE NAME
	local address
	address=$(admin_address "$1" "$2" 2>/dev/null) || true
	if [[ -z $address ]] || { process_ended "$1" "$2" && ! port_is_free "${address##*:}"; }; then
		address=127.0.0.1:$(free_ports 1)
	fi
	printf '%s\n' "$address"
}

# Writes STATE/NAME.yaml; settings that follow are added as lines. Fails if nothing changed.
program_configure() { # STATE NAME [LINE…]
	local state=$1 name=$2 file=$1/$2.yaml
	shift 2
	{
		printf '# Written by deploy/quickstart. database.url comes from the environment.\n'
		printf 'admin.listen: "%s"\n' "$(program_admin "$state" "$name")"
		printf 'kafka:\n  bootstrap.servers: "127.0.0.1:%s"\n' "$(kafka_port "$state")"
		(($# == 0)) || printf '%s\n' "$@"
		# it reads these too: another value starts it again
		printf '# SUOYIN_…: %s\n' "$(env | grep '^SUOYIN_' | sort | sha256sum | cut -c1-16)"
	} >"$file.new"
	if cmp -s "$file.new" "$file"; then
		rm "$file.new"
		return 1
	fi
	mv "$file.new" "$file"
}

# Starts it, or starts it again where its settings or its program file are new.
program_start() { # STATE NAME PROGRAM ROLE [LINE…]
	local state=$1 name=$2 program=$3 role=$4 changed=no url
	shift 4
	! program_configure "$state" "$name" "$@" || changed=yes
	if process_alive "$state" "$name"; then
		[[ $changed == yes ]] || process_is_old "$state" "$name" || return 0
		process_stop "$state" "$name"
	fi
	url=$(postgres_url "$state" "$role" "$DATABASE")
	started "$name"
	process_start "$state" "$name" env "SUOYIN_DATABASE_URL=$url" "$BIN/$program" --config "$state/$name.yaml"
}

program_wait_ready() { # STATE NAME
	wait_until 60 program_came_or_went "$1" "$2" || failed "$1" "$2" "is not ready after 60 s"
	program_is_ready "$1" "$2" || failed "$1" "$2" "ended"
}

workers_of() { # STATE: names of workers that were ever configured
	local file
	for file in "$1"/worker-*.yaml; do
		[[ ! -f $file ]] || basename "$file" .yaml
	done | sort -V
}

workers_start() { # STATE N
	local i name
	for ((i = 1; i <= $2; i++)); do
		program_start "$1" "worker-$i" suoyin-worker suoyin_worker "instance: \"worker-$i\""
	done
	while read -r name; do
		((${name#worker-} <= $2)) || process_stop "$1" "$name"
	done < <(workers_of "$1")
}

portalsim_start() { # STATE, then its arguments
	local state=$1
	shift
	started portals
	process_start "$state" portals "$BIN/portalsim" --listen-port 0 --journal "$state/journal" \
		--portals-file "$state/portals.yaml" "$@"
	wait_until 30 portalsim_came_or_went "$state" || failed "$state" portals "is not ready after 30 s"
	portalsim_is_ready "$state" || failed "$state" portals "ended"
}

portalsim_is_ready() {
	grep -q '^ready port=' "$1/log/portals.log"
}

portalsim_came_or_went() {
	portalsim_is_ready "$1" || process_ended "$1" portals
}
