#include "core/base/tally.h"

#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum state { FREE, BEING_NAMED, NAMED };
enum ending { DONE, REFUSED, FAILED, ENDINGS };
enum { OTHERS = TALLY_NAMES, ROWS };

struct row {
    _Atomic int state;
    char name[TALLY_NAME_LEN + 1]; /* never changed once NAMED */
    _Atomic uint64_t count[ENDINGS];
};

struct tally {
    struct row rows[TALLY_KINDS][ROWS];
};

enum err tally_open(const char *run_dir, struct tally **t_r)
{
    char path[PATH_MAX];
    (void)snprintf(path, sizeof path, "%s/tally.%zu", run_dir, sizeof(struct tally));
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return ERR_IO;
    void *m = MAP_FAILED;
    if (ftruncate(fd, sizeof(struct tally)) == 0)
        m = mmap(NULL, sizeof(struct tally), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    (void)close(fd);
    if (m == MAP_FAILED)
        return ERR_IO;
    *t_r = m;
    return ERR_OK;
}

/* Two processes that meet a new name at the same time may give it a row each: they are added up
 * when they are read. A row whose process died while naming it stays out of use. */
static struct row *row_of(struct row rows[ROWS], const char *name)
{
    for (int i = 0; i < TALLY_NAMES && strlen(name) <= TALLY_NAME_LEN; i++) {
        struct row *r = &rows[i];
        int state = atomic_load(&r->state);
        if (state == FREE && atomic_compare_exchange_strong(&r->state, &state, BEING_NAMED)) {
            (void)snprintf(r->name, sizeof r->name, "%s", name);
            atomic_store(&r->state, NAMED);
            return r;
        }
        if (state == NAMED && strcmp(r->name, name) == 0)
            return r;
    }
    return &rows[OTHERS];
}

static enum ending ending_of(enum err e)
{
    if (e == ERR_OK)
        return DONE;
    return e < ERR_WIRE_MAX && err_row(e)->http < 500 ? REFUSED : FAILED;
}

void tally_count(struct tally *t, enum tally_kind kind, const char *name, enum err e)
{
    if (t != NULL && name != NULL)
        atomic_fetch_add_explicit(&row_of(t->rows[kind], name)->count[ending_of(e)], 1,
                                  memory_order_relaxed);
}

/* A label's value: quotes, backslashes and control characters are not let through. */
static void put_label(struct buf *b, const char *name)
{
    for (; *name != '\0'; name++) {
        bool plain = *name != '"' && *name != '\\' && (unsigned char)*name >= 0x20;
        buf_put(b, plain ? name : "?", 1);
    }
}

static bool is_named(const struct row *r)
{
    return atomic_load(&r->state) == NAMED;
}

/* The row's count, and those of later rows of the same name; `*first_r` false: an earlier one has
 * it. */
static uint64_t sum_of(const struct row rows[ROWS], int at, enum ending end, bool *first_r)
{
    uint64_t sum = 0;
    *first_r = true;
    for (int i = 0; i < ROWS; i++)
        if (i == at ||
            (at != OTHERS && is_named(&rows[i]) && strcmp(rows[i].name, rows[at].name) == 0)) {
            *first_r = *first_r && i >= at;
            sum += atomic_load_explicit(&rows[i].count[end], memory_order_relaxed);
        }
    return sum;
}

static void write_kind(const struct row rows[ROWS], const char *word, struct buf *b)
{
    static const char *const endings[] = {"done", "refused", "failed"};
    buf_printf(b,
               "# HELP zwm_%s_calls_total Calls ended, by %s and how.\n"
               "# TYPE zwm_%s_calls_total counter\n",
               word, word, word);
    for (int i = 0; i < ROWS; i++)
        for (int end = 0; end < ENDINGS; end++) {
            bool first;
            if (i != OTHERS && !is_named(&rows[i]))
                break;
            uint64_t n = sum_of(rows, i, (enum ending)end, &first);
            if (!first || (i == OTHERS && n == 0))
                continue;
            buf_printf(b, "zwm_%s_calls_total{%s=\"", word, word);
            put_label(b, i == OTHERS ? "(others)" : rows[i].name);
            buf_printf(b, "\",outcome=\"%s\"} %llu\n", endings[end], (unsigned long long)n);
        }
}

void tally_write_metrics(const struct tally *t, struct buf *b)
{
    write_kind(t->rows[TALLY_APP], "app", b);
    write_kind(t->rows[TALLY_SERVICE], "service", b);
}
