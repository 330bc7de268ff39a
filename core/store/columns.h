/* columns: the tables of result columns that stmt.def names, each defined in the file of its
 * structs. Private to core/store. */
#ifndef ZWM_STORE_COLUMNS_H
#define ZWM_STORE_COLUMNS_H

#include "core/store/row.h"

/* Of statements that write: no result. */
extern const struct row_columns no_columns;

/* One number called n, one name called name. */
struct row_number {
    int64_t n;
};
struct row_name {
    const char *name;
};
extern const struct row_columns number_columns, name_columns;

extern const struct row_columns app_columns, app_spki_columns, class_columns;
extern const struct row_columns application_columns, application_count_columns;
extern const struct row_columns audit_columns, audit_last_columns;
extern const struct row_columns authreq_columns;
extern const struct row_columns authz_columns, authz_key_columns, authz_list_columns;
extern const struct row_columns callback_due_columns, callback_list_columns;
extern const struct row_columns callrec_found_columns, callrec_ticket_columns, callrec_use_columns;
extern const struct row_columns evidence_columns, evidence_call_columns;
extern const struct row_columns file_handle_columns, info_service_columns, pickup_count_columns;
extern const struct row_columns session_columns, session_held_columns, session_used_columns,
    origin_app_columns, login_state_columns;
extern const struct row_columns ticket_columns, ticket_app_columns, consent_columns;
extern const struct row_columns node_state_columns;
extern const struct row_columns route_columns, trust_row_columns;
extern const struct row_columns sample_licence_columns;
extern const struct row_columns connections_columns, schema_columns, service_columns;

#endif
