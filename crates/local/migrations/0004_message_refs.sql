-- The destination's reference of the message, such as the timestamp of a Slack message; later messages refer to it.
ALTER TABLE deliveries ADD COLUMN message_ref TEXT;
