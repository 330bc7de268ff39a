#include "core/wire/calls_rows.h"

#include <assert.h>
#include <string.h>

#include "core/code/channel.h"
#include "core/code/codetype.h"
#include "core/code/idno.h"
#include "core/code/record.h"

/* --- checks --- */

static bool is_person_or_enterprise(const char *s)
{
    return strcmp(s, "person") == 0 || strcmp(s, "enterprise") == 0;
}

static bool is_person_or_organisation(const char *s)
{
    return strcmp(s, "person") == 0 || strcmp(s, "organisation") == 0;
}

static bool is_zero_or_one(const char *s)
{
    return strcmp(s, "0") == 0 || strcmp(s, "1") == 0;
}

static bool is_data_or_file(const char *s)
{
    return strcmp(s, "data") == 0 || strcmp(s, "file") == 0;
}

bool calls_is_code_type(const char *s)
{
    enum code_type t;
    return code_type_by_name(s, strlen(s), &t) == ERR_OK;
}

static bool is_channel(const char *s)
{
    return channel_by_code(s) != NULL;
}

bool calls_is_czqx(const char *s)
{
    return record_czqx_bits(s) != 0;
}

bool calls_is_phone(const char *s)
{
    return s[strspn(s, "0123456789+-")] == '\0';
}

static const struct field agent_rows[] = {
    ROW(struct agent, name, STRING, true, 1, NAME_MAX_CP, .check = field_is_printable,
        .sensitive = true, .doc = "name"),
    ROW(struct agent, id_type, STRING, true, 2, 3, .check = idno_type_is_valid,
        .pattern = "^[0-9]{2,3}$", .doc = "GA/T 2000.156 code; 111 resident identity card"),
    ROW(struct agent, id_no, STRING, true, 1, NUMBER_MAX_CP, .sensitive = true,
        .doc = "number; 111 is checked by GB 11643"),
};
static const struct fields agent_fields = FIELDS("Agent", struct agent, agent_rows);

static const struct field subject_rows[] = {
    ROW(struct subject, type, STRING, true, 1, 16, .check = is_person_or_enterprise,
        .pattern = "^(person|enterprise)$", .doc = "person or enterprise"),
    ROW(struct subject, name, STRING, true, 1, NAME_MAX_CP, .check = field_is_printable,
        .sensitive = true, .doc = "name"),
    ROW(struct subject, id_type, STRING, true, 2, 3, .check = idno_type_is_valid,
        .pattern = "^[0-9]{2,3}$",
        .doc = "111 resident identity card (person), 98 unified social credit code (enterprise), "
               "other codes of GA/T 2000.156"),
    ROW(struct subject, id_no, STRING, true, 1, NUMBER_MAX_CP, .sensitive = true,
        .doc = "number; 111 is checked by GB 11643, 98 by GB 32100"),
    ROW(struct subject, phone, STRING, false, 5, 20, .check = calls_is_phone,
        .pattern = "^[0-9+-]+$", .sensitive = true, .doc = "telephone number"),
    ROW(struct subject, agent, OBJECT, false, 0, 0, .sub = &agent_fields,
        .doc = "the legal representative or agent who acts for an enterprise; QYM1 wants one"),
    ROW(struct subject, assurance, INT, true, 1, 4,
        .doc = "assurance level of the identification by the channel; ZWM1 wants 2, QYM1 wants 3"),
};
const struct fields subject_fields = FIELDS("Subject", struct subject, subject_rows);

static const struct field scanner_rows[] = {
    ROW(struct scanner, type, STRING, true, 1, 16, .check = is_person_or_organisation,
        .pattern = "^(person|organisation)$", .doc = "person or organisation"),
    ROW(struct scanner, name, STRING, true, 1, NAME_MAX_CP, .check = field_is_printable,
        .sensitive = true, .doc = "name"),
    ROW(struct scanner, id_type, STRING, true, 2, 3, .check = idno_type_is_valid,
        .pattern = "^[0-9]{2,3}$", .doc = "GA/T 2000.156 code"),
    ROW(struct scanner, id_no, STRING, true, 1, NUMBER_MAX_CP, .sensitive = true,
        .doc = "number; 111 and 98 are checked"),
};
const struct fields scanner_fields = FIELDS("Scanner", struct scanner, scanner_rows);

static const struct field bsqzt_rows[] = {
    ROW(struct bsqzt, bsqztlx, STRING, true, 1, 1, .check = is_zero_or_one, .pattern = "^[01]$",
        .doc = "0 organisation, 1 person (QYM 6.1.2)"),
    ROW(struct bsqzt, bsqzxm, STRING, true, 1, NAME_MAX_CP, .check = field_is_printable,
        .sensitive = true, .doc = "name of the person or organisation the authorization is for"),
    ROW(struct bsqzt, zjlx, STRING, false, 2, 3, .check = idno_type_is_valid,
        .pattern = "^[0-9]{2,3}$", .doc = "GA/T 2000.156 code"),
    ROW(struct bsqzt, zjhm, STRING, false, 1, NUMBER_MAX_CP, .check = field_is_printable,
        .sensitive = true,
        .doc = "number; compared with the caller's unified social credit code (0) or the scanner's "
               "number (1); without it the names are compared"),
};
const struct fields bsqzt_fields = FIELDS("Bsqzt", struct bsqzt, bsqzt_rows);

static const struct field requester_rows[] = {
    ROW(struct requester, app_id, STRING, true, 1, 32, .check = field_is_app_id,
        .pattern = "^[A-Za-z0-9._-]+$", .doc = "the app at its own system"),
    ROW(struct requester, org_name, STRING, true, 1, NAME_MAX_CP, .check = field_is_printable,
        .doc = "its organisation"),
    ROW(struct requester, uscc, STRING, true, 1, 64, .check = field_is_printable,
        .doc = "unified social credit code of the organisation"),
    ROW(struct requester, system, STRING, true, 9, 9, .check = field_is_digits,
        .pattern = "^[0-9]{9}$", .doc = "identifier of its code system"),
    ROW(struct requester, public_key, STRING, true, 1, 512,
        .doc = "base64 SubjectPublicKeyInfo, to seal for"),
};
const struct fields requester_fields = FIELDS("Requester", struct requester, requester_rows);

static const struct field issue_in_rows[] = {
    ROW(struct issue_in, code_type, STRING, false, 4, 4, .check = calls_is_code_type,
        .pattern = "^(ZWM1|QYM1)$", .doc = "code type; ZWM1 if absent"),
    ROW(struct issue_in, channel, STRING, true, 2, 2, .check = is_channel, .pattern = "^[0-9]{2}$",
        .doc = "channel type the code is shown in"),
    ROW(struct issue_in, subject, OBJECT, true, 0, 0, .sub = &subject_fields,
        .doc = "who authorizes, as identified by the channel"),
    ROW(struct issue_in, xxlb, STRINGS, true, 1, LIST_MAX, .item_max = CLASS_MAX_CP,
        .check = field_is_class, .pattern = "^[A-Za-z0-9._:-]+$",
        .doc = "information classes authorized, each once"),
    ROW(struct issue_in, bsqzt, OBJECT, false, 0, 0, .sub = &bsqzt_fields,
        .doc = "who alone may use the code; anyone if absent"),
    ROW(struct issue_in, xxsy, FREE, false, 0, LIST_MAX, .sensitive = true,
        .doc = "index of the information, as its holder needs it; `sqbh` is ours to add"),
    ROW(struct issue_in, czqx, STRING, false, 1, 2, .check = calls_is_czqx,
        .pattern = "^([1-9]|1[0-5])$",
        .doc = "permission bits as a decimal number: 1 read, 2 keep the query receipt, 4 download, "
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
    ROW(struct issue_out, issued_at, INT, true, 0, EPOCH_MAX,
        .doc = "seconds since the Unix epoch, UTC"),
    ROW(struct issue_out, deadline, INT, true, 0, EPOCH_MAX,
        .doc = "seconds since the Unix epoch, UTC; valid while now <= deadline"),
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
        .doc = "the terminal that scans, where no person does"),
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
    FIELDS("VerifyRequest", struct verify_in, verify_in_rows);

static const struct field masked_rows[] = {
    ROW(struct masked_subject, type, STRING, true, 1, 16, .pattern = "^(person|enterprise)$",
        .doc = "person or enterprise"),
    ROW(struct masked_subject, name, STRING, true, 1, NAME_MAX_CP,
        .doc = "masked: first character and **"),
    ROW(struct masked_subject, id_no, STRING, true, 1, NUMBER_MAX_CP,
        .doc = "masked: first four characters and *****"),
};
const struct fields masked_fields = FIELDS("MaskedSubject", struct masked_subject, masked_rows);

static const struct field verify_out_rows[] = {
    ROW(struct verify_out, ticket, STRING, true, 53, 53,
        .pattern = "^[0-9]{9}\\.[A-Za-z0-9_-]{43}$", .sensitive = true,
        .doc = "for pickup: the issuing system's identifier, a dot, 43 characters"),
    ROW(struct verify_out, ticket_expires, INT, true, 0, EPOCH_MAX,
        .doc = "seconds since the Unix epoch, UTC"),
    ROW(struct verify_out, sqbh, STRING, true, 32, 32, .pattern = "^[0-9a-f]{32}$",
        .doc = "authorization number"),
    ROW(struct verify_out, system, STRING, true, 9, 9, .pattern = "^[0-9]{9}$",
        .doc = "the issuing code system"),
    ROW(struct verify_out, code_type, STRING, true, 4, 4, .pattern = "^(ZWM1|QYM1)$",
        .doc = "code type"),
    ROW(struct verify_out, channel, STRING, true, 2, 2, .pattern = "^[0-9]{2}$",
        .doc = "channel type it was issued in"),
    ROW(struct verify_out, deadline, INT, true, 0, EPOCH_MAX,
        .doc = "of the code, seconds since the Unix epoch, UTC"),
    ROW(struct verify_out, subject, OBJECT, true, 0, 0, .sub = &masked_fields,
        .doc = "who authorized, masked"),
    ROW(struct verify_out, xxlb, STRINGS, true, 1, LIST_MAX, .item_max = CLASS_MAX_CP,
        .doc = "information classes that may be picked up"),
    ROW(struct verify_out, xxsy, FREE, true, 1, LIST_MAX + 1,
        .doc = "index of the information, with the authorization number `sqbh`"),
    ROW(struct verify_out, czqx, STRING, true, 1, 2, .pattern = "^([1-9]|1[0-5])$",
        .doc = "permission bits"),
};
static const struct fields verify_out_fields =
    FIELDS("VerifyAnswer", struct verify_out, verify_out_rows);

static const struct field outcome_in_rows[] = {
    ROW(struct outcome_in, nonce, STRING, true, 16, 64, .check = field_is_nonce,
        .pattern = "^[A-Za-z0-9_-]{16,64}$", .doc = "nonce of the earlier verify call"),
};
static const struct fields outcome_in_fields =
    FIELDS("OutcomeRequest", struct outcome_in, outcome_in_rows);

static const struct field pickup_in_rows[] = {
    ROW(struct pickup_in, ticket, STRING, true, 1, 128, .check = field_is_printable,
        .sensitive = true, .doc = "from verify"),
    ROW(struct pickup_in, class, STRING, true, 1, CLASS_MAX_CP, .check = field_is_class,
        .pattern = "^[A-Za-z0-9._:-]+$", .doc = "one of xxlb"),
    ROW(struct pickup_in, as, STRING, true, 4, 4, .check = is_data_or_file,
        .pattern = "^(data|file)$", .doc = "data, or file (needs the download bit)"),
};
static const struct fields pickup_in_fields =
    FIELDS("PickupRequest", struct pickup_in, pickup_in_rows);

static const struct field envelope_rows[] = {
    ROW(struct envelope_out, key, STRING, true, 1, 512,
        .doc = "base64 of SM2 04|C1|C3|C2 over SM4 key | MAC key"),
    ROW(struct envelope_out, iv, STRING, true, 24, 24, .doc = "base64, 16 bytes"),
    ROW(struct envelope_out, ciphertext, STRING, true, 1, 1500000,
        .doc = "base64, SM4-CBC, PKCS#7"),
    ROW(struct envelope_out, mac, STRING, true, 44, 44,
        .doc = "base64, HMAC-SM3 over iv|ciphertext"),
};
static const struct fields envelope_fields = FIELDS("Envelope", struct envelope_out, envelope_rows);

static const struct field pickup_out_rows[] = {
    ROW(struct pickup_out, class, STRING, true, 1, CLASS_MAX_CP, .doc = "information class"),
    ROW(struct pickup_out, source, STRING, true, 1, NAME_MAX_CP,
        .doc = "the information service it comes from"),
    ROW(struct pickup_out, media_type, STRING, true, 1, 128, .doc = "of the plaintext or file"),
    ROW(struct pickup_out, size, INT, true, 0, INT64_MAX, .doc = "bytes of the plaintext or file"),
    ROW(struct pickup_out, sm3, STRING, true, 64, 64, .pattern = "^[0-9a-f]{64}$",
        .doc = "SM3 of the plaintext or file"),
    ROW(struct pickup_out, envelope, OBJECT, false, 0, 0, .sub = &envelope_fields,
        .doc = "up to 1 MiB: sealed for the requester's key"),
    ROW(struct pickup_out, file, STRING, false, 43, 43, .pattern = "^[A-Za-z0-9_-]{43}$",
        .sensitive = true,
        .doc = "above 1 MiB: one-time handle for GET /api/v1/data/file/{handle}"),
};
static const struct fields pickup_out_fields =
    FIELDS("PickupAnswer", struct pickup_out, pickup_out_rows);

static const struct field fetch_requester_rows[] = {
    ROW(struct fetch_requester, app_id, STRING, true, 1, 32, .check = field_is_app_id,
        .pattern = "^[A-Za-z0-9._-]+$", .doc = "the app that picks up"),
    ROW(struct fetch_requester, org_name, STRING, true, 1, NAME_MAX_CP, .doc = "its organisation"),
    ROW(struct fetch_requester, uscc, STRING, true, 1, 64,
        .doc = "unified social credit code of the organisation"),
};
static const struct fields fetch_requester_fields =
    FIELDS("FetchRequester", struct fetch_requester, fetch_requester_rows);

static const struct field fetch_in_rows[] = {
    ROW(struct fetch_in, sqbh, STRING, true, 32, 32, .check = field_is_hex32,
        .pattern = "^[0-9a-f]{32}$", .doc = "authorization number"),
    ROW(struct fetch_in, class, STRING, true, 1, CLASS_MAX_CP, .check = field_is_class,
        .pattern = "^[A-Za-z0-9._:-]+$", .doc = "information class"),
    ROW(struct fetch_in, as, STRING, true, 4, 4, .check = is_data_or_file,
        .pattern = "^(data|file)$", .doc = "data or file"),
    ROW(struct fetch_in, record, FREE, true, 1, 16, .sensitive = true,
        .doc = "the authorization record"),
    ROW(struct fetch_in, requester, OBJECT, true, 0, 0, .sub = &fetch_requester_fields,
        .doc = "who picks up"),
};
static const struct fields fetch_in_fields = FIELDS("FetchRequest", struct fetch_in, fetch_in_rows);

static const struct field fetch_out_rows[] = {
    ROW(struct fetch_out, media_type, STRING, true, 1, 128, .doc = "of the data"),
    ROW(struct fetch_out, data, FREE, true, 0, 1000, .sensitive = true,
        .doc = "the data: an object"),
};
static const struct fields fetch_out_fields =
    FIELDS("FetchAnswer", struct fetch_out, fetch_out_rows);

static const struct call_row rows[] = {
    [CALL_VOID] = {CALL_VOID, "void", "", "", 0, NULL, NULL, "", "", ""},
    [CALL_ISSUE] = {CALL_ISSUE, "issue", "POST", "/api/v1/code/issue", CALLER_CHANNEL,
                    &issue_in_fields, &issue_out_fields, "5001,5005", "Issue a service code",
                    "A channel asks for a code for a subject it has identified. The code and its "
                    "authorization record are stored before the answer is given."},
    [CALL_VERIFY] =
        {CALL_VERIFY, "verify", "POST", "/api/v1/code/verify", CALLER_THIRD_PARTY | CALLER_SYSTEM,
         &verify_in_fields, &verify_out_fields, "3001,3002,3003,3004,3005,3006,3007,3008,3009,4001",
         "Verify a service code",
         "Checks, in this order: shape, type, route, signature, deadline (by the issuing system's "
         "clock), known, revoked or replaced, addressed to this requester, used. "
         "The answer says only the first that failed. The record of the call, the single-use mark "
         "and the nonce are committed together."},
    [CALL_OUTCOME] = {CALL_OUTCOME, "outcome", "POST", "/api/v1/code/outcome",
                      CALLER_THIRD_PARTY | CALLER_SYSTEM, &outcome_in_fields, &verify_out_fields,
                      "3001,3002,3003,3004,3005,3006,3007,3008,3009,4001",
                      "What became of an earlier verify call",
                      "For ten minutes: the same items, or the same error. 3007 where no such call "
                      "took effect; that nonce then never will, so calling verify again is safe."},
    [CALL_PICKUP] = {CALL_PICKUP, "pickup", "POST", "/api/v1/data/pickup",
                     CALLER_THIRD_PARTY | CALLER_SYSTEM, &pickup_in_fields, &pickup_out_fields,
                     "3009,4001,4002,4003,4004,4005,6001,6002,6003,6004,6005,6006,6007",
                     "Pick up authorized data or a file",
                     "A ticket serves each class at most three times within its time, for the app "
                     "it was given to."},
    [CALL_FILE] = {CALL_FILE, "file", "GET", "/api/v1/data/file/{handle}",
                   CALLER_THIRD_PARTY | CALLER_SYSTEM, NULL, NULL, "6001,6002,6005",
                   "Download a large file",
                   "The handle is used up once as many bytes as the file has were sent; byte "
                   "ranges allow a broken download to be resumed. "
                   "The handle itself is the permission; an Authorization header is checked where "
                   "one is sent, and must be of the same app."},
    [CALL_FETCH] = {CALL_FETCH, "fetch", "POST", "/service/sample/fetch", CALLER_SYSTEM,
                    &fetch_in_fields, &fetch_out_fields, "6007",
                    "What an information service implements",
                    "Called by the code system, signed with its key, at BASE_URL/fetch. Data comes "
                    "back in the usual answer; a file as its bytes with Content-Type and Zwm-Sm3. "
                    "The address here is that of the sample service."},
    [CALL_HEALTH] = {CALL_HEALTH, "health", "GET", "/healthz", 0, NULL, NULL, "", "", ""},
    [CALL_METRICS] = {CALL_METRICS, "metrics", "GET", "/metrics", 0, NULL, NULL, "", "", ""},
    [CALL_AUTH_REQUEST] =
        {CALL_AUTH_REQUEST, "request", "POST", "/api/v1/authorization/request", CALLER_THIRD_PARTY,
         &auth_request_in_fields, &auth_request_out_fields, "",
         "Ask a subject for an authorization",
         "Gives a request code to show; the subject scans it in a channel and decides."},
    [CALL_AUTH_DETAIL] = {CALL_AUTH_DETAIL, "detail", "POST", "/api/v1/authorization/detail",
                          CALLER_CHANNEL | CALLER_SYSTEM, &auth_detail_in_fields,
                          &auth_detail_out_fields, "3001,4001,4002,4003,4004,4005,5001,5002,5004",
                          "Who asks, for what, why, until when",
                          "A request code of another code system is looked up there."},
    [CALL_AUTH_DECIDE] = {CALL_AUTH_DECIDE, "decide", "POST", "/api/v1/authorization/decide",
                          CALLER_CHANNEL | CALLER_SYSTEM, &auth_decide_in_fields,
                          &auth_decide_out_fields, "3001,4001,4002,4003,4004,4005,5001,5002,5004",
                          "Grant or refuse", "The subject may grant a part of what was asked for."},
    [CALL_AUTH_STATUS] = {CALL_AUTH_STATUS, "status", "POST", "/api/v1/authorization/status",
                          CALLER_THIRD_PARTY, &auth_status_in_fields, &auth_grant_fields,
                          "5001,5002,5003", "What became of a request",
                          "result_code 103 while it is open; 100 with the ticket once granted; "
                          "5003 refused, 5002 expired."},
    [CALL_AUTH_REVOKE] = {CALL_AUTH_REVOKE, "revoke", "POST", "/api/v1/authorization/revoke",
                          CALLER_CHANNEL, &auth_revoke_in_fields, &auth_revoke_out_fields,
                          "5001,5005", "Revoke an authorization",
                          "At once, tickets and started pickups included."},
    [CALL_AUTH_LIST] = {CALL_AUTH_LIST, "list", "POST", "/api/v1/authorization/list",
                        CALLER_CHANNEL, &auth_list_in_fields, &auth_list_item_fields, "",
                        "A subject's authorizations",
                        "Newest first, one item each, with every use and every refused try."},
    [CALL_ROUTE_REGISTER] =
        {CALL_ROUTE_REGISTER, "route_register", "POST", "/api/v1/route/register", CALLER_SYSTEM,
         &route_register_in_fields, &route_register_out_fields, "4006",
         "Register a code system's route",
         "Signed by the key it carries (app_id is the system identifier); a change of an approved "
         "route is signed with the key on record. result_code 103: an administrator approves."},
    [CALL_ROUTE_QUERY] = {CALL_ROUTE_QUERY, "route_query", "POST", "/api/v1/route/query",
                          CALLER_SYSTEM | CALLER_THIRD_PARTY | CALLER_CHANNEL,
                          &route_query_in_fields, &route_query_out_fields, "4001,4005",
                          "The route in force", "From the trust list."},
    [CALL_ROUTE_LIST] = {CALL_ROUTE_LIST, "route_list", "GET", "/api/v1/route/list", CALLER_SYSTEM,
                         NULL, NULL, "4001", "The trust list",
                         "Signed by its publisher; no authentication. version rises by one."},
};
_Static_assert(sizeof rows / sizeof rows[0] == CALL_MAX, "one row a call");

const struct call_row *call_row(enum call_id id)
{
    assert((int)id >= 0 && id < CALL_MAX);
    return &rows[id];
}
