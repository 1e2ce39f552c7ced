/* SPDX-License-Identifier: MIT */
/* portals_file.h - the portals as `suoyinctl portal sync` reads them (docs/PORTALS.md). */
#ifndef PORTALSIM_PORTALS_FILE_H
#define PORTALSIM_PORTALS_FILE_H

#include "sim.h"

int portals_file_write(const struct sim *s); /* whole or not at all */

#endif
