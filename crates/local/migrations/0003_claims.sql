-- 1 after a try that got no answer, or whose result was never recorded.
ALTER TABLE deliveries ADD COLUMN may_have_arrived INTEGER NOT NULL DEFAULT 0;
-- The notifier that works on the next try, and the time at which another one may take it over.
ALTER TABLE deliveries ADD COLUMN claimed_by TEXT;
ALTER TABLE deliveries ADD COLUMN claimed_until INTEGER;
