#include "core/base/beat.h"

#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/base/clock.h"

struct place {
    _Atomic int64_t at_us, pid, kind, threads, busy, stuck, orphan;
};

struct beats {
    struct place *places; /* BEATS_MOST, mapped */
    int fd;
    int own; /* the place of this process; -1: none */
};

enum { LEN = BEATS_MOST * sizeof(struct place) };

enum err beats_open(const char *run_dir, struct beats **b_r)
{
    char path[PATH_MAX];
    (void)snprintf(path, sizeof path, "%s/beats.%d", run_dir, LEN);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return ERR_IO;
    void *m = MAP_FAILED;
    if (ftruncate(fd, LEN) == 0)
        m = mmap(NULL, LEN, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (m == MAP_FAILED) {
        (void)close(fd);
        return ERR_IO;
    }
    struct beats *b = malloc(sizeof *b);
    if (b == NULL)
        abort();
    *b = (struct beats){.places = m, .fd = fd, .own = -1};
    *b_r = b;
    return ERR_OK;
}

void beats_close(struct beats **bp)
{
    struct beats *b = *bp;
    (void)munmap(b->places, LEN);
    (void)close(b->fd); /* the lock goes with it */
    free(b);
    *bp = NULL;
}

/* A lock of the open file, not of the process: it is not lost when another descriptor of the file
 * is closed. */
static struct flock lock_of(int place)
{
    return (struct flock){
        .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = (off_t)place, .l_len = 1};
}

enum err beats_join(struct beats *b)
{
    for (int i = 0; i < BEATS_MOST; i++) {
        struct flock lock = lock_of(i);
        if (fcntl(b->fd, F_OFD_SETLK, &lock) != 0)
            continue;
        atomic_store(&b->places[i].at_us, clock_mono_us());
        atomic_store(&b->places[i].pid, (int64_t)getpid());
        b->own = i;
        return ERR_OK;
    }
    return ERR_BUSY;
}

void beats_tell(struct beats *b, const struct beat *own)
{
    if (b->own < 0)
        return;
    struct place *p = &b->places[b->own];
    atomic_store(&p->kind, own->kind);
    atomic_store(&p->threads, own->threads);
    atomic_store(&p->busy, own->busy);
    atomic_store(&p->stuck, own->stuck);
    atomic_store(&p->orphan, own->orphan);
    atomic_store(&p->at_us, clock_mono_us());
}

static bool is_held(const struct beats *b, int i)
{
    struct flock lock = lock_of(i);
    return i == b->own || (fcntl(b->fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK);
}

size_t beats_read(struct beats *b, struct beat list[BEATS_MOST])
{
    size_t n = 0;
    for (int i = 0; i < BEATS_MOST; i++) {
        struct place *p = &b->places[i];
        if (atomic_load(&p->pid) == 0 || !is_held(b, i))
            continue;
        list[n++] = (struct beat){.at_us = atomic_load(&p->at_us),
                                  .pid = atomic_load(&p->pid),
                                  .kind = atomic_load(&p->kind),
                                  .threads = atomic_load(&p->threads),
                                  .busy = atomic_load(&p->busy),
                                  .stuck = atomic_load(&p->stuck),
                                  .orphan = atomic_load(&p->orphan)};
    }
    return n;
}
