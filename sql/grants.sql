-- SPDX-License-Identifier: MIT
-- What each role of roles.sql may do. Run by `suoyinctl migrate up` after the migrations, every time
-- and in one transaction, so that new tables are covered and a right taken out here is taken away.

REVOKE ALL ON ALL TABLES IN SCHEMA core, crawl, api FROM suoyin_crawler, suoyin_worker, suoyin_operator, suoyin_readonly;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA core, crawl FROM suoyin_crawler, suoyin_worker, suoyin_operator, suoyin_readonly;
REVOKE ALL ON SCHEMA core, crawl, api FROM suoyin_crawler, suoyin_worker, suoyin_operator, suoyin_readonly;

GRANT SELECT ON public.suoyin_migration TO suoyin_migrate, suoyin_crawler, suoyin_worker, suoyin_operator, suoyin_readonly;

-- The crawler: its own schema, and the portals.
GRANT USAGE ON SCHEMA crawl, core TO suoyin_crawler;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA crawl TO suoyin_crawler;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA crawl TO suoyin_crawler;
GRANT SELECT ON core.portal, core.portal_version TO suoyin_crawler;

-- The worker: schema core without the portals. Reports and revisions are never deleted; only a key
-- that was claimed and not used is.
GRANT USAGE ON SCHEMA core TO suoyin_worker;
GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA core TO suoyin_worker;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA core TO suoyin_worker;
GRANT DELETE ON core.report_key TO suoyin_worker;
GRANT DELETE ON core.outbox TO suoyin_worker;
REVOKE INSERT, UPDATE ON core.audit FROM suoyin_worker;
GRANT DELETE ON core.search_queue, core.search_report, core.search_char TO suoyin_worker; -- mode index
GRANT DELETE ON core.section, core.citation, core.quantity, core.required_part TO suoyin_worker; -- of pages read again
REVOKE INSERT, UPDATE ON core.portal, core.portal_version, core.obligation_rule FROM suoyin_worker;

-- The operator's suoyinctl: portal sync and pause, dead letters; reads all.
GRANT USAGE ON SCHEMA core, crawl, api TO suoyin_operator;
GRANT SELECT ON ALL TABLES IN SCHEMA core, crawl, api TO suoyin_operator;
GRANT INSERT, UPDATE ON core.portal, core.portal_version TO suoyin_operator;
GRANT UPDATE ON core.dead_letter TO suoyin_operator;
GRANT INSERT ON core.audit TO suoyin_operator; -- what is written there stays
GRANT INSERT, UPDATE, DELETE ON core.obligation_rule TO suoyin_operator;

-- Dashboards: the views, and nothing behind them.
GRANT USAGE ON SCHEMA api TO suoyin_readonly;
GRANT SELECT ON ALL TABLES IN SCHEMA api TO suoyin_readonly;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA core, api FROM PUBLIC;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA api TO suoyin_readonly, suoyin_operator;
GRANT EXECUTE ON FUNCTION core.expand, core.search_tidy TO suoyin_worker; -- expand: older workers, beside newer ones
