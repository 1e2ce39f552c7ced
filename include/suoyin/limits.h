/* SPDX-License-Identifier: MIT */
/*
 * limits.h - every bound on what others can make us read, keep or do.
 * One line each, with the reason.  Bytes unless the name says otherwise.
 */
#ifndef SUOYIN_LIMITS_H
#define SUOYIN_LIMITS_H

/* The page message (docs/MESSAGE.md) */
#define PAGE_BODY_MAX 7864320        /* 7.5 MiB decoded; leaves room for headers under 8 MiB */
#define PAGE_MESSAGE_MAX 8388608     /* max.message.bytes of the topic */
#define DEAD_MESSAGE_MAX 8454144     /* of a dead letter: a page message with more headers */
#define PAGE_HEADERS_MAX 64          /* headers kept per message, ours and unknown */
#define PAGE_HEADER_VALUE_MAX 8192   /* longer ones are a broken producer */
#define PAGE_KEY_MAX 2176            /* portal id, blank, URL */

/* Addresses */
#define URL_MAX 2048                 /* part of btree keys (2704 at most); longer ones are refused, never cut */
#define PORTAL_ID_MAX 64             /* part of every key */
#define SITE_MAX 128                 /* deduplication scope */

/* HTML */
#define MAX_DEPTH 512                /* libxml2 is quadratic in depth beyond */
#define HTML_NODES_MAX 2000000       /* a 7.5 MiB page of "<b>" and nothing else */
#define XPATH_NODES_MAX 100000       /* of a page that XPaths run over: libxml2 is quadratic in some */
#define XPATH_VISITS_MAX 5000000     /* nodes that one expression may look at on one page */
#define HTML_ATTRIBUTES_MAX 512      /* of one element: libxml2 is quadratic in them, too */
#define EXTRACT_ARENA_MAX 536870912  /* all that one page may cost in memory */
#define META_PRESCAN_BYTES 16384     /* WHATWG asks 1024; browsers obey a later one as well */

/* The record */
#define TITLE_MAX 4096               /* longer "titles" are page text */
#define RECORD_JSON_MAX 67108864     /* reply of an extraction child */
#define METADATA_MAX 256             /* labelled values kept per page */
#define ATTACHMENTS_MAX 1000         /* links to files kept per page */
#define SECTIONS_MAX 20000           /* headings kept per document */
#define CITATIONS_MAX 5000           /* distinct titles kept per document */
#define QUANTITIES_MAX 20000         /* numbers kept per document */
#define NOISE_MAX 1000               /* lines of page chrome kept per document */
#define EXPLAIN_MAX 64               /* candidates of a field kept for a person to read */

/* Children */
#define CHILD_REQUEST_MAX 33554432   /* a body of PAGE_BODY_MAX with the rules of its portal, or of a list */

/* Lists (crawler) */
#define LIST_ROWS_MAX 5000           /* rows read from one list page */
#define SITEMAP_ROWS_MAX 50000       /* of one sitemap: the protocol allows no more */
#define SITEMAP_PAGES_MAX 1000       /* sitemaps of one index that are read */
#define LIST_PATTERNS_MAX 100        /* include and exclude patterns of one list */
#define LIST_PATTERN_MAX 256         /* bytes of a pattern */
#define LIST_PAGES_MAX 2000          /* pages followed from one list in one visit */
#define LIST_JSON_MAX 16777216       /* reply of a list child */

/* Fetching */
#define REDIRECTS_MAX 10             /* hops before a visit fails */
#define BODY_RATIO_FROM 1048576      /* decoded bytes from which a body may be a bomb */
#define BODY_RATIO_MAX 200           /* times its bytes on the wire; lists of one line compress to 1/60 */
#define RESPONSE_HEADERS_MAX 307200  /* curl's own bound, kept explicit */

/* robots.txt */
#define ROBOTS_BYTES_MAX 512000      /* RFC 9309 2.5 asks for 500 KiB at least; the rest is not read */
#define ROBOTS_LINE_MAX 16663        /* as Google cuts lines: eight times the longest URL of old browsers */

/* Configuration */
#define CONFIG_FILE_MAX 4194304      /* one YAML file */
#define CONFIG_ERRORS_MAX 100        /* errors listed before we stop listing */
#define CONFIG_DEPTH_MAX 16          /* nesting of one YAML file; the deepest of ours is 5 */
#define CONFIG_SECRET_MAX 65536      /* file named by SUOYIN_..._FILE */
#define PORTALS_MAX 100000           /* portals in one sync */
#define PORTAL_LISTS_MAX 1000        /* lists of one portal */
#define PORTAL_HOSTS_MAX 200         /* hosts of one portal */
#define PORTAL_TEXT_MAX 512          /* bytes of a portal's name, of a place */
#define XPATH_EXPRESSION_MAX 4096    /* one expression of a portal file */
#define JSON_POINTER_MAX 1024        /* one pointer of a portal file */

#endif
