-- %(members)s members of program %(program)s with %(each)s entries each. Of every member: one lot whose last day was yesterday
-- and that a spending took from, that spending, one pending entry that is due today, and lots with two years to go; with
-- %(journal)s, every earned entry has its purchase of one line.
-- Each statement commits by itself.
SELECT set_config('loyalty.door', 'open', false);

SET maintenance_work_mem = '512MB';

SET work_mem = '128MB';

CREATE TEMP TABLE person AS
    SELECT i,
           nextval('res_partner_id_seq')::integer AS partner_id,
           nextval('loyalty_card_id_seq')::integer AS card_id,
           nextval('loyalty_member_id_seq')::integer AS member_id,
           (%(teams)s::integer[])[1 + i %% 20] AS team_id,
           SUBSTR('王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高', 1 + i %% 20, 1)
           || SUBSTR('伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉萍红梅建国志文', 1 + i / 20 %% 32, 1)
           || CASE WHEN i %% 4 = 0 THEN ''
                   ELSE SUBSTR('宇轩子涵浩然雨欣思远佳怡梓晨嘉豪若曦一诺', 1 + i / 640 %% 20, 1) END AS name,
           '13' || LPAD((i * 7919::bigint %% 1000000000)::text, 9, '0') AS phone
      FROM generate_series(1, %(members)s) i;

ANALYZE person;

CREATE TEMP TABLE fact AS
    SELECT nextval('loyalty_points_entry_id_seq')::integer AS id, p.i, p.member_id, p.team_id, n,
           CASE WHEN n <> 1 AND %(journal)s THEN nextval('loyalty_transaction_id_seq')::integer END AS transaction_id,
           CASE n WHEN 1 THEN -30 WHEN 2 THEN 80 WHEN 0 THEN 100 + p.i %% 50 ELSE 20 + (p.i + n) %% 30 END
           * CASE WHEN n IN (1, 2) THEN 1 WHEN p.i %% 200 = 11 THEN 12 WHEN p.i %% 50 = 9 THEN 5 WHEN p.i %% 10 = 7 THEN 2 ELSE 1 END
           AS points,
           %(today)s::date - CASE n WHEN 0 THEN 731 WHEN 1 THEN 300 WHEN 2 THEN 15 ELSE 60 * n + p.i %% 60 END
           + time '09:00' + p.i %% 1440 * interval '1 second' AS date
      FROM person p CROSS JOIN generate_series(0, %(each)s - 1) n
     ORDER BY date, p.i;  -- as a ledger grows

ANALYZE fact;

CREATE TEMP TABLE balance AS
    SELECT member_id, SUM(points) FILTER (WHERE n <> 2) AS points, SUM(points) FILTER (WHERE n = 2) AS pending,
           SUM(points) FILTER (WHERE n NOT IN (1, 2)) AS earned, MAX(date) AS moved,
           SUM(points) FILTER (WHERE n <> 1) AS amount, COUNT(*) FILTER (WHERE n <> 1) AS purchases,
           MIN(date) AS first, MAX(date) FILTER (WHERE n <> 1) AS last, MAX(points) FILTER (WHERE n = 0) - 30 AS next_points
      FROM fact GROUP BY member_id;

ANALYZE balance;

INSERT INTO res_partner (id, name, complete_name, phone, commercial_partner_id, lang, active, type, is_company, partner_share,
                         customer_rank, autopost_bills, create_uid, write_uid, create_date, write_date)
    SELECT partner_id, name, name, phone, partner_id, 'zh_CN', true, 'contact', false, true, 1, 'ask', 1, 1, now(), now()
      FROM person;

INSERT INTO loyalty_card (id, program_id, company_id, partner_id, code, points, is_member, active,
                          create_uid, write_uid, create_date, write_date)
    SELECT card_id, %(program)s, %(company)s, partner_id, '0447' || LPAD(i::text, 12, '0'), b.points, true, true, 1, 1, now(), now()
      FROM person JOIN balance b USING (member_id);

INSERT INTO loyalty_member (id, card_id, name, points, program_id, company_id, state, active, joined_on, team_id, tier_id, tier_since,
                            points_pending, points_debt, qualifying_points, lifetime_earned, lifetime_redeemed, last_movement_at,
                            next_expiry_date, next_expiry_points, purchase_count, purchase_amount, first_purchase_at,
                            last_purchase_at, create_uid, write_uid, create_date, write_date)
    SELECT p.member_id, p.card_id, p.name, b.points, %(program)s, %(company)s, 'active', true, %(today)s::date - 800, p.team_id, t.id,
           %(today)s::date - 800, b.pending, 0, b.earned, b.earned, 30, b.moved, %(today)s::date - 1, b.next_points,
           CASE WHEN %(journal)s THEN b.purchases END, CASE WHEN %(journal)s THEN b.amount END,
           CASE WHEN %(journal)s THEN b.first END, CASE WHEN %(journal)s THEN b.last END, 1, 1, now(), now()
      FROM person p JOIN balance b USING (member_id)
     CROSS JOIN LATERAL (SELECT id FROM loyalty_tier WHERE program_id = %(program)s AND threshold <= b.earned
                          ORDER BY threshold DESC LIMIT 1) t
     ORDER BY p.i;

INSERT INTO loyalty_member_identity (member_id, program_id, kind, source, value, create_uid, write_uid, create_date, write_date)
    SELECT member_id, %(program)s, 'phone', '', '+86' || phone, 1, 1, now(), now() FROM person;

INSERT INTO loyalty_transaction (id, member_id, program_id, company_id, currency_id, team_id, type, date, source, reference,
                                 amount, points, create_uid, write_uid, create_date, write_date)
    SELECT transaction_id, member_id, %(program)s, %(company)s, %(currency)s, team_id, 'purchase', date,
           CASE n %% 2 WHEN 0 THEN 'till' ELSE 'shop' END, 'T' || transaction_id, points, points, 1, 1, date, date
      FROM fact WHERE transaction_id IS NOT NULL;

INSERT INTO loyalty_transaction_line (transaction_id, member_id, program_id, company_id, currency_id, team_id, category_id, name,
                                      quantity, amount, date, create_uid, write_uid, create_date, write_date)
    SELECT transaction_id, member_id, %(program)s, %(company)s, %(currency)s, team_id,
           (%(categories)s::integer[])[1 + id %% 10], 'Tea ' || id %% 100, 1, points, date, 1, 1, date, date
      FROM fact WHERE transaction_id IS NOT NULL;

INSERT INTO loyalty_points_entry (id, member_id, program_id, company_id, kind, state, points, qualifying_points, remaining,
                                  forgiven, date, posted_at, available_on, expires_on, transaction_id, rule_id, detail,
                                  create_uid, write_uid, create_date, write_date)
    SELECT id, member_id, %(program)s, %(company)s,
           CASE n WHEN 1 THEN 'spend' ELSE 'earn' END,
           CASE n WHEN 2 THEN 'pending' ELSE 'posted' END,
           points, CASE n WHEN 1 THEN 0 ELSE points END,
           CASE n WHEN 0 THEN points - 30 WHEN 1 THEN 0 WHEN 2 THEN 0 ELSE points END,
           0, date, CASE n WHEN 2 THEN NULL ELSE date END,
           CASE n WHEN 2 THEN %(today)s::date END,
           CASE n WHEN 0 THEN %(today)s::date - 1 WHEN 1 THEN NULL ELSE date::date + 731 END,
           transaction_id, CASE n WHEN 1 THEN NULL ELSE %(rule)s END,
           CASE n WHEN 1 THEN NULL ELSE jsonb_build_object('mode', 'money', 'points', '1', 'per', '1', 'basis', points || '.00', 'parts',
                   jsonb_build_array(jsonb_build_object('basis', points || '.00', 'factors', '[]'::jsonb))) END,
           1, 1, date, date
      FROM fact;

INSERT INTO loyalty_points_allocation (lot_id, entry_id, points, create_uid, write_uid, create_date, write_date)
    SELECT l.id, s.id, 30, 1, 1, now(), now() FROM fact l JOIN fact s USING (i) WHERE l.n = 0 AND s.n = 1;
