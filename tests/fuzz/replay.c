/* SPDX-License-Identifier: MIT */
/* Runs a fuzz target over the files of folders, for builds that have no fuzzer. */
#include <dirent.h>
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <suoyin/buf.h>

#include "fuzz.h"

#define FILE_MAX ((size_t)16 << 20)

/* A copy of exactly its size, so that reading behind it is seen. */
static void
run(struct span input)
{
	uint8_t *copy = malloc(input.n > 0 ? input.n : 1);

	if (copy == NULL)
		abort();
	if (input.p != NULL)
		memcpy(copy, input.p, input.n);
	(void)LLVMFuzzerTestOneInput(copy, input.n);
	free(copy);
}

static int
replay_file(const char *path)
{
	FILE *in = fopen(path, "rb");
	char chunk[65536];
	struct buf b;
	size_t n;
	int rc;

	if (in == NULL) {
		(void)fprintf(stderr, "replay: %s: %s\n", path, strerror(errno));
		return -1;
	}
	buf_init(&b, FILE_MAX);
	while ((n = fread(chunk, 1, sizeof(chunk), in)) > 0)
		(void)buf_add(&b, chunk, n);
	rc = ferror(in) != 0 || b.failed ? -1 : 0;
	(void)fclose(in);
	(void)printf("%s, %zu bytes\n", path, b.n);
	(void)fflush(stdout); /* the last line names what crashed */
	if (rc == 0)
		run(buf_span(&b));
	buf_fini(&b);
	return rc;
}

/* Number of files, or -1. */
static int
replay_folder(const char *folder)
{
	struct dirent **entries;
	int n = scandir(folder, &entries, NULL, alphasort), done = 0;

	if (n == -1) {
		(void)fprintf(stderr, "replay: %s: %s\n", folder, strerror(errno));
		return -1;
	}
	for (int i = 0; i < n; i++) {
		char path[4096];

		(void)snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);
		if (entries[i]->d_name[0] != '.' && done != -1)
			done = replay_file(path) == -1 ? -1 : done + 1;
		free(entries[i]);
	}
	free(entries);
	return done;
}

int
main(int argc, char **argv)
{
	int total = 0;

	(void)setlocale(LC_CTYPE, "C.UTF-8");
	for (int i = 1; i < argc; i++) {
		int n = replay_folder(argv[i]);

		if (n == -1)
			return 1;
		total += n;
	}
	(void)printf("replay: %d files\n", total);
	return total > 0 ? 0 : 1;
}
