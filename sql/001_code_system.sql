-- 001: one code system. Forward only; applied by `zwm init`.
-- Times: BIGINT seconds (or milliseconds where the name says _ms) since the Unix epoch, UTC.
-- Tables partitioned by day: `day` is days since the epoch, UTC; `zwm retain` makes and drops the partitions.
-- "sealed": SM4-CBC + HMAC-SM3 under the data keys (iv 16 | ciphertext | mac 32), bound to table, column and row key.

CREATE TABLE division (
    code CHAR(6) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'GB/T 2260 code, 6 digits',
    name VARCHAR(64) NOT NULL COMMENT 'name, Chinese',
    level TINYINT NOT NULL COMMENT '1 province, 2 city, 3 county',
    parent CHAR(6) CHARACTER SET ascii COLLATE ascii_bin NULL COMMENT 'division above it; NULL for a province',
    PRIMARY KEY (code)
) ENGINE = InnoDB COMMENT = 'administrative divisions, GB/T 2260';

CREATE TABLE department (
    code CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'GB/T 4657 code, 3 digits',
    name VARCHAR(128) NOT NULL COMMENT 'name, Chinese',
    is_sample TINYINT NOT NULL DEFAULT 0 COMMENT '1: a sample row; the operator fills the real table',
    PRIMARY KEY (code)
) ENGINE = InnoDB COMMENT = 'departments, GB/T 4657';

CREATE TABLE change_counter (
    id TINYINT NOT NULL COMMENT 'always 1',
    seq BIGINT NOT NULL COMMENT 'rises with every change of a cached table; its row lock orders the changes',
    PRIMARY KEY (id)
) ENGINE = InnoDB COMMENT = 'tells caches that something changed';
INSERT INTO change_counter VALUES (1, 0);

CREATE TABLE app (
    app_id VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'identifier in calls; a code system has its system identifier',
    kind TINYINT NOT NULL COMMENT '1 channel, 2 third-party, 3 system, 4 service',
    name VARCHAR(128) NOT NULL COMMENT 'organisation, shown to subjects',
    uscc VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'unified social credit code of the organisation, GB 32100',
    public_key VARBINARY(256) NULL COMMENT 'SM2 key, DER SubjectPublicKeyInfo; NULL: allow-list only',
    channel CHAR(2) CHARACTER SET ascii COLLATE ascii_bin NULL COMMENT 'channel type the app is bound to; NULL: any',
    allow_list VARCHAR(1024) CHARACTER SET ascii COLLATE ascii_bin NULL COMMENT 'CIDRs, comma separated; NULL: SM2 signature only',
    rate_per_sec INT NULL COMMENT 'calls a second; NULL: the setting app_rate_per_sec',
    status TINYINT NOT NULL COMMENT '1 active, 2 suspended',
    seq BIGINT NOT NULL COMMENT 'change_counter.seq of the last change',
    created_at BIGINT NOT NULL COMMENT 'seconds',
    updated_at BIGINT NOT NULL COMMENT 'seconds',
    PRIMARY KEY (app_id),
    KEY app_seq (seq)
) ENGINE = InnoDB COMMENT = 'registered apps (third parties, channels, code systems, services)';

CREATE TABLE info_service (
    service_id VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'identifier',
    name VARCHAR(128) NOT NULL COMMENT 'information service (XXKZF), shown as source',
    base_url VARCHAR(512) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'fetch is called at base_url/fetch',
    status TINYINT NOT NULL COMMENT '1 active, 2 suspended',
    created_at BIGINT NOT NULL COMMENT 'seconds',
    PRIMARY KEY (service_id)
) ENGINE = InnoDB COMMENT = 'information services that pickup fetches from';

CREATE TABLE info_class (
    class VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'information class as in XXLB',
    name VARCHAR(128) NOT NULL COMMENT 'name, Chinese',
    kind VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'data or file: how it is usually picked up',
    service_id VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'info_service that holds it',
    PRIMARY KEY (class),
    CONSTRAINT info_class_service FOREIGN KEY (service_id) REFERENCES info_service (service_id)
) ENGINE = InnoDB COMMENT = 'information classes and who holds them';

CREATE TABLE authz (
    day INT NOT NULL COMMENT 'day of the deadline',
    digest BINARY(32) NOT NULL COMMENT 'SM3 of the JCS form of the authorization record; stands in the code',
    sqbh BINARY(16) NOT NULL COMMENT 'authorization number',
    code_type TINYINT NOT NULL COMMENT 'row of the code type table',
    code_hash BINARY(32) NOT NULL COMMENT 'SM3 of the code bytes',
    channel CHAR(2) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'channel type',
    app_id VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'channel app that asked for it',
    subject_index BINARY(32) NOT NULL COMMENT 'keyed blind index of the subject (id type, id number)',
    subject VARBINARY(4096) NOT NULL COMMENT 'sealed JSON: the subject as identified by the channel',
    record MEDIUMBLOB NOT NULL COMMENT 'sealed JSON: the authorization record, JCS form',
    issued_at BIGINT NOT NULL COMMENT 'seconds',
    deadline BIGINT NOT NULL COMMENT 'seconds; valid while now <= deadline',
    single_use TINYINT NOT NULL COMMENT '1: one verification only',
    state TINYINT NOT NULL COMMENT '1 active, 2 replaced, 3 revoked',
    uses INT NOT NULL COMMENT 'successful verifications',
    used_at BIGINT NULL COMMENT 'seconds, first success',
    PRIMARY KEY (day, digest),
    KEY authz_sqbh (sqbh),
    KEY authz_subject (subject_index)
) ENGINE = InnoDB COMMENT = 'authorizations and their codes; one row an issue'
PARTITION BY RANGE (day) (PARTITION pmax VALUES LESS THAN MAXVALUE);

CREATE TABLE call_record (
    day INT NOT NULL COMMENT 'day of the call''s own timestamp (see store/callrec.h on midnight)',
    app_id VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'caller',
    nonce VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'nonce of the call; the key makes it serve once',
    interface TINYINT NOT NULL COMMENT 'row of the call table; 0: only keeps the nonce from being used',
    at_ms BIGINT NOT NULL COMMENT 'milliseconds, when it was decided',
    request_id BINARY(16) NOT NULL COMMENT 'as answered and logged',
    error SMALLINT NOT NULL COMMENT 'error_code as a number, 0 done',
    sqbh BINARY(16) NULL COMMENT 'authorization concerned, where known',
    authz_day INT NULL COMMENT 'authz.day',
    authz_digest BINARY(32) NULL COMMENT 'authz.digest',
    detail BLOB NULL COMMENT 'sealed JSON: purpose, scanner, device, requester as sent',
    answer MEDIUMBLOB NULL COMMENT 'sealed JSON: the item answered, for outcome',
    ticket_hash BINARY(32) NULL COMMENT 'SM3 of the pickup ticket given',
    ticket_expires BIGINT NULL COMMENT 'seconds',
    PRIMARY KEY (day, app_id, nonce),
    KEY call_record_ticket (ticket_hash),
    KEY call_record_sqbh (sqbh)
) ENGINE = InnoDB COMMENT = 'every call that took effect or was refused; who, when, what for'
PARTITION BY RANGE (day) (PARTITION pmax VALUES LESS THAN MAXVALUE);

CREATE TABLE pickup (
    day INT NOT NULL COMMENT 'call_record.day of the ticket',
    ticket_hash BINARY(32) NOT NULL COMMENT 'SM3 of the ticket',
    class VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'information class',
    attempt SMALLINT NOT NULL COMMENT 'rises by one a try; the key makes two tries at once take turns',
    app_id VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'who picked up',
    at_ms BIGINT NOT NULL COMMENT 'milliseconds, when it was begun',
    state TINYINT NOT NULL COMMENT '1 begun, 2 served, 3 failed (does not count)',
    as_file TINYINT NOT NULL COMMENT '1: as a file',
    size BIGINT NULL COMMENT 'bytes served',
    sm3 BINARY(32) NULL COMMENT 'SM3 of what was served',
    PRIMARY KEY (day, ticket_hash, class, attempt)
) ENGINE = InnoDB COMMENT = 'each time something was picked up'
PARTITION BY RANGE (day) (PARTITION pmax VALUES LESS THAN MAXVALUE);

CREATE TABLE file_handle (
    day INT NOT NULL COMMENT 'day of expiry',
    handle_hash BINARY(32) NOT NULL COMMENT 'SM3 of the handle; its hexadecimal names the spool file',
    app_id VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'who may fetch it',
    media_type VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'Content-Type',
    size BIGINT NOT NULL COMMENT 'bytes of the file',
    claimed BIGINT NOT NULL COMMENT 'bytes sent or being sent; none are given once it reaches size',
    expires_at BIGINT NOT NULL COMMENT 'seconds',
    PRIMARY KEY (day, handle_hash)
) ENGINE = InnoDB COMMENT = 'one-time handles of large files'
PARTITION BY RANGE (day) (PARTITION pmax VALUES LESS THAN MAXVALUE);

CREATE TABLE audit (
    seq BIGINT NOT NULL COMMENT 'rises by one without gaps',
    at BIGINT NOT NULL COMMENT 'seconds',
    actor VARCHAR(64) NOT NULL COMMENT 'operator: login name of the command''s user',
    action VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'e.g. app.suspend',
    detail TEXT NOT NULL COMMENT 'JSON, nothing sensitive',
    hash BINARY(32) NOT NULL COMMENT 'HMAC-SM3 under the audit key over the previous hash and this row',
    PRIMARY KEY (seq)
) ENGINE = InnoDB COMMENT = 'administrative acts, chained so that a change shows (GB/T 22239)';

CREATE TABLE sample_licence (
    class VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'information class',
    subject_number VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'id number or unified social credit code (invented); * for anyone',
    licence_no VARCHAR(64) NOT NULL COMMENT 'licence number (invented)',
    data TEXT NOT NULL COMMENT 'JSON of the licence',
    file_name VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NULL COMMENT 'PDF in the sample files directory; NULL: none',
    PRIMARY KEY (class, subject_number)
) ENGINE = InnoDB COMMENT = 'the sample information service''s own table; not the code system''s';
