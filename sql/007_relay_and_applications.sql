-- 007: what is kept of calls between code systems; registration under a flood. See 001 for the conventions.
-- beside: 004

-- Old rows keep the whole answer and have neither digest nor length: they go with their time.
ALTER TABLE evidence
    MODIFY COLUMN answer MEDIUMBLOB NOT NULL COMMENT 'sealed: the first 1024 bytes of the answer''s body; where answer_sm3 is NULL all of it',
    ADD COLUMN answer_sm3 BINARY(32) NULL COMMENT 'SM3 of the answer''s whole body, which the receipt binds; NULL: a row from before 007',
    ADD COLUMN answer_size INT NULL COMMENT 'bytes of the whole body';
