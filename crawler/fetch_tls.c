/* SPDX-License-Identifier: MIT */
#include "fetch_tls.h"

#include <openssl/ssl.h>
#include <suoyin/metrics.h>

/* Servers that know no secure renegotiation (RFC 5746): OpenSSL 3 refuses them otherwise. */
static CURLcode
allow_legacy(CURL *easy, void *context, void *user)
{
	(void)easy;
	(void)user;
	SSL_CTX_set_options(context, SSL_OP_LEGACY_SERVER_CONNECT);
	return CURLE_OK;
}

static long
version_of(int number)
{
	switch (number) {
	case 10:
		return CURL_SSLVERSION_TLSv1_0;
	case 11:
		return CURL_SSLVERSION_TLSv1_1;
	case 13:
		return CURL_SSLVERSION_TLSv1_3;
	default:
		return CURL_SSLVERSION_TLSv1_2;
	}
}

void
fetch_tls_set(CURL *easy, const struct portal_manners *m, bool is_https)
{
	bool is_old = m->tls_min_version == 10 || m->tls_min_version == 11;

	(void)curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
	(void)curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
	(void)curl_easy_setopt(easy, CURLOPT_SSLVERSION, version_of(m->tls_min_version));
	if (!is_https || (!is_old && !m->tls_legacy_renegotiation && m->tls_ca_file == NULL))
		return;
	/* a connection made with less serves no other portal */
	(void)curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
	(void)curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
	if (is_old) { /* their signatures are SHA-1, which level 1 and above forbid */
		(void)curl_easy_setopt(easy, CURLOPT_SSL_CIPHER_LIST, "DEFAULT@SECLEVEL=0");
		metric_add(M_TLS_EXCEPTIONS, "min_version", 1);
	}
	if (m->tls_legacy_renegotiation) {
		(void)curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, allow_legacy);
		metric_add(M_TLS_EXCEPTIONS, "legacy_renegotiation", 1);
	}
	if (m->tls_ca_file != NULL) {
		(void)curl_easy_setopt(easy, CURLOPT_CAINFO, m->tls_ca_file);
		metric_add(M_TLS_EXCEPTIONS, "ca_file", 1);
	}
}
