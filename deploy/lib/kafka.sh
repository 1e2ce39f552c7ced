# SPDX-License-Identifier: MIT
# kafka.sh - a private Apache Kafka: fetch, format, start, stop.
#
# STATE/kafka holds its data and settings; STATE/kafka/port the port it listens on (127.0.0.1).
# The jars are fetched once into var/cache and shared by quick start and tests.
# shellcheck shell=bash

KAFKA_VERSION=4.3.1
KAFKA_JARS=${SUOYIN_CACHE:-$SUOYIN_ROOT/var/cache}/kafka-$KAFKA_VERSION

# Downloads beside the final place and renames: a directory that is there is whole.
kafka_fetch() {
	local new
	[[ ! -d $KAFKA_JARS ]] || return 0
	mkdir -p "${KAFKA_JARS%/*}"
	new=$(mktemp -d "$KAFKA_JARS.XXXXXX")
	say "fetching Apache Kafka $KAFKA_VERSION from Maven Central (44 MB)"
	if ! run_long mvn --batch-mode --quiet -Dstyle.color=never --strict-checksums -f "$SUOYIN_ROOT/deploy/kafka/pom.xml" \
		dependency:copy-dependencies "-DoutputDirectory=$new" -DincludeScope=runtime; then
		rm -rf "$new"
		warn "Apache Kafka could not be fetched: is Maven Central (or the mirror in ~/.m2/settings.xml) reachable?"
		return 1
	fi
	chmod 755 "$new"
	mv -T "$new" "$KAFKA_JARS" 2>/dev/null || rm -rf "$new" # somebody else was faster
	[[ -d $KAFKA_JARS ]]
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

kafka_format() { # STATE
	local dir=$1/kafka id
	[[ ! -f $dir/data/meta.properties ]] || return 0
	kafka_java "$1"
	id=$("${JAVA[@]}" kafka.tools.StorageTool random-uuid) || return 1
	"${JAVA[@]}" kafka.tools.StorageTool format -t "$id" -c "$dir/server.properties" >>"$1/log/kafka.log" 2>&1
}

# Kafka says so once the broker is registered and takes requests. Searched from where this start began.
kafka_is_ready() { # STATE FROM_BYTE
	tail -c "+$(($2 + 1))" "$1/log/kafka.log" | grep -q 'Kafka Server started'
}

kafka_came_or_went() { # STATE FROM_BYTE
	kafka_is_ready "$1" "$2" || process_ended "$1" kafka
}

kafka_try() { # STATE
	local state=$1 from
	from=$(stat -c %s "$state/log/kafka.log")
	kafka_java "$state"
	process_start "$state" kafka "${JAVA[@]}" kafka.Kafka "$state/kafka/server.properties"
	wait_until 60 kafka_came_or_went "$state" "$from" && kafka_is_ready "$state" "$from"
}

kafka_start() { # STATE
	local state=$1 attempt
	! process_alive "$state" kafka || return 0
	mkdir -p "$state/kafka/tmp" "$state/log"
	touch "$state/log/kafka.log"
	kafka_fetch || return 1
	for attempt in old new new; do # somebody may take a port between our look and its use
		kafka_choose_ports "$state" "$attempt"
		kafka_format "$state" || break
		! kafka_try "$state" || return 0
		kafka_kill "$state"
	done
	warn "Kafka did not start; the end of $state/log/kafka.log:"
	tail -n 20 "$state/log/kafka.log" >&2
	return 1
}

kafka_stop() { # STATE
	process_stop "$1" kafka TERM 30
}

kafka_kill() { # STATE
	process_stop "$1" kafka KILL 10
}
