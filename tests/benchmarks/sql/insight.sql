-- What _cron_measure keeps of each member of program %(program)s, in one statement.
INSERT INTO loyalty_member_insight (member_id, program_id, company_id, last_on, purchases, amount, average_basket, interval_days,
                                    category_id, team_id, weekday_id, active_days, reduced_share, points_earned, points_spent,
                                    recency_score, frequency_score, monetary_score, rfm_class)
WITH bought AS (
    SELECT member_id, date, amount, team_id, day, day - LAG(day) OVER (PARTITION BY member_id ORDER BY day) AS gap
      FROM (SELECT member_id, date, amount, team_id, (date AT TIME ZONE 'UTC' AT TIME ZONE %(tz)s)::date AS day
              FROM loyalty_transaction
             WHERE program_id = %(program)s AND type = 'purchase' AND is_refunded IS NOT TRUE AND date < %(tomorrow)s) t
), habit AS (
    SELECT member_id, MAX(day) AS last_on, COUNT(*) FILTER (WHERE date >= %(year)s) AS purchases,
           SUM(amount) FILTER (WHERE date >= %(year)s) AS amount,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY gap) FILTER (WHERE gap > 0) AS gap,
           mode() WITHIN GROUP (ORDER BY team_id) AS team_id,
           mode() WITHIN GROUP (ORDER BY EXTRACT(isodow FROM day)) AS weekday
      FROM bought GROUP BY member_id
), correction AS (
    SELECT c.member_id, SUM(c.amount) AS amount
      FROM loyalty_transaction c JOIN loyalty_transaction o ON o.id = c.origin_id
     WHERE c.program_id = %(program)s AND c.type IN ('addition', 'refund') AND c.date < %(tomorrow)s
       AND o.type = 'purchase' AND o.is_refunded IS NOT TRUE AND o.date >= %(year)s
     GROUP BY c.member_id
), returned AS (
    SELECT o.id FROM loyalty_transaction_line b JOIN loyalty_transaction_line o ON o.id = b.origin_line_id
     GROUP BY o.id HAVING CASE WHEN o.amount = 0 THEN o.quantity + SUM(b.quantity) ELSE o.amount + SUM(b.amount) END <= 0
), category AS (
    SELECT member_id, mode() WITHIN GROUP (ORDER BY category_id) AS category_id
      FROM loyalty_transaction_line l
     WHERE program_id = %(program)s AND origin_line_id IS NULL AND date < %(tomorrow)s AND category_id IS NOT NULL
       AND NOT EXISTS (SELECT FROM returned r WHERE r.id = l.id)
     GROUP BY member_id
), reduction AS (
    SELECT member_id, ROUND(100.0 / COUNT(*) * COUNT(*) FILTER (WHERE EXISTS (
               SELECT FROM sale_order_line s WHERE s.order_id = t.sale_order_id
                  AND (s.discount > 0 OR s.reward_id IS NOT NULL OR s.price_subtotal < 0))), 1) AS reduced_share
      FROM loyalty_transaction t
     WHERE program_id = %(program)s AND type = 'purchase' AND is_refunded IS NOT TRUE AND sale_order_id IS NOT NULL
       AND date < %(tomorrow)s
     GROUP BY member_id
), active AS (
    SELECT member_id, COUNT(DISTINCT (date AT TIME ZONE 'UTC' AT TIME ZONE %(tz)s)::date) AS days
      FROM loyalty_transaction
     WHERE program_id = %(program)s AND date >= %(month)s AND date < %(tomorrow)s AND is_refunded IS NOT TRUE
       AND (type = 'purchase' OR type = 'activity' AND activity_code NOT IN ('birthday', 'anniversary', 'referral', 'referred'))
     GROUP BY member_id
), points AS (
    SELECT COALESCE(m.merged_into_id, m.id) AS member_id, SUM(e.points) FILTER (WHERE kind IN ('earn', 'revoke')) AS earned,
           -SUM(e.points) FILTER (WHERE kind IN ('spend', 'restore')) AS spent
      FROM loyalty_points_entry e JOIN loyalty_member m ON m.id = e.member_id
     WHERE e.program_id = %(program)s AND e.date >= %(quarter)s AND e.date < %(tomorrow)s AND e.state <> 'void'
       AND e.kind IN ('earn', 'revoke', 'spend', 'restore')
     GROUP BY 1
), fact AS (
    SELECT m.id AS member_id, h.last_on, COALESCE(h.purchases, 0) AS purchases, COALESCE(h.amount, 0) + COALESCE(c.amount, 0) AS amount,
           h.gap, h.team_id, h.weekday, l.category_id, r.reduced_share, COALESCE(a.days, 0) AS days,
           COALESCE(p.earned, 0) AS earned, COALESCE(p.spent, 0) AS spent, h.purchases > 0 AS bought
      FROM loyalty_member m
      LEFT JOIN habit h ON h.member_id = m.id
      LEFT JOIN correction c ON c.member_id = m.id
      LEFT JOIN category l ON l.member_id = m.id
      LEFT JOIN reduction r ON r.member_id = m.id
      LEFT JOIN active a ON a.member_id = m.id
      LEFT JOIN points p ON p.member_id = m.id
     WHERE m.program_id = %(program)s AND m.active AND m.state <> 'closed' AND m.merged_into_id IS NULL AND m.erased_at IS NULL
), scored AS (
    SELECT member_id,
           1 + (5 * (2 * COUNT(*) OVER (ORDER BY last_on) - COUNT(*) OVER (PARTITION BY last_on))) / (2 * COUNT(*) OVER ()) AS r,
           1 + (5 * (2 * COUNT(*) OVER (ORDER BY purchases) - COUNT(*) OVER (PARTITION BY purchases))) / (2 * COUNT(*) OVER ()) AS f,
           1 + (5 * (2 * COUNT(*) OVER (ORDER BY amount) - COUNT(*) OVER (PARTITION BY amount))) / (2 * COUNT(*) OVER ()) AS m
      FROM fact WHERE bought
)
SELECT f.member_id, %(program)s, %(company)s, f.last_on, f.purchases, f.amount, ROUND(f.amount / NULLIF(f.purchases, 0), 2),
       ROUND(f.gap::numeric, 1), f.category_id, f.team_id, w.id, f.days, f.reduced_share, f.earned, f.spent, s.r, s.f, s.m,
       CASE WHEN s.member_id IS NULL THEN NULL
            WHEN s.m >= 4 THEN CASE WHEN s.r >= 4 THEN CASE WHEN s.f >= 4 THEN 'champion' ELSE 'promising' END
                                    ELSE CASE WHEN s.f >= 4 THEN 'sleeping' ELSE 'leaving' END END
            ELSE CASE WHEN s.r >= 4 THEN CASE WHEN s.f >= 4 THEN 'loyal' ELSE 'new' END
                      ELSE CASE WHEN s.f >= 4 THEN 'fading' ELSE 'lost' END END END
  FROM fact f LEFT JOIN scored s ON s.member_id = f.member_id LEFT JOIN loyalty_weekday w ON w.number = f.weekday - 1
