-- What members bought within %(days)s days after their run of journey %(journey)s began, and what became of its steps.
UPDATE loyalty_journey_run r SET purchases = b.purchases, revenue = b.revenue
  FROM (SELECT r.id, COUNT(*) FILTER (WHERE p.is_refunded IS NOT TRUE) AS purchases, SUM(p.amount + COALESCE(f.amount, 0)) AS revenue
          FROM (SELECT id, member_id, starts_at,
                       LEAST(starts_at + %(days)s * interval '1 day',
                             LEAD(starts_at) OVER (PARTITION BY member_id ORDER BY starts_at, id)) AS ends
                  FROM loyalty_journey_run WHERE journey_id = %(journey)s AND starts_at <= %(now)s) r
          JOIN loyalty_transaction p ON p.member_id = r.member_id AND p.type = 'purchase'
                                    AND p.date > r.starts_at AND p.date <= r.ends
          LEFT JOIN (SELECT origin_id, SUM(amount) AS amount FROM loyalty_transaction
                      WHERE type IN ('addition', 'refund') GROUP BY origin_id) f ON f.origin_id = p.id
         GROUP BY r.id) b
 WHERE r.id = b.id;

CREATE TABLE journey_result AS
    SELECT is_control, COUNT(*) AS members, COUNT(*) FILTER (WHERE purchases > 0) AS buyers, SUM(purchases) AS purchases,
           SUM(revenue) AS revenue
      FROM (SELECT is_control, member_id, SUM(purchases) AS purchases, SUM(revenue) AS revenue
              FROM loyalty_journey_run WHERE journey_id = %(journey)s GROUP BY is_control, member_id) m
     GROUP BY is_control;

CREATE TABLE journey_step_result AS
    SELECT step_id, COUNT(*) FILTER (WHERE outcome = 'done') AS done, COUNT(*) FILTER (WHERE outcome = 'no_consent') AS no_consent,
           COUNT(*) FILTER (WHERE outcome = 'done' AND message_state = 'sent') AS sent, COUNT(opened_at) AS opened,
           COUNT(e.card_id) AS coupons, COUNT(h.card_id) AS used, SUM(points) AS points
      FROM loyalty_journey_event e LEFT JOIN (SELECT DISTINCT card_id FROM loyalty_history WHERE used > 0) h USING (card_id)
     WHERE journey_id = %(journey)s GROUP BY step_id;
