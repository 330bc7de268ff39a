#include "core/crypto/keyring_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/log.h"

static enum err refuse(enum err e, const char *name, const char *why)
{
    log_msg(LOG_ERROR, "keyring", "%s: %s", name, why);
    return e;
}

static enum err refuse_errno(const char *name)
{
    return refuse(errno == ENOENT ? ERR_ABSENT : ERR_IO, name, strerror(errno));
}

/* The name of a new directory is its parent's data. */
static enum err sync_parent(int fd)
{
    int parent = openat(fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (parent < 0)
        return refuse_errno("..");
    int rc = fsync(parent);
    (void)close(parent);
    return rc == 0 ? ERR_OK : refuse_errno("..");
}

enum err secret_dir_open(const char *dir, bool make, int *fd_r)
{
    struct stat st;
    enum err e = ERR_OK;
    bool made = make && mkdir(dir, 0700) == 0;

    if (make && !made && errno != EEXIST)
        return refuse_errno(dir);
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return refuse_errno(dir);
    if (fstat(fd, &st) != 0)
        e = refuse_errno(dir);
    else if ((st.st_mode & 077) != 0)
        e = refuse(ERR_BAD, dir, "group or others may enter this directory: chmod 700");
    else if (made)
        e = sync_parent(fd);
    if (e != ERR_OK) {
        (void)close(fd);
        return e;
    }
    *fd_r = fd;
    return ERR_OK;
}

bool secret_file_exists(int dir_fd, const char *name)
{
    struct stat st;
    return fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 || errno != ENOENT;
}

static bool write_all(int fd, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, data, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        data += n;
        len -= (size_t)n;
    }
    return true;
}

enum err secret_file_write(int dir_fd, const char *name, const void *data, size_t len)
{
    int fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    enum err e = ERR_OK;

    if (fd < 0)
        return errno == EEXIST ? ERR_DUPLICATE : refuse_errno(name);
    if (!write_all(fd, data, len) || fsync(fd) != 0 || fsync(dir_fd) != 0)
        e = refuse_errno(name);
    (void)close(fd);
    if (e != ERR_OK)
        (void)unlinkat(dir_fd, name, 0);
    return e;
}

static ssize_t read_all(int fd, char *out, size_t max)
{
    size_t done = 0;

    while (done < max) {
        ssize_t n = read(fd, out + done, max - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        if (n == 0)
            break;
        done += (size_t)n;
    }
    return (ssize_t)done;
}

enum err secret_file_read(int dir_fd, const char *name, size_t max, struct pool *p, char **data_r,
                          size_t *len_r)
{
    struct stat st;
    enum err e = ERR_OK;
    int fd = openat(dir_fd, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

    if (fd < 0)
        return refuse_errno(name);
    if (fstat(fd, &st) != 0)
        e = refuse_errno(name);
    else if (!S_ISREG(st.st_mode))
        e = refuse(ERR_BAD, name, "not a plain file");
    else if ((st.st_mode & 077) != 0)
        e = refuse(ERR_BAD, name, "group or others may read or change it: chmod 600");
    if (e == ERR_OK) {
        char *data = pool_alloc(p, max + 2);
        ssize_t len = read_all(fd, data, max + 1);
        if (len < 0) {
            e = refuse_errno(name);
        } else if (len == 0 || (size_t)len > max) {
            e = refuse(ERR_BAD, name, "empty or too long");
        } else {
            *data_r = data;
            *len_r = (size_t)len;
        }
    }
    (void)close(fd);
    return e;
}
