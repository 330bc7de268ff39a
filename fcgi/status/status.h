/* status: the handlers of zwm-status, on the local status port only (nginx sees to that). No
 * authentication. Private to fcgi/status. */
#ifndef ZWM_FCGI_STATUS_H
#define ZWM_FCGI_STATUS_H

#include "fcgi/frame/frame.h"

/* GET /healthz: 200 and {"status":"ok"}, or 503 with what fails and why. */
ERR_CHECK enum err status_health(struct call *c, void *in);
/* GET /metrics: Prometheus text. Counts and sizes, never the identifier of a person. */
ERR_CHECK enum err status_metrics(struct call *c, void *in);

/* Names what fails, in `p`, and why, side by side; returns how many, at most `most`. */
size_t status_failing(struct pool *p, const struct conf *conf, const char **parts,
                      const char **reasons, size_t most);

#endif
