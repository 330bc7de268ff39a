-- 009: logins at our own address, the enterprises that a person may act for, and pages told at once what happened.
-- beside: 004

ALTER TABLE person_session
    ADD COLUMN enterprises VARBINARY(8192) NULL COMMENT 'sealed JSON list: enterprises that the person may act for; NULL: none',
    ADD COLUMN login VARBINARY(8192) NULL COMMENT 'sealed JSON: what ends the session at the identity provider; NULL: nothing does',
    ADD COLUMN login_sub BINARY(32) NULL COMMENT 'keyed blind index of the identity provider and its name of the person',
    ADD COLUMN login_sid BINARY(32) NULL COMMENT 'keyed blind index of the identity provider and its session',
    ADD KEY person_session_told (state, told, seen_at),
    ADD KEY person_session_sub (login_sub),
    ADD KEY person_session_sid (login_sid);

CREATE TABLE logout_token (
    jti_hash BINARY(32) NOT NULL COMMENT 'SM3 of the issuer and number of a logout token that was obeyed',
    until BIGINT NOT NULL COMMENT 'seconds; the token is too old to be obeyed after it',
    PRIMARY KEY (jti_hash),
    KEY logout_token_until (until)
) ENGINE = InnoDB COMMENT = 'logout tokens of the identity provider, so that none is obeyed twice';
