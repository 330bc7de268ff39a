-- Least privileges, one account a responder. Applied by `zwm init` after the migrations; `zwm_admin` is the operator's
-- command. Nobody but the migrations' own account may alter tables; partitions are the retention job's.
-- @EVERY@ stands for the accounts of all roles (core/store/roles.def). tests/unit/test_grants.c compares this file with the
-- statements each role may prepare: a right too few or too many fails there.

-- Every role looks at the schema's version, the apps and the trust list in force.
GRANT SELECT ON schema_version TO @EVERY@;
GRANT SELECT ON schema_migration TO @EVERY@;
GRANT SELECT ON app TO @EVERY@;
GRANT SELECT ON change_counter TO @EVERY@;
GRANT SELECT ON trust_list TO @EVERY@;

GRANT SELECT, INSERT ON authz TO 'zwm_issue'@'localhost';
GRANT UPDATE (state) ON authz TO 'zwm_issue'@'localhost';
GRANT EXECUTE ON PROCEDURE commit_call TO 'zwm_issue'@'localhost';
GRANT INSERT ON call_record TO 'zwm_issue'@'localhost';

GRANT SELECT ON authz TO 'zwm_verify'@'localhost';
GRANT UPDATE (uses, used_at) ON authz TO 'zwm_verify'@'localhost';
GRANT EXECUTE ON PROCEDURE commit_call TO 'zwm_verify'@'localhost';
GRANT SELECT, INSERT ON call_record TO 'zwm_verify'@'localhost';
GRANT UPDATE (error, sqbh, answer, ticket_hash, ticket_expires) ON call_record TO 'zwm_verify'@'localhost';
GRANT INSERT ON evidence TO 'zwm_verify'@'localhost';

GRANT SELECT ON info_service TO 'zwm_pickup'@'localhost';
GRANT SELECT ON info_class TO 'zwm_pickup'@'localhost';
GRANT SELECT ON authz TO 'zwm_pickup'@'localhost';
GRANT EXECUTE ON PROCEDURE commit_call TO 'zwm_pickup'@'localhost';
GRANT SELECT, INSERT ON call_record TO 'zwm_pickup'@'localhost';
GRANT UPDATE (error, sqbh, answer, ticket_hash, ticket_expires) ON call_record TO 'zwm_pickup'@'localhost';
GRANT INSERT ON evidence TO 'zwm_pickup'@'localhost';
GRANT SELECT, INSERT ON pickup TO 'zwm_pickup'@'localhost';
GRANT UPDATE (state, size, sm3) ON pickup TO 'zwm_pickup'@'localhost';
GRANT SELECT, INSERT ON file_handle TO 'zwm_pickup'@'localhost';
GRANT UPDATE (claimed) ON file_handle TO 'zwm_pickup'@'localhost';

GRANT INSERT ON call_record TO 'zwm_sample'@'localhost';
GRANT SELECT ON sample_licence TO 'zwm_sample'@'localhost';

GRANT SELECT, ALTER, DROP, INSERT, CREATE ON authz TO 'zwm_admin'@'localhost';
GRANT SELECT, ALTER, DROP, INSERT, CREATE ON call_record TO 'zwm_admin'@'localhost';
GRANT SELECT, ALTER, DROP, INSERT, CREATE ON pickup TO 'zwm_admin'@'localhost';
GRANT SELECT, ALTER, DROP, INSERT, CREATE ON file_handle TO 'zwm_admin'@'localhost';
GRANT SELECT, ALTER, DROP, INSERT, CREATE ON evidence TO 'zwm_admin'@'localhost';
GRANT SELECT, INSERT, UPDATE ON app TO 'zwm_admin'@'localhost';
GRANT SELECT, INSERT ON app_key TO 'zwm_admin'@'localhost';
GRANT SELECT, UPDATE ON change_counter TO 'zwm_admin'@'localhost';
GRANT SELECT, INSERT, UPDATE, DELETE ON info_service TO 'zwm_admin'@'localhost';
GRANT SELECT, INSERT, UPDATE, DELETE ON info_class TO 'zwm_admin'@'localhost';
GRANT SELECT, INSERT ON audit TO 'zwm_admin'@'localhost';
GRANT SELECT ON division TO 'zwm_admin'@'localhost';
GRANT SELECT, INSERT, UPDATE, DELETE ON department TO 'zwm_admin'@'localhost';
GRANT SELECT, INSERT, UPDATE ON sample_licence TO 'zwm_admin'@'localhost';

-- Scan to authorize.
GRANT SELECT, INSERT ON authz TO 'zwm_authorize'@'localhost';
GRANT UPDATE (state, used_at) ON authz TO 'zwm_authorize'@'localhost';
GRANT SELECT, INSERT ON call_record TO 'zwm_authorize'@'localhost';
GRANT UPDATE (error, sqbh, answer, ticket_hash, ticket_expires) ON call_record TO 'zwm_authorize'@'localhost';
GRANT SELECT, INSERT ON auth_request TO 'zwm_authorize'@'localhost';
GRANT UPDATE (state, decided_at, grant_answer) ON auth_request TO 'zwm_authorize'@'localhost';
GRANT SELECT, INSERT ON callback_job TO 'zwm_authorize'@'localhost';
GRANT UPDATE (state, next_at, tries, last_error) ON callback_job TO 'zwm_authorize'@'localhost';
GRANT INSERT ON evidence TO 'zwm_authorize'@'localhost';
GRANT SELECT, DELETE ON auth_request TO 'zwm_admin'@'localhost';
GRANT SELECT, DELETE ON callback_job TO 'zwm_admin'@'localhost';
GRANT SELECT ON callback_job TO 'zwm_status'@'localhost';
GRANT UPDATE (state, next_at) ON callback_job TO 'zwm_admin'@'localhost';

-- Routes and trust lists.
GRANT SELECT, UPDATE ON change_counter TO 'zwm_route'@'localhost';
GRANT SELECT, INSERT ON call_record TO 'zwm_route'@'localhost';
GRANT UPDATE (error, sqbh, answer, ticket_hash, ticket_expires) ON call_record TO 'zwm_route'@'localhost';
GRANT INSERT ON evidence TO 'zwm_route'@'localhost';
GRANT SELECT ON route TO 'zwm_route'@'localhost';
GRANT SELECT, INSERT ON route_application TO 'zwm_route'@'localhost';
GRANT SELECT, UPDATE (used_at) ON route_invitation TO 'zwm_route'@'localhost';
GRANT SELECT, INSERT, DELETE ON trust_list TO 'zwm_route'@'localhost';
GRANT SELECT, INSERT, UPDATE ON route TO 'zwm_admin'@'localhost';
GRANT SELECT, DELETE ON route_application TO 'zwm_admin'@'localhost';
GRANT SELECT, INSERT, DELETE ON route_invitation TO 'zwm_admin'@'localhost';
GRANT UPDATE (status, decided_at) ON route_application TO 'zwm_admin'@'localhost';
GRANT SELECT, INSERT, DELETE ON trust_list TO 'zwm_admin'@'localhost';

-- Show sessions and the show page, which issues, lists, decides and revokes for the person in the session.
GRANT SELECT, INSERT ON authz TO 'zwm_show'@'localhost';
GRANT UPDATE (state, used_at) ON authz TO 'zwm_show'@'localhost';
GRANT EXECUTE ON PROCEDURE commit_call TO 'zwm_show'@'localhost';
GRANT SELECT, INSERT ON call_record TO 'zwm_show'@'localhost';
GRANT UPDATE (error, sqbh, answer, ticket_hash, ticket_expires) ON call_record TO 'zwm_show'@'localhost';
GRANT SELECT ON auth_request TO 'zwm_show'@'localhost';
GRANT UPDATE (state, decided_at, grant_answer) ON auth_request TO 'zwm_show'@'localhost';
GRANT INSERT ON callback_job TO 'zwm_show'@'localhost';
GRANT INSERT ON evidence TO 'zwm_show'@'localhost';
GRANT SELECT ON info_class TO 'zwm_show'@'localhost';
GRANT SELECT ON info_service TO 'zwm_show'@'localhost';
GRANT SELECT, INSERT ON person_session TO 'zwm_show'@'localhost';
GRANT UPDATE (token_hash, key_hash, seen_at, state, shown_sqbh, shown_day, shown_digest, told, classes, acting) ON person_session TO 'zwm_show'@'localhost';
GRANT SELECT ON app_origin TO 'zwm_show'@'localhost';
GRANT SELECT, DELETE ON person_session TO 'zwm_admin'@'localhost';
GRANT SELECT, INSERT, DELETE ON app_origin TO 'zwm_admin'@'localhost';

-- The login at our own address.
GRANT SELECT, INSERT ON person_session TO 'zwm_user'@'localhost';
GRANT UPDATE (token_hash, seen_at, state) ON person_session TO 'zwm_user'@'localhost';
GRANT SELECT ON authz TO 'zwm_user'@'localhost';
GRANT UPDATE (state) ON authz TO 'zwm_user'@'localhost';
GRANT SELECT ON app_origin TO 'zwm_user'@'localhost';
GRANT SELECT, INSERT, DELETE ON login_state TO 'zwm_user'@'localhost';
GRANT INSERT ON logout_token TO 'zwm_user'@'localhost';
GRANT SELECT, DELETE ON login_state TO 'zwm_admin'@'localhost';
GRANT SELECT, DELETE ON logout_token TO 'zwm_admin'@'localhost';
GRANT INSERT ON call_record TO 'zwm_user'@'localhost';
GRANT INSERT ON callback_job TO 'zwm_user'@'localhost';
GRANT SELECT, INSERT ON user_ticket TO 'zwm_user'@'localhost';
GRANT UPDATE (used_at) ON user_ticket TO 'zwm_user'@'localhost';
GRANT SELECT, INSERT ON user_consent TO 'zwm_user'@'localhost';
GRANT SELECT, DELETE ON user_ticket TO 'zwm_show'@'localhost';
GRANT SELECT, DELETE ON user_consent TO 'zwm_show'@'localhost';
GRANT INSERT ON correction_note TO 'zwm_show'@'localhost';
GRANT SELECT, DELETE ON user_ticket TO 'zwm_admin'@'localhost';
