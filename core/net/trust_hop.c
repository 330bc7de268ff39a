/* Who is next on the way to a system. Every node on the way decides for itself from the same list,
 * so each rule must bring the call nearer: down towards the target if it is below us, else up
 * towards somebody who can reach it. */
#include <string.h>

#include "core/code/sysid.h"
#include "core/net/trust.h"

/* The active regional system nearest above `target` by GB/T 2260 prefix (county, city, province);
 * of one division the lowest serial. The division need not exist: headings such as 429000 are
 * walked over by prefix. NULL: none. */
static const struct trust_system *regional_ancestor(const struct trust *t,
                                                    const struct sysid *target)
{
    char division[SYSID_PLATFORM_LEN + 1], above[SYSID_PLATFORM_LEN + 1];
    memcpy(division, target->platform, sizeof division);
    while (target->cls == SYSID_REGIONAL && sysid_division_parent(division, above) == ERR_OK) {
        /* Ordered by identifier: serials of a division stand together, the lowest first. */
        for (size_t i = 0; i < t->n; i++) {
            const struct trust_system *s = &t->systems[i];
            if (s->active && s->system[0] == '0' + SYSID_REGIONAL &&
                memcmp(s->system + 1, above, SYSID_PLATFORM_LEN) == 0)
                return s;
        }
        memcpy(division, above, sizeof division);
    }
    return NULL;
}

/* From the target up to the first that can be called from here: a child of ours (*below_r), or one
 * that is called directly. */
static enum err climb(const struct trust *t, const char *self, const struct trust_system *from,
                      const struct trust_system **hop_r, bool *below_r)
{
    const struct trust_system *s = from;
    *below_r = false;
    for (int i = 0; i < TRUST_CLIMB_MOST; i++) {
        const char *parent = *s->parent != '\0' ? s->parent : t->publisher;
        bool top = strcmp(s->system, t->publisher) == 0; /* has nobody above it */
        if (!s->active)
            return ERR_SYSTEM_SUSPENDED;
        *below_r = !top && strcmp(parent, self) == 0;
        if (*below_r || top || s->mode == TRUST_DIRECT) {
            *hop_r = s;
            return ERR_OK;
        }
        s = trust_find(t, parent);
        if (s == NULL)
            return ERR_NO_ROUTE;
    }
    return ERR_NO_ROUTE;
}

/* The system above us, which knows more than we do. */
static enum err go_up(const struct trust *t, const char *self, const char *up,
                      const struct trust_system **hop_r)
{
    const struct trust_system *s = strcmp(up, self) != 0 ? trust_find(t, up) : NULL;
    if (s == NULL)
        return ERR_NO_ROUTE;
    if (!s->active)
        return ERR_SYSTEM_SUSPENDED;
    *hop_r = s;
    return ERR_OK;
}

enum err trust_next_hop(const struct trust *t, const char *self, const char *own_parent,
                        enum trust_mode own_mode, const char *target,
                        const struct trust_system **hop_r)
{
    struct sysid id;
    const struct trust_system *hop = NULL;
    bool below;
    *hop_r = NULL;
    if (strcmp(self, target) == 0)
        return ERR_OK;
    if (sysid_parse(target, &id) != ERR_OK)
        return ERR_NO_ROUTE;
    const struct trust_system *goal = trust_find(t, target);
    if (goal == NULL)
        goal = regional_ancestor(t, &id);
    if (goal == NULL)
        return go_up(t, self, own_parent, hop_r);
    /* Ours is the region, and we do not know the target: nobody does. */
    if (strcmp(goal->system, self) == 0)
        return ERR_NO_ROUTE;
    enum err e = climb(t, self, goal, &hop, &below);
    /* Who docks by relay leaves through the system above, the publisher if none is named; only
     * to those below it calls itself. */
    if (own_mode == TRUST_RELAY && e != ERR_SYSTEM_SUSPENDED && !(e == ERR_OK && below) &&
        strcmp(self, t->publisher) != 0)
        return go_up(t, self, *own_parent != '\0' ? own_parent : t->publisher, hop_r);
    if (e == ERR_OK)
        *hop_r = hop;
    return e;
}
