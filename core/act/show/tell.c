/* Telling pages that the code on show was used (interface-people 3: within three seconds).
 *
 * One look a second at the store serves all pages, in one process of the node at a time: the one
 * that holds the lock. Told at least once: a process that dies in between has its page told again,
 * which only makes the page look at its state. */
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "core/act/show/show.h"
#include "core/base/clock.h"
#include "core/base/conf.h"
#include "core/base/log.h"
#include "core/net/http.h"
#include "core/net/push.h"

enum { LOOK_US = 1000000 };

static enum err note_told(struct db *db, void *arg)
{
    return session_told(db, arg);
}

static void look(const struct work *w)
{
    struct session_used *list;
    size_t n;
    enum err e = session_list_used(
        w->db, w->pool, w->now_sec - w->conf->show_idle_sec - SESSION_SEEN_STEP_SEC, &list, &n);
    db_rollback(w->db);
    for (size_t i = 0; e == ERR_OK && i < n && push_tell(w, list[i].session_no, "used"); i++)
        e = db_transact(w->db, note_told, &list[i]);
}

static void wait_for_turn(const struct conf *conf)
{
    struct pool *p = pool_new(false);
    int fd =
        open(pool_printf(p, "%s/push.lock", conf->run_dir), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    pool_destroy(&p);
    while (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0)
        (void)usleep(LOOK_US);
}

void show_tell_pages(const struct conf *conf)
{
    struct keyring *kr = NULL;
    struct db *db = NULL;
    wait_for_turn(conf);
    if (keyring_open(conf->keys_dir, &kr) != ERR_OK) {
        log_msg(LOG_ERROR, "push", "the keys cannot be opened: no page is told");
        return;
    }
    struct http_client *http = http_client_new(NULL);
    while (db == NULL && db_open(conf, DB_SHOW, &db) == ERR_BAD)
        (void)usleep(LOOK_US);
    for (;; (void)usleep(LOOK_US)) {
        struct work w = {.pool = pool_new(false), .conf = conf, .kr = kr, .db = db, .http = http};
        w.now_ms = clock_now_ms();
        w.now_sec = w.now_ms / 1000;
        look(&w);
        pool_destroy(&w.pool);
    }
}
