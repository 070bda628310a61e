-- %(members)s members of program %(program)s with %(each)s entries each. Of every member: one lot whose last day was yesterday
-- and that a spending took from, that spending, one pending entry that is due today, and lots with two years to go.
-- Each statement commits by itself.
SELECT set_config('loyalty.door', 'open', false);

CREATE TEMP TABLE person AS
    SELECT i,
           nextval('res_partner_id_seq')::integer AS partner_id,
           nextval('loyalty_card_id_seq')::integer AS card_id,
           nextval('loyalty_member_id_seq')::integer AS member_id
      FROM generate_series(1, %(members)s) i;

ANALYZE person;

INSERT INTO res_partner (id, name, complete_name, active, type, autopost_bills, create_date, write_date)
    SELECT partner_id, 'Customer ' || i, 'Customer ' || i, true, 'contact', 'ask', now(), now() FROM person;

INSERT INTO loyalty_card (id, program_id, company_id, partner_id, code, points, is_member, active, create_date, write_date)
    SELECT card_id, %(program)s, %(company)s, partner_id, 'BENCH' || i, 0, true, true, now(), now() FROM person;

INSERT INTO loyalty_member (id, card_id, program_id, company_id, state, active, joined_on, tier_id, tier_since, points_debt,
                            create_date, write_date)
    SELECT member_id, card_id, %(program)s, %(company)s, 'active', true, %(today)s::date - 800, %(tier)s, %(today)s::date - 800, 0,
           now(), now()
      FROM person;

ANALYZE loyalty_card;

ANALYZE loyalty_member;

CREATE TEMP TABLE fact AS
    SELECT nextval('loyalty_points_entry_id_seq')::integer AS id, p.i, p.member_id, n,
           CASE n WHEN 0 THEN 100 + p.i %% 50 WHEN 1 THEN -30 WHEN 2 THEN 80 ELSE 20 + (p.i + n) %% 30 END AS points,
           %(today)s::date - CASE n WHEN 0 THEN 731 WHEN 1 THEN 300 WHEN 2 THEN 15 ELSE 60 * n + p.i %% 60 END AS day
      FROM person p CROSS JOIN generate_series(0, %(each)s - 1) n
     ORDER BY n, p.i;

ANALYZE fact;

INSERT INTO loyalty_points_entry (id, member_id, program_id, company_id, kind, state, points, qualifying_points, remaining,
                                  forgiven, date, posted_at, available_on, expires_on, rule_id, detail,
                                  create_uid, write_uid, create_date, write_date)
    SELECT id, member_id, %(program)s, %(company)s,
           CASE n WHEN 1 THEN 'spend' ELSE 'earn' END,
           CASE n WHEN 2 THEN 'pending' ELSE 'posted' END,
           points, CASE n WHEN 1 THEN 0 ELSE points END,
           CASE n WHEN 0 THEN points - 30 WHEN 1 THEN 0 WHEN 2 THEN 0 ELSE points END,
           0, day + time '12:00', CASE n WHEN 2 THEN NULL ELSE day + time '12:00' END,
           CASE n WHEN 2 THEN %(today)s::date END,
           CASE n WHEN 0 THEN %(today)s::date - 1 WHEN 1 THEN NULL ELSE day + 731 END,
           CASE n WHEN 1 THEN NULL ELSE %(rule)s END,
           CASE n WHEN 1 THEN NULL ELSE '{"parts": [{"basis": "128.00", "points": "1"}]}'::jsonb END,
           1, 1, day + time '12:00', day + time '12:00'
      FROM fact;

ANALYZE loyalty_points_entry;

INSERT INTO loyalty_points_allocation (lot_id, entry_id, points, create_uid, write_uid, create_date, write_date)
    SELECT l.id, s.id, 30, 1, 1, now(), now() FROM fact l JOIN fact s USING (i) WHERE l.n = 0 AND s.n = 1;

CREATE TEMP TABLE balance AS
    SELECT member_id, SUM(points) FILTER (WHERE n <> 2) AS points, SUM(points) FILTER (WHERE n = 2) AS pending,
           SUM(points) FILTER (WHERE n NOT IN (1, 2)) AS earned, MAX(day) AS moved,
           MAX(points) FILTER (WHERE n = 0) - 30 AS next_points
      FROM fact GROUP BY member_id;

ANALYZE balance;

UPDATE loyalty_card c SET points = b.points FROM balance b JOIN loyalty_member m ON m.id = b.member_id WHERE c.id = m.card_id;

UPDATE loyalty_member m
   SET points_pending = b.pending, qualifying_points = b.earned, lifetime_earned = b.earned, lifetime_redeemed = 30,
       last_movement_at = b.moved + time '12:00', next_expiry_date = %(today)s::date - 1,
       next_expiry_points = b.next_points
  FROM balance b WHERE m.id = b.member_id;
