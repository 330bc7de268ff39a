-- 010: registration under a flood: where applications are from, and who was invited. See 001 for the conventions.
-- beside: 004

ALTER TABLE route_application
    ADD COLUMN prefix VARBINARY(9) NULL COMMENT 'where it is from: 4 and the three bytes of a /24, or 6 and the eight of a /64; NULL: not known',
    ADD COLUMN invited TINYINT NOT NULL DEFAULT 0 COMMENT '1: it came with an invitation';

CREATE TABLE route_invitation (
    code_hash BINARY(32) NOT NULL COMMENT 'SM3 of the code that an operator has given away',
    system CHAR(9) CHARACTER SET ascii COLLATE ascii_bin NULL COMMENT 'identifier that may be applied for with it; NULL: any',
    created_at BIGINT NOT NULL COMMENT 'seconds',
    expires_at BIGINT NOT NULL COMMENT 'seconds',
    used_at BIGINT NULL COMMENT 'seconds; NULL: it still serves',
    PRIMARY KEY (code_hash)
) ENGINE = InnoDB COMMENT = 'invitations to register a code system; each serves once';
