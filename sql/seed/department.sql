-- Departments: invented sample rows, is_sample = 1. They are NOT codes of GB/T 4657: the operator loads the real table
-- (code, name, is_sample = 0) before the system goes into service, and may then delete these. Running this again
-- leaves the operator's rows alone.
SET NAMES utf8mb4;
INSERT INTO department (code, name, is_sample) VALUES
('901','示例部门一（样例，非国家标准代码）',1),
('902','示例部门二（样例，非国家标准代码）',1),
('903','示例部门三（样例，非国家标准代码）',1),
('904','示例部门四（样例，非国家标准代码）',1),
('905','示例部门五（样例，非国家标准代码）',1)
ON DUPLICATE KEY UPDATE name = IF(is_sample = 1, VALUES(name), name);
