/* SPDX-License-Identifier: MIT */
#include <suoyin/json_pointer.h>
#include <suoyin/limits.h>

int
json_pointer_check(struct span pointer, struct err *err)
{
	if (pointer.n == 0)
		return err_set(err, ERR_REJECT, "bad_pointer", "is empty");
	if (pointer.n > JSON_POINTER_MAX)
		return err_set(err, ERR_REJECT, "bad_pointer", "is longer than %d bytes",
		    JSON_POINTER_MAX);
	if (pointer.p[0] != '/')
		return err_set(err, ERR_REJECT, "bad_pointer", "does not begin with /");
	for (size_t i = 0; i < pointer.n; i++)
		if (pointer.p[i] == '~' &&
		    (i + 1 == pointer.n || (pointer.p[i + 1] != '0' && pointer.p[i + 1] != '1')))
			return err_set(err, ERR_REJECT, "bad_pointer",
			    "has a ~ that is neither ~0 (for ~) nor ~1 (for /)");
	return 0;
}

/* One step of a pointer, its escapes undone. */
struct step {
	char key[JSON_POINTER_MAX];
	size_t n;
};

/* Reads the step behind the slash at *at and moves *at to the next slash, or to the end. */
static void
read_step(struct step *step, struct span pointer, size_t *at)
{
	size_t i = *at + 1;

	for (step->n = 0; i < pointer.n && pointer.p[i] != '/'; i++) {
		char c = pointer.p[i];

		if (c == '~')
			c = pointer.p[++i] == '0' ? '~' : '/';
		step->key[step->n++] = c;
	}
	*at = i;
}

static const json_t *
item(const json_t *array, struct span index)
{
	uint64_t i;

	if ((index.n > 1 && index.p[0] == '0') || span_u64(index, SIZE_MAX, &i) == -1)
		return NULL;
	return json_array_get(array, (size_t)i);
}

const json_t *
json_pointer_get(const json_t *root, struct span pointer)
{
	struct step step;

	if (json_pointer_check(pointer, NULL) == -1)
		return NULL;
	for (size_t at = 0; at < pointer.n && root != NULL;) {
		read_step(&step, pointer, &at);
		root = json_is_array(root) ? item(root, (struct span){step.key, step.n}) :
		    json_object_getn(root, step.key, step.n);
	}
	return root;
}
