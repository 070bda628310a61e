-- What statistics and predictions say of the %(members)s members of program %(program)s, as of some shop.
INSERT INTO loyalty_member_insight (member_id, program_id, company_id, purchases, amount, recency_score, frequency_score,
                                    monetary_score, rfm_class, reduced_share)
    SELECT id, program_id, company_id, purchase_count, purchase_amount, 1 + id %% 5, 1 + id / 5 %% 5, 1 + id / 25 %% 5,
           (ARRAY['champion', 'promising', 'sleeping', 'leaving', 'loyal', 'new', 'fading', 'lost'])[1 + id %% 8], id * 31 %% 100
      FROM loyalty_member WHERE program_id = %(program)s ORDER BY id;

INSERT INTO loyalty_member_prediction (member_id, program_id, company_id, churn_risk, lifetime_value)
    SELECT id, program_id, company_id, (ARRAY['low', 'low', 'low', 'medium', 'high', 'single'])[1 + id * 7 %% 6], id %% 900
      FROM loyalty_member WHERE program_id = %(program)s ORDER BY id;

UPDATE loyalty_member
   SET birthdate = DATE '1970-01-01' + id * 17 %% 12000, joined_on = joined_on + id * 13 %% 800,
       last_purchase_at = last_purchase_at - (id * 11 %% 120) * INTERVAL '1 day',
       next_expiry_date = next_expiry_date + (id * 19 %% 400)::integer
 WHERE program_id = %(program)s;

VACUUM ANALYZE loyalty_member;

ANALYZE loyalty_member_insight;

ANALYZE loyalty_member_prediction;
