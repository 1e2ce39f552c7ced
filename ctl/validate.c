/* SPDX-License-Identifier: MIT */
#include "ctl.h"
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <suoyin/portal.h>

/* Whether all that is wrong is that the file has no `portals:`: then it is no portal file. */
static bool
is_other_file(const struct config_errors *errors, size_t from)
{
	for (size_t i = from; i < errors->count; i++)
		if (errors->items[i].key != NULL && strcmp(errors->items[i].key, "portals") == 0 &&
		    strstr(errors->items[i].reason, "missing") != NULL)
			return true;
	return false;
}

int
cmd_validate(int argc, char **argv)
{
	static const struct option none[] = {{0}};
	struct config_errors errors = {0};
	struct portal_set set = {0};
	bool other = false;
	int rc = 0;

	if (getopt_long(argc, argv, "", none, NULL) != -1)
		return ctl_usage("wrong option");
	if (optind == argc)
		return ctl_usage("validate needs a file");
	for (int i = optind; i < argc; i++) {
		size_t before = errors.count;

		if (portal_file_load(&set, argv[i], &errors) == -1)
			other = other || is_other_file(&errors, before);
	}
	config_errors_print(&errors, stderr);
	if (other)
		(void)fprintf(stderr,
		    "suoyinctl: the configuration of a program is checked by the program: "
		    "suoyin-worker --config FILE --check\n");
	if (errors.count > 0)
		rc = EXIT_CONFIG;
	else
		(void)printf("valid: files=%d portals=%zu\n", argc - optind, set.count);
	config_errors_fini(&errors);
	portal_set_fini(&set);
	return rc;
}
