/* keyring_file: files that hold secrets: owner only, never overwritten, on disk before they count.
 * For keyring only. */
#ifndef ZWM_CRYPTO_KEYRING_FILE_H
#define ZWM_CRYPTO_KEYRING_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/err.h"
#include "core/base/pool.h"

/* Opens a directory that only its owner may enter; `make` makes it if it is absent.
 * Returns ERR_ABSENT if it is absent, ERR_BAD if others may enter it, ERR_IO if it cannot be
 * opened; the reason is logged. Close *fd_r with close(2). */
ERR_CHECK enum err secret_dir_open(const char *dir, bool make, int *fd_r);
bool secret_file_exists(int dir_fd, const char *name);
/* Writes a new file, mode 0600, and waits until it is on disk. ERR_DUPLICATE if the name stands;
 * nothing is left after any other error. */
ERR_CHECK enum err secret_file_write(int dir_fd, const char *name, const void *data, size_t len);
/* Reads a file of at most `max` bytes into `p` (which should wipe), with a NUL behind it.
 * Returns ERR_ABSENT if there is none; ERR_BAD if group or others may read it, or if it is no plain
 * file, empty or too long; ERR_IO if it cannot be read. */
ERR_CHECK enum err secret_file_read(int dir_fd, const char *name, size_t max, struct pool *p,
                                    char **data_r, size_t *len_r);

#endif
