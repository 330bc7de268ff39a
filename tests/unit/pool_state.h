/* pool_state: a wiping pool for each test of a file, for cmocka_run_group_tests and
 * cmocka_unit_test_setup_teardown. Include after cmocka.h. */
#ifndef ZWM_TESTS_POOL_STATE_H
#define ZWM_TESTS_POOL_STATE_H

#include "core/base/pool.h"

static struct pool *pool;

static int setup(void **state)
{
    (void)state;
    pool = pool_new(true);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    pool_destroy(&pool);
    return 0;
}

#endif
