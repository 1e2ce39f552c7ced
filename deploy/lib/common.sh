# SPDX-License-Identifier: MIT
# common.sh - what the other files of this folder share: words for people, commands that take long,
# interrupts, free ports. Sourced by bash with `set -euo pipefail`.
# shellcheck shell=bash

# shellcheck disable=SC2034 # used by the files beside this one
SUOYIN_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)

# Titles and paths may be Chinese, whatever the caller's locale: psql, Java and Python go by this.
export LC_ALL=C.UTF-8
[[ -d ${TMPDIR:-/tmp} && -w ${TMPDIR:-/tmp} ]] || unset TMPDIR

# Debian's own: another python3 earlier on PATH may lack the modules that packages.txt names.
PYTHON=/usr/bin/python3
[[ -x $PYTHON ]] || PYTHON=python3

say() {
	printf '%s\n' "$*"
}

step() {
	printf '== %s\n' "$*"
}

warn() {
	printf '%s: %s\n' "${PROGRAM:-suoyin}" "$*" >&2
}

die() {
	warn "$@"
	exit 1
}

# Makes the directory if need be.
must_write() { # DIRECTORY [ALTERNATIVE]
	mkdir -p "$1" 2>/dev/null || true
	[[ -d $1 && -w $1 && -x $1 ]] ||
		die "$(realpath -m "$1") cannot be written by the user $(id -un): change its owner or its rights,${2:- or use a checkout of your own}"
}

is_root() {
	[[ $(id -u) -eq 0 ]]
}

# free_ports N: N ports of 127.0.0.1 that nobody listens on, below the range the kernel gives to
# outgoing connections, so that they stay free until they are used.
free_ports() {
	"$PYTHON" - "$1" <<-'PY'
		import random, socket, sys

		want, held = int(sys.argv[1]), []
		ports = random.sample(range(20000, 32000), 2000)
		for port in ports:
		    s = socket.socket()
		    try:
		        s.bind(("127.0.0.1", port))
		    except OSError:
		        continue
		    held.append(s)
		    if len(held) == want:
		        break
		else:
		    sys.exit("no free port on 127.0.0.1 between 20000 and 32000")
		print(*[s.getsockname()[1] for s in held])
	PY
}

port_is_free() {
	"$PYTHON" -c '
import socket, sys
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
try:
    s.bind(("127.0.0.1", int(sys.argv[1])))
except OSError:
    sys.exit(1)' "$1"
}

# wait_until SECONDS COMMAND…: 0 as soon as it succeeds, 1 after that time.
wait_until() {
	local limit=$((SECONDS + $1))
	shift
	until "$@"; do
		((SECONDS < limit)) || return 1
		sleep 0.1
	done
}

# -- commands that take long ----------------------------------------------------------------------
#
# Each runs in a process group of its own, so that an interrupt ends the whole of it at once (a trap
# runs only after a foreground command has ended).

PROGRESS_EVERY=15 # seconds between two lines where nobody watches

# What the command, which may be a function, prints: how far it is.
progress() { # COMMAND…
	local text
	if [[ -t 1 ]]; then
		text=$("$@") || true
		printf '\r\033[K%s' "${text:0:$((${COLUMNS:-80} - 1))}"
	elif ((SECONDS >= ${PROGRESS_NEXT:=$((SECONDS + PROGRESS_EVERY))})); then
		PROGRESS_NEXT=$((SECONDS + PROGRESS_EVERY))
		text=$("$@") || true
		printf '   %s\n' "$text"
	fi
}

progress_end() {
	[[ ! -t 1 ]] || printf '\r\033[K'
	PROGRESS_NEXT=
}

long_start() { # COMMAND…
	env --default-signal=INT,QUIT setsid setpriv --pdeathsig INT -- "$@" </dev/null &
	LONG_PID=$!
}

long_runs() {
	kill -0 "$LONG_PID" 2>/dev/null
}

long_end() { # the command's exit status
	local rc=0
	wait "$LONG_PID" || rc=$?
	LONG_PID=
	return "$rc"
}

# Its output is ours.
run_long() { # COMMAND…
	long_start "$@"
	long_end
}

how_far() { # LOG BEGAN: a build's own count, or whatever was said last
	local text line
	text=$(tail -n 40 "$1" | sed -e 's/\x1b\[[0-9;]*m//g' -e 's/\r$//')
	line=$(grep '^\[[0-9]*/[0-9]*\]' <<<"$text" | tail -n 1) || line=$(grep . <<<"$text" | tail -n 1) || line=
	printf '%s s  %s\n' "$((SECONDS - $2))" "$(tr -dc '[:print:]' <<<"$line")"
}

# Its output goes to LOG, of which the last line is shown now and then.
run_quiet() { # LOG COMMAND…
	local log=$1 began=$SECONDS
	shift
	long_start "$@" >>"$log" 2>&1
	while long_runs; do
		progress how_far "$log" "$began"
		sleep 0.2
	done
	progress_end
	long_end
}

# The end of a log, on stderr, and where the rest of it is.
show_log() { # LOG [LINES]
	printf -- '--- the end of %s:\n' "${1#"$SUOYIN_ROOT/"}" >&2
	tail -n "${2:-20}" "$1" >&2 || true
	printf -- '---\n' >&2
}

long_group_ended() { # PGID: a process that has ended and waits for its parent does not count
	local stat state group
	for stat in /proc/[0-9]*/stat; do
		{ read -r stat <"$stat"; } 2>/dev/null || continue
		read -r state _ group _ <<<"${stat##*) }"
		[[ $group != "$1" || $state == [ZX] ]] || return 1
	done
}

stop_long() {
	[[ -n ${LONG_PID:-} ]] || return 0
	progress_end
	kill -INT -- "-$LONG_PID" 2>/dev/null || return 0
	wait_until 20 long_group_ended "$LONG_PID" || kill -KILL -- "-$LONG_PID" 2>/dev/null || true
}

# -- interrupts -----------------------------------------------------------------------------------

on_interrupt() { # EXIT_STATUS
	if [[ ${HELD:-no} == yes ]]; then
		INTERRUPTED=$1
	else
		exit "$1"
	fi
}

# finish is the caller's function for EXIT.
trap_interrupts() {
	trap finish EXIT
	trap 'on_interrupt 129' HUP
	trap 'on_interrupt 130' INT
	trap 'on_interrupt 143' TERM
}

# Between these two an interrupt waits.
hold_interrupts() {
	HELD=yes
}

release_interrupts() {
	HELD=no
	[[ -z ${INTERRUPTED:-} ]] || exit "$INTERRUPTED"
}
