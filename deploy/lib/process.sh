# SPDX-License-Identifier: MIT
# process.sh - processes in the background, known by pid and start time.
#
# STATE is a directory of ours: STATE/run/NAME.pid holds "PID START BOOT", STATE/log/NAME.log what
# it wrote. A pid alone may by now be a stranger's; a process with another start time is not ours
# and is never signalled.
# shellcheck shell=bash

# Clock ticks from boot to its start; field 22 of stat, counted after the name in parentheses.
process_birth() {
	local stat rest
	{ stat=$(<"/proc/$1/stat"); } 2>/dev/null || return 1
	rest=${stat##*) }
	# shellcheck disable=SC2086
	set -- $rest
	[[ $1 != Z ]] || return 1 # ended, its parent has not noticed yet
	printf '%s\n' "${20}"
}

boot_id() {
	cat /proc/sys/kernel/random/boot_id 2>/dev/null || echo none
}

process_record() { # STATE NAME PID
	local birth
	birth=$(process_birth "$3") || return 1
	mkdir -p "$1/run"
	printf '%s %s %s\n' "$3" "$birth" "$(boot_id)" >"$1/run/$2.pid.new"
	mv "$1/run/$2.pid.new" "$1/run/$2.pid"
}

# Prints the pid if the recorded process lives.
process_pid() { # STATE NAME
	local pid birth boot
	[[ -f $1/run/$2.pid ]] || return 1
	read -r pid birth boot <"$1/run/$2.pid" || return 1
	[[ $boot == "$(boot_id)" && $(process_birth "$pid") == "$birth" ]] || return 1
	printf '%s\n' "$pid"
}

process_alive() {
	process_pid "$1" "$2" >/dev/null
}

process_ended() {
	! process_alive "$1" "$2"
}

# Its program file has been built anew since it was started.
process_is_old() { # STATE NAME
	local pid
	pid=$(process_pid "$1" "$2") || return 1
	[[ $(readlink "/proc/$pid/exe" 2>/dev/null) == *' (deleted)' ]]
}

process_is_recorded() { # STATE NAME PID
	local pid
	{ read -r pid _ <"$1/run/$2.pid"; } 2>/dev/null && [[ $pid == "$3" ]]
}

# It writes its record before it becomes the program, so that whatever becomes of this script, what
# runs is known. Each of these execs the next: the pid stays.
process_start() { # STATE NAME COMMAND…
	local state=$1 name=$2
	shift 2
	mkdir -p "$state/run" "$state/log"
	hold_interrupts
	(
		process_record "$state" "$name" "$BASHPID"
		exec env --default-signal=INT,QUIT setsid -- "$@" 9>&-
	) </dev/null >>"$state/log/$name.log" 2>&1 &
	wait_until 10 process_is_recorded "$state" "$name" $!
	release_interrupts
}

process_signal() { # STATE NAME SIGNAL
	local pid
	pid=$(process_pid "$1" "$2") || return 0
	kill "-$3" "$pid" 2>/dev/null || true
}

# Asks it to stop, and after SECONDS (default 30) ends it. Nothing to do is fine.
process_stop() { # STATE NAME [SIGNAL [SECONDS]]
	local state=$1 name=$2 signal=${3:-TERM} seconds=${4:-30}
	process_signal "$state" "$name" "$signal"
	if ! wait_until "$seconds" process_ended "$state" "$name"; then
		warn "$name did not stop within $seconds s: killed"
		process_signal "$state" "$name" KILL
		wait_until 10 process_ended "$state" "$name" || return 1
	fi
	rm -f "$state/run/$name.pid"
}
