-- A day in a shop.
UPDATE loyalty_member SET last_purchase_at = now() AT TIME ZONE 'UTC', purchase_count = purchase_count + 1,
                          purchase_amount = purchase_amount + 20, qualifying_points = qualifying_points + 20
 WHERE id % 50 = 3;

UPDATE loyalty_member_insight SET monetary_score = 5 WHERE member_id % 100 = 7;

UPDATE loyalty_member_prediction SET churn_risk = 'high' WHERE member_id % 100 = 9;

UPDATE loyalty_member SET state = 'closed' WHERE id % 1000 = 5;

UPDATE loyalty_segment_membership SET entered_at = entered_at - INTERVAL '1 day';

VACUUM ANALYZE loyalty_segment_membership;

VACUUM ANALYZE res_partner_res_partner_category_rel;

VACUUM ANALYZE loyalty_member;

ANALYZE loyalty_member_insight;

ANALYZE loyalty_member_prediction;
