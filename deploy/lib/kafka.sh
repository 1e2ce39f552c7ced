# SPDX-License-Identifier: MIT
# kafka.sh - a private Apache Kafka: fetch, format, start, stop.
#
# STATE/kafka holds its data and settings; STATE/kafka/port the port it listens on (127.0.0.1).
# The jars are fetched once into var/cache and shared by quick start and tests.
# shellcheck shell=bash

KAFKA_VERSION=4.3.1
KAFKA_JARS=${SUOYIN_CACHE:-$SUOYIN_ROOT/var/cache}/kafka-$KAFKA_VERSION

# Into a folder beside the final place, then renamed: a directory that is there is whole. The lock
# makes a second one wait for the first.
kafka_fetch() { # LOG
	local new=$KAFKA_JARS.new rc=0
	[[ ! -d $KAFKA_JARS ]] || return 0
	mkdir -p "${KAFKA_JARS%/*}" || return 1
	exec 8>"$KAFKA_JARS.lock"
	flock --nonblock 8 || say "waiting for another one that fetches Apache Kafka"
	flock 8
	[[ -d $KAFKA_JARS ]] || kafka_download "$1" "$new" || rc=1
	exec 8>&-
	return "$rc"
}

kafka_download() { # LOG DIRECTORY
	local home=()
	# Maven keeps what it fetches in the user's home, where there is one.
	[[ -d ${HOME:-} && -w $HOME ]] || home=("-Dmaven.repo.local=${KAFKA_JARS%/*}/m2")
	rm -rf "$2"
	say "fetching Apache Kafka $KAFKA_VERSION from Maven Central (44 MB)"
	if run_quiet "$1" mvn --batch-mode -Dstyle.color=never --strict-checksums "${home[@]}" \
		-f "$SUOYIN_ROOT/deploy/kafka/pom.xml" dependency:copy-dependencies "-DoutputDirectory=$2" \
		-DincludeScope=runtime; then
		chmod -R u=rwX,go=rX "$2"
		mv -T "$2" "$KAFKA_JARS"
		return
	fi
	rm -rf "$2"
	show_log "$1"
	warn "Apache Kafka could not be fetched: is Maven Central (or the mirror in ~/.m2/settings.xml) reachable?" \
		"Start again to try again."
	return 1
}

# Fills the array JAVA with the command line for one of Kafka's main classes.
kafka_java() { # STATE
	JAVA=(java -Xms128m -Xmx512m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp "$KAFKA_JARS/*"
		"-Djava.io.tmpdir=$1/kafka/tmp" "-DZstdTempFolder=$1/kafka/tmp"
		"-Dlog4j2.configurationFile=$SUOYIN_ROOT/deploy/kafka/log4j2.properties")
}

kafka_port() {
	cat "$1/kafka/port"
}

kafka_configure() { # STATE BROKER_PORT CONTROLLER_PORT
	local dir=$1/kafka
	sed -e "s|@BROKER@|$2|g" -e "s|@CONTROLLER@|$3|g" -e "s|@DIR@|$dir|g" \
		"$SUOYIN_ROOT/deploy/kafka/server.properties" >"$dir/server.properties"
	[[ ! -f $dir/extra.properties ]] || cat "$dir/extra.properties" >>"$dir/server.properties"
	printf '%s\n' "$2" >"$dir/port"
	printf '%s\n' "$3" >"$dir/controller_port"
}

# Keeps the ports of the last time while they are free, so that addresses stay what they were.
kafka_choose_ports() { # STATE [new]
	local dir=$1/kafka broker controller
	if [[ ${2:-} != new && -f $dir/port ]] && read -r broker <"$dir/port" &&
		read -r controller <"$dir/controller_port" &&
		port_is_free "$broker" && port_is_free "$controller"; then
		:
	else
		read -r broker controller < <(free_ports 2)
	fi
	kafka_configure "$1" "$broker" "$controller"
}

# Marked when it is done: a format that was interrupted is made again.
kafka_format() { # STATE
	local dir=$1/kafka id
	[[ ! -f $dir/formatted ]] || return 0
	rm -rf "$dir/data"
	kafka_java "$1"
	if [[ -f $dir/cluster_id ]]; then # one of several nodes
		read -r id <"$dir/cluster_id"
	else
		id=$("${JAVA[@]}" kafka.tools.StorageTool random-uuid) || return 1
	fi
	"${JAVA[@]}" kafka.tools.StorageTool format -t "$id" -c "$dir/server.properties" >>"$1/log/kafka.log" 2>&1 ||
		return 1
	touch "$dir/formatted"
}

# Kafka says so once the broker is registered and takes requests. Searched from where this start began.
kafka_is_ready() { # STATE
	local from=0
	[[ ! -f $1/kafka/log_from ]] || read -r from <"$1/kafka/log_from"
	tail -c "+$((from + 1))" "$1/log/kafka.log" | grep 'Kafka Server started' >/dev/null
}

kafka_came_or_went() { # STATE
	kafka_is_ready "$1" || process_ended "$1" kafka
}

kafka_comes() { # STATE
	wait_until 60 kafka_came_or_went "$1" && kafka_is_ready "$1"
}

kafka_try() { # STATE
	stat -c %s "$1/log/kafka.log" >"$1/kafka/log_from"
	kafka_java "$1"
	process_start "$1" kafka "${JAVA[@]}" kafka.Kafka "$1/kafka/server.properties"
	kafka_comes "$1"
}

kafka_start() { # STATE
	local state=$1 attempt
	! process_alive "$state" kafka || ! kafka_comes "$state" || return 0
	mkdir -p "$state/kafka/tmp" "$state/log"
	touch "$state/log/kafka.log"
	kafka_fetch "$state/log/kafka-fetch.log" || return 1
	kafka_kill "$state"
	for attempt in old new new; do # somebody may take a port between our look and its use
		kafka_choose_ports "$state" "$attempt"
		kafka_format "$state" || break
		! kafka_try "$state" || return 0
		kafka_kill "$state"
	done
	show_log "$state/log/kafka.log"
	warn "Kafka did not start; what it said last is above"
	return 1
}

kafka_stop() { # STATE
	process_stop "$1" kafka TERM 30
}

kafka_kill() { # STATE
	process_stop "$1" kafka KILL 10
}
