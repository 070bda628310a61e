-- A copy for trying things out must reach nobody's systems, hold nobody's secrets, and answer to nobody's callbacks.
UPDATE loyalty_connection
   SET state = 'draft',
       secrets_kept = NULL,
       till_token_hash = NULL,
       test_passed = false,
       callback_key = replace(gen_random_uuid()::text, '-', '');

DELETE FROM loyalty_connection_token;

-- Or it would be sent as soon as somebody connects the copy to a system for tests.
UPDATE loyalty_outbox
   SET state = 'skipped',
       done_at = now() AT TIME ZONE 'utc',
       lease_by = NULL,
       lease_until = NULL,
       error_code = 'neutralized'
 WHERE state IN ('pending', 'in_flight', 'retry', 'verify', 'dead');

-- Or a first load would go on with that system for tests, and a comparison would knock at the real one.
UPDATE loyalty_sync_run
   SET state = 'stopped',
       finished_at = now() AT TIME ZONE 'utc'
 WHERE state IN ('running', 'paused', 'failed');

DELETE FROM loyalty_sync_seen;
