/* SPDX-License-Identifier: MIT */
#include <curl/curl.h>
#include <stddef.h>
#include <suoyin/fetch_word.h>

const char *
fetch_word(int code)
{
	switch (code) {
	case CURLE_OK:
		return NULL;
	case CURLE_COULDNT_RESOLVE_HOST:
		return "dns";
	case CURLE_COULDNT_CONNECT:
		return "connect";
	case CURLE_OPERATION_TIMEDOUT:
		return "timeout";
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CIPHER:
	case CURLE_SSL_ISSUER_ERROR:
		return "tls";
	case CURLE_FILESIZE_EXCEEDED:
		return "too_large";
	case CURLE_BAD_CONTENT_ENCODING:
		return "encoding";
	default: /* CURLE_OUT_OF_MEMORY too: what curl says of a header that never ends */
		return "broken";
	}
}
