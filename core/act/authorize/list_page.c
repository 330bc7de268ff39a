/* What stands on a page of a subject's list.
 *
 * Of all, first those that something has happened with and those that can be used, then those that
 * were never used and are over: a code on show is renewed every minute, and a day of that must not
 * hide what was done with the one that was used. The uses of a page are bounded: an authorization
 * that has more ends it, and begins the next.
 *
 * Statements: AUTHZ_PAGE_USED, AUTHZ_PAGE_OPEN, AUTHZ_PAGE_OVER, CALL_USES. */
#include <string.h>

#include "core/act/authorize/list_int.h"
#include "core/base/clock.h"

struct reading {
    struct db *db;
    const struct call *c;
    const struct list_question *q;
    struct list_page *page;
};

/* --- which authorizations --- */

/* Sets where a part is read on from. If the place is inside an authorization, that one comes again:
 * so it is behind the number that follows its own. */
static void set_before(struct authz_page *p, const struct list_place *from)
{
    p->before_at = from->issued_at;
    memcpy(p->before_sqbh, from->sqbh, SQBH_LEN);
    if (!from->inside)
        return;
    int i = SQBH_LEN - 1;
    while (i >= 0 && ++p->before_sqbh[i] == 0)
        i--;
    if (i < 0)
        p->before_at++; /* it was the greatest number of its second */
}

static enum err read_which(struct reading *r, enum authz_which which, const struct list_place *from,
                           size_t most, struct authz **list, size_t *n)
{
    const struct work *w = &r->c->w;
    struct authz_page p = {.which = which,
                           .subject_index = r->q->subject_index,
                           .now_sec = w->now_sec,
                           .since = r->q->since,
                           .most = most};
    set_before(&p, from);
    return authz_page(r->db, w->kr, w->pool, &p, list, n);
}

static bool is_newer(const struct authz *a, const struct authz *b)
{
    return a->issued_at != b->issued_at ? a->issued_at > b->issued_at
                                        : memcmp(a->sqbh, b->sqbh, SQBH_LEN) > 0;
}

static void add(struct list_page *page, const struct authz *a)
{
    page->entries[page->n++] = (struct list_entry){.authz = *a};
}

/* The first part of all: two lists as one. */
static enum err read_used_and_open(struct reading *r, const struct list_place *from, size_t most)
{
    struct authz *used, *open;
    size_t used_n, open_n = 0, u = 0, o = 0;
    enum err e = read_which(r, AUTHZ_USED, from, most, &used, &used_n);
    if (e == ERR_OK)
        e = read_which(r, AUTHZ_OPEN_UNUSED, from, most, &open, &open_n);
    while (e == ERR_OK && r->page->n < most && (u < used_n || o < open_n))
        add(r->page,
            o == open_n || (u < used_n && is_newer(&used[u], &open[o])) ? &used[u++] : &open[o++]);
    return e;
}

static enum err read_part(struct reading *r, enum authz_which which, const struct list_place *from,
                          size_t most)
{
    struct authz *list;
    size_t n;
    enum err e = read_which(r, which, from, most - r->page->n, &list, &n);
    for (size_t i = 0; e == ERR_OK && i < n; i++)
        add(r->page, &list[i]);
    return e;
}

/* Reads `most` entries, without uses. *first_r: how many of them are of the first part. */
static enum err read_entries(struct reading *r, const struct list_place *from, size_t most,
                             size_t *first_r)
{
    struct list_place second = list_place_start();
    enum err e = ERR_OK;
    *first_r = most;
    if (strcmp(r->q->kind, "all") != 0)
        return read_part(r, strcmp(r->q->kind, "used") == 0 ? AUTHZ_USED : AUTHZ_OPEN, from, most);
    if (from->part == LIST_FIRST)
        e = read_used_and_open(r, from, most);
    *first_r = r->page->n;
    if (e == ERR_OK && r->page->n < most)
        e = read_part(r, AUTHZ_OVER, from->part == LIST_SECOND ? from : &second, most);
    return e;
}

/* --- their uses --- */

static enum err read_uses(struct reading *r, struct list_entry *at, const struct list_place *from,
                          size_t most)
{
    const struct work *w = &r->c->w;
    const struct authz *a = &at->authz;
    bool goes_on = from->inside && memcmp(from->sqbh, a->sqbh, SQBH_LEN) == 0;
    if (!a->touched)
        return ERR_OK;
    /* The calls' own clocks may lie a little behind ours. */
    return callrec_uses_page(r->db, w->kr, w->pool, a->sqbh,
                             clock_day(a->issued_at - w->conf->call_window_sec),
                             goes_on ? &from->use : NULL, most, &at->uses, &at->uses_n);
}

static void end_at(struct list_page *page, size_t i, enum list_part part, bool inside)
{
    const struct list_entry *last = &page->entries[i];
    page->n = i + 1;
    page->more = true;
    page->ended =
        (struct list_place){.part = part, .issued_at = last->authz.issued_at, .inside = inside};
    memcpy(page->ended.sqbh, last->authz.sqbh, SQBH_LEN);
    if (!inside)
        return;
    const struct callrec_use *use = &last->uses[last->uses_n - 1];
    page->ended.use.at_ms = use->at_ms;
    memcpy(page->ended.use.request_id, use->request_id, sizeof use->request_id);
}

enum err list_page_read(struct db *db, const struct call *c, const struct list_question *q,
                        const struct list_place *from, size_t most, struct list_page *page)
{
    struct reading r = {db, c, q, page};
    size_t first, room = AUTH_USES_MOST;
    *page =
        (struct list_page){.entries = pool_alloc(c->w.pool, (most + 1) * sizeof *page->entries)};
    enum err e = read_entries(&r, from, most + 1, &first); /* one more, to see whether there is */
    for (size_t i = 0; e == ERR_OK && i < page->n; i++) {
        struct list_entry *at = &page->entries[i];
        enum list_part part = i < first ? LIST_FIRST : LIST_SECOND;
        e = read_uses(&r, at, from, room + 1);
        if (e != ERR_OK)
            break;
        bool cut = at->uses_n > room;
        at->uses_n = cut ? room : at->uses_n;
        room -= at->uses_n;
        if (cut || (i + 1 < page->n && (room == 0 || i + 1 == most)))
            end_at(page, i, part, cut);
    }
    return e;
}
