/* SPDX-License-Identifier: MIT */
#include "folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ROWS 20

static bool
ends(const char *name, const char *ending)
{
	size_t n = strlen(name), m = strlen(ending);

	return n > m && strcmp(name + n - m, ending) == 0;
}

static int
wanted(const struct dirent *d)
{
	return ends(d->d_name, ".html") || ends(d->d_name, ".htm") || ends(d->d_name, ".txt");
}

/* By bytes, so that the order does not depend on a locale. */
static int
by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int
open_file(const struct sim *s, const char *name, uint64_t *bytes)
{
	char path[4096];
	struct stat st;
	int fd;

	if ((size_t)snprintf(path, sizeof(path), "%s/%s", s->opt.serve, name) >= sizeof(path))
		return -1;
	if ((fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)) == -1)
		return -1;
	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode)) {
		(void)close(fd);
		return -1;
	}
	*bytes = (uint64_t)st.st_size;
	return fd;
}

static void
escaped(const char *name, char *out, size_t size)
{
	static const char plain[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
	size_t n = (size_t)snprintf(out, size, "/pages/");

	for (; *name != '\0' && n + 4 < size; name++)
		n += (size_t)snprintf(out + n, size - n,
		    strchr(plain, *name) != NULL ? "%c" : "%%%02X", (unsigned char)*name);
}

static int
add_file(struct sim *s, const char *name)
{
	struct folder_file *f = &s->files[s->page_count];
	struct page *p = &s->pages[s->page_count];
	uint64_t bytes;
	int fd = open_file(s, name, &bytes);

	/* three bytes for one in the worst case */
	if (fd == -1 || strlen(name) * 3 + 16 > sizeof(p->path)) {
		(void)fprintf(stderr,
		    "portalsim: %s/%s: left out: no plain file, or its name is too long\n",
		    s->opt.serve, name);
		if (fd != -1)
			(void)close(fd);
		return 0;
	}
	(void)close(fd);
	if ((f->name = strdup(name)) == NULL)
		return -1;
	f->bytes = (long long)bytes;
	f->html = !ends(name, ".txt");
	*p = (struct page){.served_ms = -1};
	escaped(name, p->path, sizeof(p->path));
	s->page_count++;
	return 0;
}

static int
add_files(struct sim *s, struct dirent **entries, int count)
{
	int rc = 0;

	s->files = calloc((size_t)count + 1, sizeof(*s->files));
	s->pages = calloc((size_t)count + 1, sizeof(*s->pages));
	s->portals = calloc(1, sizeof(*s->portals));
	if (s->files == NULL || s->pages == NULL || s->portals == NULL)
		return -1;
	/* the first file is to stand first in a list that shows the newest first */
	for (int i = count - 1; i >= 0 && rc == 0; i--)
		rc = add_file(s, entries[i]->d_name);
	return rc;
}

int
folder_plan(struct sim *s)
{
	struct dirent **entries = NULL;
	int count = scandir(s->opt.serve, &entries, wanted, by_bytes), rc;
	struct portal *p;

	if (count <= 0) {
		(void)fprintf(stderr, "portalsim: %s: %s\n", s->opt.serve,
		    count == 0 ? "no *.html, *.htm or *.txt file" : strerror(errno));
		free(entries);
		return -1;
	}
	rc = add_files(s, entries, count);
	for (int i = 0; i < count; i++)
		free(entries[i]);
	free(entries);
	if (rc == -1 || s->page_count == 0)
		return -1;
	s->opt.demo = false;
	s->opt.misbehave = false;
	s->portal_count = 1;
	p = s->portals;
	p->rows = ROWS;
	p->columns[0].room = s->page_count;
	(void)snprintf(p->id, sizeof(p->id), "%s", s->opt.serve_id);
	(void)snprintf(p->address, sizeof(p->address), "127.10.1.1");
	(void)snprintf(p->host, sizeof(p->host), "%s", p->address);
	(void)snprintf(p->name, sizeof(p->name), "文件夹");
	(void)snprintf(p->columns[0].name, sizeof(p->columns[0].name), "文件");
	(void)snprintf(p->columns[0].list, sizeof(p->columns[0].list), "/index.html");
	p->charset = CHARSET_UTF8_META;
	return 0;
}

void
folder_free(struct sim *s)
{
	for (size_t i = 0; i < s->page_count && s->files != NULL; i++)
		free(s->files[i].name);
	free(s->files);
	s->files = NULL;
}

const struct folder_file *
folder_file(const struct sim *s, const struct page *page)
{
	return &s->files[page - s->pages];
}

int
folder_open(const struct sim *s, const struct page *page, uint64_t *bytes)
{
	return open_file(s, folder_file(s, page)->name, bytes);
}

static void
to_hex(const unsigned char *bytes, unsigned n, char hex[HEX_MAX])
{
	for (unsigned i = 0; i < n && i * 2 + 2 < HEX_MAX; i++)
		(void)snprintf(hex + (size_t)i * 2, 3, "%02x", bytes[i]);
}

int
folder_digest(const struct sim *s, const struct page *page, char hex[HEX_MAX])
{
	unsigned char sum[EVP_MAX_MD_SIZE];
	char bytes[65536];
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	unsigned n = 0;
	uint64_t size;
	ssize_t got = -1;
	int fd = folder_open(s, page, &size);

	if (fd != -1 && md != NULL && EVP_DigestInit_ex(md, EVP_sha256(), NULL) == 1)
		while ((got = read(fd, bytes, sizeof(bytes))) > 0)
			(void)EVP_DigestUpdate(md, bytes, (size_t)got);
	if (got == 0 && EVP_DigestFinal_ex(md, sum, &n) == 1)
		to_hex(sum, n, hex);
	else
		(void)fprintf(
		    stderr, "portalsim: %s: cannot be read\n", folder_file(s, page)->name);
	EVP_MD_CTX_free(md);
	if (fd != -1)
		(void)close(fd);
	return n == 32 ? 0 : -1;
}
