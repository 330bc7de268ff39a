/* list_int: a page of a subject's list, and the cursor that leads from one to the next. Private to
 * the files of the list. */
#ifndef ZWM_ACT_LIST_INT_H
#define ZWM_ACT_LIST_INT_H

#include "core/act/authorize/authorize.h"
#include "core/code/record.h"

/* Whose list, and what of it: a cursor serves this question only. */
struct list_question {
    uint8_t subject_index[32];
    const char *kind; /* "all", "used" or "open" */
    int64_t since;
};

/* The list has up to two parts, one after the other; in each, newest first. */
enum list_part { LIST_FIRST, LIST_SECOND };
/* A place in the list: behind an authorization, or inside it, behind one of its uses. */
struct list_place {
    enum list_part part;
    int64_t issued_at;
    uint8_t sqbh[SQBH_LEN];
    bool inside;
    struct callrec_place use; /* if `inside` */
};
/* The place before everything. */
struct list_place list_place_start(void);

/* The cursor of a place, in the call's pool. */
char *list_cursor_write(const struct call *c, const struct list_question *q,
                        const struct list_place *at);
/* Returns ERR_FIELD_INVALID, naming `cursor`, if it was not written for this question. */
ERR_CHECK enum err list_cursor_read(struct call *c, const struct list_question *q,
                                    const char *cursor, struct list_place *at_r);

struct list_entry {
    struct authz authz;
    struct callrec_use *uses;
    size_t uses_n;
};
struct list_page {
    struct list_entry *entries;
    size_t n;
    bool more;               /* there is something behind it */
    struct list_place ended; /* if `more`: where the next begins */
};
/* Reads the page of at most `most` authorizations that begins at `from`, within a transaction. */
ERR_CHECK enum err list_page_read(struct db *db, const struct call *c,
                                  const struct list_question *q, const struct list_place *from,
                                  size_t most, struct list_page *page_r);

#endif
