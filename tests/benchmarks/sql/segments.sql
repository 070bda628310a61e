-- Who is in segment %(segment)s of program %(program)s, who has come and who has gone, their tags, and what they come to.
CREATE TEMP TABLE wanted ON COMMIT DROP AS
    SELECT m.id, c.partner_id, m.purchase_amount, m.purchase_count, p.lifetime_value
      FROM loyalty_member m JOIN loyalty_card c ON c.id = m.card_id
      LEFT JOIN loyalty_member_prediction p ON p.member_id = m.id /*joins*/
     WHERE m.program_id = %(program)s AND m.active AND m.state <> 'closed' AND m.erased_at IS NULL AND (/*conditions*/);

ANALYZE wanted;

CREATE TEMP TABLE gone ON COMMIT DROP AS
    SELECT r.id, c.partner_id FROM loyalty_segment_membership r JOIN loyalty_member m ON m.id = r.member_id
      JOIN loyalty_card c ON c.id = m.card_id
     WHERE r.segment_id = %(segment)s AND r.left_at IS NULL AND NOT EXISTS (SELECT FROM wanted w WHERE w.id = r.member_id);

CREATE TEMP TABLE come ON COMMIT DROP AS
    SELECT w.id, w.partner_id FROM wanted w
     WHERE NOT EXISTS (SELECT FROM loyalty_segment_membership r
                        WHERE r.segment_id = %(segment)s AND r.member_id = w.id AND r.left_at IS NULL);

UPDATE loyalty_segment_membership SET left_at = %(now)s WHERE id IN (SELECT id FROM gone);

INSERT INTO loyalty_segment_membership (segment_id, member_id, company_id, entered_at)
    SELECT %(segment)s, id, %(company)s, %(now)s FROM come;

DELETE FROM res_partner_res_partner_category_rel
 WHERE category_id = (SELECT tag_id FROM loyalty_segment WHERE id = %(segment)s) AND partner_id IN (SELECT partner_id FROM gone);

INSERT INTO res_partner_res_partner_category_rel (category_id, partner_id)
    SELECT s.tag_id, c.partner_id FROM come c, loyalty_segment s WHERE s.id = %(segment)s
    ON CONFLICT DO NOTHING;

UPDATE loyalty_segment
   SET member_count = t.members, member_value = t.value, lifetime_value = t.lifetime,
       average_basket = ROUND(COALESCE(t.value / NULLIF(t.purchases, 0), 0), 2),
       share = 100.0 * t.members / (SELECT COUNT(*) FROM loyalty_member
                                     WHERE program_id = %(program)s AND active AND state <> 'closed' AND erased_at IS NULL),
       refreshed_at = %(now)s
  FROM (SELECT COUNT(*) AS members, COALESCE(SUM(purchase_amount), 0) AS value, SUM(purchase_count) AS purchases,
               COALESCE(SUM(lifetime_value), 0) AS lifetime FROM wanted) t
 WHERE id = %(segment)s;

DROP TABLE wanted, gone, come;
