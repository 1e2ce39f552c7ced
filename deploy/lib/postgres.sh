# SPDX-License-Identifier: MIT
# postgres.sh - a private PostgreSQL cluster: make, start, stop.
#
# Who may come in: through the socket, in a directory only the cluster's user (and root) may
# enter, everybody as whom he likes; through 127.0.0.1 suoyin_readonly without a password, and whoever
# has been given one.
# That is meant for a demonstration and for tests on one machine, not for service.
#
# PostgreSQL refuses to run as root: then it runs as the user suoyin, in a directory that this
# user can reach. STATE/postgres/where names the cluster's directory, /port its port, /socket the
# directory of its socket.
# shellcheck shell=bash

POSTGRES_USER=suoyin

postgres_bin() {
	local dir
	for dir in /usr/lib/postgresql/15/bin $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -rV) \
		"$(pg_config --bindir 2>/dev/null)"; do
		[[ -x $dir/initdb && -x $dir/postgres ]] || continue
		printf '%s\n' "$dir"
		return
	done
	warn "PostgreSQL's initdb is not there: install postgresql-15"
	return 1
}

postgres_make_user() {
	! id "$POSTGRES_USER" >/dev/null 2>&1 || return 0
	useradd --system --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin "$POSTGRES_USER" ||
		return 1
	say "created the system user $POSTGRES_USER: PostgreSQL does not run as root"
}

# Runs a command as the cluster's user. setpriv execs, so that the pid is the command's.
postgres_as() {
	if is_root; then
		setpriv --reuid "$POSTGRES_USER" --regid "$POSTGRES_USER" --clear-groups -- "$@"
	else
		"$@"
	fi
}

postgres_can_reach() { # DIR
	(cd / && postgres_as test -x "$1")
}

# Chooses and remembers the cluster's directory.
postgres_place() { # STATE
	local state=$1 where
	mkdir -p "$state/postgres"
	if [[ -f $state/postgres/where ]]; then
		return
	elif postgres_can_reach "$state/postgres"; then
		where=$state/postgres/cluster
	else
		where=/var/lib/suoyin/$(printf '%s' "$state" | sha256sum | cut -c1-12)
		say "the user $POSTGRES_USER cannot reach $state: PostgreSQL's data is in $where"
	fi
	printf '%s\n' "$where" >"$state/postgres/where"
}

postgres_where() {
	cat "$1/postgres/where"
}

postgres_port() {
	cat "$1/postgres/port"
}

postgres_socket() {
	cat "$1/postgres/socket"
}

# postgresql:// of a role through the socket.
postgres_url() { # STATE ROLE DATABASE
	printf 'postgresql://%s@/%s?host=%s&port=%s\n' "$2" "$3" "$(postgres_socket "$1")" "$(postgres_port "$1")"
}

postgres_psql() { # STATE ROLE DATABASE, then the arguments of psql
	local url
	url=$(postgres_url "$1" "$2" "$3")
	shift 3
	PGOPTIONS='-c client_min_messages=warning' PGCLIENTENCODING=UTF8 psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 "$url" "$@"
}

# A socket's path may have 107 bytes; a deep checkout has its socket in /tmp instead.
postgres_choose_socket() { # STATE
	local dir
	dir=$(postgres_where "$1")/socket
	if ((${#dir} > 80)) || [[ $dir =~ [^A-Za-z0-9/._-] ]]; then
		dir=/tmp/suoyin-$(printf '%s' "$1" | sha256sum | cut -c1-12)
	fi
	# Made, not taken over: in /tmp anybody may have put something of that name.
	! mkdir -m 700 "$dir" 2>/dev/null || ! is_root || chown "$POSTGRES_USER:" "$dir"
	[[ -d $dir && ! -L $dir && $(stat -c %u "$dir") == "$(postgres_as id -u)" ]] ||
		die "$dir, where PostgreSQL's socket belongs, is somebody else's: remove it, or move the checkout to a shorter path"
	printf '%s\n' "$dir" >"$1/postgres/socket"
}

postgres_init() { # STATE
	local state=$1 where bin
	where=$(postgres_where "$state")
	[[ ! -f $where/PG_VERSION ]] || return 0
	bin=$(postgres_bin) || return 1
	rm -rf "$where.new"
	(umask 022 && mkdir -p "$where.new") # its user must get through what stands above it
	! is_root || chown "$POSTGRES_USER:" "$where.new"
	chmod 700 "$where.new"
	(cd / && umask 077 && postgres_as "$bin/initdb" --pgdata="$where.new" --encoding=UTF8 --locale=C.UTF-8 \
		--username=postgres --auth=trust --data-checksums) >>"$state/log/postgres.log" 2>&1 || return 1
	cat "$SUOYIN_ROOT/deploy/postgres/pg_hba.conf" >"$where.new/pg_hba.conf"
	cat "$SUOYIN_ROOT/deploy/postgres/postgresql.conf" >>"$where.new/postgresql.conf"
	mv -T "$where.new" "$where"
}

postgres_choose_port() { # STATE [new]
	local file=$1/postgres/port port
	if [[ ${2:-} != new && -f $file ]] && read -r port <"$file" && port_is_free "$port"; then
		return
	fi
	free_ports 1 >"$file"
}

postgres_is_ready() { # STATE
	"$(postgres_bin)/pg_isready" --quiet --username=postgres --dbname=postgres \
		--host="$(postgres_socket "$1")" --port="$(postgres_port "$1")"
}

postgres_came_or_went() { # STATE
	postgres_is_ready "$1" || process_ended "$1" postgres
}

postgres_comes() { # STATE
	wait_until 60 postgres_came_or_went "$1" && postgres_is_ready "$1"
}

postgres_is_unused() { # CLUSTER: no process works in it
	local cwd
	for cwd in /proc/[0-9]*/cwd; do
		[[ $(readlink "$cwd" 2>/dev/null) != "$1" ]] || return 1
	done
}

# A killed postmaster that nobody has waited for (a container without an init) still counts as
# running for PostgreSQL; its lock files go only when no process of the cluster is left.
postgres_clear_lock() { # STATE
	local where pid
	where=$(postgres_where "$1")
	[[ -f $where/postmaster.pid ]] && read -r pid <"$where/postmaster.pid" || return 0
	[[ -d /proc/$pid ]] && ! process_birth "$pid" >/dev/null || return 0
	wait_until 10 postgres_is_unused "$where" || return 0
	rm -f "$where/postmaster.pid" "$(postgres_socket "$1")"/.s.PGSQL.*
}

# The shell writes the log, as whoever runs this; PostgreSQL only inherits the open file.
postgres_try() { # STATE
	local state=$1 where command
	where=$(postgres_where "$state")
	command=("$(postgres_bin)/postgres" -D "$where" -p "$(postgres_port "$state")"
		-c "unix_socket_directories=$(postgres_socket "$state")")
	! is_root || command=(setpriv --reuid "$POSTGRES_USER" --regid "$POSTGRES_USER" --clear-groups -- "${command[@]}")
	process_start "$state" postgres env -C / "${command[@]}"
	postgres_comes "$state"
}

postgres_start() { # STATE
	local state=$1 attempt
	! process_alive "$state" postgres || ! postgres_comes "$state" || return 0
	mkdir -p "$state/log"
	! is_root || postgres_make_user || return 1
	postgres_place "$state"
	if postgres_init "$state"; then
		postgres_choose_socket "$state"
		postgres_clear_lock "$state"
		for attempt in old new new; do
			postgres_choose_port "$state" "$attempt"
			! postgres_try "$state" || return 0
			postgres_kill "$state"
		done
	fi
	show_log "$state/log/postgres.log"
	warn "PostgreSQL did not start; what it said last is above"
	return 1
}

# Fast shutdown: open transactions are rolled back, nothing stored is lost.
postgres_stop() { # STATE
	process_stop "$1" postgres INT 60
}

# Kills the postmaster and waits for its children, which notice and leave; the next start recovers.
postgres_kill() { # STATE
	process_stop "$1" postgres KILL 10
	[[ ! -f $1/postgres/where ]] || wait_until 10 postgres_is_unused "$(postgres_where "$1")"
}

# Removes the cluster where it is outside STATE.
postgres_remove() { # STATE
	local where
	[[ -f $1/postgres/where ]] || return 0
	where=$(postgres_where "$1")
	[[ ! -f $where/PG_VERSION ]] || rm -rf "$where"
	[[ ! -f $1/postgres/socket ]] || rm -rf "$(postgres_socket "$1")"
}
