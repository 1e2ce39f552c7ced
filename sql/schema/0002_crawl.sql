-- SPDX-License-Identifier: MIT
-- breaks: none
CREATE SCHEMA crawl;
