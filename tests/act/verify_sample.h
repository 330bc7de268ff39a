/* verify_sample: what the tests of verify share: a channel and a third party, new codes, and a
 * verification that must stand in the store as it was answered. */
#ifndef ZWM_TESTS_VERIFY_SAMPLE_H
#define ZWM_TESTS_VERIFY_SAMPLE_H

#include "tests/act/call_sample.h"

#include "core/act/verify.h"

static const struct sample_app *channel, *third;

static inline int begin(void **state)
{
    if (sample_begin(state) != 0)
        return 1;
    channel = sample_app_new(APP_CHANNEL, NULL);
    third = sample_app_new(APP_THIRD_PARTY, NULL);
    return 0;
}

#define VERIFY_TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, sample_end)

/* The error; and that the record of the call says the same. */
static inline enum err verify_as(const struct sample_app *app, const struct verify_in *in,
                                 struct verify_out *out, struct sample_call **s_r)
{
    struct sample_call *s = sample_call_new(CALL_VERIFY, DB_VERIFY, app);
    enum err e = act_verify(&s->c, in, out);
    assert_int_equal(sample_recorded(s), e);
    if (s_r != NULL)
        *s_r = s;
    return e;
}

static inline enum err verify(const struct verify_in *in)
{
    struct verify_out out;
    return verify_as(third, in, &out, NULL);
}

static inline enum err verify_code(const char *code)
{
    const struct verify_in in = sample_verify_in(code);
    return verify(&in);
}

static inline struct issue_out new_code(void)
{
    const struct issue_in in = sample_issue_in(sample_person());
    return sample_issue(channel, &in);
}

static inline void set_state(const struct issue_out *o, const char *columns)
{
    sample_sql("UPDATE authz SET %s WHERE sqbh = X'%s'", columns, o->sqbh);
}

static inline int64_t uses_of(const struct issue_out *o)
{
    return sample_number("SELECT uses FROM authz WHERE sqbh = X'%s'", o->sqbh);
}

#endif
