# SPDX-License-Identifier: MIT
# report.sh - what arrived: asked of schema api as suoyin_readonly, as anybody may.
# shellcheck shell=bash

ask() { # STATE, then the arguments of psql
	local state=$1
	shift
	postgres_psql "$state" suoyin_readonly "$DATABASE" -P pager=off -P footer=off -P null=- "$@"
}

report_table() { # STATE
	ask "$1" -P border=1 <<-'SQL'
		SELECT p.portal_id AS portal, p.name,
			(SELECT count(*) FROM api.report r WHERE r.portal_id = p.portal_id) AS reports,
			coalesce(sum(o.messages) FILTER (WHERE o.outcome = 'new'), 0) AS new,
			coalesce(sum(o.messages) FILTER (WHERE o.outcome = 'revised'), 0) AS revised,
			coalesce(sum(o.messages) FILTER (WHERE o.outcome = 'sighting'), 0) AS sighting,
			coalesce(sum(o.messages) FILTER (WHERE o.outcome = 'same'), 0) AS same,
			coalesce(sum(o.messages) FILTER (WHERE o.outcome = 'withdrawn'), 0) AS withdrawn,
			(SELECT count(*) FROM api.dead_letter d WHERE d.portal_id = p.portal_id) AS dead
		FROM api.portal p LEFT JOIN api.outcome o USING (portal_id)
		WHERE p.active
		GROUP BY p.portal_id, p.name ORDER BY p.portal_id;
	SQL
}

report_legend() {
	cat <<-'EOF'
		Messages by what became of them. new: a report not known before; revised: its text has changed, both are
		kept; sighting: the same report at another address; same: nothing new; withdrawn: removed from the
		portal; dead: not a report that could be read.

	EOF
}

report_sample() { # STATE
	ask "$1" --expanded --tuples-only -P border=0 <<-'SQL'
		SELECT r.report_id, r.portal_id, r.title, r.index_number, r.document_number, r.agency, r.published_on,
			r.report_year, r.document_type, r.status, r.revision_count, r.sighting_count, r.url,
			(SELECT string_agg(s ->> 'heading', ' / ') FROM jsonb_array_elements(v.record -> 'sections') s) AS sections,
			left(regexp_replace(v.body, '\s+', ' ', 'g'), 60) || '…' AS body,
			v.page_sha256, v.topic || '[' || v.part || ']@' || v."offset" AS kept_in_kafka
		FROM api.report r JOIN api.report_revision v ON v.report_id = r.report_id AND v.is_current
		ORDER BY r.index_number IS NULL, r.revision_count DESC, r.sighting_count DESC, r.report_id LIMIT 1;
	SQL
}

report_dead() { # STATE: dead letters, the first few
	ask "$1" -At -c "SELECT reason || '  ' || coalesce(url, '-') FROM api.dead_letter ORDER BY stored_at LIMIT 20"
}

count_of() { # STATE VIEW
	ask "$1" -At -c "SELECT count(*) FROM api.$2" 2>/dev/null || echo 0
}

psql_line() { # STATE
	printf 'psql postgresql://suoyin_readonly@127.0.0.1:%s/%s\n' "$(postgres_port "$1")" "$DATABASE"
}
