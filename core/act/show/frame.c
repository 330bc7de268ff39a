/* The document that <service-code> frames (interface-people 2), and who may frame it.
 *
 * The element names the origin of the page that it stands on. Anybody can name anything, and it
 * gets him nothing: the policy of the document lets exactly that origin frame it, and the document
 * speaks to exactly that origin. So a page that names another's origin is not shown the document,
 * and one that names its own must have it registered. */
#include <string.h>

#include "core/act/pages.h"
#include "core/act/show/show.h"
#include "core/base/conf.h"

static const char document[] =
    "<!doctype html>\n"
    "<html lang=\"zh-CN\" data-theme=\"light\">\n"
    "<head>\n"
    "<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<title>服务码</title>\n"
    "<link rel=\"stylesheet\" href=\"/shared/tokens.css\">\n"
    "<link rel=\"stylesheet\" href=\"/shared/base.css\">\n"
    "<link rel=\"stylesheet\" href=\"/embed/frame.css\">\n"
    "<script type=\"module\" src=\"/embed/frame.js\"></script>\n"
    "</head>\n"
    "<body></body>\n"
    "</html>\n";

static const char policy[] =
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src "
    "'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors %s; "
    "require-trusted-types-for 'script'; trusted-types 'none'";

/* Returns the origin that the query names; NULL if it names none. An origin as browsers write it
 * has no character that a query would have to escape. */
static const char *named_origin(const struct call *c)
{
    static const char name[] = "origin=";
    const char *query = strchr(c->rq->target, '?');
    if (query == NULL || strncmp(query + 1, name, sizeof name - 1) != 0)
        return NULL;
    const char *origin = query + sizeof name;
    return pages_is_origin(origin, c->w.conf->allow_loopback_routes != 0) ? origin : NULL;
}

enum err act_show_frame(struct call *c)
{
    struct pool *p = c->w.pool;
    const char *origin = named_origin(c);
    bool yes = false;
    enum err e = origin != NULL ? origin_may_frame(c->w.db, p, origin, &yes) : ERR_OK;
    if (e != ERR_OK)
        return e;
    const char *const headers[] = {
        pool_printf(p, policy, yes ? origin : "'none'"), "Referrer-Policy: no-referrer",
        pool_printf(p, "Content-Length: %zu", sizeof document - 1), NULL};
    c->out->head(c, 200, "text/html; charset=utf-8", headers);
    (void)c->out->write(c, document, sizeof document - 1);
    return ERR_OK;
}
