/* push: telling a page at once what happened to its session, through the event streams that nginx
 * keeps open (nchan): no thread and no connection of ours waits for each page.
 *
 * A page opens its stream with a GET of the session's channel. EventSource cannot send headers and
 * a framed page has no cookie, so the channel's name is a secret of the session itself: it holds
 * the session's number and a MAC of it, so that nobody can make one up, and it is checked without a
 * look at a table. It never stands in a log.
 *
 * What is told is a hint only, "look at your state": nothing of the person is in it. A message that
 * is lost is made up for by the page's next look. Uses http, crypto. */
#ifndef ZWM_NET_PUSH_H
#define ZWM_NET_PUSH_H

#include <stdbool.h>

#include "core/base/work.h"
#include "core/crypto/keyring.h"

enum { PUSH_SESSION_LEN = 16 };

/* Returns the name of the session's channel, in `p`. */
char *push_channel(const struct keyring *kr, struct pool *p,
                   const uint8_t session_no[PUSH_SESSION_LEN]);
/* Reads the session's number out of the name of a channel. Returns ERR_BAD if we have not made that
 * name. */
ERR_CHECK enum err push_channel_read(const struct keyring *kr, struct pool *p, const char *channel,
                                     uint8_t session_no[PUSH_SESSION_LEN]);

/* Tells the session's pages {"what":WHAT}; `what` is one of our own words. Returns false, logged,
 * if nginx did not take it. */
bool push_tell(const struct work *w, const uint8_t session_no[PUSH_SESSION_LEN], const char *what);
/* Tells "ended" and closes the session's channel, with every stream that hangs on it. */
void push_close(const struct work *w, const uint8_t session_no[PUSH_SESSION_LEN]);

#endif
