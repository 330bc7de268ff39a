#include "core/wire/calls/data.h"

#include <string.h>

#include "core/wire/calls/rows.h"

static bool is_data_or_file(const char *s)
{
    return strcmp(s, "data") == 0 || strcmp(s, "file") == 0;
}

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
const struct fields envelope_fields = FIELDS("Envelope", struct envelope_out, envelope_rows);

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
    FIELDS_ONE_OF("PickupAnswer", struct pickup_out, pickup_out_rows, "envelope", "file");

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
    SQBH_ROW(struct fetch_in, true),
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

CALL_ROW(PICKUP, .name = "pickup", .method = "POST", .path = "/api/v1/data/pickup", .relayed = true,
         .callers = CALLER_THIRD_PARTY | CALLER_SYSTEM, .in = &pickup_in_fields,
         .out = &pickup_out_fields,
         .errors = "3009,4001,4002,4003,4004,4005,6001,6002,6003,6004,6005,6006,6007",
         .summary = "Pick up authorized data or a file",
         .doc = "A ticket serves each class at most three times within its time, for the app "
                "it was given to.");

CALL_ROW(FILE, .name = "file", .method = "GET", .path = "/api/v1/data/file/{handle}",
         .relayed = true, .callers = CALLER_THIRD_PARTY | CALLER_SYSTEM,
         .errors = "3009,6001,6002,6005", .summary = "Download a large file",
         .doc = "The handle is used up once as many bytes as the file has were sent; byte "
                "ranges allow a broken download to be resumed. "
                "The handle itself is the permission; an Authorization header is checked if "
                "one is sent, and must be of the same app.");

CALL_ROW(FETCH, .name = "fetch", .method = "POST", .path = "/service/sample/fetch", .service = true,
         .callers = CALLER_SYSTEM, .in = &fetch_in_fields, .out = &fetch_out_fields,
         .errors = "6007", .summary = "What an information service implements",
         .doc = "Called by the code system, signed with its key by the scheme ZWM-SM2-SM3-OUT, "
                "at BASE_URL/fetch. Data comes "
                "back in the usual answer; a file as its bytes with Content-Type and Zwm-Sm3.");
