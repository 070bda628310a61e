-- One member in a hundred buys.
INSERT INTO loyalty_transaction (member_id, program_id, company_id, currency_id, team_id, type, date, source, reference,
                                 amount, points, create_uid, write_uid, create_date, write_date)
    SELECT id, program_id, company_id, %(currency)s, team_id, 'purchase', now() AT TIME ZONE 'UTC', 'test', 'N' || id || now(),
           30, 0, 1, 1, now(), now()
      FROM loyalty_member WHERE program_id = %(program)s AND id %% 100 = 0
