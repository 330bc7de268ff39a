#include "core/wire/calls/code.h"

#include <string.h>

#include "core/wire/calls/rows.h"

static const struct field issue_in_rows[] = {
    ROW(struct issue_in, code_type, STRING, false, 4, 4, .check = calls_is_code_type,
        .pattern = "^(ZWM1|QYM1)$", .doc = "code type; ZWM1 if absent"),
    ROW(struct issue_in, channel, STRING, true, 2, 2, .check = calls_is_channel,
        .pattern = "^[0-9]{2}$", .doc = "channel type the code is shown in"),
    ROW(struct issue_in, subject, OBJECT, true, 0, 0, .sub = &subject_fields,
        .doc = "who authorizes, as identified by the channel"),
    CLASSES_ROW(struct issue_in, true, "information classes authorized, each once"),
    ROW(struct issue_in, bsqzt, OBJECT, false, 0, 0, .sub = &bsqzt_fields,
        .doc = "who alone may use the code; anyone if absent"),
    ROW(struct issue_in, xxsy, FREE, false, 0, LIST_MAX, .sensitive = true,
        .doc = "index of the information, as its holder needs it; `sqbh` is ours to add"),
    CZQX_ROW(struct issue_in, false,
             "permission bits as a decimal number: 1 read, 2 keep the query receipt, 4 download, "
             "8 store elsewhere; 1 if absent"),
    ROW(struct issue_in, single_use, BOOL, false, 0, 0,
        .doc = "one verification only; the type's default if absent"),
    ROW(struct issue_in, validity_sec, INT, false, 1, 86400,
        .doc = "seconds of validity, at most the type's (ZWM1 60, QYM1 300), which is also the "
               "default"),
    ROW(struct issue_in, replaces, STRING, false, 32, 32, .check = field_is_hex32,
        .pattern = "^[0-9a-f]{32}$",
        .doc = "authorization number whose unused code dies now: a refresh"),
};
static const struct fields issue_in_fields = FIELDS("IssueRequest", struct issue_in, issue_in_rows);

static const struct field issue_out_rows[] = {
    ROW(struct issue_out, code, STRING, true, 232, 240, .pattern = "^[A-Z2-7]+$", .sensitive = true,
        .doc = "the service code's text"),
    ROW(struct issue_out, sqbh, STRING, true, 32, 32, .pattern = "^[0-9a-f]{32}$",
        .doc = "authorization number"),
    TIME_ROW(struct issue_out, issued_at, true, "seconds since the Unix epoch, UTC"),
    TIME_ROW(struct issue_out, deadline, true,
             "seconds since the Unix epoch, UTC; valid while now <= deadline"),
    ROW(struct issue_out, refresh_after_sec, INT, true, 1, 86400,
        .doc = "seconds after which a display should ask for a new code"),
    ROW(struct issue_out, record, FREE, true, 1, 16, .sensitive = true,
        .doc = "the authorization record (QYM 6.1.2); the SM3 of its RFC 8785 form stands in the "
               "code"),
};
static const struct fields issue_out_fields =
    FIELDS("IssueAnswer", struct issue_out, issue_out_rows);

static const struct field verify_in_rows[] = {
    ROW(struct verify_in, code, STRING, true, 1, 1024, .control = true, .sensitive = true,
        .doc = "the text scanned; white space around it is trimmed"),
    ROW(struct verify_in, purpose, STRING, true, 1, 200, .check = field_is_printable,
        .doc = "what the data is wanted for; shown to the subject"),
    ROW(struct verify_in, scanner, OBJECT, false, 0, 0, .sub = &scanner_fields,
        .doc = "who scans; either this or device_id"),
    ROW(struct verify_in, device_id, STRING, false, 1, 64, .check = field_is_printable,
        .doc = "the terminal that scans, if no person does"),
    ROW(struct verify_in, item_code, STRING, false, 1, 64, .check = field_is_printable,
        .doc = "code of the government service item"),
    ROW(struct verify_in, region, STRING, false, 6, 6, .check = field_is_digits,
        .pattern = "^[0-9]{6}$", .doc = "GB/T 2260 code of where it happens"),
    ROW(struct verify_in, place, STRING, false, 1, 128, .check = field_is_printable,
        .doc = "where it happens, in words"),
    ROW(struct verify_in, requester, OBJECT, false, 0, 0, .sub = &requester_fields,
        .doc = "code systems only: on whose behalf"),
};
static const struct fields verify_in_fields =
    FIELDS_ONE_OF("VerifyRequest", struct verify_in, verify_in_rows, "scanner", "device_id");

static const struct field verify_out_rows[] = {
    ROW(struct verify_out, ticket, STRING, true, 53, 53,
        .pattern = "^[0-9]{9}\\.[A-Za-z0-9_-]{43}$", .sensitive = true,
        .doc = "for pickup: the issuing system's identifier, a dot, 43 characters"),
    TIME_ROW(struct verify_out, ticket_expires, true, "seconds since the Unix epoch, UTC"),
    ROW(struct verify_out, sqbh, STRING, true, 32, 32, .check = field_is_hex32,
        .pattern = "^[0-9a-f]{32}$", .doc = "authorization number"),
    ROW(struct verify_out, system, STRING, true, 9, 9, .check = field_is_digits,
        .pattern = "^[0-9]{9}$", .doc = "the issuing code system"),
    ROW(struct verify_out, code_type, STRING, true, 4, 4, .check = calls_is_code_type,
        .pattern = "^(ZWM1|QYM1)$", .doc = "code type"),
    ROW(struct verify_out, channel, STRING, true, 2, 2, .check = field_is_digits,
        .pattern = "^[0-9]{2}$", .doc = "channel type it was issued in"),
    TIME_ROW(struct verify_out, deadline, true, "of the code, seconds since the Unix epoch, UTC"),
    ROW(struct verify_out, subject, OBJECT, true, 0, 0, .sub = &masked_fields,
        .doc = "who authorized, masked"),
    ROW(struct verify_out, xxlb, STRINGS, true, 1, LIST_MAX, .item_max = CLASS_MAX_CP,
        .doc = "information classes that may be picked up"),
    ROW(struct verify_out, xxsy, FREE, true, 1, LIST_MAX + 1,
        .doc = "index of the information, with the authorization number `sqbh`"),
    ROW(struct verify_out, czqx, STRING, true, 1, 2, .check = calls_is_czqx,
        .pattern = "^([1-9]|1[0-5])$", .doc = "permission bits"),
};
static const struct fields verify_out_fields =
    FIELDS("VerifyAnswer", struct verify_out, verify_out_rows);

static const struct field outcome_in_rows[] = {
    ROW(struct outcome_in, nonce, STRING, true, 16, 64, .check = field_is_nonce,
        .pattern = "^[A-Za-z0-9_-]{16,64}$", .doc = "nonce of the earlier verify call"),
};
static const struct fields outcome_in_fields =
    FIELDS("OutcomeRequest", struct outcome_in, outcome_in_rows);

CALL_ROW(VOID, .name = "void", .method = "", .path = "", .errors = "", .summary = "", .doc = "");

CALL_ROW(ISSUE, .name = "issue", .method = "POST", .path = "/api/v1/code/issue",
         .callers = CALLER_CHANNEL, .in = &issue_in_fields, .out = &issue_out_fields,
         .errors = "5001,5005", .summary = "Issue a service code",
         .doc = "A channel asks for a code for a subject it has identified. The code and its "
                "authorization record are stored before the answer is given.");

CALL_ROW(
    VERIFY, .name = "verify", .method = "POST", .path = "/api/v1/code/verify", .relayed = true,
    .callers = CALLER_THIRD_PARTY | CALLER_SYSTEM, .in = &verify_in_fields,
    .out = &verify_out_fields, .errors = "3001,3002,3003,3004,3005,3006,3007,3008,3009,4001",
    .summary = "Verify a service code",
    .doc =
        "Checks, in this order: shape, type, route, signature, deadline (by the issuing system's "
        "clock), known, revoked or replaced, addressed to this requester, used. "
        "The answer says only the first that failed. The record of the call, the single-use mark "
        "and the nonce are committed together.");

CALL_ROW(OUTCOME, .name = "outcome", .method = "POST", .path = "/api/v1/code/outcome",
         .relayed = true, .callers = CALLER_THIRD_PARTY | CALLER_SYSTEM, .in = &outcome_in_fields,
         .out = &verify_out_fields, .errors = "3001,3002,3003,3004,3005,3006,3007,3008,3009,4001",
         .summary = "What became of an earlier verify call",
         .doc = "For ten minutes: the same items, or the same error. 3007 if no such call "
                "took effect; that nonce then never will, so calling verify again is safe.");
