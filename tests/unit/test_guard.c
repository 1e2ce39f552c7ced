/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <locale.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cmocka.h>

#include <suoyin/guard.h>

static bool
allows(const struct guard *g, const char *text)
{
	struct sockaddr_in four = {.sin_family = AF_INET};
	struct sockaddr_in6 six = {.sin6_family = AF_INET6};

	if (inet_pton(AF_INET, text, &four.sin_addr) == 1)
		return guard_allows(g, (const struct sockaddr *)(const void *)&four);
	assert_int_equal(inet_pton(AF_INET6, text, &six.sin6_addr), 1);
	return guard_allows(g, (const struct sockaddr *)(const void *)&six);
}

static struct guard *
guard_of(char **networks, size_t count)
{
	struct config_list list = {networks, count};
	struct err err = {0};
	struct guard *g = guard_new(&list, &err);

	if (g == NULL)
		fail_msg("%s", err.text);
	return g;
}

static void
public_addresses_are_allowed(void **state)
{
	static const char *const open[] = {"8.8.8.8", "114.114.114.114", "172.15.255.255",
	    "172.32.0.0", "192.167.255.255", "100.63.255.255", "100.128.0.0", "198.17.255.255",
	    "223.255.255.255", "2400:3200::1", "2606:4700::1111", "::ffff:8.8.8.8",
	    "64:ff9b::8.8.8.8", "2002:808:808::1"};
	struct guard *g = guard_of(NULL, 0);

	(void)state;
	for (size_t i = 0; i < sizeof(open) / sizeof(open[0]); i++)
		if (!allows(g, open[i]))
			fail_msg("%s must be allowed", open[i]);
	guard_free(g);
}

static void
everything_else_is_closed(void **state)
{
	static const char *const closed[] = {"0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1",
	    "127.255.255.255", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1",
	    "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.19.255.255",
	    "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255",
	    "::", "::1", "fe80::1", "fc00::1", "fd12::1", "ff02::1", "2001:db8::1", "2001::1",
	    "3fff::1", "4000::1", "100::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1",
	    "::ffff:0:127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::808:808",
	    "2002:7f00:1::1", "2002:a00:1::1"};
	struct guard *g = guard_of(NULL, 0);

	(void)state;
	for (size_t i = 0; i < sizeof(closed) / sizeof(closed[0]); i++)
		if (allows(g, closed[i]))
			fail_msg("%s must be refused", closed[i]);
	guard_free(g);
}

static void
other_families_are_closed(void **state)
{
	struct sockaddr_un local = {.sun_family = AF_UNIX};
	struct guard *g = guard_of(NULL, 0);

	(void)state;
	assert_false(guard_allows(g, (const struct sockaddr *)(const void *)&local));
	guard_free(g);
}

static void
an_allowed_network_opens_itself_and_nothing_else(void **state)
{
	char first[] = "127.0.0.0/8", second[] = "fd00:1::/32", third[] = "10.0.0.7";
	char *networks[] = {first, second, third};
	struct guard *g = guard_of(networks, 3);

	(void)state;
	assert_true(allows(g, "127.0.0.1"));
	assert_true(allows(g, "127.200.1.1"));
	assert_true(allows(g, "::ffff:127.0.0.1"));
	assert_true(allows(g, "fd00:1:2::3"));
	assert_false(allows(g, "fd00:2::3"));
	assert_true(allows(g, "10.0.0.7"));
	assert_false(allows(g, "10.0.0.8"));
	assert_false(allows(g, "::1"));
	assert_false(allows(g, "192.168.0.1"));
	guard_free(g);
}

static void
what_is_no_network_is_refused_by_name(void **state)
{
	static const char *const wrong[] = {"localhost", "127.0.0.0/33", "::/129", "1.2.3", "",
	    "1.2.3.4/x", "1.2.3.4/", "1.2.3.4/-1"};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		char text[32];
		char *networks[] = {text};
		struct config_list list = {networks, 1};
		struct err err = {0};

		memcpy(text, wrong[i], strlen(wrong[i]) + 1);
		assert_null(guard_new(&list, &err));
		assert_string_equal(err.reason, "config");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(public_addresses_are_allowed),
	    cmocka_unit_test(everything_else_is_closed),
	    cmocka_unit_test(other_families_are_closed),
	    cmocka_unit_test(an_allowed_network_opens_itself_and_nothing_else),
	    cmocka_unit_test(what_is_no_network_is_refused_by_name),
	};

	(void)setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
