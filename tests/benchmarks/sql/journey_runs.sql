-- A run of journey %(journey)s for each member, a tenth of them in the control group, and a second one for every fourth;
-- one event a treated run.
INSERT INTO loyalty_journey_run (journey_id, member_id, program_id, company_id, occasion, occasion_at, is_control, state, starts_at,
                                 ended_at, tries, create_uid, write_uid, create_date, write_date)
    SELECT %(journey)s, m.id, %(program)s, %(company)s, 'run ' || n, b.at, m.id %% 10 = 0,
           CASE WHEN m.id %% 10 = 0 THEN 'control' ELSE 'done' END, b.at, b.at, 0, 1, 1, b.at, b.at
      FROM loyalty_member m CROSS JOIN generate_series(0, 1) n
     CROSS JOIN LATERAL (SELECT %(now)s - (240 - 40 * n - m.id %% 30) * interval '1 day' AS at) b
     WHERE m.program_id = %(program)s AND (n = 0 OR m.id %% 4 = 0);

INSERT INTO loyalty_journey_event (run_id, journey_id, step_id, member_id, company_id, date, outcome, channel, message_state,
                                   opened_at, points)
    SELECT r.id, r.journey_id, %(step)s, r.member_id, r.company_id, r.starts_at,
           CASE WHEN r.id %% 7 = 0 THEN 'no_consent' ELSE 'done' END, 'email', CASE WHEN r.id %% 7 > 0 THEN 'sent' END,
           CASE WHEN r.id %% 7 > 4 THEN r.starts_at END, CASE WHEN r.id %% 7 > 0 THEN 10 END
      FROM loyalty_journey_run r WHERE r.journey_id = %(journey)s AND NOT r.is_control;
