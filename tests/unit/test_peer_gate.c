/* peer_gate: nobody's silence takes others' turns, and a system that is down is known to be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>
#include <pthread.h>

#include "core/net/peer_gate.h"

/* Seven turns in all, four for one system (see peer_gate_init). */
enum { THREADS = 10, ALL = 7, SHARE = 4 };

static void enter(const char *system, int n)
{
    for (int i = 0; i < n; i++)
        assert_true(peer_gate_enter(system));
}

static void leave(const char *system, int n, bool answered)
{
    for (int i = 0; i < n; i++)
        peer_gate_leave(system, answered);
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
    return peer_gate_enter(arg) ? arg : NULL;
}

static void a_turn_that_is_given_back_is_taken(void **state)
{
    static char name[] = "busy";
    pthread_t thread;
    void *entered = NULL;
    (void)state;
    enter(name, SHARE);
    assert_int_equal(pthread_create(&thread, NULL, wait_for_turn, name), 0);
    peer_gate_leave(name, true);
    assert_int_equal(pthread_join(thread, &entered), 0);
    assert_ptr_equal(entered, name);
    leave(name, SHARE, true);
}

static void a_turn_that_nobody_gives_back_is_not_waited_for_without_end(void **state)
{
    static char name[] = "stuck";
    (void)state;
    enter(name, SHARE);
    assert_false(peer_gate_enter(name));
    leave(name, SHARE, true);
    assert_true(peer_gate_enter(name));
    peer_gate_leave(name, true);
}

static void three_failures_in_a_row_open_it(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        enter("down", 1);
        peer_gate_leave("down", false);
    }
    enter("down", 1);
    peer_gate_leave("down", true); /* not in a row */
    for (int i = 0; i < 3; i++) {
        enter("down", 1);
        peer_gate_leave("down", false);
    }
    assert_false(peer_gate_enter("down"));
    enter("up", 1);
    peer_gate_leave("up", true);
}

/* As many as a country may have, and the longest names there are. */
static void many_systems_have_a_gate_each(void **state)
{
    char name[64];
    (void)state;
    for (int i = 0; i < 2000; i++) {
        (void)snprintf(name, sizeof name, "service %032d", i % 1000);
        enter(name, 1);
        peer_gate_leave(name, i >= 1000 || i % 100 != 7);
    }
    for (int i = 0; i < 3; i++) {
        (void)snprintf(name, sizeof name, "service %032d", 5000);
        enter(name, 1);
        peer_gate_leave(name, false);
    }
    assert_false(peer_gate_enter(name));
    for (int i = 0; i < 600; i++) {
        (void)snprintf(name, sizeof name, "service %032d", i);
        enter(name, 1);
        peer_gate_leave(name, true);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_system_leaves_turns_for_others),
        cmocka_unit_test(a_turn_that_is_given_back_is_taken),
        cmocka_unit_test(a_turn_that_nobody_gives_back_is_not_waited_for_without_end),
        cmocka_unit_test(three_failures_in_a_row_open_it),
        cmocka_unit_test(many_systems_have_a_gate_each),
    };
    peer_gate_init(THREADS);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
