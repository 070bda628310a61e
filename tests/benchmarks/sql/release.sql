-- What _cron_release yields, written by hand in one go: entries posted, balances, history, and tiers that are reached. A chunk
-- of the job fits into memory; these statements ask for the memory that all of it needs.
SELECT set_config('loyalty.door', 'open', true), set_config('work_mem', '128MB', true);

CREATE TEMP TABLE freed ON COMMIT DROP AS
    SELECT id, member_id, points, qualifying_points, date,
           GREATEST(date, available_on::timestamp AT TIME ZONE %(tz)s AT TIME ZONE 'UTC') AS moved
      FROM loyalty_points_entry WHERE state = 'pending' AND available_on <= %(today)s;

ANALYZE freed;

UPDATE loyalty_points_entry e SET state = 'posted', posted_at = %(now)s, remaining = e.points FROM freed f WHERE e.id = f.id;

CREATE TEMP TABLE change ON COMMIT DROP AS
    SELECT member_id, SUM(points) AS points, SUM(qualifying_points) AS qualifying, MAX(moved) AS moved
      FROM freed GROUP BY member_id;

ANALYZE change;

UPDATE loyalty_card c SET points = ROUND(c.points::numeric + x.points, 2), write_uid = 1, write_date = %(now)s
  FROM change x JOIN loyalty_member m ON m.id = x.member_id WHERE c.id = m.card_id;

CREATE TEMP TABLE reached ON COMMIT DROP AS
    SELECT m.id AS member_id, m.tier_id AS tier_from_id, t.id AS tier_id, v.value
      FROM (SELECT e.member_id, SUM(e.qualifying_points) AS value
              FROM loyalty_points_entry e JOIN change USING (member_id) WHERE e.state = 'posted' GROUP BY e.member_id) v
      JOIN loyalty_member m ON m.id = v.member_id
      JOIN loyalty_tier o ON o.id = m.tier_id
     CROSS JOIN LATERAL (SELECT t.id, t.threshold FROM loyalty_tier t
                          WHERE t.program_id = %(program)s AND t.active AND t.threshold <= v.value
                          ORDER BY t.threshold DESC LIMIT 1) t
     WHERE t.threshold > o.threshold;

ANALYZE reached;

CREATE TEMP TABLE next ON COMMIT DROP AS
    SELECT DISTINCT ON (e.member_id) e.member_id, e.expires_on, SUM(e.remaining) AS points
      FROM loyalty_points_entry e JOIN change USING (member_id) WHERE e.remaining > 0 AND e.expires_on IS NOT NULL
     GROUP BY e.member_id, e.expires_on ORDER BY e.member_id, e.expires_on;

ANALYZE next;

UPDATE loyalty_member m
   SET points = ROUND(m.points::numeric + x.points, 2), points_pending = m.points_pending - x.points, qualifying_points = m.qualifying_points + x.qualifying,
       lifetime_earned = m.lifetime_earned + x.points, last_movement_at = GREATEST(m.last_movement_at, x.moved),
       next_expiry_date = n.expires_on, next_expiry_points = COALESCE(n.points, 0),
       tier_id = COALESCE(r.tier_id, m.tier_id),
       tier_since = CASE WHEN r.tier_id IS NULL THEN m.tier_since ELSE %(today)s END,
       tier_until = CASE WHEN r.tier_id IS NULL THEN m.tier_until ELSE (%(today)s::date + interval '12 months')::date - 1 END,
       write_uid = 1, write_date = %(now)s
  FROM change x
  LEFT JOIN reached r USING (member_id)
  LEFT JOIN next n USING (member_id)
 WHERE m.id = x.member_id;

INSERT INTO loyalty_tier_change (member_id, program_id, company_id, tier_from_id, tier_id, date, reason, metric, value,
                                 tier_until, create_uid, write_uid, create_date, write_date)
    SELECT member_id, %(program)s, %(company)s, tier_from_id, tier_id, %(now)s, 'earned', 'qualifying_points', value,
           (%(today)s::date + interval '12 months')::date - 1, 1, 1, %(now)s, %(now)s
      FROM reached;

INSERT INTO loyalty_history (card_id, description, issued, used, create_uid, write_uid, create_date, write_date)
    SELECT m.card_id, '获得', f.points, 0, 1, 1, %(now)s, %(now)s FROM freed f JOIN loyalty_member m ON m.id = f.member_id;
