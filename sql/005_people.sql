-- 005: what people see: sessions in which codes are shown, what apps may be told of people, notes of correction.
-- beside: 004

CREATE TABLE app_origin (
    app_id VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'app',
    origin VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'scheme, host and port of a page of the app',
    PRIMARY KEY (app_id, origin)
) ENGINE = InnoDB COMMENT = 'origins of the pages of an app: they may frame the code, or ask for user tickets';

ALTER TABLE app
    ADD COLUMN dialect VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NULL COMMENT 'of the JSSDK: json, mob, shandong, gansu; NULL: json',
    ADD COLUMN logout_url VARCHAR(512) CHARACTER SET ascii COLLATE ascii_bin NULL COMMENT 'told when a person logs out; NULL: nobody is told';

CREATE TABLE person_session (
    session_no BINARY(16) NOT NULL COMMENT 'number, random',
    token_hash BINARY(32) NULL COMMENT 'SM3 of the show token; NULL: it was used, or there was none',
    token_until BIGINT NULL COMMENT 'seconds; the token opens the session until then',
    key_hash BINARY(32) NULL COMMENT 'SM3 of the key that the page holds; NULL: not opened yet',
    kind TINYINT NOT NULL COMMENT '1 embedded in a page of the app, 2 at our address with a token, 3 logged in at our address',
    app_id VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'channel app that has identified the person',
    subject VARBINARY(4096) NOT NULL COMMENT 'sealed JSON: the person as identified',
    subject_index BINARY(32) NOT NULL COMMENT 'keyed blind index of the subject (id type, id number)',
    acting VARBINARY(4096) NULL COMMENT 'sealed JSON: the enterprise that the person acts for now; NULL: for himself',
    channel CHAR(2) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'channel type',
    embed_origin VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NULL COMMENT 'origin of the page that may frame it; NULL: our address only',
    return_url VARCHAR(512) CHARACTER SET ascii COLLATE ascii_bin NULL COMMENT 'where the page leads back to; NULL: nowhere',
    scene VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NULL COMMENT 'scene chosen; NULL: the general one',
    classes TEXT CHARACTER SET ascii COLLATE ascii_bin NULL COMMENT 'JSON list of the classes chosen; NULL: none chosen yet',
    shown_sqbh BINARY(16) NULL COMMENT 'authorization whose code is on show; NULL: none',
    shown_day INT NULL COMMENT 'its day, key of authz with shown_digest',
    shown_digest BINARY(32) NULL COMMENT 'its digest',
    told TINYINT NOT NULL COMMENT '1: the page was told that the code on show was used',
    auth_at BIGINT NOT NULL COMMENT 'seconds; when the person was identified',
    created_at BIGINT NOT NULL COMMENT 'seconds',
    seen_at BIGINT NOT NULL COMMENT 'seconds; last use, to within half a minute',
    ends_at BIGINT NOT NULL COMMENT 'seconds; it ends then in any case',
    state TINYINT NOT NULL COMMENT '1 open, 2 ended',
    PRIMARY KEY (session_no),
    UNIQUE KEY person_session_token (token_hash),
    UNIQUE KEY person_session_key (key_hash),
    KEY person_session_ends (ends_at)
) ENGINE = InnoDB COMMENT = 'sessions of people in which codes are shown';

CREATE TABLE login_state (
    state_hash BINARY(32) NOT NULL COMMENT 'SM3 of the state sent to the identity provider',
    browser_hash BINARY(32) NOT NULL COMMENT 'SM3 of the cookie of the browser that began',
    secrets VARBINARY(1024) NOT NULL COMMENT 'sealed JSON: nonce and PKCE verifier',
    next_path VARCHAR(512) CHARACTER SET ascii COLLATE ascii_bin NULL COMMENT 'where to go after it, below our address; NULL: the show page',
    until BIGINT NOT NULL COMMENT 'seconds',
    PRIMARY KEY (state_hash),
    KEY login_state_until (until)
) ENGINE = InnoDB COMMENT = 'logins under way at the identity provider';

CREATE TABLE user_ticket (
    ticket_hash BINARY(32) NOT NULL COMMENT 'SM3 of the user ticket',
    session_no BINARY(16) NOT NULL COMMENT 'session it was taken in',
    app_id VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'app whose page took it',
    until BIGINT NOT NULL COMMENT 'seconds',
    used_at BIGINT NULL COMMENT 'seconds; NULL: not used',
    PRIMARY KEY (ticket_hash),
    KEY user_ticket_session (session_no),
    KEY user_ticket_until (until)
) ENGINE = InnoDB COMMENT = 'user tickets of app pages';

CREATE TABLE user_consent (
    subject_index BINARY(32) NOT NULL COMMENT 'keyed blind index of the subject',
    app_id VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'app that may be told who the subject is',
    given_at BIGINT NOT NULL COMMENT 'seconds',
    PRIMARY KEY (subject_index, app_id)
) ENGINE = InnoDB COMMENT = 'consents to tell an app who somebody is';

CREATE TABLE correction_note (
    correction_no BINARY(16) NOT NULL COMMENT 'number, random',
    subject_index BINARY(32) NOT NULL COMMENT 'keyed blind index of the subject',
    sqbh BINARY(16) NOT NULL COMMENT 'authorization that the subject was looking at',
    class VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'information class said to be wrong',
    note VARBINARY(4096) NOT NULL COMMENT 'sealed text: what is wrong',
    at BIGINT NOT NULL COMMENT 'seconds',
    state TINYINT NOT NULL COMMENT '1 open, 2 answered',
    PRIMARY KEY (correction_no),
    KEY correction_note_subject (subject_index)
) ENGINE = InnoDB COMMENT = 'notes of people about information that is wrong, for its owner';
