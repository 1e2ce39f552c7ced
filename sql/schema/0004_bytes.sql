-- SPDX-License-Identifier: MIT
-- breaks: none
-- Repeats: whether a page that comes again with the same bytes can be told without reading it.

ALTER TABLE core.sighting ADD COLUMN settled boolean NOT NULL DEFAULT false; -- all keys of its page lead to its report

COMMENT ON COLUMN api.sighting."last_seen" IS
	'Last message about it; what only repeats is noted once a day. 最近消息（未变化的重复每天只记一次）';
