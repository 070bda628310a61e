-- What a mass grant of %(points)s points to all members yields, written by hand in one go: entries, balances, history.
SELECT set_config('loyalty.door', 'open', true), set_config('work_mem', '128MB', true);

CREATE TEMP TABLE given ON COMMIT DROP AS
    SELECT nextval('loyalty_points_entry_id_seq')::integer AS id, m.id AS member_id, m.card_id
      FROM loyalty_member m WHERE m.program_id = %(program)s ORDER BY m.card_id;

ANALYZE given;

INSERT INTO loyalty_points_adjustment_line (adjustment_id, company_id, member_id, state, create_uid, write_uid, create_date, write_date)
    SELECT %(adjustment)s, %(company)s, member_id, 'waiting', 1, 1, %(now)s, %(now)s FROM given ORDER BY card_id;

INSERT INTO loyalty_points_entry (id, member_id, program_id, company_id, kind, state, points, qualifying_points, remaining, forgiven,
                                  date, posted_at, expires_on, origin_model, origin_id, note, create_uid, write_uid, create_date, write_date)
    SELECT id, member_id, %(program)s, %(company)s, 'adjust', 'posted', %(points)s, 0, %(points)s, 0,
           %(now)s, %(now)s, %(expires)s, 'loyalty.points.adjustment', %(adjustment)s, %(reason)s, 1, 1, %(now)s, %(now)s
      FROM given ORDER BY id;

UPDATE loyalty_card c SET points = ROUND(c.points::numeric + %(points)s, 2), write_uid = 1, write_date = %(now)s
  FROM given g WHERE c.id = g.card_id;

UPDATE loyalty_member m
   SET points = ROUND(m.points::numeric + %(points)s, 2), lifetime_earned = m.lifetime_earned + %(points)s,
       last_movement_at = GREATEST(m.last_movement_at, CASE WHEN m.last_movement_at IS NULL OR m.points <= 0 THEN %(now)s::timestamp END),
       next_expiry_date = LEAST(m.next_expiry_date, %(expires)s),
       next_expiry_points = CASE WHEN m.next_expiry_date IS NULL OR m.next_expiry_date > %(expires)s THEN %(points)s
                                 ELSE m.next_expiry_points + CASE WHEN m.next_expiry_date = %(expires)s THEN %(points)s ELSE 0 END END,
       write_uid = 1, write_date = %(now)s
  FROM given g WHERE m.id = g.member_id;

INSERT INTO loyalty_history (card_id, description, issued, used, create_uid, write_uid, create_date, write_date)
    SELECT g.card_id, '调整 ' || %(reason)s, %(points)s, 0, 1, 1, %(now)s, %(now)s FROM given g ORDER BY g.id;

UPDATE loyalty_points_adjustment_line l SET state = 'done', entry_id = g.id, write_date = %(now)s
  FROM given g WHERE l.adjustment_id = %(adjustment)s AND l.member_id = g.member_id;

UPDATE loyalty_points_adjustment SET state = 'done' WHERE id = %(adjustment)s;
