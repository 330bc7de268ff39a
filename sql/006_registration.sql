-- 006: a caller's new key beside the one before it, and apps that are removed. See 001 for the conventions.
-- beside: 004

ALTER TABLE app
    ADD COLUMN previous_key VARBINARY(256) NULL COMMENT 'SM2 key before public_key, accepted until previous_until; NULL: none',
    ADD COLUMN previous_until BIGINT NULL COMMENT 'seconds; end of the overlap of keys',
    MODIFY COLUMN status TINYINT NOT NULL COMMENT '1 active, 2 suspended, 3 removed: kept for what it has done, the identifier is not given again';
