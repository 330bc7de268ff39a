-- 004: the keys that apps have had, so that what was signed can be checked after a change. See 001 for the conventions.

CREATE TABLE app_key (
    app_id VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'app, present or past',
    public_key VARBINARY(256) NOT NULL COMMENT 'SM2 key, DER SubjectPublicKeyInfo',
    since BIGINT NOT NULL COMMENT 'seconds, when it was registered first',
    PRIMARY KEY (app_id, public_key)
) ENGINE = InnoDB COMMENT = 'every key that was ever registered for an app; nothing is taken out';

INSERT INTO app_key (app_id, public_key, since) SELECT app_id, public_key, created_at FROM app WHERE public_key IS NOT NULL;
