-- 003: the end of a transaction in one round trip. See 001 for the conventions.

ALTER TABLE call_record ADD COLUMN query VARBINARY(1024) NULL
    COMMENT 'query of the call''s target, with its question mark, as signed; NULL: none';

-- Enters a call in call_record and commits, marking the code used before that where claim_digest is given. Nothing is
-- committed unless all of it was done: error 1062 where the nonce has served, 45001 (no error of the server's own) where
-- the code could not be marked any more; the caller rolls back. Parameters are the columns of the same names.
CREATE PROCEDURE commit_call(
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
    END IF;
    INSERT INTO call_record (day, app_id, nonce, interface, at_ms, request_id, error, sqbh, authz_day, authz_digest,
        detail, answer, ticket_hash, ticket_expires, peer, peer_nonce, body_sm3, signature, sent_at, query)
        VALUES (p_day, p_app_id, p_nonce, p_interface, p_at_ms, p_request_id, p_error, p_sqbh, p_authz_day,
        p_authz_digest, p_detail, p_answer, p_ticket_hash, p_ticket_expires, p_peer, p_peer_nonce, p_body_sm3,
        p_signature, p_sent_at, p_query);
    COMMIT;
END;
