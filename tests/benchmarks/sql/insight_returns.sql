-- Every fortieth purchase is returned, every second of them wholly; and every member checks in on some days of the last months.
INSERT INTO loyalty_transaction (member_id, program_id, company_id, currency_id, team_id, type, date, source, reference, origin_id,
                                 amount, points, create_uid, write_uid, create_date, write_date)
    SELECT member_id, program_id, company_id, currency_id, team_id, 'refund', date + interval '1 day', source, 'R' || id, id,
           CASE WHEN id %% 80 = 0 THEN -amount ELSE -1 END, 0, 1, 1, date, date
      FROM loyalty_transaction WHERE program_id = %(program)s AND type = 'purchase' AND id %% 40 = 0;

INSERT INTO loyalty_transaction_line (transaction_id, origin_line_id, member_id, program_id, company_id, currency_id, team_id,
                                      category_id, name, quantity, amount, date, create_uid, write_uid, create_date, write_date)
    SELECT t.id, l.id, t.member_id, t.program_id, t.company_id, t.currency_id, t.team_id, l.category_id, l.name,
           CASE WHEN l.amount = -t.amount THEN -1 ELSE 0 END, t.amount, t.date, 1, 1, t.date, t.date
      FROM loyalty_transaction t JOIN loyalty_transaction_line l ON l.transaction_id = t.origin_id WHERE t.type = 'refund';

UPDATE loyalty_transaction SET is_refunded = true WHERE program_id = %(program)s AND type = 'purchase' AND id %% 80 = 0;

INSERT INTO loyalty_transaction (member_id, program_id, company_id, currency_id, team_id, type, activity_code, date, source,
                                 reference, amount, points, create_uid, write_uid, create_date, write_date)
    SELECT id, program_id, company_id, %(currency)s, team_id, 'activity', 'check_in',
           %(today)s::date - days * 9 - (id %% 7)::integer + time '03:00', 'test', 'A' || id || '/' || days, 0, 0, 1, 1, now(), now()
      FROM loyalty_member CROSS JOIN generate_series(0, 5) days WHERE program_id = %(program)s;
