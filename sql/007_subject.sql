-- 007: callbacks by host; the list of a subject's authorizations by page. See 001 for the conventions.
-- beside: 004

ALTER TABLE callback_job
    ADD COLUMN host VARCHAR(512) CHARACTER SET ascii COLLATE ascii_bin
        AS (LOWER(SUBSTRING_INDEX(SUBSTRING_INDEX(SUBSTRING_INDEX(SUBSTRING(url, 9), '/', 1), '?', 1), '#', 1))) PERSISTENT
        COMMENT 'of the url, with its port if it has one: a slow one delays its own jobs only',
    ADD KEY callback_job_turn (state, app_id, host, next_at);
