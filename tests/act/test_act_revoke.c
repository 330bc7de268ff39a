/* revoke and list: a subject takes back what it gave, at once, and sees what became of everything
 * it gave, others' tries too. */
#include "tests/act/authorize_sample.h"

#include "core/act/pickup.h"
#include "core/act/verify.h"

static enum err revoke(struct subject *who, const char *sqbh, int64_t *at_r)
{
    struct sample_call *s = sample_call_new(CALL_AUTH_REVOKE, DB_AUTHORIZE, channel);
    const struct auth_revoke_in in = {sqbh, who};
    struct auth_revoke_out out = {.sqbh = NULL};
    enum err e = act_auth_revoke(&s->c, &in, &out);
    assert_int_equal(sample_recorded(s), s->c.detail == NULL ? (int)e : -1);
    if (e == ERR_OK) {
        assert_string_equal(out.sqbh, sqbh);
        if (at_r != NULL)
            *at_r = out.revoked_at.v;
    }
    return e;
}

static struct issue_out new_code(struct subject *who, const char *channel_type, bool single_use)
{
    struct issue_in in = sample_issue_in(who);
    in.channel = channel_type;
    in.single_use = single_use ? FIELD_TRUE : FIELD_FALSE;
    return sample_issue(channel, &in);
}

static enum err verify(const char *code, struct verify_out *out)
{
    struct sample_call *s = sample_call_new(CALL_VERIFY, DB_VERIFY, third);
    const struct verify_in in = sample_verify_in(code);
    return act_verify(&s->c, &in, out);
}

/* --- revoke --- */

static void code_and_ticket(void **state)
{
    (void)state;
    struct subject *who = sample_person();
    struct issue_out o = new_code(who, "02", false);
    struct verify_out v;
    struct pickup_out p;
    int64_t at;
    assert_int_equal(verify(o.code, &v), ERR_OK);
    sample_set_clock(SAMPLE_NOON + 5);
    assert_int_equal(revoke(who, o.sqbh, &at), ERR_OK);
    assert_int_equal(at, SAMPLE_NOON + 5);
    struct verify_out again;
    assert_int_equal(verify(o.code, &again), ERR_CODE_REVOKED);
    struct sample_call *s = sample_call_new(CALL_PICKUP, DB_PICKUP, third);
    const struct pickup_in in = {v.ticket, SAMPLE_CLASS, "data"};
    assert_int_equal(act_pickup(&s->c, &in, &p), ERR_CODE_REVOKED);
    /* once more changes nothing */
    sample_set_clock(SAMPLE_NOON + 50);
    assert_int_equal(revoke(who, o.sqbh, &at), ERR_OK);
    assert_int_equal(at, SAMPLE_NOON + 5);
}

static void grant(void **state)
{
    (void)state;
    struct subject *who = sample_person();
    const char *sqbh = granted(new_request().request_code, who);
    assert_int_equal(revoke(who, sqbh, NULL), ERR_OK);
    assert_string_equal(sample_value("SELECT state FROM authz WHERE sqbh = X'%s'", sqbh), "3");
    /* one that was used up or replaced can be revoked too: its tickets end with it */
    struct issue_out used = new_code(who, "02", true);
    sample_sql("UPDATE authz SET state = 2, uses = 1 WHERE sqbh = X'%s'", used.sqbh);
    assert_int_equal(revoke(who, used.sqbh, NULL), ERR_OK);
    assert_string_equal(sample_value("SELECT state FROM authz WHERE sqbh = X'%s'", used.sqbh), "3");
}

static void of_somebody_else(void **state)
{
    (void)state;
    struct subject *who = sample_person(), *other = sample_person();
    struct issue_out o = new_code(who, "02", true);
    assert_int_equal(revoke(other, o.sqbh, NULL), ERR_AUTHZ_SUBJECT);
    struct subject same_number = *who; /* another kind of document with that number */
    same_number.id_type = "414";
    assert_int_equal(revoke(&same_number, o.sqbh, NULL), ERR_AUTHZ_SUBJECT);
    assert_int_equal(revoke(who, "00000000000000000000000000000000", NULL), ERR_AUTHZ_UNKNOWN);
    assert_string_equal(sample_value("SELECT state FROM authz WHERE sqbh = X'%s'", o.sqbh), "1");
    struct verify_out v;
    assert_int_equal(verify(o.code, &v), ERR_OK);
}

static void faulty_subject(void **state)
{
    (void)state;
    struct subject *who = sample_person(), wrong = *who;
    struct issue_out o = new_code(who, "02", true);
    wrong.id_no = "999999197808080033";
    assert_int_equal(revoke(&wrong, o.sqbh, NULL), ERR_FIELD_INVALID);
    wrong = *who;
    wrong.assurance.v = 1; /* identified too weakly to take back */
    assert_int_equal(revoke(&wrong, o.sqbh, NULL), ERR_FIELD_INVALID);
    assert_string_equal(sample_value("SELECT state FROM authz WHERE sqbh = X'%s'", o.sqbh), "1");
}

static void sent_twice(void **state)
{
    (void)state;
    struct subject *who = sample_person();
    struct issue_out a = new_code(who, "02", true), b = new_code(who, "02", true);
    struct sample_call *s = sample_call_new(CALL_AUTH_REVOKE, DB_AUTHORIZE, channel);
    struct auth_revoke_in in = {a.sqbh, who};
    struct auth_revoke_out out;
    assert_int_equal(act_auth_revoke(&s->c, &in, &out), ERR_OK);
    in.sqbh = b.sqbh;
    assert_int_equal(act_auth_revoke(&s->c, &in, &out), ERR_NONCE_USED);
    assert_string_equal(sample_value("SELECT state FROM authz WHERE sqbh = X'%s'", b.sqbh), "1");
}

/* --- list --- */

static const struct auth_list_item *list(struct subject *who, size_t *n_r)
{
    struct sample_call *s = sample_call_new(CALL_AUTH_LIST, DB_AUTHORIZE, channel);
    const struct auth_list_in in = {.subject = who};
    struct field_objects out;
    assert_int_equal(act_auth_list(&s->c, &in, &out), ERR_OK);
    assert_int_equal(sample_recorded(s), ERR_OK);
    *n_r = out.n;
    return out.v;
}

static void states(void **state)
{
    (void)state;
    struct subject *who = sample_person();
    /* What was never used and is over stands behind the others (test_act_list.c). */
    static const char *const in_order[] = {"active", "used", "revoked", "replaced", "expired"};
    const char *sqbh[5];
    struct verify_out v;
    size_t n;
    (void)list(who, &n);
    assert_int_equal(n, 0);
    sample_set_clock(SAMPLE_NOON - 100);
    sqbh[4] = new_code(who, "02", true).sqbh;
    sample_set_clock(SAMPLE_NOON - 3);
    sqbh[2] = new_code(who, "02", true).sqbh;
    assert_int_equal(revoke(who, sqbh[2], NULL), ERR_OK);
    sample_set_clock(SAMPLE_NOON - 2);
    sqbh[3] = new_code(who, "02", true).sqbh;
    sample_sql("UPDATE authz SET state = 2 WHERE sqbh = X'%s'", sqbh[3]);
    sample_set_clock(SAMPLE_NOON - 1);
    struct issue_out used = new_code(who, "02", true);
    sqbh[1] = used.sqbh;
    assert_int_equal(verify(used.code, &v), ERR_OK);
    sample_set_clock(SAMPLE_NOON);
    sqbh[0] = granted(new_request().request_code, who);
    (void)new_code(sample_person(), "02", true); /* somebody else's */
    const struct auth_list_item *items = list(who, &n);
    assert_int_equal(n, 5);
    for (size_t i = 0; i < n; i++) {
        assert_string_equal(items[i].sqbh, sqbh[i]);
        assert_string_equal(items[i].state, in_order[i]);
        assert_string_equal(items[i].code_type, i == 0 ? "SCAN" : "ZWM1");
        assert_int_equal(items[i].xxlb.n, 2);
        assert_string_equal(items[i].czqx, i == 0 ? "5" : "1");
    }
    assert_int_equal(items[4].issued_at.v, SAMPLE_NOON - 100);
    assert_int_equal(items[4].deadline.v, SAMPLE_NOON - 40);
}

/* Who, when, what for; neither who scanned nor with what. */
static void uses(void **state)
{
    (void)state;
    struct subject *who = sample_person(), *other = sample_person();
    struct issue_out o = new_code(who, "02", true);
    struct verify_out v;
    struct pickup_out p;
    size_t n;
    struct verify_out none;
    assert_int_equal(verify(o.code, &v), ERR_OK);
    sample_set_clock(SAMPLE_NOON + 1);
    assert_int_equal(verify(o.code, &none), ERR_CODE_USED);
    sample_set_clock(SAMPLE_NOON + 2);
    struct sample_call *s = sample_call_new(CALL_PICKUP, DB_PICKUP, third);
    const struct pickup_in in = {v.ticket, "9.9.not.granted", "data"};
    assert_int_equal(act_pickup(&s->c, &in, &p), ERR_CLASS_NOT_AUTHORIZED);
    sample_set_clock(SAMPLE_NOON + 3);
    assert_int_equal(revoke(other, o.sqbh, NULL), ERR_AUTHZ_SUBJECT);
    sample_set_clock(SAMPLE_NOON + 4);
    assert_int_equal(revoke(who, o.sqbh, NULL), ERR_OK);
    const struct auth_list_item *item = list(who, &n);
    assert_int_equal(n, 1);
    const struct auth_use *u = item->uses.v;
    static const struct {
        const char *interface, *error;
        int64_t at;
    } rows[] = {{"revoke", "", SAMPLE_NOON + 4},
                {"revoke", "5005", SAMPLE_NOON + 3},
                {"pickup", "6003", SAMPLE_NOON + 2},
                {"verify", "3005", SAMPLE_NOON + 1},
                {"verify", "", SAMPLE_NOON}};
    assert_int_equal(item->uses.n, 5);
    for (size_t i = 0; i < 5; i++) {
        const struct sample_app *by = i < 2 ? channel : third;
        assert_string_equal(u[i].interface, rows[i].interface);
        assert_string_equal(u[i].error_code, rows[i].error);
        assert_int_equal(u[i].at.v, rows[i].at);
        assert_string_equal(u[i].app_id, by->app.app_id);
        assert_string_equal(u[i].org_name, by->app.name);
        assert_string_equal(u[i].system, sample.conf.system);
        if (i >= 3)
            assert_string_equal(u[i].purpose, "办理示例事项");
        else
            assert_null(u[i].purpose);
        if (i == 2)
            assert_string_equal(u[i].class, "9.9.not.granted");
        else
            assert_null(u[i].class);
    }
    (void)list(other, &n); /* who tried in vain does not get it into his own list */
    assert_int_equal(n, 0);
}

static void list_at_fault(void **state)
{
    (void)state;
    struct subject wrong = *sample_person();
    struct sample_call *s = sample_call_new(CALL_AUTH_LIST, DB_AUTHORIZE, channel);
    const struct auth_list_in in = {.subject = &wrong};
    struct field_objects out;
    wrong.id_no = "999999197808080033";
    assert_int_equal(act_auth_list(&s->c, &in, &out), ERR_FIELD_INVALID);
    assert_string_equal(s->c.detail, "subject.id_no");
    wrong = *sample_person();
    wrong.assurance.v = 1;
    assert_int_equal(act_auth_list(&s->c, &in, &out), ERR_FIELD_INVALID);
    assert_string_equal(s->c.detail, "subject.assurance");
    assert_int_equal(sample_recorded(s), -1);
    wrong.assurance.v = 2;
    assert_int_equal(act_auth_list(&s->c, &in, &out), ERR_OK);
    assert_int_equal(act_auth_list(&s->c, &in, &out), ERR_NONCE_USED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        AUTHORIZE_TEST(code_and_ticket),
        AUTHORIZE_TEST(grant),
        AUTHORIZE_TEST(of_somebody_else),
        AUTHORIZE_TEST(faulty_subject),
        AUTHORIZE_TEST(sent_twice),
        AUTHORIZE_TEST(states),
        AUTHORIZE_TEST(uses),
        AUTHORIZE_TEST(list_at_fault),
    };
    return SAMPLE_RUN("act_revoke", tests);
}
