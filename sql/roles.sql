-- SPDX-License-Identifier: MIT
-- Roles. Run once by a superuser, connected to suoyin's database and before `suoyinctl migrate up`:
--     psql -v ON_ERROR_STOP=1 -f sql/roles.sql postgresql:///suoyin
-- Running it again changes nothing. What each role may do stands in sql/grants.sql, which
-- `suoyinctl migrate up` applies after the migrations. Nobody can log in by password until one is
-- set: ALTER ROLE suoyin_worker PASSWORD '…' (psql: \password suoyin_worker).

DO $$
DECLARE
	role text;
BEGIN
	FOREACH role IN ARRAY ARRAY['suoyin_owner', 'suoyin_migrate', 'suoyin_crawler', 'suoyin_worker',
		'suoyin_operator', 'suoyin_readonly']
	LOOP
		IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
			EXECUTE format('CREATE ROLE %I', role);
		END IF;
	END LOOP;
	EXECUTE format('REVOKE TEMPORARY, CREATE ON DATABASE %I FROM PUBLIC', current_database());
	EXECUTE format('GRANT CREATE ON DATABASE %I TO suoyin_owner', current_database());
	EXECUTE format('GRANT CONNECT ON DATABASE %I TO suoyin_migrate, suoyin_crawler, suoyin_worker, '
		'suoyin_operator, suoyin_readonly', current_database());
END
$$;

-- Owns everything, is nobody.
ALTER ROLE suoyin_owner NOLOGIN NOINHERIT;
-- Acts as the owner, in migrations only.
ALTER ROLE suoyin_migrate LOGIN NOINHERIT;
GRANT suoyin_owner TO suoyin_migrate;

ALTER ROLE suoyin_crawler LOGIN;
ALTER ROLE suoyin_worker LOGIN;
ALTER ROLE suoyin_operator LOGIN;

-- Dashboards.
ALTER ROLE suoyin_readonly LOGIN CONNECTION LIMIT 30;
ALTER ROLE suoyin_readonly SET default_transaction_read_only = on;
ALTER ROLE suoyin_readonly SET statement_timeout = '30s';
ALTER ROLE suoyin_readonly SET idle_in_transaction_session_timeout = '60s';
ALTER ROLE suoyin_readonly SET search_path = api;

REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO suoyin_owner; -- for public.suoyin_migration
