# SPDX-License-Identifier: MIT
# prometheus.sh - a Prometheus of its own for one directory STATE of the quick start, in the foreground, with the rules
# of deploy/prometheus.
# shellcheck shell=bash

PROMETHEUS_PORT=9190 # or any that is free: Debian's own server has 9090

prometheus_targets() { # STATE NAME…: "ADDRESS", "ADDRESS",
	local state=$1 name
	shift
	for name in "$@"; do
		printf '"%s", ' "$(admin_address "$state" "$name")"
	done
}

# The shipped configuration with these addresses in the place of the services' names.
prometheus_configure() { # STATE WORKER…
	local state=$1 shipped=$SUOYIN_ROOT/deploy/prometheus
	shift
	mkdir -p "$state/prometheus"
	awk -v rules="$shipped" -v worker="$(prometheus_targets "$state" "$@")" \
		-v crawler="$(prometheus_targets "$state" crawler)" -v indexer="$(prometheus_targets "$state" indexer)" '
		/^rule_files:/ { printf "rule_files: [\"%s/rules.yml\", \"%s/alerts.yml\"]\n", rules, rules; next }
		/job_name:/ { job = $NF }
		/dns_sd_configs:/ {
			list = job == "suoyin-worker" ? worker : job == "suoyin-crawler" ? crawler : indexer
			printf "    static_configs: [{targets: [%s]}]\n", list
			next
		}
		{ sub("scrape_interval: 15s", "scrape_interval: 5s"); print }' \
		"$shipped/prometheus.yml" >"$state/prometheus/prometheus.yml"
}

prometheus_run() { # STATE
	local port=$PROMETHEUS_PORT
	port_is_free "$port" || port=$(free_ports 1)
	say "Prometheus: http://127.0.0.1:$port/graph?g0.expr=job%3Asuoyin_messages%3Arate5m&g0.tab=0"
	say "its alerts: http://127.0.0.1:$port/alerts; Ctrl-C ends it"
	exec prometheus --config.file="$1/prometheus/prometheus.yml" --storage.tsdb.path="$1/prometheus/data" \
		--web.listen-address="127.0.0.1:$port" --log.level=warn
}
