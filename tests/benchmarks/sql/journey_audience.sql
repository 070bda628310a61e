-- Whom a campaign is for, written by hand: members with a balance who have bought nothing for some days, a tenth as control group.
INSERT INTO loyalty_journey_run (journey_id, member_id, program_id, company_id, occasion, occasion_at, is_control, state, step_id,
                                 starts_at, due_at, ended_at, tries, create_uid, write_uid, create_date, write_date)
SELECT %(journey)s, m.id, %(program)s, %(company)s, %(occasion)s, %(at)s, c.control,
       CASE WHEN c.control THEN 'control' ELSE 'waiting' END, CASE WHEN NOT c.control THEN %(step)s END,
       %(at)s, CASE WHEN NOT c.control THEN %(at)s::timestamp END, CASE WHEN c.control THEN %(at)s::timestamp END, 0, 1, 1, %(now)s, %(now)s
  FROM loyalty_member m
 CROSS JOIN LATERAL (SELECT ('x' || substr(md5(%(journey)s::text || ':' || m.id), 1, 8))::bit(32)::bigint %% 10000 < 1000 AS control) c
 WHERE m.program_id = %(program)s AND m.active AND m.state = 'active' AND m.points >= %(points)s
   AND m.last_purchase_at < %(before)s;
