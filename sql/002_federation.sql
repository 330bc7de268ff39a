-- 002: codes across code systems: routes, the trust list, scan to authorize, evidence. See 001 for the conventions.

CREATE TABLE route (
    system CHAR(9) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'system identifier',
    name VARCHAR(128) NOT NULL COMMENT 'name, Chinese',
    base_url VARCHAR(512) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'https address the interfaces are below',
    public_key VARBINARY(256) NOT NULL COMMENT 'SM2 key in force, DER SubjectPublicKeyInfo',
    previous_key VARBINARY(256) NULL COMMENT 'key before it, accepted until previous_until',
    previous_until BIGINT NULL COMMENT 'seconds; end of the overlap',
    code_types VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'code types it issues, comma separated',
    mode TINYINT NOT NULL COMMENT '1 direct, 2 relay (through its parent)',
    parent CHAR(9) CHARACTER SET ascii COLLATE ascii_bin NULL COMMENT 'system above it; NULL: the publisher',
    contact VARBINARY(2048) NULL COMMENT 'sealed JSON: name, phone, email',
    status TINYINT NOT NULL COMMENT '2 active, 3 suspended, 4 withdrawn',
    updated_at BIGINT NOT NULL COMMENT 'seconds',
    PRIMARY KEY (system)
) ENGINE = InnoDB COMMENT = 'approved routes of the systems registered here';

CREATE TABLE route_application (
    application_no BINARY(16) NOT NULL COMMENT 'answered to the applicant',
    system CHAR(9) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'system identifier applied for',
    app_nonce VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'nonce of the call: serves once',
    body MEDIUMBLOB NOT NULL COMMENT 'sealed JSON: the registration as sent',
    signed_by BINARY(32) NOT NULL COMMENT 'SM3 of the key (DER) whose signature came with it',
    status TINYINT NOT NULL COMMENT '1 pending, 2 approved, 3 refused',
    at BIGINT NOT NULL COMMENT 'seconds',
    decided_at BIGINT NULL COMMENT 'seconds',
    PRIMARY KEY (application_no),
    UNIQUE KEY route_application_nonce (system, app_nonce),
    KEY route_application_status (status, at)
) ENGINE = InnoDB COMMENT = 'registrations and changes of routes waiting for an administrator';

CREATE TABLE trust_list (
    version BIGINT NOT NULL COMMENT 'rises by one with each publication',
    publisher CHAR(9) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'system that signed it',
    issued_at BIGINT NOT NULL COMMENT 'seconds',
    expires_at BIGINT NOT NULL COMMENT 'seconds; not used after it',
    body MEDIUMTEXT NOT NULL COMMENT 'JSON as published, signature included',
    received_at BIGINT NOT NULL COMMENT 'seconds',
    PRIMARY KEY (version)
) ENGINE = InnoDB COMMENT = 'trust lists published here or fetched from the registry; the highest version is in force';

ALTER TABLE call_record
    ADD COLUMN peer CHAR(9) CHARACTER SET ascii COLLATE ascii_bin NULL COMMENT 'issuing system of a foreign code that the call was passed to',
    ADD COLUMN peer_nonce VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL COMMENT 'nonce of our call to that system',
    ADD COLUMN body_sm3 BINARY(32) NULL COMMENT 'SM3 of the request body: with path, time and nonce what the caller signed',
    ADD COLUMN signature BINARY(64) NULL COMMENT 'SM2 signature of the call, r then s; NULL: allow-list',
    ADD COLUMN sent_at BIGINT NULL COMMENT 'seconds, timestamp of the call as signed';

ALTER TABLE file_handle
    ADD COLUMN authz_day INT NULL COMMENT 'authz.day, to see a revocation',
    ADD COLUMN authz_digest BINARY(32) NULL COMMENT 'authz.digest',
    ADD COLUMN peer CHAR(9) CHARACTER SET ascii COLLATE ascii_bin NULL COMMENT 'system that holds the file under the same handle';

CREATE TABLE auth_request (
    request_no BINARY(16) NOT NULL COMMENT 'answered to the third party',
    secret_hash BINARY(32) NOT NULL COMMENT 'SM3 of the request code shown',
    app_id VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'third party that asks',
    purpose VARCHAR(200) NOT NULL COMMENT 'what for, shown to the subject',
    xxlb TEXT NOT NULL COMMENT 'JSON list of the classes asked for',
    czqx TINYINT NOT NULL COMMENT 'permission bits asked for',
    item_code VARCHAR(64) NULL COMMENT 'government service item',
    region CHAR(6) CHARACTER SET ascii COLLATE ascii_bin NULL COMMENT 'GB/T 2260 code',
    callback VARCHAR(512) CHARACTER SET ascii COLLATE ascii_bin NULL COMMENT 'https address told of the decision',
    created_at BIGINT NOT NULL COMMENT 'seconds',
    expires_at BIGINT NOT NULL COMMENT 'seconds',
    state TINYINT NOT NULL COMMENT '1 open, 2 granted, 3 refused',
    decided_at BIGINT NULL COMMENT 'seconds',
    grant_answer MEDIUMBLOB NULL COMMENT 'sealed JSON: what status answers once granted (ticket, record, masked subject)',
    PRIMARY KEY (request_no),
    UNIQUE KEY auth_request_secret (secret_hash),
    KEY auth_request_expires (expires_at)
) ENGINE = InnoDB COMMENT = 'scan to authorize: requests of third parties (R1.11)';

CREATE TABLE callback_job (
    id BIGINT NOT NULL AUTO_INCREMENT COMMENT 'number',
    request_no BINARY(16) NOT NULL COMMENT 'auth_request decided',
    app_id VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'third party told',
    url VARCHAR(512) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'where',
    body TEXT NOT NULL COMMENT 'JSON sent; nothing sensitive',
    tries INT NOT NULL COMMENT 'made so far',
    next_at BIGINT NOT NULL COMMENT 'seconds, next try',
    state TINYINT NOT NULL COMMENT '1 waiting, 2 delivered, 3 given up',
    last_error VARCHAR(200) NULL COMMENT 'of the last try',
    created_at BIGINT NOT NULL COMMENT 'seconds',
    PRIMARY KEY (id),
    KEY callback_job_due (state, next_at)
) ENGINE = InnoDB COMMENT = 'decisions to tell third parties of';

CREATE TABLE evidence (
    day INT NOT NULL COMMENT 'day it happened',
    id BINARY(16) NOT NULL COMMENT 'random',
    at_ms BIGINT NOT NULL COMMENT 'milliseconds',
    sqbh BINARY(16) NULL COMMENT 'authorization, where the answer told it',
    ticket_hash BINARY(32) NULL COMMENT 'SM3 of the ticket given or used: leads from a pickup to its authorization',
    role TINYINT NOT NULL COMMENT '1 our own call to another system, 2 passed on as a relay',
    peer CHAR(9) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'system called next',
    request_string TEXT NOT NULL COMMENT 'what the request''s signature covers',
    authorization_header VARCHAR(1024) NOT NULL COMMENT 'as sent',
    status SMALLINT NOT NULL COMMENT 'HTTP status of the answer',
    answer MEDIUMBLOB NOT NULL COMMENT 'sealed: the answer''s body',
    receipt_system CHAR(9) CHARACTER SET ascii COLLATE ascii_bin NULL COMMENT 'Zwm-System of the answer',
    receipt_time BIGINT NULL COMMENT 'seconds, Zwm-Timestamp',
    receipt_signature VARCHAR(200) CHARACTER SET ascii COLLATE ascii_bin NULL COMMENT 'Zwm-Signature',
    PRIMARY KEY (day, id),
    KEY evidence_sqbh (sqbh),
    KEY evidence_ticket (ticket_hash)
) ENGINE = InnoDB COMMENT = 'receipts of calls between code systems'
PARTITION BY RANGE (day) (PARTITION pmax VALUES LESS THAN MAXVALUE);
