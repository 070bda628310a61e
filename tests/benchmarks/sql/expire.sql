-- What _cron_expire yields, written by hand in one go: one entry a member and last day, and all that follows from it.
SELECT set_config('loyalty.door', 'open', true), set_config('work_mem', '128MB', true);

CREATE TEMP TABLE due ON COMMIT DROP AS
    SELECT id AS lot_id, member_id, expires_on, remaining
      FROM loyalty_points_entry WHERE remaining > 0 AND expires_on < %(today)s;

ANALYZE due;

CREATE TEMP TABLE gone ON COMMIT DROP AS
    SELECT nextval('loyalty_points_entry_id_seq')::integer AS id, member_id, expires_on, SUM(remaining) AS points
      FROM due GROUP BY member_id, expires_on;

ANALYZE gone;

INSERT INTO loyalty_points_entry (id, member_id, program_id, company_id, kind, state, points, qualifying_points, remaining,
                                  forgiven, date, posted_at, expires_on, create_uid, write_uid, create_date, write_date)
    SELECT id, member_id, %(program)s, %(company)s, 'expire', 'posted', -points, 0, 0, 0,
           (expires_on + 1)::timestamp AT TIME ZONE %(tz)s AT TIME ZONE 'UTC', %(now)s, expires_on, 1, 1, %(now)s, %(now)s
      FROM gone;

INSERT INTO loyalty_points_allocation (lot_id, entry_id, points, create_uid, write_uid, create_date, write_date)
    SELECT d.lot_id, g.id, d.remaining, 1, 1, %(now)s, %(now)s FROM due d JOIN gone g USING (member_id, expires_on);

UPDATE loyalty_points_entry e SET remaining = 0 FROM due d WHERE e.id = d.lot_id;

CREATE TEMP TABLE change ON COMMIT DROP AS
    SELECT g.member_id, SUM(g.points) AS points FROM gone g GROUP BY g.member_id;

UPDATE loyalty_card c SET points = ROUND(c.points::numeric - x.points, 2), write_uid = 1, write_date = %(now)s
  FROM change x JOIN loyalty_member m ON m.id = x.member_id WHERE c.id = m.card_id;

CREATE TEMP TABLE next ON COMMIT DROP AS
    SELECT DISTINCT ON (e.member_id) e.member_id, e.expires_on, SUM(e.remaining) AS points
      FROM loyalty_points_entry e JOIN change USING (member_id) WHERE e.remaining > 0 AND e.expires_on IS NOT NULL
     GROUP BY e.member_id, e.expires_on ORDER BY e.member_id, e.expires_on;

ANALYZE next;

UPDATE loyalty_member m
   SET points = ROUND(m.points::numeric - x.points, 2), next_expiry_date = n.expires_on, next_expiry_points = COALESCE(n.points, 0), write_uid = 1, write_date = %(now)s
  FROM change x
  LEFT JOIN next n USING (member_id)
 WHERE m.id = x.member_id;

INSERT INTO loyalty_history (card_id, description, issued, used, create_uid, write_uid, create_date, write_date)
    SELECT m.card_id, '过期', 0, g.points, 1, 1, %(now)s, %(now)s FROM gone g JOIN loyalty_member m ON m.id = g.member_id;
