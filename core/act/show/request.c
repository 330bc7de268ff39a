/* Scanning a third party's request, and deciding on it. */
#include <string.h>

#include "core/act/authorize/authorize.h"
#include "core/act/show/show.h"

enum err act_show_request(struct call *c, const struct show_request_in *in,
                          struct show_request_out *out)
{
    struct call as = show_call_as(c, CALL_AUTH_DETAIL);
    const struct auth_detail_in asked = {.request_code = in->request_code};
    struct auth_detail_out detail;
    enum err e = act_auth_detail(&as, &asked, &detail);
    if (e != ERR_OK)
        return e;
    const struct show_known known = show_known_classes(c);
    *out = (struct show_request_out){
        .org_name = detail.requester->org_name,
        .uscc = detail.requester->uscc,
        .system = detail.requester->system,
        .purpose = detail.purpose,
        .classes = {show_name_classes(c, &known, detail.xxlb.v, detail.xxlb.n, FIELD_TRUE),
                    detail.xxlb.n},
        .expires_at = detail.expires_at};
    return ERR_OK;
}

enum err act_show_decide(struct call *c, const struct show_decide_in *in,
                         struct auth_decide_out *out)
{
    struct call as = show_call_as(c, CALL_AUTH_DECIDE);
    struct auth_decide_in asked = {
        .request_code = in->request_code, .decision = in->decision, .xxlb = in->classes};
    enum err e = show_subject(c, &asked.subject);
    if (e == ERR_OK && strcmp(in->decision, "grant") == 0 && in->classes.n == 0)
        e = call_fault(c, ERR_FIELD_MISSING, "classes");
    if (e == ERR_OK)
        e = act_auth_decide(&as, &asked, out);
    c->detail = as.detail != NULL ? as.detail : c->detail;
    c->sqbh = as.sqbh;
    return e;
}
