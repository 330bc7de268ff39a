#include "core/base/clock.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static const _Atomic int64_t *offset_sec;

int64_t clock_wall_ms(void)
{
    struct timespec ts;
    (void)clock_gettime(CLOCK_REALTIME, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t clock_now_ms(void)
{
    int64_t shift = offset_sec != NULL ? atomic_load(offset_sec) : 0;
    return clock_wall_ms() + shift * 1000;
}

int64_t clock_now_sec(void)
{
    return clock_now_ms() / 1000;
}

int64_t clock_mono_us(void)
{
    struct timespec ts;
    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

int32_t clock_day(int64_t sec)
{
    return (int32_t)(sec / 86400);
}

static struct tm cst(int64_t sec)
{
    time_t t = (time_t)(sec + 8 * 3600);
    struct tm tm;
    (void)gmtime_r(&t, &tm);
    return tm;
}

void clock_cst_stamp(int64_t sec, char out[CLOCK_STAMP_LEN + 1])
{
    struct tm tm = cst(sec);
    (void)strftime(out, CLOCK_STAMP_LEN + 1, "%Y%m%d%H%M%S", &tm);
}

void clock_cst_date(int64_t sec, char out[CLOCK_DATE_LEN + 1])
{
    struct tm tm = cst(sec);
    (void)strftime(out, CLOCK_DATE_LEN + 1, "%Y-%m-%d", &tm);
}

enum err clock_use_offset_file(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return ERR_IO;
    enum err e = ERR_IO;
    off_t end = lseek(fd, 0, SEEK_END);
    if (end >= (off_t)sizeof(int64_t) || (end >= 0 && ftruncate(fd, sizeof(int64_t)) == 0)) {
        void *m = mmap(NULL, sizeof(int64_t), PROT_READ, MAP_SHARED, fd, 0);
        if (m != MAP_FAILED) {
            offset_sec = m;
            e = ERR_OK;
        }
    }
    (void)close(fd);
    return e;
}
