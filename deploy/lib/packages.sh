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

as_root() {
	if is_root; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo -- "$@"
	else
		die "this needs root, and there is no sudo: as root, run: $*"
	fi
}

packages_agreed() { # yes|ask
	local answer
	[[ $1 != yes && -t 0 && -t 1 ]] || return 0
	read -r -p "Install them with apt-get? [Y/n] " answer
	[[ $answer == '' || $answer == [yY]* ]]
}

apt_install() {
	# shellcheck disable=SC2016
	as_root env DEBIAN_FRONTEND=noninteractive sh -c '
		apt-get install -y --no-install-recommends "$@" </dev/null >/dev/null ||
		{ apt-get update </dev/null >/dev/null &&
			apt-get install -y --no-install-recommends "$@" </dev/null >/dev/null; }' sh "$@"
}

# Debian's postgresql-15 makes and starts a cluster of its own; nobody asked for that one.
packages_install_quietly() {
	local conf=/etc/postgresql-common/createcluster.d/suoyin.conf rc=0
	if [[ " $* " != *' postgresql-15 '* ]]; then
		apt_install "$@"
		return
	fi
	as_root sh -c 'mkdir -p "${1%/*}" && echo "create_main_cluster = false" >"$1"' sh "$conf"
	apt_install "$@" || rc=$?
	as_root rm -f "$conf"
	return "$rc"
}

packages_install() { # yes|ask SECTION…
	local ask=$1 missing
	shift
	if ! command -v dpkg-query >/dev/null; then
		warn "this is no Debian: install what deploy/packages.txt names by hand; going on"
		return 0
	fi
	mapfile -t missing < <(packages_missing "$@")
	((${#missing[@]} > 0)) || return 0
	step "packages missing: ${missing[*]}"
	packages_agreed "$ask" || die "nothing was installed"
	packages_install_quietly "${missing[@]}" || die "apt-get could not install: ${missing[*]}"
}
