/* What `zwm doctor` asks the database. */
#include "core/base/clock.h"
#include "core/base/responders.h"
#include "core/cli/doctor.h"
#include "core/store/retain.h"

/* Beside its threads a process has connections for its caches and for what runs in the background;
 * and there are the operator's commands. */
enum { MORE_A_PROCESS = 2, MORE_A_NODE = 10 };

void doctor_check_connections(struct doctor *d, struct instance *i)
{
    struct admin_connections c;
    const struct conf *conf = &i->conf;
    int64_t wanted =
        RESPONDER_MAX * conf->processes * (conf->threads + MORE_A_PROCESS) + MORE_A_NODE;
    if (admin_connections(&i->work, &c) != ERR_OK)
        doctor_say(d, FAILING, "connections", "max_connections cannot be read");
    else
        doctor_say(d,
                   c.used_most >= c.most                             ? FAILING
                   : wanted > c.most || c.used_most * 5 > c.most * 4 ? WARNING
                                                                     : FINE,
                   "connections",
                   "max_connections %lld, at most %lld were used at once, this node may want %lld",
                   (long long)c.most, (long long)c.used_most, (long long)wanted);
}

static void check_table(struct doctor *d, const struct retain_state *s, int32_t today)
{
    const int32_t ahead = s->daily_until - today;
    const int64_t late = s->last != 0 ? today - (s->first + s->keep_days) : 0;
    if (s->in_pmax > 0)
        doctor_say(
            d, WARNING, "partitions",
            "%s: %s%lld rows stand in the last partition; `zwm retain --copy` moves them, in a "
            "quiet hour",
            s->table, s->in_pmax > RETAIN_COPY_MOST ? cli_text(d->cli, "more than ") : "",
            (long long)(s->in_pmax > RETAIN_COPY_MOST ? RETAIN_COPY_MOST : s->in_pmax));
    if (s->last == 0 || s->last < today)
        doctor_say(d, FAILING, "partitions",
                   "%s: none for today; run `zwm retain`, and have it run daily", s->table);
    else if (ahead < RETAIN_DAYS_AHEAD / 2)
        doctor_say(d, WARNING, "partitions",
                   "%s: days are made %d ahead, wanted %d: does `zwm retain` run daily?", s->table,
                   ahead < 0 ? 0 : (int)ahead, RETAIN_DAYS_AHEAD);
    if (late > 1)
        doctor_say(
            d, WARNING, "retention",
            "%s: what should be gone is still kept, for %lld days: does `zwm retain` run daily?",
            s->table, (long long)late);
}

void doctor_check_partitions(struct doctor *d, struct instance *i)
{
    struct retain_state *list;
    size_t n;
    const int32_t today = clock_day(clock_now_sec());
    const struct json_object *items = d->items;
    size_t before = json_object_array_length(items);
    if (retain_look(i->db, d->cli->pool, &i->conf, clock_now_sec(), &list, &n) != ERR_OK) {
        doctor_say(d, FAILING, "partitions", "cannot be read");
        return;
    }
    for (size_t k = 0; k < n; k++)
        check_table(d, &list[k], today);
    if (json_object_array_length(items) == before)
        doctor_say(d, FINE, "partitions",
                   "days are made ahead, and dropped when their time is over");
}
