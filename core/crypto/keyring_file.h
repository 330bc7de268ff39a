/* keyring_file: files that hold secrets: owner only, never overwritten, on disk before they count.
 * For keyring only. */
#ifndef ZWM_CRYPTO_KEYRING_FILE_H
#define ZWM_CRYPTO_KEYRING_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/err.h"
#include "core/base/pool.h"

/* Opens a directory that only its owner may enter; `make` makes it where absent. ERR_ABSENT:
 * absent; ERR_BAD: others may enter it; ERR_IO. Reasons are logged. Close *fd_r with close(2). */
ERR_CHECK enum err secret_dir_open(const char *dir, bool make, int *fd_r);
bool secret_file_exists(int dir_fd, const char *name);
/* Writes a new file, mode 0600, and waits until it is on disk. ERR_DUPLICATE where the name stands;
 * nothing is left after any other error. */
ERR_CHECK enum err secret_file_write(int dir_fd, const char *name, const void *data, size_t len);
/* Reads a file of at most `max` bytes into `p` (which should wipe), a NUL behind it. ERR_ABSENT:
 * absent; ERR_BAD: group or others may read it, not a plain file, empty or too long; ERR_IO. */
ERR_CHECK enum err secret_file_read(int dir_fd, const char *name, size_t max, struct pool *p,
                                    char **data_r, size_t *len_r);

#endif
