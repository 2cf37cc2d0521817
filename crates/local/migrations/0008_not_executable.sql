-- 1 for an attempt of an action that could not be executed until an operator acts.
ALTER TABLE deliveries ADD COLUMN is_not_executable INTEGER NOT NULL DEFAULT 0;
