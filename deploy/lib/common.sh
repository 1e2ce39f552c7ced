# SPDX-License-Identifier: MIT
# common.sh - what the other files of this folder share: words for people, free ports, paths.
# Sourced by bash with `set -euo pipefail`.
# shellcheck shell=bash

SUOYIN_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)

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

# run_long COMMAND…: a command that takes a while, in its own process group, so that an interrupt
# ends the whole of it at once (a trap runs only after a foreground command has ended).
run_long() {
	local rc=0
	env --default-signal=INT,QUIT setsid -- "$@" </dev/null &
	LONG_PID=$!
	wait "$LONG_PID" || rc=$?
	LONG_PID=
	return "$rc"
}

stop_long() {
	[[ -z ${LONG_PID:-} ]] || kill -TERM -- "-$LONG_PID" 2>/dev/null || true
}
