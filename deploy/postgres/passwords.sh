#!/bin/bash
# SPDX-License-Identifier: MIT
# passwords.sh - run once by the image of PostgreSQL, after sql/roles.sql: gives each role the
# password that stands in its secret database_url_ROLE (deploy/make-secrets).
set -euo pipefail

for role in migrate operator crawler worker readonly; do
	url=$(cat "/run/secrets/database_url_$role")
	password=${url#*://*:}
	psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" \
		--set role="suoyin_$role" --set password="${password%%@*}" <<-'SQL'
			ALTER ROLE :"role" PASSWORD :'password';
		SQL
done
