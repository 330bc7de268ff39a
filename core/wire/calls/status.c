/* The interfaces on the local port, for monitoring: no fields, no callers to authenticate. */
#include "core/wire/calls/rows.h"

CALL_ROW(HEALTH, .name = "health", .method = "GET", .path = "/healthz", .errors = "", .summary = "",
         .doc = "");

CALL_ROW(METRICS, .name = "metrics", .method = "GET", .path = "/metrics", .errors = "",
         .summary = "", .doc = "");
