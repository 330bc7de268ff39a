-- 008: callbacks by host; the list of a subject's authorizations by page. See 001 for the conventions.
-- beside: 004

ALTER TABLE callback_job
    ADD COLUMN host VARCHAR(512) CHARACTER SET ascii COLLATE ascii_bin
        AS (LOWER(SUBSTRING_INDEX(SUBSTRING_INDEX(SUBSTRING_INDEX(SUBSTRING(url, 9), '/', 1), '?', 1), '#', 1))) PERSISTENT
        COMMENT 'of the url, with its port if it has one: a slow one delays its own jobs only',
    ADD KEY callback_job_turn (state, app_id, host, next_at);

-- used_at says whether anything has happened with an authorization, so that the list of a subject finds what was used among
-- the many codes that were shown and never used. The index gives a page of it without reading the rows between.
ALTER TABLE authz
    MODIFY COLUMN used_at BIGINT NULL COMMENT 'seconds, first use, refused try or revocation; NULL: nothing has happened with it',
    ADD KEY authz_subject_page (subject_index, issued_at, sqbh, used_at),
    DROP KEY authz_subject;
UPDATE authz SET used_at = issued_at WHERE used_at IS NULL AND (code_type = 100 OR state = 3);
SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED;
UPDATE authz a JOIN (SELECT authz_day AS day, authz_digest AS digest, MIN(at_ms) DIV 1000 AS at FROM call_record
    WHERE interface IN (2, 4, 11, 13) AND authz_digest IS NOT NULL GROUP BY authz_day, authz_digest) c
    ON c.day = a.day AND c.digest = a.digest SET a.used_at = c.at WHERE a.used_at IS NULL;

-- Enters a call in call_record and commits, marking the code used before that where claim_digest is given. Nothing is
-- committed unless all of it was done: error 1062 where the nonce has served, 45001 (no error of the server's own) where
-- the code could not be marked any more; the caller rolls back. Parameters are the columns of the same names. A refused
-- verification (interface 2) is marked too, the first of a code that nothing has happened with.
CREATE OR REPLACE PROCEDURE commit_call(
    p_claim_day INT, p_claim_digest BINARY(32), p_claim_at BIGINT,
    p_day INT, p_app_id VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin,
    p_nonce VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin, p_interface TINYINT, p_at_ms BIGINT,
    p_request_id BINARY(16), p_error SMALLINT, p_sqbh BINARY(16), p_authz_day INT, p_authz_digest BINARY(32),
    p_detail BLOB, p_answer MEDIUMBLOB, p_ticket_hash BINARY(32), p_ticket_expires BIGINT,
    p_peer CHAR(9) CHARACTER SET ascii COLLATE ascii_bin, p_peer_nonce VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin,
    p_body_sm3 BINARY(32), p_signature BINARY(64), p_sent_at BIGINT, p_query VARBINARY(1024))
    MODIFIES SQL DATA
    SQL SECURITY INVOKER
    COMMENT 'a call''s record and, with it, the single-use mark; commits'
BEGIN
    IF p_claim_digest IS NOT NULL THEN
        UPDATE authz SET uses = uses + 1, used_at = COALESCE(used_at, p_claim_at)
            WHERE day = p_claim_day AND digest = p_claim_digest AND state = 1 AND (single_use = 0 OR uses = 0);
        IF ROW_COUNT() = 0 THEN
            SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 45001, MESSAGE_TEXT = 'the code cannot be marked used';
        END IF;
    ELSEIF p_interface = 2 AND p_authz_digest IS NOT NULL THEN
        UPDATE authz SET used_at = p_at_ms DIV 1000
            WHERE day = p_authz_day AND digest = p_authz_digest AND used_at IS NULL;
    END IF;
    INSERT INTO call_record (day, app_id, nonce, interface, at_ms, request_id, error, sqbh, authz_day, authz_digest,
        detail, answer, ticket_hash, ticket_expires, peer, peer_nonce, body_sm3, signature, sent_at, query)
        VALUES (p_day, p_app_id, p_nonce, p_interface, p_at_ms, p_request_id, p_error, p_sqbh, p_authz_day,
        p_authz_digest, p_detail, p_answer, p_ticket_hash, p_ticket_expires, p_peer, p_peer_nonce, p_body_sm3,
        p_signature, p_sent_at, p_query);
    COMMIT;
END;
