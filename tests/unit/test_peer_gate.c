/* peer_gate: nobody's silence takes others' turns, and a system that is down is known to be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <pthread.h>

#include "core/net/peer_gate.h"

/* Seven turns in all, four for one system (see peer_gate_init). */
enum { THREADS = 10, ALL = 7, SHARE = 4 };

/* Turns taken, in order: left in the same order for each name. */
static struct {
    const char *name;
    struct peer_turn turn;
} turns[64];
static pthread_mutex_t turns_lock = PTHREAD_MUTEX_INITIALIZER;

static bool try_enter(const char *system)
{
    struct peer_turn turn;
    if (!peer_gate_enter(system, &turn))
        return false;
    (void)pthread_mutex_lock(&turns_lock);
    size_t i = 0;
    while (turns[i].turn.gate != NULL)
        i++;
    turns[i].name = system;
    turns[i].turn = turn;
    (void)pthread_mutex_unlock(&turns_lock);
    return true;
}

static void leave_one(const char *system, bool answered)
{
    size_t i = 0;
    (void)pthread_mutex_lock(&turns_lock);
    while (turns[i].turn.gate == NULL || strcmp(turns[i].name, system) != 0)
        i++;
    struct peer_turn turn = turns[i].turn;
    turns[i].turn.gate = NULL;
    (void)pthread_mutex_unlock(&turns_lock);
    peer_gate_leave(&turn, answered);
    peer_gate_leave(&turn, false); /* a turn is left once */
}

static void enter(const char *system, int n)
{
    for (int i = 0; i < n; i++)
        assert_true(try_enter(system));
}

static void leave(const char *system, int n, bool answered)
{
    for (int i = 0; i < n; i++)
        leave_one(system, answered);
}

static void one_system_leaves_turns_for_others(void **state)
{
    (void)state;
    enter("hangs", SHARE);
    enter("healthy", ALL - SHARE);
    leave("healthy", ALL - SHARE, true);
    enter("other", ALL - SHARE);
    leave("other", ALL - SHARE, true);
    leave("hangs", SHARE, true);
}

static void *wait_for_turn(void *arg)
{
    return try_enter(arg) ? arg : NULL;
}

static void a_turn_that_is_given_back_is_taken(void **state)
{
    static char name[] = "busy";
    pthread_t thread;
    void *entered = NULL;
    (void)state;
    enter(name, SHARE);
    assert_int_equal(pthread_create(&thread, NULL, wait_for_turn, name), 0);
    leave_one(name, true);
    assert_int_equal(pthread_join(thread, &entered), 0);
    assert_ptr_equal(entered, name);
    leave(name, SHARE, true);
}

static void a_turn_that_nobody_gives_back_is_not_waited_for_without_end(void **state)
{
    static char name[] = "stuck";
    (void)state;
    enter(name, SHARE);
    assert_false(try_enter(name));
    leave(name, SHARE, true);
    assert_true(try_enter(name));
    leave_one(name, true);
}

static void three_failures_in_a_row_open_it(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        enter("down", 1);
        leave_one("down", false);
    }
    enter("down", 1);
    leave_one("down", true); /* not in a row */
    for (int i = 0; i < 3; i++) {
        enter("down", 1);
        leave_one("down", false);
    }
    assert_false(try_enter("down"));
    enter("up", 1);
    leave_one("up", true);
}

/* As many as a country may have, and the longest names there are. */
static void many_systems_have_a_gate_each(void **state)
{
    char name[64];
    (void)state;
    for (int i = 0; i < 2000; i++) {
        (void)snprintf(name, sizeof name, "service %032d", i % 1000);
        enter(name, 1);
        leave_one(name, i >= 1000 || i % 100 != 7);
    }
    for (int i = 0; i < 3; i++) {
        (void)snprintf(name, sizeof name, "service %032d", 5000);
        enter(name, 1);
        leave_one(name, false);
    }
    assert_false(try_enter(name));
    for (int i = 0; i < 600; i++) {
        (void)snprintf(name, sizeof name, "service %032d", i);
        enter(name, 1);
        leave_one(name, true);
    }
}

/* Names longer than a gate could once hold, alike at the beginning: each has its own, and a turn
 * is given back where it was taken. */
static void long_names_leak_nothing(void **state)
{
    char one[100], other[100];
    (void)state;
    (void)snprintf(one, sizeof one, "service %090d", 1);
    (void)snprintf(other, sizeof other, "service %090d", 2);
    for (int i = 0; i < 100; i++) {
        enter(one, 1);
        leave(one, 1, true);
    }
    enter(one, SHARE);
    assert_false(try_enter(one));
    enter(other, ALL - SHARE);
    leave(other, ALL - SHARE, true);
    leave(one, SHARE, true);
}

/* More parties fail than there are gates: none of them shuts another's, and who is in one stays in
 * it meanwhile. */
static void a_crowd_that_fails_shuts_nobody_out(void **state)
{
    char name[64];
    (void)state;
    enter("patient", 1);
    for (int i = 0; i < 3000; i++) {
        (void)snprintf(name, sizeof name, "crowd %d", i / 3);
        enter(name, 1);
        leave(name, 1, false);
    }
    enter("newcomer", SHARE);
    leave("newcomer", SHARE, true);
    enter("patient", SHARE - 1);
    assert_false(try_enter("patient"));
    leave("patient", SHARE, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_system_leaves_turns_for_others),
        cmocka_unit_test(a_turn_that_is_given_back_is_taken),
        cmocka_unit_test(a_turn_that_nobody_gives_back_is_not_waited_for_without_end),
        cmocka_unit_test(three_failures_in_a_row_open_it),
        cmocka_unit_test(many_systems_have_a_gate_each),
        cmocka_unit_test(long_names_leak_nothing),
        cmocka_unit_test(a_crowd_that_fails_shuts_nobody_out),
    };
    peer_gate_init(THREADS);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
