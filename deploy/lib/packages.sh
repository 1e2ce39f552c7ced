# SPDX-License-Identifier: MIT
# packages.sh - installs what is missing of deploy/packages.txt; with all there it does nothing
# and needs no network.
# shellcheck shell=bash

java_is_17() {
	local version
	command -v java >/dev/null || return 1
	version=$(java -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p' | head -n 1)
	[[ -n $version && $version -ge 17 ]]
}

# The wanted packages of the sections named, one a line.
packages_wanted() {
	local line section='' package condition
	while IFS= read -r line || [[ -n $line ]]; do
		line=${line%%#*}
		line=${line%"${line##*[![:space:]]}"}
		case $line in
		'') continue ;;
		\[*\])
			section=${line:1:-1}
			continue
			;;
		esac
		[[ " $* " == *" $section "* ]] || continue
		package=${line%% *}
		condition=${line#* unless }
		[[ $condition == "$line" ]] || ! eval "$condition" >/dev/null 2>&1 || continue
		printf '%s\n' "$package"
	done <"$SUOYIN_ROOT/deploy/packages.txt"
}

packages_missing() {
	local package
	while read -r package; do
		[[ $(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) == installed ]] ||
			printf '%s\n' "$package"
	done < <(packages_wanted "$@")
}

packages_command() { # PACKAGE…
	printf 'apt-get update && apt-get install -y --no-install-recommends %s\n' "$*"
}

# What cannot be done here is said in a form that can be copied.
packages_give_up() { # WHY PACKAGE…
	warn "$1; as root, run this, then start again:"
	printf '    %s\n' "$(packages_command "${@:2}")" >&2
	exit 1
}

packages_ask() { # the question is put only where somebody can answer it
	local answer
	[[ -t 0 && -t 1 ]] || return 0
	read -r -p "Install them with apt-get? [Y/n] " answer
	[[ $answer == '' || $answer == [yY]* ]]
}

# Debian's postgresql-15 makes and starts a cluster of its own, prometheus and nginx a server: nobody asked for those. An
# invoke-rc.d that finds a policy starts nothing; what would come up at the next boot is disabled.
# shellcheck disable=SC2016 # expanded by that shell
PACKAGES_SCRIPT='
	umask 022
	conf=/etc/postgresql-common/createcluster.d/suoyin.conf
	policy=/usr/sbin/policy-rc.d
	if [ -e $policy ] || [ -L $policy ]; then policy=; fi
	trap "rm -f $conf $policy" EXIT
	trap "exit 130" INT TERM
	mkdir -p "${conf%/*}" && echo "create_main_cluster = false" >"$conf" || exit
	[ -z "$policy" ] || { printf "#!/bin/sh\nexit 101\n" >$policy && chmod 755 $policy; } || exit
	packages=" $* "
	set -- apt-get -q -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 install -y --no-install-recommends "$@"
	"$@" || { apt-get -q update && "$@"; } || exit
	command -v systemctl >/dev/null || exit 0
	case $packages in *" prometheus "*) systemctl -q disable prometheus.service ;; esac
	case $packages in *" nginx-light "*) systemctl -q disable nginx.service ;; esac'

# By sudo it is left in the foreground with its output: only there can sudo ask, and an interrupt reach it.
packages_apt() { # LOG PACKAGE…
	local command=(env DEBIAN_FRONTEND=noninteractive sh -c "$PACKAGES_SCRIPT" sh "${@:2}")
	if is_root; then
		run_quiet "$1" "${command[@]}"
	else
		sudo -- "${command[@]}" </dev/null
	fi
}

packages_install() { # yes|ask LOG SECTION…
	local ask=$1 log=$2 missing
	shift 2
	if ! command -v dpkg-query >/dev/null; then
		warn "this is no Debian: install what deploy/packages.txt names by hand; going on"
		return 0
	fi
	mapfile -t missing < <(packages_missing "$@")
	((${#missing[@]} > 0)) || return 0
	step "packages missing: ${missing[*]}"
	is_root || command -v sudo >/dev/null ||
		packages_give_up "only root can install them, and there is no sudo" "${missing[@]}"
	[[ $ask == yes ]] || packages_ask || packages_give_up "nothing was installed" "${missing[@]}"
	packages_apt "$log" "${missing[@]}" || {
		[[ ! -f $log ]] || show_log "$log"
		packages_give_up "apt-get could not install them" "${missing[@]}"
	}
}
